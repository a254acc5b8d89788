//! Peers tell each other whom they talk with (BEP 11).
//!
//! Each is told what has changed since it was last told, once a minute at most. Private torrents
//! take no part (BEP 27): their trackers alone say who is there, so we never say that we would hear
//! such a message, and a peer that sends one all the same is not heard.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use log::debug;

use crate::swarm::connections::Connection;
use crate::swarm::nearness::Nearness;
use crate::swarm::{ConnectionId, Swarm};
use crate::wire::Extension;
use crate::wire::extension::{EXCHANGED_MAX, ExchangedPeer, PeerExchange, PeerFlags};

/// How soon a newcomer is told for the first time: it needs peers now, and by then we have some.
const FIRST_AFTER: Duration = Duration::from_secs(10);

/// How often after that (BEP 11: no more than once a minute).
const EVERY: Duration = Duration::from_secs(65);

/// The least time between messages that are heard: a minute, for one who looks at another clock.
const HEARD_EVERY: Duration = Duration::from_secs(50);

/// Peers that one peer has been told of and that we still talk with.
const TOLD_MAX: usize = 200;

/// What one peer and we have told each other.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// Those it was told of, and not told that they are gone; in order. There are as many of these
    /// lists as connections, so they are kept small.
    told: Vec<SocketAddr>,
    /// When it is to be told, if it wants to be.
    due: Option<Instant>,
    /// When it last told us.
    heard: Option<Instant>,
}

impl Exchange {
    /// They want to be told, or do not want it any more.
    pub(super) fn set_wanted(&mut self, now: Instant, wanted: bool) {
        self.due = wanted.then(|| self.due.unwrap_or(now + FIRST_AFTER));
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// What to tell about these, of whom all can be called and none is the one who is told.
    fn tell(&mut self, now: Instant, peers: Vec<ExchangedPeer>) -> PeerExchange {
        self.due = Some(now + EVERY);
        let mut there: Vec<_> = peers.iter().map(|peer| peer.address).collect();
        there.sort_unstable();
        let is_gone = |address: &&SocketAddr| there.binary_search(address).is_err();
        let dropped: Vec<_> =
            self.told.iter().filter(is_gone).copied().take(EXCHANGED_MAX).collect();
        self.told.retain(|address| dropped.binary_search(address).is_err());
        let mut added: Vec<_> = peers;
        added.retain(|peer| self.told.binary_search(&peer.address).is_err());
        added.truncate(EXCHANGED_MAX.min(TOLD_MAX - self.told.len()));
        self.told.extend(added.iter().map(|peer| peer.address));
        self.told.sort_unstable();
        self.told.shrink_to_fit();
        PeerExchange { added, dropped }
    }

    /// Whether a message from them is heard now.
    pub(super) fn hears(&mut self, now: Instant) -> bool {
        let heard = self.heard.is_none_or(|last| now >= last + HEARD_EVERY);
        if heard {
            self.heard = Some(now);
        }
        heard
    }
}

impl Swarm {
    /// Tells those who are due.
    pub(super) fn exchange_peers(&mut self, now: Instant) {
        let due = |c: &&Connection| c.exchange.due().is_some_and(|due| due <= now);
        let ids: Vec<_> = self.connections.iter().filter(due).map(|c| c.id).collect();
        for id in ids {
            let mut peers = self.callable_peers(id);
            self.rng.shuffle(&mut peers);
            let Some(connection) = self.connections.get_mut(id) else {
                continue;
            };
            let message = connection.exchange.tell(now, peers);
            if !message.is_empty() {
                connection.peer.tell_peers(&message);
                self.list(now, id);
            }
        }
    }

    /// When the next one is due.
    pub(super) fn next_exchange(&self) -> Option<Instant> {
        self.connections.iter().filter_map(|c| c.exchange.due()).min()
    }

