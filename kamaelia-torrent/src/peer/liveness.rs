//! Whether the other side is still there, and whether it can tell that we are.

use std::time::{Duration, Instant};

/// A stranger that says nothing must not hold a connection for long.
const HANDSHAKE_MAX: Duration = Duration::from_secs(30);

/// BEP 3 asks for a message every two minutes; ours leaves early enough to arrive in time.
const KEEP_ALIVE: Duration = Duration::from_secs(110);

/// Longer than the keep-alive of any client, with time for it to be late.
const SILENCE_MAX: Duration = Duration::from_secs(180);

/// When something was last heard and said.
#[derive(Clone, Debug)]
pub(crate) struct Liveness {
    began: Instant,
    heard: Instant,
    said: Instant,
}

/// A peer that is taken for gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lapse {
    /// No handshake came within so many seconds.
    NoHandshake(u64),
    /// Nothing came for so many seconds.
    Silent(u64),
}

impl Liveness {
    pub(crate) fn new(now: Instant) -> Self {
        Liveness { began: now, heard: now, said: now }
    }

    pub(crate) fn on_heard(&mut self, now: Instant) {
        self.heard = now;
    }

    /// Something was handed over to be sent.
    pub(crate) fn on_said(&mut self, now: Instant) {
        self.said = now;
    }

    pub(crate) fn keep_alive_due(&self) -> Instant {
        self.said + KEEP_ALIVE
    }

    /// Whether they have been silent for too long.
    pub(crate) fn lapse(&self, now: Instant, greeted: bool) -> Option<Lapse> {
        if self.lapses_at(greeted) > now {
            return None;
        }
        Some(match greeted {
            true => Lapse::Silent(SILENCE_MAX.as_secs()),
            false => Lapse::NoHandshake(HANDSHAKE_MAX.as_secs()),
        })
    }

    pub(crate) fn next_timeout(&self, greeted: bool) -> Instant {
        match greeted {
            true => self.lapses_at(true).min(self.keep_alive_due()),
            false => self.lapses_at(false),
        }
    }

    fn lapses_at(&self, greeted: bool) -> Instant {
        match greeted {
            true => self.heard + SILENCE_MAX,
            // A handshake that drips in byte by byte wins no time.
            false => self.began + HANDSHAKE_MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handshake_that_drips_in_is_late_all_the_same() {
        let start = Instant::now();
        let mut liveness = Liveness::new(start);
        liveness.on_heard(start + Duration::from_secs(29));
        let late = start + HANDSHAKE_MAX;
        assert_eq!(liveness.lapse(late, false), Some(Lapse::NoHandshake(30)));
    }

    #[test]
    fn any_byte_keeps_a_conversation_alive() {
        let start = Instant::now();
        let mut liveness = Liveness::new(start);
        liveness.on_heard(start + Duration::from_secs(100));
        assert_eq!(liveness.lapse(start + SILENCE_MAX, true), None);
        let end = start + Duration::from_secs(100) + SILENCE_MAX;
        assert_eq!(liveness.lapse(end, true), Some(Lapse::Silent(180)));
    }
}
