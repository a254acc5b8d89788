//! Counts the words of many files with several workers, and prints those that come most often.
//!
//! ```sh
//! ls docs/*.md | cargo run --bin word_count -- --top 5
//! ```
//!
//! A file goes to the worker that has most room. The boxes of the workers are short, so that nobody
//! sits on files while somebody else has nothing to do.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::error::Error;
use std::num::NonZero;
use std::process::ExitCode;
use std::{fs, thread};

use axon_core::{
    Closed, Component, Graph, Graphline, Inbox, Outbox, Outboxes, ThreadedComponent, WiringErrors,
};
use clap::Parser;
use examples::{exit_code, log_to_stderr, run_to_end};
use kamaelia_io::{ConsoleEchoer, ConsoleReader};

/// Counts the words of the files that are named on standard input, one a line.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Options {
    /// Files read at a time [default: as many as there are processors]
    #[arg(long, value_name = "COUNT")]
    workers: Option<NonZero<usize>>,

    /// Print this many words
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    top: usize,
}

fn main() -> ExitCode {
    log_to_stderr(0);
    let Options { workers, top } = Options::parse();
    let workers = workers.or(thread::available_parallelism().ok()).map_or(1, NonZero::get);
    exit_code("word_count", graph(workers, top).map_err(Into::into).and_then(run_to_end))
}

pub(crate) fn graph(workers: usize, top: usize) -> Result<Graph, WiringErrors> {
    let names: Vec<String> = (1..=workers).map(|number| format!("worker {number}")).collect();
    let deal = Deal { inbox: Inbox::new(), outboxes: Outboxes::new(&names) };
    let mut graph = Graphline::new()
        .add("names", ConsoleReader::new(""))
        .add("deal", deal)
        .add("total", Total { top, ..Total::default() })
        .add("console", ConsoleEchoer::<String>::new())
        .link("names.outbox", "deal.inbox")
        .link("total.outbox", "console.inbox");
    for name in names {
        graph = graph
            .link_with(2, format!("deal.{name}").as_str(), format!("{name}.inbox").as_str())
            .link(format!("{name}.outbox").as_str(), "total.inbox")
            .add(name, Count::default());
    }
    graph.build()
}

/// How often each word comes.
type Counts = HashMap<String, u64>;

/// Deals files to workers.
#[derive(Component)]
struct Deal {
    inbox: Inbox<String>,
    outboxes: Outboxes<String>,
}

impl Deal {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(path) = self.inbox.recv().await {
            let roomiest = self.outboxes.iter_mut().max_by_key(|(_, outbox)| outbox.room());
            let Some((_, worker)) = roomiest else { return Ok(()) };
            worker.send(path).await?;
        }
        Ok(())
    }
}

/// Counts words, on a thread of its own since it reads files.
#[derive(Default, ThreadedComponent)]
struct Count {
    inbox: Inbox<String>,
    outbox: Outbox<Counts>,
}

impl Count {
    fn main(mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        while let Some(path) = self.inbox.recv_blocking() {
            // A total without one of the files would be wrong, so this ends all.
            let text = fs::read(&path).map_err(|error| format!("cannot read {path}: {error}"))?;
            self.outbox.send_blocking(words(&String::from_utf8_lossy(&text)))?;
        }
        Ok(())
    }
}

fn words(text: &str) -> Counts {
    let mut counts = Counts::new();
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    counts
}

/// Adds up, and tells when all is there.
#[derive(Component, Default)]
struct Total {
    inbox: Inbox<Counts>,
    outbox: Outbox<String>,
    counts: Counts,
    top: usize,
}

impl Total {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(counts) = self.inbox.recv().await {
            for (word, count) in counts {
                *self.counts.entry(word).or_default() += count;
            }
        }
        let mut counts: Vec<(String, u64)> = self.counts.into_iter().collect();
        counts.sort_by_key(|(word, count)| (Reverse(*count), word.clone()));
        let lines = counts.into_iter().take(self.top);
        self.outbox.send_many(lines.map(|(word, count)| format!("{count:8} {word}\n"))).await
    }
}
