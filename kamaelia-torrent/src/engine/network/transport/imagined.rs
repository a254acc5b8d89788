//! The sockets of an imagined machine.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::Readiness;
use super::stream::ImaginedStream;
use crate::engine::world::{Host, HostNews, Line};

pub(super) struct ImaginedSockets {
    host: Arc<dyn Host>,
    listening: Vec<SocketAddr>,
    /// The slots of the lines that have one.
    slots: BTreeMap<Line, usize>,
    /// Who has called and was not accepted yet.
    knocked: VecDeque<(ImaginedStream, SocketAddr)>,
}

impl ImaginedSockets {
    pub(super) fn listen(addresses: &[SocketAddr], host: &Arc<dyn Host>) -> io::Result<Self> {
        Ok(ImaginedSockets {
            listening: host.listen(addresses)?,
            host: host.clone(),
            slots: BTreeMap::new(),
            knocked: VecDeque::new(),
        })
    }

    pub(super) fn local_addresses(&self) -> Vec<SocketAddr> {
        self.listening.clone()
    }

    /// Lets time pass until something happens to this machine, and tells which connections it
    /// happened to, by their slots.
    pub(super) fn wait(
        &mut self,
        at_most: Option<Duration>,
        mut hear: impl FnMut(usize, Readiness),
    ) {
        let until = at_most.and_then(|at_most| self.host.now().checked_add(at_most));
        while !self.take_news(&mut hear) {
            // With nobody to wait for, time stands still for ever.
            let Some(moment) = self.host.next_due().into_iter().chain(until).min() else { return };
            if moment <= self.host.now() {
                return;
            }
            self.host.move_to(moment);
        }
    }

    /// Whether there was any.
    fn take_news(&mut self, hear: &mut impl FnMut(usize, Readiness)) -> bool {
        let mut any = !self.knocked.is_empty();
        while let Some(news) = self.host.next_news() {
            any = true;
            match news {
                HostNews::Called { line, from } => {
                    self.knocked.push_back((self.stream(line), from));
                }
                HostNews::Line { line, readable, writable } => {
                    if let Some(slot) = self.slots.get(&line) {
                        hear(*slot, Readiness { readable, writable });
                    }
                }
            }
        }
        any
    }

    pub(super) fn accept(&mut self) -> Option<(ImaginedStream, SocketAddr)> {
        self.knocked.pop_front()
    }

    pub(super) fn connect(&self, address: SocketAddr) -> io::Result<ImaginedStream> {
        self.host.connect(address).map(|line| self.stream(line))
    }

    pub(super) fn register(&mut self, stream: &ImaginedStream, slot: usize) {
        self.slots.insert(stream.line, slot);
    }

    pub(super) fn deregister(&mut self, stream: &ImaginedStream) {
        self.slots.remove(&stream.line);
    }

    fn stream(&self, line: Line) -> ImaginedStream {
        ImaginedStream { host: self.host.clone(), line }
    }
}

impl Drop for ImaginedSockets {
    fn drop(&mut self) {
        self.knocked.clear();
        self.host.leave();
    }
}
