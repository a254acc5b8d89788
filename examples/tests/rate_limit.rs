//! The limit of rate in `copy/ship_logs.rs`, in time that a test moves.

#![allow(dead_code)]

#[path = "../copy/ship_logs.rs"]
mod ship_logs;

use std::time::Duration;

use axon_core::{Feed, RunError, Watched, Workbench};
use clap::Parser;
use ship_logs::{Options, RateLimit};

type Numbered = (u64, String);

/// Two lines a second, and three at once after a pause.
fn on_a_bench() -> (Workbench, Feed<Numbered>, Watched<Vec<u8>>) {
    let args = ["ship_logs", "host:1", "--rate", "2", "--burst", "3"];
    let limit = RateLimit::new(&Options::parse_from(args));
    let mut bench = Workbench::new();
    let (lines, shipped) = (bench.feed(&limit.inbox), bench.watch(&limit.outbox));
    bench.start(limit);
    (bench, lines, shipped)
}

fn lines(numbers: impl IntoIterator<Item = u64>) -> Vec<Numbered> {
    numbers.into_iter().map(|number| (number, format!("line {number}"))).collect()
}

#[test]
fn lines_leave_at_the_rate_and_a_pause_saves_up_for_a_burst() -> Result<(), RunError> {
    let (mut bench, feed, shipped) = on_a_bench();
    feed.send_many(lines(1..=10));
    let mut after = |time| {
        bench.advance(Duration::from_millis(time));
        shipped.drain().len()
    };
    assert_eq!([after(0), after(499), after(1), after(1000)], [1, 0, 1, 2]);
    assert_eq!(after(60_000), 6);
    feed.send_many(lines(11..=20));
    assert_eq!([after(0), after(499), after(1), after(1000)], [3, 0, 1, 2]);
    assert_eq!(after(60_000), 4);
    drop(feed);
    bench.finish()?;
    Ok(())
}

#[test]
fn what_was_dropped_before_it_is_told_of_where_it_was() -> Result<(), RunError> {
    let (mut bench, feed, shipped) = on_a_bench();
    feed.send_many(lines([1, 5, 6]));
    bench.advance(Duration::from_secs(2));
    let text = String::from_utf8(shipped.drain().concat()).expect("text");
    assert_eq!(text, "line 1\n(3 lines were dropped here)\nline 5\nline 6\n");
    drop(feed);
    bench.finish()?;
    Ok(())
}
