//! One engine's place in an open swarm.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use super::guest::Guest;
use super::open_swarm::{Shared, State};
use crate::engine::fetch::Problem;
use crate::engine::world::{Host, HostNews, Line};
use crate::simulation::network::Network;
use crate::simulation::{Moment, NodeId};

/// What an engine takes for its machine.
pub(super) struct Seat {
    shared: Arc<Shared>,
    node: NodeId,
    seed: u64,
}

impl Seat {
    pub(super) fn new(shared: Arc<Shared>, node: NodeId, seed: u64) -> Self {
        Seat { shared, node, seed }
    }

    /// Asks the node, if it is still there.
    fn ask<T>(&self, ask: impl FnOnce(&mut Guest, &mut Network, Moment) -> T) -> Option<T> {
        let mut state = self.shared.lock();
        let State { world, now, .. } = &mut *state;
        world.guest(self.node).map(|(guest, network)| ask(guest, network, *now))
    }
}

/// What is said of a node that has left for good.
fn gone() -> io::Error {
    io::ErrorKind::NetworkDown.into()
}

impl Host for Seat {
    fn now(&self) -> Instant {
        self.shared.lock().instant()
    }

    fn move_to(&self, moment: Instant) {
        self.shared.move_to(moment, Some(self.node));
    }

    fn next_due(&self) -> Option<Instant> {
        if self.ask(|guest, _, now| guest.has_news(now)).unwrap_or(false) {
            return Some(self.now());
        }
        self.shared.lock().next_due()
    }

    fn wake_with(&self, waker: Waker) {
        self.shared.lock().wakers.insert(self.node, waker);
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    /// A node has one address, whatever is asked for.
    fn listen(&self, _addresses: &[SocketAddr]) -> io::Result<Vec<SocketAddr>> {
        self.ask(|guest, _, _| vec![guest.listen()]).ok_or_else(gone)
    }

    fn next_news(&self) -> Option<HostNews> {
        self.ask(|guest, _, _| guest.next_news())?
    }

    fn connect(&self, to: SocketAddr) -> io::Result<Line> {
        let mut state = self.shared.lock();
        let now = state.now;
        state.world.connect(self.node, now, to).ok_or_else(gone)
    }

    fn is_up(&self, line: Line) -> Option<bool> {
        self.ask(|guest, _, _| guest.is_up(line)).unwrap_or(Some(false))
    }

    fn read(&self, line: Line, buffer: &mut [u8]) -> io::Result<usize> {
        self.ask(|guest, _, _| guest.read(line, buffer)).unwrap_or_else(|| Err(gone()))
    }

    fn write(&self, line: Line, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        let written = self.ask(|guest, network, _| guest.write(line, bytes, network));
        written.unwrap_or_else(|| Err(gone()))
    }

    fn close(&self, line: Line) {
        self.ask(|guest, network, now| guest.close(now, line, network));
    }

    fn fetch(&self, token: u64, url: &str) {
        let mut state = self.shared.lock();
        let now = state.now;
        state.world.fetch(self.node, now, token, url);
    }

    fn next_fetched(&self) -> Option<(u64, Result<Vec<u8>, Problem>)> {
        self.ask(|guest, _, now| guest.next_fetched(now))?
    }

    fn leave(&self) {
        self.ask(|guest, network, now| guest.leave(now, network));
        let mut state = self.shared.lock();
        let own = state.wakers.remove(&self.node);
        let others: Vec<Waker> = state.wakers.values().cloned().collect();
        drop(state);
        drop(own);
        others.into_iter().for_each(Waker::wake);
    }
}
