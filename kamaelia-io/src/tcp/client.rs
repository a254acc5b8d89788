//! A connection of ours to somebody.
//!
//! What is it: bytes that come in are sent to the other end, and what the other end sends goes out.
//!
//! How to use it: `TCPClient::new("example.org:1501")` connects when the graph starts. Pieces come as
//! they arrive: put a component behind it that knows where a message ends. Leave the outbox loose where
//! nothing is expected; what comes all the same is dropped.
//!
//! How it works: on a thread of its own, which waits for the socket and for its boxes at the same time.
//! Names are looked up on another one, and each address has twenty seconds to answer. Neither side is
//! read faster than the other side takes it.
//!
//! When it stops: when the other end has closed and all it sent is passed on; when nobody is left to
//! take what it receives; when no more can come in, after all was sent and the other end has closed
//! too, or two seconds later if nobody takes what it says. Asked to finish, it receives no more. Asked
//! to stop, it closes at once. It fails if nobody is there, if the connection breaks off, or if the other
//! end closes before all was sent that had come in; told to send [all](TCPClient::sending_all), also if it
//! closes while more can come in.

use axon_core::{Control, Inbox, Outbox, ThreadedComponent};

use super::TcpError;
use super::connecting::{Found, connect};
use super::conversation::{Boxes, Conversation, Role};

/// Connects to a server, and moves bytes both ways.
///
/// ```no_run
/// use axon_core::Pipeline;
/// use kamaelia_io::{ConsoleEchoer, ConsoleReader, PureTransformer, TCPClient};
///
/// Pipeline::new(ConsoleReader::new(""))
///     .then(PureTransformer::map(|line: String| (line + "\n").into_bytes()))
///     .then(TCPClient::new("localhost:1501"))
///     .then(PureTransformer::map(|bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned()))
///     .then(ConsoleEchoer::new())
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(ThreadedComponent)]
pub struct TCPClient {
    /// What to send.
    pub inbox: Inbox<Vec<u8>>,
    /// What the other end sends, in pieces of at most 16 KiB.
    #[optional]
    pub outbox: Outbox<Vec<u8>>,
    /// Private: where the name leads.
    #[optional]
    found: Inbox<Found>,
    control: Control,
    address: String,
    sends_all: bool,
}

impl TCPClient {
    /// Will connect to this address, `HOST:PORT`.
    pub fn new(address: impl Into<String>) -> Self {
        TCPClient {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            found: Inbox::new(),
            control: Control::default(),
            address: address.into(),
            sends_all: false,
        }
    }

    /// For those who send and expect nothing back: it is a failure if the other end closes while more can
    /// come in, be it that nothing waits at that moment. What is sent after that would be lost in silence.
    pub fn sending_all(mut self) -> Self {
        self.sends_all = true;
        self
    }

    fn main(self) -> Result<(), TcpError> {
        let TCPClient { inbox, outbox, mut found, control, address, sends_all } = self;
        let Some((stream, remote)) = connect(&address, &mut found, &control)? else {
            return Ok(());
        };
        let boxes = Boxes { inbox, outbox, control };
        Conversation::new(stream, remote, Role::Caller { sends_all }, boxes).run()
    }
}
