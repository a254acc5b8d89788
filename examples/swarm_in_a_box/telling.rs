//! What is said of a swarm in the end: a summary for people, or one object for programs.

use kamaelia_torrent::simulation::report::{EventLog, Report, Role, Snapshot, Times};
use serde_json::{Value, json};

use crate::usage::{cpu_seconds, peak_memory};

/// Everything about a run that is one number. Times are seconds, those of the swarm virtual.
pub(crate) fn object(report: &Report) -> Value {
    let moved = &report.moved;
    json!({
        "seed": report.seed,
        "seeds": report.seeds,
        "leechers": report.leechers,
        "bytes": report.torrent.bytes,
        "pieces": report.torrent.pieces,
        "piece_length": report.torrent.piece_length,
        "finished": report.finished,
        "unfinished": report.unfinished,
        "first": seconds(report.finishing, |times| times.first),
        "median": seconds(report.finishing, |times| times.median),
        "last": seconds(report.finishing, |times| times.last),
        "ended": report.ended.seconds(),
        "fluid_bound": report.bound.map(|bound| bound.seconds),
        "ratio": report.bound_ratio,
        "blocks": moved.blocks,
        "duplicates": moved.duplicate_blocks(),
        "bytes_from_seeds": moved.from_seeds,
        "bytes_from_leechers": moved.from_leechers,
        "bytes_duplicate": moved.duplicates,
        "bytes_corrupt": moved.corrupt,
        "messages": moved.messages,
        "bytes_overhead": moved.overhead,
        "fairness_giving": report.fairness.giving,
        "fairness_rates": report.fairness.rates,
        "events": report.log.len(),
        "log_hash": report.log.hash(),
        "cpu_seconds": cpu_seconds(),
        "peak_memory": peak_memory(),
    })
}

/// A run as a person wants to read of it.
pub(crate) fn summary(report: &Report) -> String {
    let cost = match peak_memory() {
        Some(bytes) => format!(", {} MiB of memory", bytes >> 20),
        None => String::new(),
    };
    format!("{report}\ncost       {:.2} s of processor time{cost}", cpu_seconds())
}

/// What a log tells, as an object.
pub(crate) fn object_of_log(log: &EventLog, end: &Snapshot) -> Value {
    let finishing = end.finishing();
    json!({
        "seed": log.seed(),
        "seeds": end.count(Role::Seed),
        "leechers": end.count(Role::Leecher),
        "bytes": log.torrent().bytes,
        "pieces": log.torrent().pieces,
        "piece_length": log.torrent().piece_length,
        "finished": end.finished(),
        "first": seconds(finishing, |times| times.first),
        "median": seconds(finishing, |times| times.median),
        "last": seconds(finishing, |times| times.last),
        "ended": end.at().seconds(),
        "events": log.len(),
        "log_hash": log.hash(),
    })
}

/// What a log tells, for people.
pub(crate) fn summary_of_log(log: &EventLog, end: &Snapshot) -> String {
    let leechers = end.count(Role::Leecher);
    let times = end.finishing().map_or_else(String::new, |times| {
        let [first, median, last] = [times.first, times.median, times.last];
        format!(": first {first} s, median {median} s, last {last} s")
    });
    format!(
        "swarm      {leechers} leechers, {} pieces, seed {}\n\
         finished   {} of {leechers}{times}\n\
         log        {} events until {} s, {}",
        log.torrent().pieces,
        log.seed(),
        end.finished(),
        log.len(),
        end.at(),
        log.hash()
    )
}

fn seconds(
    times: Option<Times>,
    which: fn(&Times) -> kamaelia_torrent::simulation::Moment,
) -> Option<f64> {
    times.as_ref().map(|times| which(times).seconds())
}
