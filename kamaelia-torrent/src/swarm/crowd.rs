//! What a driver says to whoever decides about a torrent's peers, and what it is asked to do.
//!
//! A [`Swarm`] decides when the torrent is known, a [`Hunt`] as long as only its info-hash is. A
//! driver of sockets need not know which of the two it works for.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use super::{Action, ConnectionId, Hunt, Refusal, Swarm};
use crate::wire::Handshake;

/// The peers of one torrent. Each method is that of [`Swarm`] with the same name.
pub trait Crowd {
    /// Addresses that may be peers.
    fn add_candidates(&mut self, now: Instant, addresses: &[SocketAddr]);
    /// A connection asked for by [`Action::Connect`] is up.
    fn connected(&mut self, now: Instant, address: SocketAddr) -> ConnectionId;
    /// The same, when the driver has sent our [`handshake`](Self::handshake) already.
    fn connected_and_greeted(&mut self, now: Instant, address: SocketAddr) -> ConnectionId;
    /// Our side of the handshake.
    fn handshake(&self) -> Handshake;
    /// A connection asked for by [`Action::Connect`] did not come up.
    fn connect_failed(&mut self, now: Instant, address: SocketAddr);
    /// Someone connected to us, and this was their handshake.
    fn accepted(
        &mut self,
        now: Instant,
        address: SocketAddr,
        handshake: Handshake,
    ) -> Result<ConnectionId, Refusal>;
    /// Bytes from a connection, in any split.
    fn received(&mut self, now: Instant, connection: ConnectionId, bytes: &[u8]);
    /// So many bytes for this connection wait in the driver's buffer.
    fn drained(&mut self, now: Instant, connection: ConnectionId, queued: usize);
    /// The socket is gone.
    fn closed(&mut self, now: Instant, connection: ConnectionId);
    /// Lets every peer go, and neither calls nor takes any until `release`.
    fn hold(&mut self, now: Instant);
    /// Goes on after `hold`.
    fn release(&mut self, now: Instant);
    /// Lets go of all peers at such addresses.
    fn part_from(&mut self, now: Instant, is_unwanted: &dyn Fn(IpAddr) -> bool);
    /// Does what is due by `now`.
    fn handle_timeout(&mut self, now: Instant);
    /// When something is due, if nothing happens first.
    fn next_timeout(&self) -> Option<Instant>;
    /// What to do next; `None` until the next input.
    fn poll_action(&mut self) -> Option<Action>;
    /// Whether more addresses would be of use.
    fn wants_peers(&self) -> bool;
}

macro_rules! crowd {
    ($type:ty) => {
        impl Crowd for $type {
            fn add_candidates(&mut self, now: Instant, addresses: &[SocketAddr]) {
                Self::add_candidates(self, now, addresses.iter().copied());
            }
            fn connected(&mut self, now: Instant, address: SocketAddr) -> ConnectionId {
                Self::connected(self, now, address)
            }
            fn connected_and_greeted(&mut self, now: Instant, address: SocketAddr) -> ConnectionId {
                Self::connected_and_greeted(self, now, address)
            }
            fn handshake(&self) -> Handshake {
                Self::handshake(self)
            }
            fn connect_failed(&mut self, now: Instant, address: SocketAddr) {
                Self::connect_failed(self, now, address);
            }
            fn accepted(
                &mut self,
                now: Instant,
                address: SocketAddr,
                handshake: Handshake,
            ) -> Result<ConnectionId, Refusal> {
                Self::accepted(self, now, address, handshake)
            }
            fn received(&mut self, now: Instant, connection: ConnectionId, bytes: &[u8]) {
                Self::received(self, now, connection, bytes);
            }
            fn drained(&mut self, now: Instant, connection: ConnectionId, queued: usize) {
                Self::drained(self, now, connection, queued);
            }
            fn closed(&mut self, now: Instant, connection: ConnectionId) {
                Self::closed(self, now, connection);
            }
            fn hold(&mut self, now: Instant) {
                Self::hold(self, now);
            }
            fn release(&mut self, now: Instant) {
                Self::release(self, now);
            }
            fn part_from(&mut self, now: Instant, is_unwanted: &dyn Fn(IpAddr) -> bool) {
                Self::part_from(self, now, is_unwanted);
            }
            fn handle_timeout(&mut self, now: Instant) {
                Self::handle_timeout(self, now);
            }
            fn next_timeout(&self) -> Option<Instant> {
                Self::next_timeout(self)
            }
            fn poll_action(&mut self) -> Option<Action> {
                Self::poll_action(self)
            }
            fn wants_peers(&self) -> bool {
                Self::wants_peers(self)
            }
        }
    };
}

crowd!(Swarm);
crowd!(Hunt);
