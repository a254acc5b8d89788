//! When files that are served are looked at: somebody may have changed them, and peers turn away for long
//! from whoever sends them wrong bytes.

use std::time::{Duration, Instant};

use crate::engine::{Engine, TorrentId, disk::work};
use crate::storage::StorageError;

/// How often, while something is read for peers. A look at a file takes microseconds, and a torrent may
/// have thousands.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Whether a torrent's files are to be looked at. What nobody asks for needs no look.
#[derive(Debug, Default, Eq, PartialEq)]
pub(in crate::engine) struct Looking {
    /// When to look.
    due: Option<Instant>,
    /// When they were last looked at.
    last: Option<Instant>,
    /// The disk is at it.
    under_way: bool,
}

impl Looking {
    /// A block was read for a peer.
    pub(in crate::engine) fn on_read(&mut self, now: Instant) {
        if self.due.is_none() {
            let next = self.last.map_or(now, |last| last + LOOK_EVERY);
            self.due = Some(next.max(now));
        }
    }

    /// The disk has looked.
    fn on_looked(&mut self) {
        self.under_way = false;
    }

    /// Whether to have the disk look now.
    fn poll(&mut self, now: Instant) -> bool {
        let due = !self.under_way && self.due.is_some_and(|due| due <= now);
        if due {
            *self = Looking { due: None, last: Some(now), under_way: true };
        }
        due
    }

    pub(in crate::engine) fn next_timeout(&self) -> Option<Instant> {
        self.due.filter(|_| !self.under_way)
    }
}

impl Engine {
    /// Has the files looked at, if the time has come.
    pub(in crate::engine) fn look_if_due(&mut self, id: TorrentId, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        if torrent.looking.poll(now) {
            let look = work::look(torrent);
            self.submit(look);
        }
    }

    /// The files are as they were left, or one is not: then it is found out what is left of it.
    pub(in crate::engine) fn on_looked(
        &mut self,
        id: TorrentId,
        result: Result<(), StorageError>,
        now: Instant,
    ) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        torrent.looking.on_looked();
        if let Err(error) = result {
            self.disk_failed(id, &error, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_looked_at_when_somebody_asks_for_them_and_then_only_now_and_then() {
        let start = Instant::now();
        let mut looking = Looking::default();
        assert_eq!((looking.poll(start), looking.next_timeout()), (false, None));
        looking.on_read(start);
        assert_eq!(looking.next_timeout(), Some(start));
        assert!(looking.poll(start));
        looking.on_read(start);
        let next = start + LOOK_EVERY;
        assert_eq!((looking.poll(next), looking.next_timeout()), (false, None), "it is under way");
        looking.on_looked();
        assert_eq!((looking.poll(start), looking.next_timeout()), (false, Some(next)));
        assert!(looking.poll(next));
        looking.on_looked();
        looking.on_read(next + 2 * LOOK_EVERY);
        assert_eq!(looking.next_timeout(), Some(next + 2 * LOOK_EVERY), "after a rest at once");
    }
}
