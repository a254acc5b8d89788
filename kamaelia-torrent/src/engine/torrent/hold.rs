//! Torrents that rest because somebody said so, and go on when somebody says so.

use std::time::Instant;

use crate::engine::torrent::{State, Torrent};
use crate::engine::{Engine, TorrentId};

impl Engine {
    /// Lets a torrent rest: its peers are let go, its trackers hear `stopped`, and nothing is asked
    /// or served until [`resume`](Self::resume). What is on its way to the disk is still written, and
    /// a check that has begun goes on. False if there is no such torrent. Does not block.
    pub fn pause(&mut self, id: TorrentId) -> bool {
        let now = self.now();
        let Some(torrent) = self.present(id) else { return false };
        torrent.enough = None;
        torrent.hold(now);
        self.keep(id);
        self.settle(id, now);
        true
    }

    /// Goes on with a torrent that rests, and tries again at once what has failed. Trackers hear
    /// `started` once more. False if there is no such torrent. Does not block.
    pub fn resume(&mut self, id: TorrentId) -> bool {
        let now = self.now();
        let Some(torrent) = self.present(id) else { return false };
        torrent.release(now);
        if matches!(torrent.state, State::Failed(_)) {
            self.restart(id);
        }
        self.keep(id);
        self.settle(id, now);
        true
    }

    fn present(&mut self, id: TorrentId) -> Option<&mut Torrent> {
        self.torrents.get_mut(&id).filter(|torrent| !torrent.is_leaving())
    }
}

impl Torrent {
    /// It was seeded enough, and rests until somebody wants more.
    pub(in crate::engine) fn finish(&mut self, now: Instant, reason: String) {
        self.enough = Some(reason);
        self.hold(now);
    }

    fn hold(&mut self, now: Instant) {
        self.is_held = true;
        if let Some(crowd) = self.crowd() {
            crowd.hold(now);
        }
        self.schedule.handle_stop(now);
    }

    fn release(&mut self, now: Instant) {
        self.trouble.hurry(now);
        if !std::mem::take(&mut self.is_held) {
            return;
        }
        self.is_wanted_on |= self.enough.take().is_some();
        if let Some(crowd) = self.crowd() {
            crowd.release(now);
        }
        self.schedule.handle_resume(now);
    }
}
