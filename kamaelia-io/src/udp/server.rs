//! A server of datagrams that one thread drives, a turn at a time.
//!
//! ```no_run
//! use std::time::Duration;
//! use kamaelia_io::udp::UdpServer;
//!
//! let mut server = UdpServer::bind("[::]:9000".parse().unwrap())?;
//! loop {
//!     server.turn(Duration::from_secs(60), &mut |datagram, _remote, _local| {
//!         Some(datagram.to_vec())
//!     })?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing is kept of any datagram. Those that come faster than they are answered are dropped by
//! the system, and so are answers it has no room for.

mod compass;

use std::io;
use std::net::SocketAddr;
use std::task::Waker;
use std::time::Duration;

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use socket2::{Protocol, Type};

use crate::binding::{bind, canonical, reason};
use crate::wakeup;
use compass::Compass;

const SOCKET: Token = Token(0);
const WAKER: Token = Token(1);

/// The longest datagram taken, in bytes; what is longer is cut.
pub const DATAGRAM_LENGTH_MAX: usize = 2048;

/// Datagrams taken in one turn, so that a flood of them does not keep the driver from ending.
const DATAGRAMS_PER_TURN: usize = 1024;

/// The server cannot be opened at this address.
#[derive(Debug, thiserror::Error)]
#[error("cannot take datagrams on {address}: {}", reason(.source))]
pub struct BindError {
    /// Where it was to be.
    pub address: SocketAddr,
    /// What the system said: the port is in use, or not ours to take, among others.
    pub source: io::Error,
}

/// A socket that takes datagrams from anyone. Nothing happens but in [`UdpServer::turn`].
pub struct UdpServer {
    poll: Poll,
    events: Events,
    socket: UdpSocket,
    local: SocketAddr,
    waker: Waker,
    /// The system reports once that there are datagrams: those left are remembered here.
    is_ready: bool,
    buffer: Box<[u8; DATAGRAM_LENGTH_MAX]>,
    compass: Compass,
}

impl UdpServer {
    /// Opens the server; port 0 takes any free port. `[::]` is every address of both families,
    /// or every IPv4 address on a machine without IPv6. Does not block.
    ///
    /// On a machine that has several addresses of one family, an answer may leave from another
    /// one than was asked, and be dropped by the asker: bind to the one that others know.
    pub fn bind(address: SocketAddr) -> Result<Self, BindError> {
        Self::open(address).map_err(|source| BindError { address, source })
    }

    fn open(address: SocketAddr) -> io::Result<Self> {
        let mut socket = listen(address)?;
        let local = socket.local_addr()?;
        let poll = Poll::new()?;
        poll.registry().register(&mut socket, SOCKET, Interest::READABLE)?;
        let waker = wakeup::waker(poll.registry(), WAKER, "udp")?;
        Ok(UdpServer {
            poll,
            events: Events::with_capacity(8),
            socket,
            local,
            waker,
            is_ready: true,
            buffer: Box::new([0; DATAGRAM_LENGTH_MAX]),
            compass: Compass::default(),
        })
    }

    /// Where the server is, with the port that was taken.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Ends the turn under way, or the next one, at once; from any thread, any number of times.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Waits until something happens, at most `max_wait`, and sees to it.
    ///
    /// `handler` is given each datagram with the address it came from and the address of ours that
    /// its sender is likeliest to know, and gives the answer, if there is one. An IPv4 address
    /// stands as such, also on a socket of both families. An error means the server itself is
    /// beyond use.
    pub fn turn<H>(&mut self, max_wait: Duration, handler: &mut H) -> io::Result<()>
    where
        H: FnMut(&[u8], SocketAddr, SocketAddr) -> Option<Vec<u8>>,
    {
        let wait = if self.is_ready { Duration::ZERO } else { max_wait };
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        self.is_ready |= self.events.iter().any(|event| event.token() == SOCKET);
        for _ in 0..DATAGRAMS_PER_TURN {
            if !self.is_ready {
                return Ok(());
            }
            self.serve_one(handler);
        }
        Ok(())
    }

    fn serve_one<H>(&mut self, handler: &mut H)
    where
        H: FnMut(&[u8], SocketAddr, SocketAddr) -> Option<Vec<u8>>,
    {
        let (length, from) = match self.socket.recv_from(&mut self.buffer[..]) {
            Ok(received) => received,
            Err(error) => {
                // Some systems tell here that an earlier answer reached nobody.
                let others = [io::ErrorKind::ConnectionReset, io::ErrorKind::ConnectionRefused];
                self.is_ready = others.contains(&error.kind());
                return;
            }
        };
        let remote = canonical(from);
        let local = self.compass.local_towards(self.local, remote);
        if let Some(answer) = handler(&self.buffer[..length], remote, local)
            && let Err(error) = self.socket.send_to(&answer, from)
        {
            log::debug!("udp: {remote} cannot be answered: {error}");
        }
    }
}

/// A socket that does not block.
fn listen(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = bind(address, Type::DGRAM, Protocol::UDP)?;
    Ok(UdpSocket::from_std(socket.into()))
}
