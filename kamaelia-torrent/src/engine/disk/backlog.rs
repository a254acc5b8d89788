//! How much the disk takes on at a time.

use super::job::Work;

/// Blocks being read or waiting to be sent on: 4 MiB at most.
pub const READS_MAX: usize = 256;

/// Pieces being stored: small ones are bounded by this.
pub const STORES_MAX: usize = 256;

/// Bytes of pieces being stored: large ones are bounded by this. A single piece may be larger.
pub const STORE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Torrents being checked or remembered, or waiting for it: they hold no bytes.
pub const CHECKS_MAX: usize = 1024;

/// Torrents being synced or looked at, other small things being done, and what waits for that.
pub const SYNCS_MAX: usize = 256;

/// Kinds of jobs that have a bound.
pub(super) const KINDS: usize = 4;

/// What one job adds to the backlog.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Load {
    /// Told on the way; the job goes on.
    Nothing,
    Read,
    Store {
        bytes: usize,
    },
    Check,
    Sync,
}

impl Load {
    pub(super) fn of(work: &Work) -> Self {
        match work {
            Work::Read(_) => Load::Read,
            Work::Store { data, .. } => Load::Store { bytes: data.len() },
            Work::Check { .. } | Work::Remember(_) => Load::Check,
            Work::Sync | Work::Arrange(_) | Work::Look | Work::Do(_) => Load::Sync,
        }
    }

    /// Which of the [`KINDS`] it is of.
    pub(super) fn kind(self) -> usize {
        match self {
            Load::Read => 0,
            Load::Store { .. } => 1,
            Load::Check => 2,
            Load::Sync | Load::Nothing => 3,
        }
    }
}

/// What is under way. Each kind has its own bound, so that none crowds out another.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Backlog {
    reads: usize,
    stores: usize,
    store_bytes: usize,
    checks: usize,
    syncs: usize,
}

impl Backlog {
    pub(super) fn admits(&self, load: Load) -> bool {
        match load {
            Load::Nothing => true,
            Load::Read => self.reads < READS_MAX,
            Load::Store { bytes } => {
                let fits = bytes <= STORE_BYTES_MAX.saturating_sub(self.store_bytes);
                self.stores == 0 || (self.stores < STORES_MAX && fits)
            }
            Load::Check => self.checks < CHECKS_MAX,
            Load::Sync => self.syncs < SYNCS_MAX,
        }
    }

    pub(super) fn add(&mut self, load: Load) {
        match load {
            Load::Nothing => {}
            Load::Read => self.reads += 1,
            Load::Store { bytes } => {
                self.stores += 1;
                self.store_bytes += bytes;
            }
            Load::Check => self.checks += 1,
            Load::Sync => self.syncs += 1,
        }
    }

    /// Takes off what was added before.
    pub(super) fn remove(&mut self, load: Load) {
        match load {
            Load::Nothing => {}
            Load::Read => self.reads -= 1,
            Load::Store { bytes } => {
                self.stores -= 1;
                self.store_bytes -= bytes;
            }
            Load::Check => self.checks -= 1,
            Load::Sync => self.syncs -= 1,
        }
    }

    pub(super) fn jobs(&self) -> usize {
        self.reads + self.stores + self.checks + self.syncs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of this are taken on.
    fn admitted(backlog: &mut Backlog, load: Load) -> usize {
        let mut count = 0;
        while backlog.admits(load) {
            backlog.add(load);
            count += 1;
        }
        count
    }

    #[test]
    fn each_kind_has_its_own_bound() {
        let mut backlog = Backlog::default();
        assert_eq!(admitted(&mut backlog, Load::Read), READS_MAX);
        let small = Load::Store { bytes: 1 };
        assert_eq!(admitted(&mut backlog, small), STORES_MAX);
        assert_eq!(admitted(&mut backlog, Load::Check), CHECKS_MAX);
        assert_eq!(admitted(&mut backlog, Load::Sync), SYNCS_MAX);
        let all = READS_MAX + STORES_MAX + CHECKS_MAX + SYNCS_MAX;
        assert_eq!(backlog.jobs(), all);
    }

    #[test]
    fn pieces_are_bounded_by_their_bytes() {
        let mut backlog = Backlog::default();
        let large = Load::Store { bytes: STORE_BYTES_MAX / 4 };
        assert_eq!(admitted(&mut backlog, large), 4);
        backlog.remove(large);
        assert!(backlog.admits(large));
    }

    #[test]
    fn one_piece_is_taken_however_large_it_is() {
        let mut backlog = Backlog::default();
        let huge = Load::Store { bytes: STORE_BYTES_MAX * 4 };
        assert_eq!(admitted(&mut backlog, huge), 1);
        assert!(!backlog.admits(Load::Store { bytes: 1 }));
        backlog.remove(huge);
        assert_eq!(backlog, Backlog::default());
    }
}
