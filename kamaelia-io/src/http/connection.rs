//! One stranger on the line: read a request, write the answer, and again; at last say goodbye. Or
//! the answer goes on as a stream, for as long as there is somebody to take it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use super::server::Limits;
use super::wire::{Method, Next, Refusal, Request, RequestBuffer, Response};

/// How long we wait for the other side to close after our last answer.
const LINGER_DEADLINE: Duration = Duration::from_secs(2);

/// How many bytes beyond the request we read and throw away, waiting for that.
const LINGER_LENGTH_MAX: usize = 64 * 1024;

/// When every place is taken, how long one that has not sent its request may keep its own.
const PATIENCE_WITH_ASKERS: Duration = Duration::from_secs(1);

/// The same of one that takes nothing of its answer: a bad line may be silent for longer.
const PATIENCE_WITH_READERS: Duration = Duration::from_secs(5);

/// Bytes read at a time.
const READ_LENGTH: usize = 4 * 1024;

/// Reads and writes at a time: one who sends many requests leaves time for others.
const STEPS_AT_A_TIME: usize = 32;

/// Whether a connection has more to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    /// It waits for its socket, or its deadline.
    Waiting,
    /// It had its share, and goes on when others have had theirs.
    Unfinished,
    /// It can be dropped.
    Over,
}

/// One accepted connection and how far it has come.
pub(super) struct Connection {
    stream: TcpStream,
    remote: SocketAddr,
    local: SocketAddr,
    /// Since when it lets us wait for a request, or for taking more of its answer.
    waits_since: Instant,
    /// When it is dropped unless it has moved on; none while it has all of a stream so far.
    pub(super) deadline: Option<Instant>,
    buffer: RequestBuffer,
    /// The last read took all that was there.
    is_dry: bool,
    state: State,
}

enum State {
    Reading,
    Writing {
        bytes: Vec<u8>,
        sent: usize,
        after: After,
    },
    /// A stream, which ends when they close it.
    Streaming {
        part: Arc<[u8]>,
        sent: usize,
    },
    /// The last answer is out. Closing now, with bytes of theirs unread, would reset the connection
    /// and could take our answer with it.
    Lingering {
        left: usize,
    },
}

/// What comes when an answer is out.
#[derive(Clone, Copy)]
enum After {
    /// What they send next.
    Read(Next),
    /// More of the answer.
    Stream,
}

impl Connection {
    pub(super) fn new(
        stream: TcpStream,
        remote: SocketAddr,
        local: SocketAddr,
        now: Instant,
        limits: &Limits,
    ) -> Self {
        Connection {
            stream,
            remote,
            local,
            waits_since: now,
            deadline: Some(now + limits.header_deadline),
            buffer: RequestBuffer::with_bodies(limits.body_max),
            is_dry: false,
            state: State::Reading,
        }
    }

    pub(super) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Whether it may go for another when every place is taken: its last answer is out, or it has let
    /// us wait too long.
    pub(super) fn may_be_put_out(&self, now: Instant) -> bool {
        match self.state {
            State::Reading => now >= self.waits_since + PATIENCE_WITH_ASKERS,
            State::Writing { .. } => now >= self.waits_since + PATIENCE_WITH_READERS,
            State::Streaming { .. } => false,
            State::Lingering { .. } => true,
        }
    }

    /// Whether its answer is a stream.
    pub(super) fn is_stream(&self) -> bool {
        matches!(self.state, State::Streaming { .. } | State::Writing { after: After::Stream, .. })
    }

    /// Whether it has taken all of its stream so far.
    pub(super) fn is_ready_for_more(&self) -> bool {
        matches!(&self.state, State::Streaming { part, sent } if *sent == part.len())
    }

    /// More of its stream, to be sent when it is next [advanced](Self::advance). Only if it has taken
    /// all of what was before: so no stream ever holds more than one part.
    pub(super) fn offer(&mut self, more: &Arc<[u8]>, now: Instant, limits: &Limits) {
        if let State::Streaming { part, sent } = &mut self.state {
            (*part, *sent) = (more.clone(), 0);
            self.deadline = Some(now + limits.write_deadline);
        }
    }

