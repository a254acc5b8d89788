//! How long torrents are seeded.
//!
//! Comes in: what was sent, and when. Goes out: that it is enough, and why. Nothing here reads a
//! clock.

use std::time::{Duration, Instant};

use crate::engine::{Engine, TorrentId};

/// When a complete torrent has been seeded enough: as soon as any of these is true. With none of
/// them, never. Pauses begin the times anew.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Until {
    /// So many times what is wanted of it has been sent, in all runs together.
    pub ratio: Option<f64>,
    /// It has been seeded for so long.
    pub time: Option<Duration>,
    /// Nobody has taken anything for so long.
    pub idle: Option<Duration>,
}

impl Until {
    /// Whether there is an end at all.
    pub fn is_ever(&self) -> bool {
        *self != Until::default()
    }
}

/// How a torrent has been seeded since it began to be, or since it was resumed.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Seeding {
    since: Instant,
    /// What was sent by then, and when that last grew.
    sent: u64,
    last: Instant,
}

impl Seeding {
    fn new(now: Instant, sent: u64) -> Self {
        Seeding { since: now, sent, last: now }
    }

    /// So much has been sent by now, of a torrent of which so much is wanted. Why that is enough, if
    /// it is.
    fn note(&mut self, until: &Until, now: Instant, sent: u64, wanted: u64) -> Option<String> {
        if sent > self.sent {
            (self.sent, self.last) = (sent, now);
        }
        if let Some(ratio) = until.ratio
            && sent as f64 >= ratio * wanted as f64
        {
            return Some(format!("its ratio has reached {ratio}"));
        }
        if let Some(time) = until.time
            && now >= self.since + time
        {
            return Some(format!("it has been seeded for {} s", time.as_secs()));
        }
        if let Some(idle) = until.idle
            && now >= self.last + idle
        {
            return Some(format!("nobody has taken anything for {} s", idle.as_secs()));
        }
        None
    }

    /// When it may be enough although nothing happens.
    pub(in crate::engine) fn next_timeout(&self, until: &Until) -> Option<Instant> {
        let time = until.time.map(|time| self.since + time);
        let idle = until.idle.map(|idle| self.last + idle);
        time.into_iter().chain(idle).min()
    }
}

impl Engine {
    /// Lets a torrent rest that was seeded enough.
    pub(in crate::engine) fn end_seeding(&mut self, id: TorrentId, now: Instant) {
        let until = self.config.until;
        if !until.is_ever() {
            return;
        }
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        if !torrent.is_seeding() {
            torrent.seeding = None;
            return;
        }
        // Whoever resumes what was enough wants more.
        if torrent.is_wanted_on {
            return;
        }
        let (sent, _) = torrent.totals();
        let wanted = torrent.bytes_wanted();
        let seeding = torrent.seeding.get_or_insert_with(|| Seeding::new(now, sent));
        if let Some(reason) = seeding.note(&until, now, sent, wanted) {
            log::info!("torrent {id} was seeded enough: {reason}");
            torrent.finish(now, reason);
            self.keep(id);
            self.perform(id, now);
            self.announce(id, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_ratio_is_of_what_is_wanted_and_nothing_is_enough_of_nothing() {
        let now = Instant::now();
        let until = Until { ratio: Some(1.5), ..Until::default() };
        let mut seeding = Seeding::new(now, 0);
        assert_eq!(seeding.note(&until, now, 149, 100), None);
        assert_eq!(seeding.note(&until, now, 150, 100), Some("its ratio has reached 1.5".into()));
        assert_eq!(seeding.next_timeout(&until), None, "time alone changes nothing");
        assert!(seeding.note(&until, now, 0, 0).is_some());
    }

    #[test]
    fn time_is_counted_from_the_start_and_idleness_from_what_was_last_sent() {
        let start = Instant::now();
        let until = Until { time: Some(30 * MINUTE), idle: Some(10 * MINUTE), ratio: None };
        let mut seeding = Seeding::new(start, 7);
        assert_eq!(seeding.next_timeout(&until), Some(start + 10 * MINUTE));
        assert_eq!(seeding.note(&until, start + 9 * MINUTE, 8, 100), None);
        assert_eq!(seeding.next_timeout(&until), Some(start + 19 * MINUTE));
        assert_eq!(seeding.note(&until, start + 18 * MINUTE, 8, 100), None);
        let reason = seeding.note(&until, start + 19 * MINUTE, 8, 100);
        assert_eq!(reason, Some("nobody has taken anything for 600 s".into()));
        let reason = seeding.note(&until, start + 30 * MINUTE, 9, 100);
        assert_eq!(reason, Some("it has been seeded for 1800 s".into()));
    }

    #[test]
    fn without_a_condition_there_is_no_end() {
        let now = Instant::now();
        let mut seeding = Seeding::new(now, 0);
        assert_eq!(seeding.note(&Until::default(), now + 9999 * MINUTE, u64::MAX, 1), None);
        assert!(!Until::default().is_ever());
    }
}
