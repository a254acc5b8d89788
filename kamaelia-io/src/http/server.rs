//! An HTTP/1.1 server that one thread drives, a turn at a time.
//!
//! ```no_run
//! use std::time::Duration;
//! use kamaelia_io::http::{HttpServer, Response};
//!
//! let mut server = HttpServer::bind("[::]:8080".parse().unwrap())?;
//! loop {
//!     server.turn(Duration::from_secs(60), &mut |request, remote, _local| {
//!         Response::text(200, format!("{remote} asked for {}\n", request.path()))
//!     })?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Strangers may send anything, slowly, and in any number: each connection has a deadline and a
//! bounded buffer, and there are never more of them than [`Limits::connections_max`]. A connection
//! serves one request after the other, until its peer has had enough or is silent for too long.
//!
//! An answer may be a [stream](Response::stream), which goes on with what [`HttpServer::offer`] is
//! given. Each stream holds one part of it at a time: who reads slowly misses parts, and who takes
//! nothing for [`Limits::write_deadline`] is let go.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use super::connection::{Connection, Progress};
use super::wire::{Request, Response};
use crate::binding::{ACCEPT_PAUSE, ACCEPTS_PER_TURN, canonical, listen, reason};
use crate::wakeup;

const LISTENER: Token = Token(0);
const WAKER: Token = Token(1);
/// Connections are numbered from here and no number comes twice, so a late event cannot reach
/// the wrong one.
const FIRST_CONNECTION: usize = 2;

/// Readiness reported in one turn.
const EVENTS_PER_TURN: usize = 256;

/// What strangers may take up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Connections at a time. More wait in the system's queue.
    pub connections_max: usize,
    /// How long the whole header of a request may take to arrive.
    pub header_deadline: Duration,
    /// How long the whole answer may take to leave, or a part of a stream. When every place is taken a
    /// connection that has taken nothing of its answer for five seconds may be put out before that.
    pub write_deadline: Duration,
    /// How long after an answer the next request has to be here. When every place is taken a
    /// connection that is silent for a second may be put out before that.
    pub idle_deadline: Duration,
    /// Bytes in the body of a POST. With 0, POST is answered with 405.
    pub body_max: usize,
    /// Streams at a time; who asks for one more is told to come again later, with 503.
    pub streams_max: usize,
}

impl Default for Limits {
    /// 256 connections, 10 seconds for the header, 30 for the answer, 30 between requests, no bodies,
    /// and 16 streams.
    fn default() -> Self {
        Limits {
            connections_max: 256,
            header_deadline: Duration::from_secs(10),
            write_deadline: Duration::from_secs(30),
            idle_deadline: Duration::from_secs(30),
            body_max: 0,
            streams_max: 16,
        }
    }
}

/// The server cannot be opened at this address.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for HTTP on {address}: {}", reason(.source))]
pub struct BindError {
    /// Where it was to listen.
    pub address: SocketAddr,
    /// What the system said: the port is in use, or not ours to take, among others.
    pub source: io::Error,
}

impl BindError {
    /// Why, without the address.
    pub fn reason(&self) -> String {
        reason(&self.source)
    }
}

/// A listening socket and its connections. Nothing happens but in [`HttpServer::turn`].
pub struct HttpServer {
    poll: Poll,
    events: Events,
    listener: TcpListener,
    local: SocketAddr,
    waker: Waker,
    limits: Limits,
    connections: BTreeMap<usize, Connection>,
    /// Those whose answer is a stream.
    streams: BTreeSet<usize>,
    /// Those that have had their share, and more to do.
    unfinished: Vec<usize>,
    /// No deadline of a connection is earlier.
    due: Option<Instant>,
    next_connection: usize,
    /// The system reports new connections once: those left waiting are remembered here, with the
    /// moment to look at them again.
    accept_at: Option<Instant>,
}

impl HttpServer {
    /// Opens the server; port 0 takes any free port. `[::]` is every address of both families,
    /// or every IPv4 address on a machine without IPv6. Does not block.
    pub fn bind(address: SocketAddr) -> Result<Self, BindError> {
        Self::bind_with(address, Limits::default())
    }

