//! One connection between two boxes, driven by one thread.
//!
//! Nothing in here blocks but the poll, which both the socket and the graph can end. What has been
//! received and finds no room holds back the other end of the connection, through the system's buffers;
//! what the other end does not take holds back whoever fills our inbox.

use std::future::Future;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use axon_core::{Asked, Control, Inbox, Outbox, TryRecvError, TrySendError};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::TcpError;
use crate::wakeup;

const SOCKET: Token = Token(0);
const WAKER: Token = Token(1);

/// The most bytes that make one message. Smaller ones leave as they come.
const RECEIVED_BYTES_MAX: usize = 16 * 1024;

/// Reads and writes in one turn, so that being asked to stop is not heard late.
const STEPS_PER_TURN: usize = 64;

/// When all is said, how long the other end has to take it. To close at once could lose what is still
/// on its way, if the other end goes on sending.
const LINGER: Duration = Duration::from_secs(2);

/// Who called whom, and so when it is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    /// We called: there is no more to say when the other end has closed its side, nor when nobody
    /// takes what it says.
    Caller {
        /// The other end should not close before we have nothing more to say.
        sends_all: bool,
    },
    /// We were called: the other end may close its side and still wait for an answer.
    Called,
}

/// The boxes of a component that has a connection.
pub(super) struct Boxes {
    pub(super) inbox: Inbox<Vec<u8>>,
    pub(super) outbox: Outbox<Vec<u8>>,
    pub(super) control: Control,
}

/// A connection under way.
pub(super) struct Conversation {
    stream: TcpStream,
    remote: SocketAddr,
    role: Role,
    control: Control,
    incoming: Incoming,
    outgoing: Outgoing,
    /// When to close although the other end has not.
    close_at: Option<Instant>,
}

/// What comes from the other end.
struct Incoming {
    /// None when nobody takes it; then it is read and dropped.
    outbox: Option<Outbox<Vec<u8>>>,
    /// Read, and without room in the box.
    held: Option<Vec<u8>>,
    buffer: Box<[u8; RECEIVED_BYTES_MAX]>,
    is_ready: bool,
    /// The other end has closed its side.
    has_ended: bool,
    /// Somebody took it, and does no more.
    is_deserted: bool,
}

/// What goes to the other end.
struct Outgoing {
    /// None when no more will come.
    inbox: Option<Inbox<Vec<u8>>>,
    message: Vec<u8>,
    /// Bytes of the message that have left.
    sent: usize,
    is_ready: bool,
}

/// Whether there may be more to do at once.
#[derive(Eq, PartialEq)]
enum Step {
    Done,
    Waits,
}

impl Conversation {
    pub(super) fn new(stream: TcpStream, remote: SocketAddr, role: Role, boxes: Boxes) -> Self {
        let Boxes { inbox, outbox, control } = boxes;
        // A box that was left loose is not one that nobody takes from any more.
        let outbox = outbox.is_taken().then_some(outbox);
        let buffer = Box::new([0; RECEIVED_BYTES_MAX]);
        Conversation {
            stream,
            remote,
            role,
            control,
            incoming: Incoming {
                outbox,
                held: None,
                buffer,
                is_ready: true,
                has_ended: false,
                is_deserted: false,
            },
            outgoing: Outgoing { inbox: Some(inbox), message: vec![], sent: 0, is_ready: true },
            close_at: None,
        }
    }

