//! Where an engine lives: on this machine, or in a world that somebody imagines.
//!
//! An engine asks the world for everything that it does not decide itself: what time it is, what came
//! over which connection, what a tracker says, and where its chance begins. On this machine these are
//! the system's clock and sockets, threads and a web client. In an imagined world they are calls of a
//! [`Host`], and nothing else is left that could make one run differ from another: the disk is worked
//! on between two events, on the engine's own thread and in the order of its jobs.
//!
//! An imagined world has no clock that runs. It stands still while engines have their
//! [turns](crate::engine::Engine::turn), and is [moved](Host::move_to) by whoever drives them: to the
//! soonest [`Engine::next_timeout`](crate::engine::Engine::next_timeout) of all who live in it. A turn
//! that may wait moves it too, as a lone engine likes it.
//!
//! What an imagined world has not: trackers by UDP, web seeds, neighbours, a router, and proxies.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use super::trackers::fetch::Problem;

/// Where an engine lives.
#[derive(Clone, Default)]
pub enum World {
    /// On this machine: its sockets, its clock, its threads.
    #[default]
    System,
    /// In somebody's imagination, as this host of it. A host is for one engine at a time.
    Imagined(Arc<dyn Host>),
}

/// Names one connection of a host. The host never gives it to another one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Line(pub u64);

/// What happened at a host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HostNews {
    /// Somebody has connected to us, and is there until the line is [closed](Host::close).
    Called {
        /// The connection, which is up.
        line: Line,
        /// Where the caller is.
        from: SocketAddr,
    },
    /// A line that we opened is up or has failed ([`Host::is_up`]), there is something to read where
    /// there was nothing, or there is room where there was none.
    Line {
        /// Which one.
        line: Line,
        /// It may be read, be it to find that the other side is gone.
        readable: bool,
        /// It may be written.
        writable: bool,
    },
}

/// One machine of an imagined world, as the engine that lives on it sees it.
///
/// Nothing here blocks. Everything is called by the engine's own thread, or by whoever drives it; hosts
/// of one world may be called by several threads at a time, and then it is up to them to make that
/// repeatable.
pub trait Host: Send + Sync {
    /// What time it is. Only [`move_to`](Self::move_to) changes that.
    fn now(&self) -> Instant;

    /// Has everything happen that is to happen in the whole world until then. Nothing happens if that
    /// is past.
    fn move_to(&self, moment: Instant);

    /// When something happens next in the whole world if nobody does anything, such as bytes that
    /// arrive; [`now`](Self::now) if this host has news or an answer that were not taken. `None` if
    /// nothing ever will.
    fn next_due(&self) -> Option<Instant>;

    /// From now on this is called when there is news of this host because another one has moved the
    /// world, and when another one has left: the engine here has a turn then, whatever it sleeps for.
    fn wake_with(&self, waker: Waker);

    /// Where the chance of the engine that lives here begins.
    fn seed(&self) -> u64;

    /// Takes calls at these addresses, and says which they are then: port 0, and the address that
    /// means any, stand for what the host likes.
    fn listen(&self, addresses: &[SocketAddr]) -> io::Result<Vec<SocketAddr>>;

    /// What happened, oldest first.
    fn next_news(&self) -> Option<HostNews>;

    /// Opens a line. News of it tells when it [is up](Self::is_up).
    fn connect(&self, to: SocketAddr) -> io::Result<Line>;

    /// Whether a line that we opened is up, once that is known. One that has failed is still to be
    /// closed.
    fn is_up(&self, line: Line) -> Option<bool>;

    /// Takes bytes that have come. As of a socket that does not block: 0 when the other side is gone
    /// and all is read, [`WouldBlock`](io::ErrorKind::WouldBlock) when there is nothing now.
    fn read(&self, line: Line, buffer: &mut [u8]) -> io::Result<usize>;

    /// Sends as much of this as there is room for, at least one byte or
    /// [`WouldBlock`](io::ErrorKind::WouldBlock).
    fn write(&self, line: Line, bytes: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Lets go of a line. What was written before still arrives.
    fn close(&self, line: Line);

    /// Gets what is at this URL, such as the answer to an announce, which is told under this token by
    /// [`next_fetched`](Self::next_fetched).
    fn fetch(&self, token: u64, url: &str);

    /// What was fetched, or why it could not be: one for each fetch, in any order.
    fn next_fetched(&self) -> Option<(u64, Result<Vec<u8>, Problem>)>;

    /// The engine is gone, and nobody takes calls any more. What lines there are it has not heard of:
    /// all others it has closed.
    fn leave(&self);
}

impl World {
    /// What time it is there.
    pub fn now(&self) -> Instant {
        match self {
            World::System => Instant::now(),
            World::Imagined(host) => host.now(),
        }
    }

    pub(in crate::engine) fn host(&self) -> Option<&Arc<dyn Host>> {
        match self {
            World::System => None,
            World::Imagined(host) => Some(host),
        }
    }

    /// Where chance begins.
    pub(in crate::engine) fn chance(&self) -> fastrand::Rng {
        match self {
            World::System => fastrand::Rng::new(),
            World::Imagined(host) => fastrand::Rng::with_seed(host.seed()),
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            World::System => "System",
            World::Imagined(_) => "Imagined",
        })
    }
}
