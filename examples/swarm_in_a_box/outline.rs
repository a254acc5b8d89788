//! What a run and its log tell alike.

use kamaelia_torrent::simulation::Moment;
use kamaelia_torrent::simulation::report::{EventLog, Report, Role, Snapshot, Times, TorrentSize};

/// A swarm and how it went, in a few numbers.
pub(crate) struct Outline {
    pub(crate) seed: u64,
    pub(crate) seeds: u32,
    pub(crate) leechers: u32,
    pub(crate) torrent: TorrentSize,
    pub(crate) finished: u32,
    pub(crate) finishing: Option<Times>,
    pub(crate) ended: Moment,
    pub(crate) events: u64,
    pub(crate) log_hash: String,
}

impl Outline {
    /// Of a run.
    pub(crate) fn of(report: &Report) -> Self {
        Outline {
            seed: report.seed,
            seeds: report.seeds,
            leechers: report.leechers,
            torrent: report.torrent,
            finished: report.finished,
            finishing: report.finishing,
            ended: report.ended,
            events: report.log.len(),
            log_hash: report.log.hash(),
        }
    }

    /// Of the log of a run, and how the swarm stood in the end.
    pub(crate) fn of_log(log: &EventLog, end: &Snapshot) -> Self {
        Outline {
            seed: log.seed(),
            seeds: end.count(Role::Seed),
            leechers: end.count(Role::Leecher),
            torrent: log.torrent(),
            finished: end.finished(),
            finishing: end.finishing(),
            ended: end.at(),
            events: log.len(),
            log_hash: log.hash(),
        }
    }

    /// Who took part.
    pub(crate) fn title(&self) -> String {
        let count =
            |number, thing| format!("{number} {thing}{}", if number == 1 { "" } else { "s" });
        let (seeds, leechers) = (count(self.seeds, "seed"), count(self.leechers, "leecher"));
        format!("{seeds}, {leechers}, seed {}", self.seed)
    }
}
