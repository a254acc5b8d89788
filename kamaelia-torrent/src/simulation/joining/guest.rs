//! A node on which an engine lives: its sockets, as the simulated network has them.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, IoSlice};
use std::net::SocketAddr;

use crate::engine::fetch::Problem;
use crate::engine::world::{HostNews, Line};
use crate::simulation::address::{address, calls_from, node_at};
use crate::simulation::network::{LineId, Network, News, Side};
use crate::simulation::{Moment, NodeId};

/// Bytes that a socket takes before they have left: a tick of the fastest lines there are.
const SEND_BUFFER: usize = 256 * 1024;

/// Bytes that arrive together at least: larger writes are cut, so that what comes first can be used
/// before the rest is there.
const CHUNK: usize = 4 * 1024;

/// What an engine finds at its node.
pub(in crate::simulation) struct Guest {
    node: NodeId,
    is_listening: bool,
    ends: BTreeMap<Line, End>,
    news: VecDeque<HostNews>,
    /// What was fetched, by when it arrives, and then in the order it was asked for.
    answers: BTreeMap<(Moment, u64), Fetched>,
    fetches: u64,
}

/// A token, and what came of it.
pub(in crate::simulation) type Fetched = (u64, Result<Vec<u8>, Problem>);

/// Our end of a line.
struct End {
    id: LineId,
    side: Side,
    is_up: Option<bool>,
    arrived: VecDeque<Vec<u8>>,
    /// Bytes of the first of those that were read.
    read: usize,
    /// Nothing more arrives, and nothing is sent.
    is_over: bool,
    /// The last write found too little room.
    wants_room: bool,
}

impl End {
    fn new(id: LineId, side: Side, is_up: Option<bool>) -> Self {
        let arrived = VecDeque::new();
        End { id, side, is_up, arrived, read: 0, is_over: false, wants_room: false }
    }
}

impl Guest {
    pub(in crate::simulation) fn new(node: NodeId) -> Self {
        Guest {
            node,
            is_listening: false,
            ends: BTreeMap::new(),
            news: VecDeque::new(),
            answers: BTreeMap::new(),
            fetches: 0,
        }
    }

    /// Takes calls from now on, at this address.
    pub(in crate::simulation) fn listen(&mut self) -> SocketAddr {
        self.is_listening = true;
        address(self.node)
    }

    /// Takes no calls any more, and hangs up.
    pub(in crate::simulation) fn leave(&mut self, now: Moment, network: &mut Network) {
        self.is_listening = false;
        self.news.clear();
        self.answers.clear();
        for end in std::mem::take(&mut self.ends).into_values() {
            network.close(now, end.id, end.side);
        }
    }

    /// Hears what the network has brought.
    pub(in crate::simulation) fn hear(&mut self, news: News, now: Moment, network: &mut Network) {
        match news {
            News::Up(id) => self.answered(id, true),
            News::Failed(id) => self.answered(id, false),
            News::Called { line: id, .. } if !self.is_listening => {
                network.close(now, id, Side::Called);
            }
            News::Called { line: id, from } => {
                let line = name(id, Side::Called);
                self.ends.insert(line, End::new(id, Side::Called, Some(true)));
                self.news.push_back(HostNews::Called { line, from: calls_from(from) });
            }
            News::Bytes(id, side, bytes) => {
                if let Some(end) = self.ends.get_mut(&name(id, side)) {
                    end.arrived.push_back(bytes);
                    self.tell(name(id, side), true, false);
                }
            }
            News::Drained(id, side) => {
                let end = self.ends.get_mut(&name(id, side));
                if end.is_some_and(|end| std::mem::take(&mut end.wants_room)) {
                    self.tell(name(id, side), false, true);
                }
            }
            News::Closed(id, side) => {
                if let Some(end) = self.ends.get_mut(&name(id, side)) {
                    end.is_over = true;
                    self.tell(name(id, side), true, true);
                }
            }
        }
    }

    fn answered(&mut self, id: LineId, is_up: bool) {
        let line = name(id, Side::Caller);
        if let Some(end) = self.ends.get_mut(&line) {
            end.is_up = Some(is_up);
            end.is_over = !is_up;
            self.tell(line, false, true);
        }
    }

    fn tell(&mut self, line: Line, readable: bool, writable: bool) {
        self.news.push_back(HostNews::Line { line, readable, writable });
    }

    /// Whether there is something that nobody has taken.
    pub(in crate::simulation) fn has_news(&self, now: Moment) -> bool {
        !self.news.is_empty() || self.next_due().is_some_and(|due| due <= now)
    }

    /// When the next answer arrives.
    pub(in crate::simulation) fn next_due(&self) -> Option<Moment> {
        self.answers.first_key_value().map(|((due, _), _)| *due)
    }

    pub(in crate::simulation) fn next_news(&mut self) -> Option<HostNews> {
        self.news.pop_front()
    }

    /// Calls whoever is there, if there are so many nodes.
    pub(in crate::simulation) fn connect(
        &mut self,
        now: Moment,
        to: SocketAddr,
        nodes: usize,
        network: &mut Network,
    ) -> Line {
        let id = network.call(now, self.node, node_at(to, nodes));
        let line = name(id, Side::Caller);
        self.ends.insert(line, End::new(id, Side::Caller, None));
        line
    }

    pub(in crate::simulation) fn is_up(&self, line: Line) -> Option<bool> {
        self.ends.get(&line)?.is_up
    }

    pub(in crate::simulation) fn read(
        &mut self,
        line: Line,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        let end = self.ends.get_mut(&line).ok_or(io::ErrorKind::NotConnected)?;
        let mut count = 0;
        while count < buffer.len()
            && let Some(first) = end.arrived.front()
        {
            let rest = &first[end.read..];
            let taken = rest.len().min(buffer.len() - count);
            buffer[count..count + taken].copy_from_slice(&rest[..taken]);
            count += taken;
            end.read += taken;
            if end.read == first.len() {
                end.arrived.pop_front();
                end.read = 0;
            }
        }
        match count {
            0 if !end.is_over => Err(io::ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }

    pub(in crate::simulation) fn write(
        &mut self,
        line: Line,
        slices: &[IoSlice<'_>],
        network: &mut Network,
    ) -> io::Result<usize> {
        let end = self.ends.get_mut(&line).ok_or(io::ErrorKind::NotConnected)?;
        if end.is_over {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let mut count = 0;
        for chunk in slices.iter().flat_map(|slice| slice.chunks(CHUNK)) {
            if network.queued(end.id, end.side) >= SEND_BUFFER {
                break;
            }
            network.send(end.id, end.side, chunk.to_vec(), 0);
            count += chunk.len();
        }
        if count == 0 {
            end.wants_room = true;
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(count)
    }

    pub(in crate::simulation) fn close(&mut self, now: Moment, line: Line, network: &mut Network) {
        if let Some(end) = self.ends.remove(&line) {
            network.close(now, end.id, end.side);
        }
    }

    /// What was asked under this token is answered then.
    pub(in crate::simulation) fn expect(&mut self, due: Moment, fetched: Fetched) {
        self.answers.insert((due, self.fetches), fetched);
        self.fetches += 1;
    }

    pub(in crate::simulation) fn next_fetched(&mut self, now: Moment) -> Option<Fetched> {
        let first = self.answers.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }
}

/// What the engine calls our end of a line. Both ends may be ours, if an engine calls itself.
fn name(id: LineId, side: Side) -> Line {
    Line(id.to_u64() << 1 | side as u64)
}
