//! Ships the lines of standard input to a collector over TCP, so many a second at most.
//!
//!     tail -F /var/log/syslog | cargo run --bin ship_logs -- collector.example:5140 --rate 100
//!
//! A collector that is slow, or a rate that is low, holds back whoever writes the lines. With `--lossy`
//! it does not: the oldest lines that wait are dropped, and the collector is told how many.

use std::num::NonZero;
use std::process::ExitCode;
use std::time::Duration;

use axon_core::{
    Closed, Component, ComponentResult, Either, Graph, Inbox, LinkPolicy, Outbox, WiringErrors,
    either, graphline, now, sleep_until,
};
use clap::Parser;
use examples::{exit_code, log_to_stderr, run_to_end};
use kamaelia_io::{ConsoleReader, PureTransformer, TCPClient};

/// Lines that may wait for their turn.
const WAITING_MAX: usize = 1000;

const HUNG_UP: &str = "the collector hung up";

/// Ships the lines of standard input over TCP, so many a second at most.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Options {
    /// Who takes them: HOST:PORT
    collector: String,

    /// Lines a second
    #[arg(long, value_name = "LINES", default_value = "100")]
    rate: NonZero<u32>,

    /// Lines that may go at once after a pause
    #[arg(long, value_name = "LINES", default_value = "20")]
    burst: NonZero<u32>,

    /// Rather drop lines than hold back who writes them
    #[arg(long)]
    lossy: bool,
}

fn main() -> ExitCode {
    log_to_stderr(0);
    let graph = graph(Options::parse()).map_err(Into::into);
    exit_code("ship_logs", graph.and_then(run_to_end))
}

pub(crate) fn graph(options: Options) -> Result<Graph, WiringErrors> {
    let mut number = 0;
    let numbered = move |line: String| {
        number += 1;
        (number, line)
    };
    let waiting = match options.lossy {
        true => LinkPolicy::drop_oldest(WAITING_MAX),
        false => LinkPolicy::wait(WAITING_MAX),
    };
    let (number, limit) = (PureTransformer::map(numbered), RateLimit::new(&options));
    let (numbers, limited) = (number.outbox.handle(), limit.inbox.handle());
    let graph = graphline! {
        components {
            reader: ConsoleReader::new(""),
            number: number,
            limit: limit,
            collector: TCPClient::new(options.collector),
        }
        links {
            reader.outbox => number.inbox,
            limit.outbox => collector.inbox,
        }
    };
    graph.link_with(waiting, &numbers, &limited).build()
}

/// Lets so many lines pass in a second. A pause saves up for a burst.
#[derive(Component)]
pub(crate) struct RateLimit {
    /// Lines, numbered from 1 without a gap.
    pub(crate) inbox: Inbox<(u64, String)>,
    /// What is sent.
    pub(crate) outbox: Outbox<Vec<u8>>,
    /// Between two lines.
    interval: Duration,
    burst: u32,
}

impl RateLimit {
    pub(crate) fn new(options: &Options) -> Self {
        let interval = Duration::from_secs(1) / options.rate.get();
        RateLimit {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            interval,
            burst: options.burst.get(),
        }
    }

    async fn main(mut self) -> ComponentResult {
        let (mut due, mut expected) = (now(), 1);
        let saved_max = self.interval * (self.burst - 1);
        while let Some((number, line)) = self.next().await? {
            due = due.max(now().checked_sub(saved_max).unwrap_or(due));
            sleep_until(due).await;
            due += self.interval;
            if number > expected {
                self.ship(format!("({} lines were dropped here)", number - expected)).await?;
            }
            expected = number + 1;
            self.ship(line).await?;
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<(u64, String)>, &'static str> {
        match either(self.inbox.recv(), self.outbox.until_closed()).await {
            Either::First(next) => Ok(next),
            Either::Second(()) => Err(HUNG_UP),
        }
    }

    async fn ship(&mut self, line: String) -> Result<(), &'static str> {
        self.outbox.send((line + "\n").into_bytes()).await.map_err(|Closed| HUNG_UP)
    }
}
