//! How another thread ends the turn of a server early.

use std::io;
use std::sync::Arc;
use std::task::{Wake, Waker};

use mio::{Registry, Token};

/// What is held by whoever may wake a server.
struct Wakeup {
    waker: mio::Waker,
    /// Which kind of server it is, for the log.
    server: &'static str,
}

/// A waker of the server that waits with this registry.
pub(crate) fn waker(registry: &Registry, token: Token, server: &'static str) -> io::Result<Waker> {
    let waker = mio::Waker::new(registry, token)?;
    Ok(Waker::from(Arc::new(Wakeup { waker, server })))
}

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        // It fails only when the server's poll is beyond use, which the next turn reports.
        if let Err(error) = self.waker.wake() {
            log::warn!("{}: the server cannot be woken: {error}", self.server);
        }
    }
}
