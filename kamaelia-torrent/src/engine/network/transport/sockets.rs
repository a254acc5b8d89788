//! The sockets of one machine, whichever world it is in.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::Waker;
use std::time::Duration;

use super::Readiness;
use super::datagrams::DatagramId;
use super::imagined::ImaginedSockets;
use super::listen::ListenError;
use super::stream::Stream;
use super::system::SystemSockets;
use crate::engine::network::outlet::Outlet;
use crate::engine::world::World;

pub(super) enum Sockets {
    System(SystemSockets),
    Imagined(ImaginedSockets),
}

/// What an imagined machine says when it is asked for what it has not.
fn no_datagrams() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "there are no datagrams in an imagined world")
}

impl Sockets {
    pub(super) fn bind(
        addresses: &[SocketAddr],
        outlet: &Outlet,
        world: &World,
    ) -> Result<Self, ListenError> {
        match world {
            World::System => SystemSockets::bind(addresses, outlet).map(Sockets::System),
            World::Imagined(host) => ImaginedSockets::listen(addresses, host)
                .map(Sockets::Imagined)
                .map_err(ListenError::Imagined),
        }
    }

    pub(super) fn local_addresses(&self) -> Vec<SocketAddr> {
        match self {
            Sockets::System(sockets) => sockets.local_addresses(),
            Sockets::Imagined(sockets) => sockets.local_addresses(),
        }
    }

    /// In an imagined world nobody sleeps who could be woken.
    pub(super) fn waker(&self) -> Waker {
        match self {
            Sockets::System(sockets) => sockets.waker(),
            Sockets::Imagined(_) => Waker::noop().clone(),
        }
    }

    #[inline]
    pub(super) fn wait(
        &mut self,
        at_most: Option<Duration>,
        hear: impl FnMut(usize, Readiness),
    ) -> io::Result<()> {
        match self {
            Sockets::System(sockets) => sockets.wait(at_most, hear),
            Sockets::Imagined(sockets) => {
                sockets.wait(at_most, hear);
                Ok(())
            }
        }
    }

    pub(super) fn accept(&mut self) -> io::Result<Option<(Stream, SocketAddr)>> {
        Ok(match self {
            Sockets::System(sockets) => {
                sockets.accept()?.map(|(stream, from)| (Stream::System(stream), from))
            }
            Sockets::Imagined(sockets) => {
                sockets.accept().map(|(stream, from)| (Stream::Imagined(stream), from))
            }
        })
    }

    pub(super) fn connect(&self, address: SocketAddr) -> io::Result<Stream> {
        match self {
            Sockets::System(sockets) => sockets.connect(address).map(Stream::System),
            Sockets::Imagined(sockets) => sockets.connect(address).map(Stream::Imagined),
        }
    }

    /// Has [`wait`](Self::wait) tell of this connection from now on.
    pub(super) fn register(&mut self, stream: &mut Stream, slot: usize) -> io::Result<()> {
        match (self, stream) {
            (Sockets::System(sockets), Stream::System(stream)) => sockets.register(stream, slot),
            (Sockets::Imagined(sockets), Stream::Imagined(stream)) => {
                sockets.register(stream, slot);
                Ok(())
            }
            _ => Err(of_another_world()),
        }
    }

    pub(super) fn deregister(&mut self, stream: &mut Stream) {
        match (self, stream) {
            (Sockets::System(sockets), Stream::System(stream)) => sockets.deregister(stream),
            (Sockets::Imagined(sockets), Stream::Imagined(stream)) => sockets.deregister(stream),
            _ => {}
        }
    }

    pub(super) fn open_datagrams(&mut self, address: SocketAddr) -> io::Result<DatagramId> {
        match self {
            Sockets::System(sockets) => sockets.open_datagrams(address),
            Sockets::Imagined(_) => Err(no_datagrams()),
        }
    }

    pub(super) fn join(&mut self, group: SocketAddr, on: IpAddr) -> io::Result<DatagramId> {
        match self {
            Sockets::System(sockets) => sockets.join(group, on),
            Sockets::Imagined(_) => Err(no_datagrams()),
        }
    }

    pub(super) fn receive(
        &mut self,
        id: DatagramId,
        buffer: &mut [u8],
    ) -> Option<(usize, SocketAddr)> {
        match self {
            Sockets::System(sockets) => sockets.receive(id, buffer),
            Sockets::Imagined(_) => None,
        }
    }

    pub(super) fn send_datagram(
        &self,
        id: DatagramId,
        to: SocketAddr,
        bytes: &[u8],
    ) -> io::Result<()> {
        match self {
            Sockets::System(sockets) => sockets.send_datagram(id, to, bytes),
            Sockets::Imagined(_) => Err(no_datagrams()),
        }
    }
}

/// Streams come from the sockets they are given back to.
fn of_another_world() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "the connection is of another world")
}
