//! Counts the words of many files with several workers, and prints those that come most often.
//!
//! ```sh
//! ls docs/*.md | cargo run --bin word_count -- --top 5
//! ```

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs;
use std::num::NonZero;
use std::process::ExitCode;

use axon_core::{Graph, Pipeline, Section, WiringErrors, pool};
use clap::Parser;
use examples::run_graph;
use kamaelia_io::{ConsoleEchoer, ConsoleReader, Fold, PureTransformer};

/// Counts the words of the files that are named on standard input, one a line.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Options {
    /// Files read at a time
    #[arg(long, value_name = "COUNT", default_value = "4")]
    workers: NonZero<usize>,

    /// Print this many words
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    top: usize,
}

fn main() -> ExitCode {
    run_graph("word_count", graph(Options::parse()))
}

pub(crate) fn graph(Options { workers, top }: Options) -> Result<Graph, WiringErrors> {
    let worker = |number| {
        Pipeline::open(PureTransformer::map(count)).named("count").on(&format!("worker {number}"))
    };
    Section::source(ConsoleReader::new(""))
        .then(pool(workers, worker))
        .then(Pipeline::open(Fold::trying(Counts::new(), add)).named("total"))
        .then(PureTransformer::map(move |total| most_common(total, top)))
        .then(Section::sink(ConsoleEchoer::new()))
        .build()
}

/// How often each word comes.
type Counts = HashMap<String, u64>;

fn count(path: String) -> Result<Counts, String> {
    let text = fs::read(&path).map_err(|error| format!("cannot read {path}: {error}"))?;
    let text = String::from_utf8_lossy(&text).to_lowercase();
    let mut counts = Counts::new();
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    Ok(counts)
}

/// A total without one of the files would be wrong, so one that cannot be read ends all.
fn add(total: &mut Counts, counts: Result<Counts, String>) -> Result<(), String> {
    for (word, count) in counts? {
        *total.entry(word).or_default() += count;
    }
    Ok(())
}

fn most_common(total: Counts, top: usize) -> String {
    let mut counts: Vec<_> = total.into_iter().collect();
    counts.sort_by_key(|(word, count)| (Reverse(*count), word.clone()));
    counts.iter().take(top).map(|(word, count)| format!("{count:8} {word}\n")).collect()
}