    /// Goes on until all is said, or the component is asked to stop.
    pub(super) fn run(mut self) -> Result<(), TcpError> {
        let mut poll = Poll::new()?;
        let mut events = Events::with_capacity(4);
        let both = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut self.stream, SOCKET, both)?;
        self.control.wake_with(wakeup::waker(poll.registry(), WAKER, "tcp")?);
        loop {
            self.control.came_back();
            if self.control.asked() == Asked::Stop {
                return Ok(());
            }
            let has_more = self.advance()?;
            if self.is_over() {
                return self.check_all_sent();
            }
            let wait = if has_more { Some(Duration::ZERO) } else { self.time_left() };
            match poll.poll(&mut events, wait) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
                _ => {}
            }
            let news = events.iter().filter(|event| event.token() == SOCKET);
            for event in news {
                self.incoming.is_ready |= event.is_readable() || event.is_read_closed();
                self.outgoing.is_ready |= event.is_writable() || event.is_write_closed();
            }
        }
    }

    /// Moves what can be moved; whether there may be more.
    fn advance(&mut self) -> Result<bool, TcpError> {
        if self.control.asked() == Asked::Finish {
            // As any source it begins nothing new; what it was given to send still leaves.
            self.incoming.end();
        }
        for _ in 0..STEPS_PER_TURN {
            let received = self.incoming.step(&mut self.stream);
            let sent = self.outgoing.step(&mut self.stream);
            match (received, sent) {
                (Ok(Step::Waits), Ok(Step::Waits)) => return Ok(false),
                (Ok(_), Ok(_)) => {}
                (Err(error), _) | (_, Err(error)) => {
                    return Err(TcpError::BrokenOff { remote: self.remote, error });
                }
            }
        }
        Ok(true)
    }

    fn is_over(&mut self) -> bool {
        let nobody_hears = self.incoming.outbox.is_none();
        let is_hung_up = match self.role {
            Role::Caller { .. } => {
                self.incoming.is_deserted || (self.incoming.has_ended && nobody_hears)
            }
            Role::Called => false,
        };
        if is_hung_up {
            return true;
        }
        if !(nobody_hears && self.outgoing.inbox.is_none()) {
            return false;
        }
        let now = Instant::now();
        self.incoming.has_ended || *self.close_at.get_or_insert(now + LINGER) <= now
    }

    /// Whoever hangs up on a caller in the middle of a message has not heard all of it.
    fn check_all_sent(&mut self) -> Result<(), TcpError> {
        let is_unsent = match self.role {
            Role::Caller { sends_all } => {
                self.outgoing.has_more() || (sends_all && self.outgoing.inbox.is_some())
            }
            Role::Called => false,
        };
        if !is_unsent || !self.incoming.has_ended || self.control.asked() == Asked::Stop {
            return Ok(());
        }
        let error = io::Error::new(ErrorKind::UnexpectedEof, "it was closed before all was sent");
        Err(TcpError::BrokenOff { remote: self.remote, error })
    }

    fn time_left(&self) -> Option<Duration> {
        Some(self.close_at?.saturating_duration_since(Instant::now()))
    }
}

impl Incoming {
    fn end(&mut self) {
        self.outbox = None;
        self.held = None;
    }

    fn step(&mut self, stream: &mut TcpStream) -> io::Result<Step> {
        if !self.deliver() || self.has_ended || !self.is_ready {
            return Ok(Step::Waits);
        }
        match stream.read(&mut self.buffer[..]) {
            Ok(0) => {
                self.has_ended = true;
                self.outbox = None;
            }
            Ok(count) if self.outbox.is_some() => self.held = Some(self.buffer[..count].to_vec()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_ready = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(Step::Done)
    }

    /// Puts what is held into the box. Whether there is room for more.
    fn deliver(&mut self) -> bool {
        let Some(outbox) = &mut self.outbox else { return true };
        if !is_heard(outbox) {
            self.is_deserted = true;
            self.end();
            return true;
        }
        let Some(bytes) = self.held.take() else { return true };
        if let Err(TrySendError::Full(bytes)) = outbox.try_send(bytes) {
            self.held = Some(bytes);
        }
        self.held.is_none()
    }
}

impl Outgoing {
    fn step(&mut self, stream: &mut TcpStream) -> io::Result<Step> {
        if self.sent == self.message.len() && !self.take_next(stream)? {
            return Ok(Step::Waits);
        }
        if !self.is_ready {
            return Ok(Step::Waits);
        }
        match stream.write(&self.message[self.sent..]) {
            Ok(count) => self.sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_ready = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(Step::Done)
    }

    /// Whether something was given to send that has not left.
    fn has_more(&mut self) -> bool {
        let waiting = self.inbox.as_mut().map_or(0, Inbox::waiting);
        self.sent < self.message.len() || waiting > 0
    }

    /// Whether there is something to send now. When there never will be, the other end is told.
    fn take_next(&mut self, stream: &TcpStream) -> io::Result<bool> {
        let Some(inbox) = &mut self.inbox else { return Ok(false) };
        match inbox.try_recv() {
            Ok(message) => {
                (self.message, self.sent) = (message, 0);
                Ok(true)
            }
            Err(TryRecvError::Empty) => Ok(false),
            Err(TryRecvError::Finished) => {
                self.inbox = None;
                match stream.shutdown(Shutdown::Write) {
                    // The other end was faster; whatever it has not taken shows when it is read.
                    Err(error) if error.kind() != ErrorKind::NotConnected => Err(error),
                    _ => Ok(false),
                }
            }
        }
    }
}

/// Whether anybody takes what leaves this box; if so, the end of that will wake this component.
fn is_heard(outbox: &Outbox<Vec<u8>>) -> bool {
    let until_closed = pin!(outbox.until_closed());
    until_closed.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}
