//! Walks the table.

use std::thread;
use std::time::Duration;

use axon_core::{Control, Graph, GraphHandle, Report, RunError};

use crate::books::Books;
use crate::cell::{Cell, Situation, Way};
use crate::common::{AGES, stress};
use crate::situations::{Ends, build};
use crate::walking::walk;

/// Moments at which each cell is tried.
const MOMENTS: u64 = 3;

/// The cell as a graph, and who asks it from within.
fn graph(cell: Cell, books: &Books, turns: u64) -> Graph {
    let graph = cell.situation.graph(cell.home, books);
    build(match cell.way {
        Way::Within => graph.add("ends", Ends { control: Control::default(), turns }),
        _ => graph,
    })
}

fn ask(way: Way, handle: &GraphHandle) {
    match way {
        Way::Stop | Way::TwoStop | Way::Before => handle.stop(),
        Way::StopTwice => {
            handle.stop();
            handle.stop();
        }
        Way::FinishThenStop => {
            handle.finish();
            thread::yield_now();
            handle.stop();
        }
        Way::StopWithin => handle.stop_within(2 * AGES),
        Way::FinishWithin => handle.finish_within(Duration::ZERO),
        Way::Within => {}
    }
}

/// Everybody has ended well, and every message is gone.
fn check(cell: Cell, books: &Books, result: Result<Report, RunError>, how: &str) {
    let report = match result {
        Err(RunError::Component { report, .. }) | Ok(report) => report,
        Err(error) => panic!("{cell}, {how}: {error}"),
    };
    let mut failed: Vec<_> = report.failures().map(|(name, _)| name).collect();
    if cell.situation == Situation::BeginningAgain {
        // It fails all the time; after a stop it does not begin again.
        failed.retain(|name| *name != "fails");
    }
    assert_eq!(failed, [""; 0], "{cell}, {how}");
    drop(report);
    assert_eq!(books.dropped(), books.made(), "{cell}, {how}: messages that are gone");
}

#[test]
fn a_graph_that_is_asked_to_end_ends_whatever_its_components_are_at() {
    walk(Cell::all(), |_, cell| {
        for moment in 0..stress(MOMENTS) {
            let books = Books::default();
            let graph = graph(cell, &books, moment);
            if cell.way == Way::Before {
                ask(cell.way, &graph.handle());
            }
            let askers = if cell.way == Way::TwoStop { 2 } else { 1 };
            let asking: Vec<_> = (0..askers)
                .map(|_| {
                    let handle = graph.handle();
                    thread::spawn(move || {
                        (0..30 * moment).for_each(|_| thread::yield_now());
                        ask(cell.way, &handle);
                    })
                })
                .collect();
            let result = graph.run();
            asking.into_iter().for_each(|asks| asks.join().expect("asking is harmless"));
            check(cell, &books, result, &format!("moment {moment}"));
        }
    });
}

#[test]
fn a_graph_that_is_asked_to_end_ends_in_any_order_of_events() {
    walk(Cell::all(), |_, cell| {
        for seed in 0..stress(3 * MOMENTS) {
            let books = Books::default();
            let graph = graph(cell, &books, seed);
            // From outside an order of events cannot be made again: it is asked before it begins.
            ask(cell.way, &graph.handle());
            let result = graph.run_seeded(seed).result;
            check(cell, &books, result, &format!("seed {seed}"));
        }
    });
}
