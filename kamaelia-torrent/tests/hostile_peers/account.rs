//! The memory of one engine: what lives of what it has asked for, and the most that ever did.
//!
//! Only what is done inside [`Account::during`] counts, and of that not what the imagined network does
//! ([`aside`]), so the bytes are the engine's own, to the last one.

use allocation_counter::{measure, opt_out};

/// Bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Account {
    live: i64,
    pub(crate) peak: i64,
}

impl Account {
    /// What lives now. What was asked for inside and let go outside still does, and the other way round.
    pub(crate) fn live(&self) -> i64 {
        self.live
    }

    /// Does something that the engine answers for.
    pub(crate) fn during<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let mut done = None;
        let info = measure(|| done = Some(work()));
        self.peak = self.peak.max(self.live + info.bytes_max as i64);
        self.live += info.bytes_current;
        done.expect("it was done")
    }
}

/// Does something that the engine does not answer for, in the middle of its work.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    let mut done = None;
    opt_out(|| done = Some(work()));
    done.expect("it was done")
}

#[test]
fn what_lives_and_what_lived_most_is_known_to_the_byte() {
    let mut account = Account::default();
    let kept = account.during(|| {
        let kept = vec![1_u8; 1_000];
        drop(vec![1_u8; 500]);
        assert_eq!(aside(|| vec![1_u8; 9_000].len()), 9_000);
        kept
    });
    assert_eq!(account.live(), 1_000);
    account.during(|| drop(kept));
    assert_eq!(account.live(), 0);
    let again = account.during(|| vec![1_u8; 200]);
    assert_eq!((again.len(), account.peak), (200, 1_500));
}