    /// The same, with limits of one's own.
    pub fn bind_with(address: SocketAddr, limits: Limits) -> Result<Self, BindError> {
        Self::open(address, limits).map_err(|source| BindError { address, source })
    }

    fn open(address: SocketAddr, limits: Limits) -> io::Result<Self> {
        let mut listener = listen(address)?;
        let local = listener.local_addr()?;
        let poll = Poll::new()?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let waker = wakeup::waker(poll.registry(), WAKER, "http")?;
        Ok(HttpServer {
            poll,
            events: Events::with_capacity(EVENTS_PER_TURN),
            listener,
            local,
            waker,
            limits,
            connections: BTreeMap::new(),
            streams: BTreeSet::new(),
            unfinished: Vec::new(),
            due: None,
            next_connection: FIRST_CONNECTION,
            accept_at: None,
        })
    }

    /// At most this many connections at a time from now on; at least one. Those that are open stay.
    pub fn set_connections_max(&mut self, count: usize) {
        self.limits.connections_max = count.max(1);
    }

    /// Where the server listens, with the port that was taken.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Ends the turn under way, or the next one, at once; from any thread, any number of times.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Connections open now.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Streams open now, those whose header is on its way included.
    pub fn streams(&self) -> usize {
        self.streams.len()
    }

    /// Streams that have taken all they were offered: who would get the next part.
    pub fn streams_ready(&self) -> usize {
        let is_ready = |one: &&Connection| one.is_ready_for_more();
        self.streams.iter().filter_map(|one| self.connections.get(one)).filter(is_ready).count()
    }

    /// Sends this part to every stream that has taken all it was offered before, and passes over the
    /// others. Does not block: what the system does not take at once goes in the next turns.
    pub fn offer(&mut self, part: &Arc<[u8]>) {
        let now = Instant::now();
        let mut no_more = |_: &Request, _: SocketAddr, _: SocketAddr| Response::text(503, "");
        let numbers: Vec<usize> = self.streams.iter().copied().collect();
        for number in numbers {
            if let Some(connection) = self.connections.get_mut(&number)
                && connection.is_ready_for_more()
            {
                connection.offer(part, now, &self.limits);
                self.advance(number, now, &mut no_more);
            }
        }
    }

    /// Waits until something happens, at most `max_wait`, and sees to it.
    ///
    /// `handler` is given each request with the address it came from and the address of ours it
    /// came to; an IPv4 address stands as such, also on a socket of both families. It should not
    /// block: nobody else is served meanwhile. An error means the server itself is beyond use;
    /// what one connection does wrong only ends that one.
    pub fn turn<H>(&mut self, max_wait: Duration, handler: &mut H) -> io::Result<()>
    where
        H: FnMut(&Request, SocketAddr, SocketAddr) -> Response,
    {
        let wait = self.wait(max_wait, Instant::now());
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        let now = Instant::now();
        let handler = &mut bounded(handler, self.streams.len(), self.limits.streams_max);
        let mut ready = std::mem::take(&mut self.unfinished);
        for token in self.events.iter().map(Event::token) {
            match token {
                WAKER => {}
                LISTENER => self.accept_at = Some(now),
                Token(number) => ready.push(number),
            }
        }
        // Whoever had more to do and was heard of as well has one share all the same.
        ready.sort_unstable();
        ready.dedup();
        for number in ready {
            self.advance(number, now, handler);
        }
        if self.due.is_some_and(|due| due <= now) {
            let is_due = |one: &Connection| one.deadline.is_some_and(|deadline| deadline <= now);
            self.connections.retain(|_, connection| !is_due(connection));
            self.streams.retain(|number| self.connections.contains_key(number));
            self.due = self.connections.values().filter_map(|one| one.deadline).min();
        }
        if self.accept_at.is_some_and(|at| at <= now) {
            self.accept(now, handler);
        }
        Ok(())
    }

    /// How long nothing is due.
    fn wait(&self, max_wait: Duration, now: Instant) -> Duration {
        if !self.unfinished.is_empty() {
            return Duration::ZERO;
        }
        let due = self.due.into_iter().chain(self.accept_at);
        due.map(|due| due.saturating_duration_since(now)).fold(max_wait, Duration::min)
    }

