//! What a simulated client does about a disk in trouble: what the engine does.
//!
//! It waits, looks again after a while, and goes on. Nobody but its client touches a simulated disk,
//! so a look always finds the pieces that were there before, and takes no time.

use std::time::Instant;

use crate::storage::{RETRY_AFTER, Trouble};
use crate::swarm::Swarm;

/// How one client gets on with its disk.
#[derive(Debug, Default)]
pub(super) struct Mending {
    trouble: Trouble,
}

impl Mending {
    /// A piece is on its way to the disk. One of the three below follows.
    pub(super) fn on_storing(&mut self) {
        self.trouble.on_storing();
    }

    /// It is stored.
    pub(super) fn on_stored(&mut self, swarm: &Swarm) {
        self.trouble.on_storing_ended();
        self.on_works(swarm);
    }

    /// It was not right, and never written.
    pub(super) fn on_corrupt(&mut self) {
        self.trouble.on_storing_ended();
    }

    /// It could not be stored: the swarm waits. To be said before the swarm hears of its piece.
    pub(super) fn on_not_stored(&mut self, now: Instant, swarm: &mut Swarm, reason: &str) {
        self.on_failed(now, swarm, reason);
        self.trouble.on_storing_ended();
    }

    /// A block was read.
    pub(super) fn on_read(&mut self, swarm: &Swarm) {
        self.on_works(swarm);
    }

    /// A block could not be read: the swarm waits. To be said before the swarm hears of its block.
    pub(super) fn on_not_read(&mut self, now: Instant, swarm: &mut Swarm, reason: &str) {
        self.on_failed(now, swarm, reason);
    }

    /// Looks again if the time has come, and lets the swarm go on. To be called whenever anything
    /// has happened.
    pub(super) fn look_if_due(&mut self, now: Instant, swarm: &mut Swarm) {
        if !swarm.is_paused() {
            self.trouble.pass(now);
        } else if self.trouble.poll(now, now + RETRY_AFTER) {
            self.trouble.on_looked();
            swarm.resume(now);
        }
    }

    /// When it looks again, if the swarm waits.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.trouble.next_timeout()
    }

    fn on_failed(&mut self, now: Instant, swarm: &mut Swarm, reason: &str) {
        swarm.pause(now);
        self.trouble.on_failed(reason, now + RETRY_AFTER);
    }

    /// The trouble is over, unless this was under way when it began.
    fn on_works(&mut self, swarm: &Swarm) {
        if !swarm.is_paused() {
            self.trouble.on_mended();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fixedbitset::FixedBitSet;

    use super::*;
    use crate::metainfo::InfoHash;
    use crate::simulation::Torrent;
    use crate::swarm::SwarmConfig;

    fn swarm(now: Instant) -> Swarm {
        let layout = Arc::new(Torrent::default().layout().expect("a torrent"));
        let have = FixedBitSet::with_capacity(layout.piece_count() as usize);
        Swarm::new(SwarmConfig::default(), InfoHash([0; 20]), layout, have, 1, now)
    }

    #[test]
    fn a_swarm_whose_piece_cannot_be_stored_waits_and_tries_again() {
        let start = Instant::now();
        let (mut swarm, mut mending) = (swarm(start), Mending::default());
        mending.on_storing();
        mending.on_not_stored(start, &mut swarm, "the disk is full");
        assert!(swarm.is_paused());
        let again = mending.next_timeout().expect("another look");
        assert_eq!(again, start + RETRY_AFTER);
        mending.look_if_due(start, &mut swarm);
        assert!(swarm.is_paused(), "it is too early");
        mending.look_if_due(again, &mut swarm);
        assert!(!swarm.is_paused());
        // As full as before.
        mending.on_storing();
        mending.on_not_stored(again, &mut swarm, "the disk is full");
        assert!(swarm.is_paused());
        mending.look_if_due(again + RETRY_AFTER, &mut swarm);
        mending.on_storing();
        mending.on_stored(&swarm);
        assert_eq!((swarm.is_paused(), mending.next_timeout()), (false, None));
    }

    #[test]
    fn what_was_under_way_when_the_disk_failed_does_not_end_the_trouble() {
        let start = Instant::now();
        let (mut swarm, mut mending) = (swarm(start), Mending::default());
        mending.on_storing();
        mending.on_not_read(start, &mut swarm, "the disk cannot be read");
        assert_eq!(mending.next_timeout(), None, "nobody looks while a piece is being written");
        mending.look_if_due(start + RETRY_AFTER, &mut swarm);
        assert!(swarm.is_paused());
        mending.on_stored(&swarm);
        mending.on_read(&swarm);
        assert_eq!(mending.next_timeout(), Some(start + RETRY_AFTER));
        mending.look_if_due(start + RETRY_AFTER, &mut swarm);
        assert!(!swarm.is_paused());
    }

    #[test]
    fn a_piece_that_was_wrong_says_nothing_about_the_disk() {
        let start = Instant::now();
        let (mut swarm, mut mending) = (swarm(start), Mending::default());
        mending.on_storing();
        mending.on_corrupt();
        mending.look_if_due(start, &mut swarm);
        assert_eq!((swarm.is_paused(), mending.next_timeout()), (false, None));
    }
}
