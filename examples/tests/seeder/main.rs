//! The seeder as another program meets it: through pipes, with right and wrong input.

mod at_a_terminal;
#[path = "../../../kamaelia-io/tests/live_view/browser.rs"]
mod browser;
mod command_line;
#[path = "../common/mod.rs"]
mod common;
mod drivers;
mod endings;
mod kept;
mod orders;
mod page;
mod protocol;
mod random;
mod refusals;
mod streams;
mod surroundings;
mod tags;
mod transfers;
mod wishes;

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::*;
use serde_json::{Value, json};
use tempfile::TempDir;

const SEEDER: &str = env!("CARGO_BIN_EXE_seeder");

fn told(place: &Path, args: &[&str], input: impl AsRef<[u8]>) -> Ended {
    seeder_told(place, args.iter().copied(), input)
}

/// The arguments, and one more option with a value.
fn with<'a>(args: &[&'a str], option: &'a str, value: &'a str) -> Vec<&'a str> {
    args.iter().copied().chain([option, value]).collect()
}

/// What a whole run has told, but for the first line, which is the same for all.
fn events(lines: &[String]) -> Vec<Value> {
    let mut objects = objects(lines);
    assert!(!objects.is_empty() && is_hello(&objects.remove(0)), "{lines:?}");
    objects
}

fn objects(lines: &[String]) -> Vec<Value> {
    lines.iter().map(|line| object(line)).collect()
}

fn object(line: &str) -> Value {
    serde_json::from_str(line).expect("each line is an object")
}

fn is_hello(object: &Value) -> bool {
    *object == json!({"event": "hello", "protocol": 1, "version": env!("CARGO_PKG_VERSION")})
}

/// A seeder that tells objects, after the first.
fn telling_objects(place: &Path, args: &[&str]) -> Program {
    let seeder = seeder(place, args.iter().copied().chain(["--json"]));
    assert!(is_hello(&object(&seeder.line())));
    seeder
}

/// What must hold for all lines of one download: -1, then rising percents, and 100 at last.
fn assert_rises_to_the_end(lines: &[String], id: u32, name: &str) {
    let start = format!("{id}:{name}:");
    let percents: Vec<i32> = lines
        .iter()
        .filter_map(|line| line.strip_prefix(&start))
        .map(|percent| percent.parse().expect("a number"))
        .collect();
    assert!(percents.starts_with(&[-1]) && percents.ends_with(&[100]), "{name}: {percents:?}");
    assert!(percents.is_sorted_by(|a, b| a < b), "{name}: {percents:?}");
}