    fn advance<H>(&mut self, number: usize, now: Instant, handler: &mut H)
    where
        H: FnMut(&Request, SocketAddr, SocketAddr) -> Response,
    {
        let Some(connection) = self.connections.get_mut(&number) else {
            return;
        };
        match connection.advance(now, &self.limits, handler) {
            Progress::Waiting => {}
            Progress::Unfinished => self.unfinished.push(number),
            Progress::Over => drop(self.connections.remove(&number)),
        }
        self.note(number);
    }

    /// Keeps in mind until when a connection may take, and whether it is a stream.
    fn note(&mut self, number: usize) {
        let connection = self.connections.get(&number);
        let deadline = connection.and_then(|connection| connection.deadline);
        self.due = self.due.into_iter().chain(deadline).min();
        if connection.is_some_and(Connection::is_stream) {
            self.streams.insert(number);
        } else {
            self.streams.remove(&number);
        }
    }

    /// Takes in those who wait, as far as there is room.
    fn accept<H>(&mut self, now: Instant, handler: &mut H)
    where
        H: FnMut(&Request, SocketAddr, SocketAddr) -> Response,
    {
        for _ in 0..ACCEPTS_PER_TURN {
            if !self.make_room(now) {
                self.accept_at = Some(now + ACCEPT_PAUSE);
                return;
            }
            match self.listener.accept() {
                Ok((stream, remote)) => self.admit(stream, remote, now, handler),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.accept_at = None;
                    return;
                }
                Err(error) => {
                    // Either that one is gone, or the process has no descriptor left. The
                    // listener is not reported again for those who still wait.
                    log::debug!("http: a connection could not be accepted: {error}");
                    self.accept_at = Some(now + ACCEPT_PAUSE);
                    return;
                }
            }
        }
        self.accept_at = Some(now);
    }

    /// Whether one more connection fits; the oldest that may go for it does.
    fn make_room(&mut self, now: Instant) -> bool {
        if self.connections.len() < self.limits.connections_max {
            return true;
        }
        let idle = self.connections.iter().find(|(_, connection)| connection.may_be_put_out(now));
        let Some(number) = idle.map(|(number, _)| *number) else {
            return false;
        };
        self.connections.remove(&number);
        true
    }

    /// Most have sent their request already, and are served without asking the system to tell when
    /// they have.
    fn admit<H>(&mut self, stream: TcpStream, remote: SocketAddr, now: Instant, handler: &mut H)
    where
        H: FnMut(&Request, SocketAddr, SocketAddr) -> Response,
    {
        let Ok(local) = self.local_of(&stream) else { return };
        let (remote, local) = (canonical(remote), canonical(local));
        let mut connection = Connection::new(stream, remote, local, now, &self.limits);
        let progress = connection.advance(now, &self.limits, handler);
        if progress == Progress::Over {
            return;
        }
        let number = self.next_connection;
        self.next_connection += 1;
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        if let Err(error) = registry.register(connection.stream(), Token(number), interest) {
            log::debug!("http: {remote} could not be served: {error}");
            return;
        }
        self.connections.insert(number, connection);
        self.unfinished.extend((progress == Progress::Unfinished).then_some(number));
        self.note(number);
    }

    /// The address of ours that a stranger has reached.
    fn local_of(&self, stream: &TcpStream) -> io::Result<SocketAddr> {
        match self.local.ip().is_unspecified() {
            true => stream.local_addr(),
            false => Ok(self.local),
        }
    }
}

/// The same handler, but that it opens no more streams than there may be.
fn bounded<H>(
    handler: &mut H,
    streams: usize,
    streams_max: usize,
) -> impl FnMut(&Request, SocketAddr, SocketAddr) -> Response + use<'_, H>
where
    H: FnMut(&Request, SocketAddr, SocketAddr) -> Response,
{
    let mut streams = streams;
    move |request, remote, local| {
        let response = handler(request, remote, local);
        if !response.is_stream() {
            return response;
        }
        if streams >= streams_max {
            return Response::text(503, "too many are watching already; come again later\n");
        }
        streams += 1;
        response
    }
}
