//! What they say that brings neither side anything: some of it is common, a flood of it is not.
//!
//! Keep-alives, choking and unchoking, *have* of pieces told before, cancels, suggestions, messages of
//! extensions: each is allowed, cheap and sooner or later useful, so nobody is blamed for one. But they
//! can be said as fast as a line carries them, and then they take the place of others' blocks. So all of
//! them share one allowance in bytes. It grows back with time, and with every block that goes either way,
//! which is what most of such messages are about.

use std::time::Instant;

use crate::peer::ProtocolError;

/// Bytes at once: the cancels of a pipeline of a hundred megabytes, or fourteen thousand *haves*.
const BYTES_MAX: u64 = 128 * 1024;

/// Bytes a second, for ever: twenty times what a busy peer says.
const BYTES_A_SECOND: u64 = 1024;

/// One byte for so many of blocks: far more messages than blocks need.
const BLOCK_SHARE: u64 = 16;

/// The allowance of one peer.
#[derive(Debug)]
pub(crate) struct Chatter {
    /// What was used of it, as of this moment.
    used: u64,
    at: Instant,
}

impl Chatter {
    pub(crate) fn new(now: Instant) -> Self {
        Chatter { used: 0, at: now }
    }

    /// So many bytes came that bring nothing.
    pub(crate) fn on_said(&mut self, now: Instant, bytes: u64) -> Result<(), ProtocolError> {
        self.used += bytes;
        // Few ever get so far, and only then it matters how long ago it was.
        if self.used <= BYTES_MAX {
            return Ok(());
        }
        let elapsed = now.duration_since(self.at).as_millis();
        let back =
            u64::try_from(elapsed).unwrap_or(u64::MAX).saturating_mul(BYTES_A_SECOND) / 1_000;
        self.used = self.used.saturating_sub(back);
        self.at = now;
        match self.used {
            used if used > BYTES_MAX => Err(ProtocolError::Chatter { bytes: used }),
            _ => Ok(()),
        }
    }

    /// So many bytes of something useful went, or came.
    pub(crate) fn on_block(&mut self, bytes: u64) {
        self.forgive(bytes / BLOCK_SHARE);
    }

    /// So many bytes of what was said had something new in them.
    pub(crate) fn forgive(&mut self, bytes: u64) {
        self.used = self.used.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// How many messages of so many bytes are heard, at so many a second.
    fn heard(chatter: &mut Chatter, start: Instant, bytes: u64, a_second: u32) -> Option<u32> {
        (0..1_000_000).find(|count| {
            let now = start + Duration::from_secs(1) * *count / a_second;
            chatter.on_said(now, bytes).is_err()
        })
    }

    #[test]
    fn a_burst_is_heard_and_a_flood_is_not() {
        let start = Instant::now();
        let mut chatter = Chatter::new(start);
        assert_eq!(heard(&mut chatter, start, 4, u32::MAX), Some(32_768));
        let bytes = BYTES_MAX + 4;
        let error = Err(ProtocolError::Chatter { bytes });
        assert_eq!(Chatter::new(start).on_said(start, bytes), error);
    }

    #[test]
    fn a_message_now_and_then_is_heard_for_ever() {
        let start = Instant::now();
        assert_eq!(heard(&mut Chatter::new(start), start, 20, 50), None);
        assert!(heard(&mut Chatter::new(start), start, 20, 60).is_some());
    }

    #[test]
    fn who_trades_blocks_may_say_more() {
        let start = Instant::now();
        let mut chatter = Chatter::new(start);
        for _ in 0..100_000 {
            assert_eq!(chatter.on_said(start, 1_000), Ok(()));
            chatter.on_block(16 * 1024);
        }
        assert_eq!(heard(&mut chatter, start, 1_024, u32::MAX), Some(128));
    }
}
