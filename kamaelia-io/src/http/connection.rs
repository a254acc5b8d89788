//! One stranger on the line: read a request, write the answer, say goodbye.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use super::server::Limits;
use super::wire::{Method, Refusal, Request, RequestBuffer, Response};

/// How long we wait for the other side to close after our answer.
const LINGER_DEADLINE: Duration = Duration::from_secs(2);

/// How many bytes beyond the request we read and throw away, waiting for that.
const LINGER_LENGTH_MAX: usize = 64 * 1024;

/// Bytes read at a time.
const READ_LENGTH: usize = 4 * 1024;

/// Whether a connection has more to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    /// It waits for its socket, or its deadline.
    Waiting,
    /// It can be dropped.
    Over,
}

/// One accepted connection and how far it has come.
pub(super) struct Connection {
    stream: TcpStream,
    remote: SocketAddr,
    local: SocketAddr,
    accepted: Instant,
    /// When it is dropped unless it has moved on.
    pub(super) deadline: Instant,
    state: State,
}

enum State {
    Reading(RequestBuffer),
    Writing {
        bytes: Vec<u8>,
        sent: usize,
    },
    /// The answer is out. Closing now, with bytes of theirs unread, would reset the connection
    /// and could take our answer with it.
    Lingering {
        left: usize,
    },
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
            accepted: now,
            deadline: now + limits.header_deadline,
            state: State::Reading(RequestBuffer::default()),
        }
    }

    /// Whether it may go for another when every place is taken: its answer is out, or its
    /// request has let us wait longer than this.
    pub(super) fn may_be_put_out(&self, now: Instant, patience: Duration) -> bool {
        match self.state {
            State::Reading(_) => now >= self.accepted + patience,
            State::Writing { .. } => false,
            State::Lingering { .. } => true,
        }
    }

    /// Does what the socket allows, until it would have to wait.
    pub(super) fn advance<H>(&mut self, now: Instant, limits: &Limits, handler: &mut H) -> Progress
    where
        H: FnMut(&Request, SocketAddr, SocketAddr) -> Response,
    {
        loop {
            let step = match &mut self.state {
                State::Reading(buffer) => read_request(&mut self.stream, buffer).map(|request| {
                    let bytes = answer(request, self.remote, self.local, handler);
                    self.deadline = now + limits.write_deadline;
                    self.state = State::Writing { bytes, sent: 0 };
                }),
                State::Writing { bytes, sent } => {
                    write_all(&mut self.stream, bytes, sent).map(|()| {
                        // It may be gone already; then the next read says so.
                        let _ = self.stream.shutdown(Shutdown::Write);
                        self.deadline = now + LINGER_DEADLINE;
                        self.state = State::Lingering { left: LINGER_LENGTH_MAX };
                    })
                }
                State::Lingering { left } => match drain(&mut self.stream, left) {
                    Ok(()) => return Progress::Over,
                    Err(error) => Err(error),
                },
            };
            match step {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Progress::Waiting;
                }
                Err(error) => {
                    log::debug!("http: {}: {error}", self.remote);
                    return Progress::Over;
                }
            }
        }
    }
}

/// Reads until there is a request, or a reason to refuse one.
fn read_request(
    stream: &mut TcpStream,
    buffer: &mut RequestBuffer,
) -> io::Result<Result<Request, Refusal>> {
    let mut bytes = [0; READ_LENGTH];
    loop {
        let count = read_some(stream, &mut bytes)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(request) = buffer.handle(&bytes[..count]).transpose() {
            return Ok(request);
        }
    }
}

/// The bytes to send back.
fn answer<H>(
    request: Result<Request, Refusal>,
    remote: SocketAddr,
    local: SocketAddr,
    handler: &mut H,
) -> Vec<u8>
where
    H: FnMut(&Request, SocketAddr, SocketAddr) -> Response,
{
    match request {
        Ok(request) => handler(&request, remote, local).to_bytes(request.method),
        Err(refusal) => refusal.response().to_bytes(Method::Get),
    }
}

/// Writes what is left, or as much as fits now.
fn write_all(stream: &mut TcpStream, bytes: &[u8], sent: &mut usize) -> io::Result<()> {
    while *sent < bytes.len() {
        match stream.write(&bytes[*sent..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => *sent += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
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
