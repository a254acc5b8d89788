//! Owns every socket between peers: binding, connecting, accepting, reading, writing, closing.
//!
//! Readiness is edge-triggered: a socket says once that it can be read or written, so what it said
//! is remembered here until a call finds the opposite. The bytes themselves mean nothing here, nor
//! does it matter whether the sockets are this machine's or imagined.

mod connection;
mod datagrams;
mod imagined;
mod listen;
mod sockets;
mod stream;
mod system;

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::Waker;
use std::time::Duration;

use crate::engine::disk::SpareBuffers;
use crate::engine::network::outlet::Outlet;
use crate::engine::world::World;
use crate::wire::encryption::Ciphers;
use connection::Connection;
pub(in crate::engine) use datagrams::DatagramId;
pub use listen::ListenError;
use sockets::Sockets;
pub(in crate::engine) use stream::Stream;

/// Names one socket. Never given to another one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(in crate::engine) struct SocketId {
    slot: u32,
    generation: u32,
}

impl SocketId {
    /// As one number, for those who only hand it back.
    pub(in crate::engine) fn to_u64(self) -> u64 {
        u64::from(self.slot) << 32 | u64::from(self.generation)
    }

    pub(in crate::engine) fn from_u64(number: u64) -> Self {
        SocketId { slot: (number >> 32) as u32, generation: number as u32 }
    }
}

/// What a socket has to say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::engine) enum News {
    /// A connection we opened is up.
    Connected(SocketId),
    /// A connection we opened did not come up. It is closed already.
    ConnectFailed(SocketId),
    /// There may be something to read.
    Readable(SocketId),
    /// It takes more bytes.
    Writable(SocketId),
}

/// What a read found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::engine) enum ReadOutcome {
    /// So many bytes, at least one.
    Bytes(usize),
    /// Nothing now.
    Nothing,
    /// The other side is gone.
    Gone,
}

/// What became of the bytes that waited for a socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::engine) struct Flushed {
    /// So many are written.
    pub(in crate::engine) written: usize,
    /// So many are left.
    pub(in crate::engine) queued: usize,
    /// Some are left that the socket would have taken.
    pub(in crate::engine) takes_more: bool,
}

/// What an event says of a socket.
#[derive(Clone, Copy)]
struct Readiness {
    readable: bool,
    writable: bool,
}

/// All sockets, each with a role that only the caller understands.
pub(in crate::engine) struct Transport<Role> {
    slots: Vec<Slot<Role>>,
    free: Vec<u32>,
    open: usize,
    news: VecDeque<News>,
    spare: SpareBuffers,
    /// The last to go: the sockets in the slots are of these.
    sockets: Sockets,
}

struct Slot<Role> {
    generation: u32,
    socket: Option<(Connection, Role)>,
}

impl<Role> Transport<Role> {
    /// Listens on these addresses, all of them. Port 0 lets the system choose one port.
    pub(in crate::engine) fn bind(
        addresses: &[SocketAddr],
        outlet: &Outlet,
        world: &World,
        spare: SpareBuffers,
    ) -> Result<Self, ListenError> {
        Ok(Transport {
            slots: Vec::new(),
            free: Vec::new(),
            open: 0,
            news: VecDeque::new(),
            spare,
            sockets: Sockets::bind(addresses, outlet, world)?,
        })
    }

    /// The addresses really listened on.
    pub(in crate::engine) fn local_addresses(&self) -> Vec<SocketAddr> {
        self.sockets.local_addresses()
    }

    /// Ends a [`wait`](Self::wait) from any thread.
    pub(in crate::engine) fn waker(&self) -> Waker {
        self.sockets.waker()
    }

    /// How many sockets are open.
    pub(in crate::engine) fn open(&self) -> usize {
        self.open
    }

    /// Blocks until a socket has news or someone wakes it, at most this long (`None`: any time).
    pub(in crate::engine) fn wait(&mut self, at_most: Option<Duration>) -> io::Result<()> {
        let at_most = if self.has_news() { Some(Duration::ZERO) } else { at_most };
        let (slots, news) = (&mut self.slots, &mut self.news);
        self.sockets.wait(at_most, |slot, readiness| {
            let Slot { generation, socket } = &mut slots[slot];
            let Some((connection, _)) = socket else { return };
            let id = SocketId { slot: slot as u32, generation: *generation };
            news.extend(connection.hear(readiness).news(id));
        })
    }

    /// Whether [`next_news`](Self::next_news) has some without a wait.
    pub(in crate::engine) fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// The next news. A socket that was told to be readable is not told again until a read finds
    /// [`ReadOutcome::Nothing`] or [`put_back`](Self::put_back) is called.
    pub(in crate::engine) fn next_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    /// The caller has read enough of this socket for now, and comes back to it after the others.
    pub(in crate::engine) fn put_back(&mut self, id: SocketId) {
        self.news.push_back(News::Readable(id));
    }

