//! How much web servers may send, and until when.
//!
//! ureq bounds headers and the time of a whole call. There is more that a server can send without
//! end: answers that announce an answer, the body of a redirect, fields behind the last chunk, gzip of
//! nothing. And each byte of the first words of TLS has as much time as all of them should have. So
//! bytes are counted, and time is looked at, where they come in.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::NextTimeout;
use ureq::{Agent, Error, Timeout};

/// An agent, and what servers may send to it.
#[derive(Clone, Debug)]
pub(in crate::engine) struct BoundedAgent {
    agent: Agent,
    allowance: Allowance,
}

impl BoundedAgent {
    pub(super) fn new(agent: Agent, allowance: Allowance) -> Self {
        BoundedAgent { agent, allowance }
    }

    /// So many bytes may come from now on, within this time if one is said, whichever servers they are of
    /// and whatever they are.
    pub(in crate::engine) fn allow(&self, bytes: u64, within: Option<Duration>) {
        let until = within.and_then(|within| Instant::now().checked_add(within));
        *self.allowance.left() = Left { bytes, until };
    }

    /// Ends everything that is under way.
    pub(in crate::engine) fn shutdown(&self) {
        self.agent.clone().shutdown();
    }
}

impl Deref for BoundedAgent {
    type Target = Agent;

    fn deref(&self) -> &Agent {
        &self.agent
    }
}

/// What may still come, shared by all connections of one agent. By default that is everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowance(Arc<Mutex<Left>>);

#[derive(Debug)]
struct Left {
    bytes: u64,
    until: Option<Instant>,
}

impl Default for Left {
    fn default() -> Self {
        Left { bytes: u64::MAX, until: None }
    }
}

impl Allowance {
    /// No later than it may be.
    pub(super) fn shortened(&self, timeout: NextTimeout) -> Result<NextTimeout, Error> {
        let Some(until) = self.left().until else { return Ok(timeout) };
        let left = until.saturating_duration_since(Instant::now());
        match left.is_zero() {
            true => Err(Error::Timeout(Timeout::RecvResponse)),
            false if *timeout.after <= left => Ok(timeout),
            false => {
                Ok(NextTimeout { after: left.into(), reason: Timeout::RecvResponse, ..timeout })
            }
        }
    }

    /// So many bytes have come.
    pub(super) fn take(&self, bytes: usize) -> Result<(), Error> {
        let mut left = self.left();
        let rest = left.bytes.checked_sub(bytes as u64);
        left.bytes = rest.unwrap_or(0);
        rest.map(drop).ok_or(Error::BodyExceedsLimit(0))
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        // Whole, whatever the thread that held it was doing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowance(bytes: u64, until: Option<Instant>) -> Allowance {
        Allowance(Arc::new(Mutex::new(Left { bytes, until })))
    }

    #[test]
    fn so_many_bytes_may_come_and_not_one_more() {
        let allowance = allowance(10, None);
        assert!(allowance.take(9).is_ok() && allowance.take(1).is_ok());
        assert!(matches!(allowance.take(1), Err(Error::BodyExceedsLimit(_))));
        assert!(Allowance::default().take(usize::MAX).is_ok());
    }

    #[test]
    fn nobody_waits_longer_than_until_the_moment_that_was_said() {
        let waits = |until| {
            let timeout = NextTimeout {
                after: Duration::from_secs(30).into(),
                reason: Timeout::PerRead,
                ..NextTimeout::default()
            };
            allowance(1, until).shortened(timeout).map(|timeout| (*timeout.after, timeout.reason))
        };
        let now = Instant::now();
        let soon = waits(Some(now + Duration::from_secs(3))).expect("some time is left");
        assert!(soon.0 <= Duration::from_secs(3) && soon.1 == Timeout::RecvResponse, "{soon:?}");
        for later in [None, Some(now + Duration::from_secs(3600))] {
            let as_ever = waits(later).expect("time is left");
            assert_eq!(as_ever, (Duration::from_secs(30), Timeout::PerRead));
        }
        assert!(matches!(waits(Some(now)), Err(Error::Timeout(_))));
    }
}
