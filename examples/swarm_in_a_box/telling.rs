//! What is said of a swarm in the end: a summary for people, or one object for programs.

use kamaelia_torrent::simulation::Moment;
use kamaelia_torrent::simulation::report::{Report, Times};
use serde_json::{Map, Value, json};

use crate::outline::Outline;
use crate::usage::{cpu_seconds, peak_memory};

/// Everything about a run that is one number. Times are seconds, those of the swarm virtual.
pub(crate) fn object(report: &Report) -> Value {
    let moved = &report.moved;
    let mut object = fields(&Outline::of(report));
    let Value::Object(more) = json!({
        "strangers": report.strangers,
        "unfinished": report.unfinished,
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
        "cpu_seconds": cpu_seconds(),
        "peak_memory": peak_memory(),
    }) else {
        unreachable!("it is written as an object")
    };
    object.extend(more);
    Value::Object(object)
}

/// What a log tells, as an object: the same without what is in no log.
pub(crate) fn object_of_log(outline: &Outline) -> Value {
    Value::Object(fields(outline))
}

fn fields(outline: &Outline) -> Map<String, Value> {
    let seconds =
        |which: fn(Times) -> Moment| outline.finishing.map(|times| which(times).seconds());
    let fields: [(&str, Value); 13] = [
        ("seed", outline.seed.into()),
        ("seeds", outline.seeds.into()),
        ("leechers", outline.leechers.into()),
        ("bytes", outline.torrent.bytes.into()),
        ("pieces", outline.torrent.pieces.into()),
        ("piece_length", outline.torrent.piece_length.into()),
        ("finished", outline.finished.into()),
        ("first", seconds(|times| times.first).into()),
        ("median", seconds(|times| times.median).into()),
        ("last", seconds(|times| times.last).into()),
        ("ended", outline.ended.seconds().into()),
        ("events", outline.events.into()),
        ("log_hash", outline.log_hash.as_str().into()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A run as a person wants to read of it.
pub(crate) fn summary(report: &Report) -> String {
    let memory = peak_memory().map(|bytes| format!(", {} MiB of memory", bytes >> 20));
    let (time, memory) = (cpu_seconds(), memory.unwrap_or_default());
    format!("{report}\ncost       {time:.2} s of processor time{memory}")
}

/// What a log tells, for people.
pub(crate) fn summary_of_log(outline: &Outline) -> String {
    let times = outline.finishing.map_or_else(String::new, |times| {
        let [first, median, last] = [times.first, times.median, times.last].map(Moment::seconds);
        format!(": first {first:.1} s, median {median:.1} s, last {last:.1} s")
    });
    format!(
        "swarm      {}, {} pieces\n\
         finished   {} of {}{times}\n\
         log        {} events until {:.1} s, {}",
        outline.title(),
        outline.torrent.pieces,
        outline.finished,
        outline.leechers,
        outline.events,
        outline.ended.seconds(),
        outline.log_hash
    )
}
