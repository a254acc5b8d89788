//! A server of connections, each with a part of the graph of its own.
//!
//! What is it: for each connection that somebody makes, a section is made and linked with it both ways.
//!
//! How to use it: `ServerCore::bind(address, protocol)`, where `protocol` is a function from the
//! address of the other end to any component or section that takes bytes and gives bytes.
//!
//! How it works: on a thread of its own, which waits for connections and adopts, for each, a
//! [`ConnectedSocketAdapter`] and what `protocol` made. A failure in one of them ends that connection and
//! nothing else. There are never more than [`CONNECTIONS_MAX`] at a time, unless
//! [`connections_max`](ServerCore::connections_max) says otherwise; more wait in the system's queue.
//! How long a stranger may be silent is the protocol's to say:
//! [`TimeToLive`](axon_core::TimeToLive) and [`timeout`](axon_core::timeout) are of use there.
//!
//! When it stops: when it is asked to finish or to stop. Connections end as their protocols do.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axon_core::{
    Asked, Children, ComponentResult, Control, Graphline, IntoSection, Section, ThreadedComponent,
    WiringErrors,
};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use super::ConnectedSocketAdapter;
use crate::binding::{ACCEPT_PAUSE, ACCEPTS_PER_TURN, canonical, listen, reason};
use crate::wakeup;

/// Connections at a time, unless told otherwise. Each has a thread.
pub const CONNECTIONS_MAX: usize = 256;

const LISTENER: Token = Token(0);
const WAKER: Token = Token(1);

/// The server cannot be opened at this address.
#[derive(Debug, thiserror::Error)]
#[error("cannot take connections on {address}: {}", reason(.source))]
pub struct TcpBindError {
    /// Where it was to listen.
    pub address: SocketAddr,
    /// What the system said: the port is in use, or not ours to take, among others.
    pub source: io::Error,
}

/// Gives every connection a section of its own.
///
/// ```
/// use axon_core::{Pipeline, handle};
/// use kamaelia_io::{ServerCore, TCPClient};
/// # use axon_core::{Closed, Component, Graphline, Inbox, Outbox};
///
/// let shout = |_peer| handle(|bytes: Vec<u8>, out| out.send(bytes.to_ascii_uppercase()));
/// let server = ServerCore::bind("127.0.0.1:0".parse()?, shout)?;
/// let client = TCPClient::new(server.local_addr().to_string());
///
/// let mut graph = Graphline::new()
///     .export("said", &client.inbox)
///     .export("heard", &client.outbox)
///     .add("server", server)
///     .add("client", client)
///     .build()?;
/// let said = graph.inbox::<Vec<u8>>("said")?;
/// let mut heard = graph.outbox::<Vec<u8>>("heard")?;
/// let running = graph.start()?;
/// said.send_blocking(b"hello".to_vec())?;
/// assert_eq!(heard.take(), Some(b"HELLO".to_vec()));
/// drop(said);
/// running.handle().finish();
/// running.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(ThreadedComponent)]
pub struct ServerCore {
    control: Control,
    listener: TcpListener,
    local: SocketAddr,
    protocol: MakeProtocol,
    connections_max: usize,
}

type MakeProtocol = Box<dyn FnMut(SocketAddr) -> Section<Vec<u8>, Vec<u8>> + Send>;

impl ServerCore {
    /// Takes the address at once, so that others can be told it before the graph runs. Port 0 lets the
    /// system choose; `[::]` is every address of both families. Connections are accepted when the
    /// graph runs, and `protocol` is called for each with the address it came from.
    pub fn bind<P, S>(address: SocketAddr, mut protocol: P) -> Result<Self, TcpBindError>
    where
        P: FnMut(SocketAddr) -> S + Send + 'static,
        S: IntoSection<In = Vec<u8>, Out = Vec<u8>>,
    {
        let listener = listen(address).map_err(|source| TcpBindError { address, source })?;
        let local = listener.local_addr().map_err(|source| TcpBindError { address, source })?;
        Ok(ServerCore {
            control: Control::default(),
            listener,
            local,
            protocol: Box::new(move |remote| protocol(remote).into_section()),
            connections_max: CONNECTIONS_MAX,
        })
    }

    /// At most this many connections at a time; at least one.
    pub fn connections_max(mut self, count: usize) -> Self {
        self.connections_max = count.max(1);
        self
    }

    /// Where it listens, with the port that was taken.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    fn main(mut self) -> ComponentResult {
        let mut poll = Poll::new()?;
        let mut events = Events::with_capacity(4);
        poll.registry().register(&mut self.listener, LISTENER, Interest::READABLE)?;
        self.control.wake_with(wakeup::waker(poll.registry(), WAKER, "tcp server")?);
        let mut open = Open::default();
        loop {
            self.control.came_back();
            if self.control.asked() != Asked::GoOn {
                return Ok(());
            }
            let wait = self.accept(&mut open)?;
            match poll.poll(&mut events, wait) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                    return Err(error.into());
                }
                _ => {}
            }
        }
    }

    /// Takes in those who wait, as far as there is room; how long to wait before it looks again.
    fn accept(&mut self, open: &mut Open) -> Result<Option<Duration>, WiringErrors> {
        for _ in 0..ACCEPTS_PER_TURN {
            if open.count() >= self.connections_max {
                return Ok(Some(ACCEPT_PAUSE));
            }
            match self.listener.accept() {
                Ok((stream, remote)) => self.admit(stream, canonical(remote), open)?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => {
                    // Either that one is gone, or the process has no descriptor left. The listener
                    // is not reported again for those who still wait.
                    log::debug!("tcp server: a connection could not be accepted: {error}");
                    return Ok(Some(ACCEPT_PAUSE));
                }
            }
        }
        Ok(Some(Duration::ZERO))
    }

    fn admit(
        &mut self,
        stream: TcpStream,
        remote: SocketAddr,
        open: &mut Open,
    ) -> Result<(), WiringErrors> {
        let number = open.next_number();
        let (socket, protocol) = (format!("socket {number}"), format!("protocol {number}"));
        let end = |component: &str, name: &str| format!("{component}.{name}");
        let graph = Graphline::new()
            .add(socket.clone(), ConnectedSocketAdapter::accepted(stream, remote))
            .nest(protocol.clone(), (self.protocol)(remote))
            .link(end(&socket, "outbox").as_str(), end(&protocol, "inbox").as_str())
            .link(end(&protocol, "outbox").as_str(), end(&socket, "inbox").as_str())
            .isolated();
        open.connections.push(self.control.adopt(graph)?);
        Ok(())
    }
}

/// The connections there are, or were a moment ago.
#[derive(Default)]
struct Open {
    connections: Vec<Children>,
    /// Of all there ever were.
    number: u64,
}

impl Open {
    fn count(&mut self) -> usize {
        self.connections.retain(|connection| !connection.have_ended());
        self.connections.len()
    }

    fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }
}