    /// Does what the socket allows, until it would have to wait or has had its share.
    pub(super) fn advance<H>(&mut self, now: Instant, limits: &Limits, handler: &mut H) -> Progress
    where
        H: FnMut(&Request, SocketAddr, SocketAddr) -> Response,
    {
        for _ in 0..STEPS_AT_A_TIME {
            match self.step(now, limits, handler) {
                Ok(true) => {}
                Ok(false) => return Progress::Over,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Progress::Waiting;
                }
                Err(error) => {
                    log::debug!("http: {}: {error}", self.remote);
                    return Progress::Over;
                }
            }
        }
        Progress::Unfinished
    }

    /// One read or write; false when there is nothing more to do.
    fn step<H>(&mut self, now: Instant, limits: &Limits, handler: &mut H) -> io::Result<bool>
    where
        H: FnMut(&Request, SocketAddr, SocketAddr) -> Response,
    {
        let has_read_all = self.has_read_all();
        match &mut self.state {
            State::Reading => {
                let request = self.read_request()?;
                let (bytes, after) = answer(request, self.remote, self.local, handler);
                self.deadline = Some(now + limits.write_deadline);
                self.waits_since = now;
                self.state = State::Writing { bytes, sent: 0, after };
            }
            State::Writing { bytes, sent, after } => {
                let (after, before) = (*after, *sent);
                let is_last = matches!(after, After::Read(Next::Nothing)) && has_read_all;
                let send = if is_last { send_last } else { send };
                let result = send_all(&mut self.stream, bytes, sent, send);
                if *sent > before {
                    self.waits_since = now;
                }
                result?;
                match after {
                    After::Read(next) => return Ok(self.go_on(next, now, limits)),
                    After::Stream => {
                        self.deadline = None;
                        self.state = State::Streaming { part: Arc::default(), sent: 0 };
                    }
                }
            }
            State::Streaming { part, sent } => {
                if *sent < part.len() {
                    send_all(&mut self.stream, part, sent, send)?;
                    self.deadline = None;
                }
                // Nothing is expected but their goodbye.
                return Ok(read_some(&mut self.stream, &mut [0; READ_LENGTH])? > 0);
            }
            State::Lingering { left } => {
                drain(&mut self.stream, left)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads until there is a request, or a reason to refuse one.
    fn read_request(&mut self) -> io::Result<Result<Request, Refusal>> {
        let mut bytes = [0; READ_LENGTH];
        loop {
            if let Some(request) = self.buffer.next_request().transpose() {
                return Ok(request);
            }
            let room = self.buffer.room().min(READ_LENGTH);
            let count = read_some(&mut self.stream, &mut bytes[..room])?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.is_dry = count < room;
            self.buffer.add(&bytes[..count]);
        }
    }

    /// Whether nothing of what has come is unread, so that the connection can be closed.
    fn has_read_all(&self) -> bool {
        self.buffer.is_empty() && self.is_dry
    }

    /// An answer is out; false if that was all.
    fn go_on(&mut self, next: Next, now: Instant, limits: &Limits) -> bool {
        match next {
            Next::Request => {
                self.waits_since = now;
                self.deadline = Some(now + limits.idle_deadline);
                self.state = State::Reading;
            }
            Next::Nothing if self.has_read_all() => return false,
            Next::Nothing | Next::Rest => {
                // It may be gone already; then the next read says so.
                let _ = self.stream.shutdown(Shutdown::Write);
                self.deadline = Some(now + LINGER_DEADLINE);
                self.state = State::Lingering { left: LINGER_LENGTH_MAX };
            }
        }
        true
    }
}

/// The bytes to send back, and what comes after them.
fn answer<H>(
    request: Result<Request, Refusal>,
    remote: SocketAddr,
    local: SocketAddr,
    handler: &mut H,
) -> (Vec<u8>, After)
where
    H: FnMut(&Request, SocketAddr, SocketAddr) -> Response,
{
    match request {
        Ok(request) => {
            let Request { method, next, .. } = request;
            let response = handler(&request, remote, local);
            let bytes = response.to_bytes(method, next == Next::Request);
            match response.is_stream() {
                true if method == Method::Head => (bytes, After::Read(Next::Nothing)),
                true => (bytes, After::Stream),
                false => (bytes, After::Read(next)),
            }
        }
        Err(refusal) => (refusal.response().to_bytes(Method::Get, false), After::Read(Next::Rest)),
    }
}

/// Sends what is left, or as much as fits now.
fn send_all(
    stream: &mut TcpStream,
    bytes: &[u8],
    sent: &mut usize,
    send: fn(&mut TcpStream, &[u8]) -> io::Result<usize>,
) -> io::Result<()> {
    while *sent < bytes.len() {
        match send(stream, &bytes[*sent..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => *sent += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn send(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    stream.write(bytes)
}

/// Sends the bytes after which the connection is closed at once. On Linux they wait for that, and
/// leave in one packet with the goodbye, which is a quarter of the work of a short answer.
fn send_last(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    #[cfg(target_os = "linux")]
    return Ok(rustix::net::send(stream, bytes, rustix::net::SendFlags::MORE)?);
    #[cfg(not(target_os = "linux"))]
    return send(stream, bytes);
}

/// Throws away what still comes, until the end, or until it is more than we care for.
fn drain(stream: &mut TcpStream, left: &mut usize) -> io::Result<()> {
    let mut bytes = [0; READ_LENGTH];
    loop {
        let count = read_some(stream, &mut bytes)?;
        *left = left.saturating_sub(count);
        if count == 0 || *left == 0 {
            return Ok(());
        }
    }
}

fn read_some(stream: &mut TcpStream, bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