    /// Those we talk with whom somebody else may call.
    fn callable_peers(&self, teller: ConnectionId) -> Vec<ExchangedPeer> {
        let Some(told) = self.connections.get(teller) else {
            return Vec::new();
        };
        let near = Nearness::of(told.address.ip());
        let others = self.connections.iter().filter(|c| c.id != teller && c.peer.is_greeted());
        others
            .filter_map(|c| Some((c, c.can_be_called_at()?)))
            .filter(|(_, address)| Nearness::of(address.ip()).is_known_at(near))
            .filter(|(_, address)| told.can_be_called_at() != Some(*address))
            .map(|(other, address)| ExchangedPeer { address, flags: flags(other) })
            .collect()
    }

    /// Someone tells us whom it talks with.
    pub(super) fn on_peers(&mut self, now: Instant, id: ConnectionId, peers: &PeerExchange) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if !connection.exchange.hears(now) {
            return;
        }
        let (added, dropped) = (peers.added.len(), peers.dropped.len());
        debug!("{}: talks with {added} more, and {dropped} no longer", connection.address);
        let from = connection.address;
        self.candidates.hear_of(now, from, peers, &mut self.rng);
        self.connect_more(now);
    }

    /// A peer's own word about what it wants to hear has changed.
    pub(super) fn on_exchange_wanted(&mut self, now: Instant, id: ConnectionId) {
        let allowed = !self.is_private();
        if let Some(connection) = self.connections.get_mut(id) {
            let wanted = allowed && connection.peer.extended.hears(Extension::PeerExchange);
            connection.exchange.set_wanted(now, wanted);
            if let Some(due) = connection.exchange.due() {
                self.wake_by(due);
            }
        }
    }
}

fn flags(connection: &Connection) -> PeerFlags {
    PeerFlags::default()
        .with(PeerFlags::UPLOAD_ONLY, connection.peer.is_upload_only())
        .with(PeerFlags::REACHABLE, connection.outgoing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(numbers: std::ops::Range<u16>) -> Vec<ExchangedPeer> {
        let flags = PeerFlags::default();
        let address = |port| SocketAddr::from(([192, 0, 2, 1], port));
        numbers.map(|port| ExchangedPeer { address: address(port), flags }).collect()
    }

    fn addresses(peers: &[ExchangedPeer]) -> Vec<SocketAddr> {
        peers.iter().map(|peer| peer.address).collect()
    }

    #[test]
    fn only_what_has_changed_is_told() {
        let (mut exchange, now) = (Exchange::default(), Instant::now());
        let first = exchange.tell(now, peers(1..4));
        assert_eq!(first, PeerExchange { added: peers(1..4), dropped: Vec::new() });
        assert!(exchange.tell(now, peers(1..4)).is_empty());
        let then = exchange.tell(now, peers(3..5));
        let dropped = addresses(&peers(1..3));
        assert_eq!(then, PeerExchange { added: peers(4..5), dropped });
    }

    #[test]
    fn no_message_names_more_than_fifty_and_what_is_left_comes_later() {
        let (mut exchange, now) = (Exchange::default(), Instant::now());
        for round in 0..4 {
            let added = exchange.tell(now, peers(0..300)).added;
            let expected = peers(50 * round..50 * (round + 1));
            assert_eq!(addresses(&added), addresses(&expected));
        }
        assert!(exchange.tell(now, peers(0..300)).is_empty(), "it has been told of enough");
        for _ in 0..4 {
            let message = exchange.tell(now, Vec::new());
            assert_eq!((message.added.len(), message.dropped.len()), (0, 50));
        }
        assert!(exchange.tell(now, Vec::new()).is_empty());
    }

    #[test]
    fn a_minute_lies_between_messages_both_ways() {
        let (mut exchange, now) = (Exchange::default(), Instant::now());
        exchange.set_wanted(now, true);
        assert_eq!(exchange.due(), Some(now + FIRST_AFTER));
        exchange.tell(now, peers(1..4));
        exchange.set_wanted(now, true);
        assert_eq!(exchange.due(), Some(now + EVERY));
        exchange.set_wanted(now, false);
        assert_eq!(exchange.due(), None);

        assert!(exchange.hears(now));
        assert!(!exchange.hears(now + Duration::from_secs(30)));
        assert!(exchange.hears(now + Duration::from_secs(60)));
    }
}