    /// The next connection that someone opened to us, without a role yet. An error says that the
    /// system has no more sockets for us: ask again later.
    pub(in crate::engine) fn accept(&mut self) -> io::Result<Option<(Stream, SocketAddr)>> {
        self.sockets.accept()
    }

    /// Takes on a connection that was accepted.
    pub(in crate::engine) fn adopt(&mut self, stream: Stream, role: Role) -> io::Result<SocketId> {
        let id = self.insert(Connection::accepted(stream, self.spare.clone()), role)?;
        self.news.push_back(News::Readable(id));
        Ok(id)
    }

    /// Begins to connect. [`News::Connected`] or [`News::ConnectFailed`] follows.
    pub(in crate::engine) fn connect(
        &mut self,
        address: SocketAddr,
        role: Role,
    ) -> io::Result<SocketId> {
        let stream = self.sockets.connect(address)?;
        self.insert(Connection::connecting(stream, self.spare.clone()), role)
    }

    /// Opens a datagram socket at this address; port 0 lets the system choose.
    pub(in crate::engine) fn open_datagrams(
        &mut self,
        address: SocketAddr,
    ) -> io::Result<DatagramId> {
        self.sockets.open_datagrams(address)
    }

    /// Opens a datagram socket that hears this group on the interface with this address.
    pub(in crate::engine) fn join(
        &mut self,
        group: SocketAddr,
        on: IpAddr,
    ) -> io::Result<DatagramId> {
        self.sockets.join(group, on)
    }

    /// Takes a datagram that has come to this socket: its length, and where it came from. What is
    /// longer than the buffer is cut.
    pub(in crate::engine) fn receive(
        &mut self,
        id: DatagramId,
        buffer: &mut [u8],
    ) -> Option<(usize, SocketAddr)> {
        self.sockets.receive(id, buffer)
    }

    /// Sends a datagram, or drops it where the system has no room. An error says that nothing can
    /// be sent there.
    pub(in crate::engine) fn send_datagram(
        &self,
        id: DatagramId,
        to: SocketAddr,
        bytes: &[u8],
    ) -> io::Result<()> {
        self.sockets.send_datagram(id, to, bytes)
    }

    pub(in crate::engine) fn role(&self, id: SocketId) -> Option<&Role> {
        self.get(id).map(|(_, role)| role)
    }

    pub(in crate::engine) fn role_mut(&mut self, id: SocketId) -> Option<&mut Role> {
        self.get_mut(id).map(|(_, role)| role)
    }

    /// Reads what is there, up to the length of the buffer.
    pub(in crate::engine) fn read(&mut self, id: SocketId, buffer: &mut [u8]) -> ReadOutcome {
        match self.get_mut(id) {
            Some((connection, _)) => connection.read(buffer),
            None => ReadOutcome::Gone,
        }
    }

    /// Everything read and sent from now on goes through these.
    pub(in crate::engine) fn encrypt(&mut self, id: SocketId, ciphers: Ciphers) {
        if let Some((connection, _)) = self.get_mut(id) {
            connection.encrypt(ciphers);
        }
    }

    /// Puts bytes in line to be written by the next [`flush`](Self::flush).
    pub(in crate::engine) fn send(&mut self, id: SocketId, bytes: Vec<u8>) {
        if let Some((connection, _)) = self.get_mut(id) {
            connection.send(bytes);
        }
    }

    /// Writes as much as the system takes, but no more than this; `None` when the other side is
    /// gone.
    pub(in crate::engine) fn flush(&mut self, id: SocketId, at_most: usize) -> Option<Flushed> {
        self.get_mut(id)?.0.flush(at_most).ok()
    }

    /// Forgets the socket; bytes not yet written are dropped.
    pub(in crate::engine) fn close(&mut self, id: SocketId) -> Option<Role> {
        self.get(id)?;
        let slot = &mut self.slots[id.slot as usize];
        let (mut connection, role) = slot.socket.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.slot);
        self.open -= 1;
        self.sockets.deregister(connection.stream());
        Some(role)
    }

    fn insert(&mut self, mut connection: Connection, role: Role) -> io::Result<SocketId> {
        let slot = self.free.last().copied().unwrap_or(self.slots.len() as u32);
        self.sockets.register(connection.stream(), slot as usize)?;
        match self.free.pop() {
            Some(_) => {}
            None => self.slots.push(Slot { generation: 0, socket: None }),
        }
        self.open += 1;
        let slot_mut = &mut self.slots[slot as usize];
        slot_mut.socket = Some((connection, role));
        Ok(SocketId { slot, generation: slot_mut.generation })
    }

    fn get(&self, id: SocketId) -> Option<&(Connection, Role)> {
        let slot = self.slots.get(id.slot as usize)?;
        slot.socket.as_ref().filter(|_| slot.generation == id.generation)
    }

    fn get_mut(&mut self, id: SocketId) -> Option<&mut (Connection, Role)> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        slot.socket.as_mut().filter(|_| slot.generation == id.generation)
    }
}

/// An IPv4 address that reached an IPv6 socket is an IPv4 address.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests;
