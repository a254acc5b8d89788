//! The sockets of this machine, and how to wait for them.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use super::datagrams::{DatagramId, Datagrams};
use super::listen::{self, ListenError};
use super::{Readiness, plain};
use crate::engine::network::outlet::Outlet;

/// Sockets handed out by one call into the operating system.
const EVENTS_MAX: usize = 1024;

/// Tokens below this are not connections: the waker, then the listeners, then datagram sockets.
const CONNECTION_TOKENS_FROM: usize = 64;

const DATAGRAM_TOKENS_FROM: usize = 48;

const WAKER: Token = Token(0);

pub(super) struct SystemSockets {
    poll: Poll,
    events: Events,
    waker: Arc<PollWaker>,
    listeners: Vec<TcpListener>,
    /// Listeners that may have someone waiting.
    knocked: Vec<bool>,
    datagrams: Datagrams,
    outlet: Outlet,
}

struct PollWaker(mio::Waker);

impl Wake for PollWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Fails only when the poll it wakes is gone.
        let _ = self.0.wake();
    }
}

impl SystemSockets {
    pub(super) fn bind(addresses: &[SocketAddr], outlet: &Outlet) -> Result<Self, ListenError> {
        let poll = Poll::new().map_err(ListenError::Poll)?;
        let waker = mio::Waker::new(poll.registry(), WAKER).map_err(ListenError::Poll)?;
        let mut listeners = listen::bind_all(addresses, outlet)?;
        for (at, listener) in listeners.iter_mut().enumerate() {
            let token = Token(WAKER.0 + 1 + at);
            poll.registry()
                .register(listener, token, Interest::READABLE)
                .map_err(ListenError::Poll)?;
        }
        Ok(SystemSockets {
            poll,
            events: Events::with_capacity(EVENTS_MAX),
            waker: Arc::new(PollWaker(waker)),
            knocked: vec![true; listeners.len()],
            listeners,
            datagrams: Datagrams::default(),
            outlet: outlet.clone(),
        })
    }

    pub(super) fn local_addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    pub(super) fn waker(&self) -> Waker {
        Waker::from(self.waker.clone())
    }

    /// Blocks until something happens, and tells which connections it happened to, by their slots.
    pub(super) fn wait(
        &mut self,
        at_most: Option<Duration>,
        mut hear: impl FnMut(usize, Readiness),
    ) -> io::Result<()> {
        let at_most = if self.datagrams.are_waiting() { Some(Duration::ZERO) } else { at_most };
        if let Err(error) = self.poll.poll(&mut self.events, at_most)
            && error.kind() != io::ErrorKind::Interrupted
        {
            return Err(error);
        }
        for event in &self.events {
            match event.token().0 {
                0 => {}
                socket if (DATAGRAM_TOKENS_FROM..CONNECTION_TOKENS_FROM).contains(&socket) => {
                    self.datagrams.hear(socket - DATAGRAM_TOKENS_FROM);
                }
                listener if listener < CONNECTION_TOKENS_FROM => self.knocked[listener - 1] = true,
                token => {
                    // A socket closed by the other side can be read, to learn just that.
                    let readable =
                        event.is_readable() || event.is_read_closed() || event.is_error();
                    let writable = event.is_writable() || event.is_error();
                    hear(token - CONNECTION_TOKENS_FROM, Readiness { readable, writable });
                }
            }
        }
        Ok(())
    }

    pub(super) fn accept(&mut self) -> io::Result<Option<(TcpStream, SocketAddr)>> {
        for (listener, knocked) in self.listeners.iter().zip(&mut self.knocked) {
            while *knocked {
                match listener.accept() {
                    Ok((stream, address)) => return Ok(Some((stream, plain(address)))),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => *knocked = false,
                    // The other side gave up while it waited; or the system is out of something.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(None)
    }

    pub(super) fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        Ok(TcpStream::from_std(self.outlet.begin_to_connect(address)?))
    }

    /// Has [`wait`](Self::wait) tell of this connection from now on.
    pub(super) fn register(&self, stream: &mut TcpStream, slot: usize) -> io::Result<()> {
        let token = Token(CONNECTION_TOKENS_FROM + slot);
        self.poll.registry().register(stream, token, Interest::READABLE | Interest::WRITABLE)
    }

    pub(super) fn deregister(&self, stream: &mut TcpStream) {
        // Dropping the stream does it too; this only makes it so at once.
        let _ = self.poll.registry().deregister(stream);
    }

    pub(super) fn open_datagrams(&mut self, address: SocketAddr) -> io::Result<DatagramId> {
        let socket = self.outlet.datagrams(address)?;
        self.adopt_datagrams(socket)
    }

    pub(super) fn join(&mut self, group: SocketAddr, on: IpAddr) -> io::Result<DatagramId> {
        let socket = self.outlet.join(group, on)?;
        self.adopt_datagrams(socket)
    }

    fn adopt_datagrams(&mut self, socket: UdpSocket) -> io::Result<DatagramId> {
        let tokens = DATAGRAM_TOKENS_FROM..CONNECTION_TOKENS_FROM;
        self.datagrams.adopt(socket, self.poll.registry(), tokens)
    }

    pub(super) fn receive(
        &mut self,
        id: DatagramId,
        buffer: &mut [u8],
    ) -> Option<(usize, SocketAddr)> {
        let (length, from) = self.datagrams.receive(id, buffer)?;
        Some((length, plain(from)))
    }

    pub(super) fn send_datagram(
        &self,
        id: DatagramId,
        to: SocketAddr,
        bytes: &[u8],
    ) -> io::Result<()> {
        self.datagrams.send(id, to, bytes)
    }
}
