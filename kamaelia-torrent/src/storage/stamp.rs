//! By what a file is recognised as the one we left.

use rustix::fs::Stat;

/// How long a file is and when it was last written to. Whoever changes a file changes its stamp,
/// unless they take pains not to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stamp {
    /// Bytes.
    pub length: u64,
    /// Nanoseconds since 1970, by the clock of the file system.
    pub modified: i64,
}

impl Stamp {
    pub(super) fn of(stat: &Stat) -> Self {
        let nanoseconds = i64::try_from(stat.st_mtime_nsec).unwrap_or(0);
        Stamp {
            length: u64::try_from(stat.st_size).unwrap_or(0),
            // Good until the year 2262.
            modified: stat.st_mtime.saturating_mul(1_000_000_000).saturating_add(nanoseconds),
        }
    }
}
