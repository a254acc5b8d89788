//! Ships the lines of standard input to a collector over TCP, so many a second at most.
//!
//!     tail -F /var/log/syslog | cargo run --bin ship_logs -- collector.example:5140 --rate 100
//!
//! A collector that is slow, or a rate that is low, holds back whoever writes the lines. With `--lossy`
//! it does not: the oldest lines that wait are dropped, and the collector is told how many.

use std::num::NonZero;
use std::process::ExitCode;

use axon_core::{Graph, LinkPolicy, Out, Section, WiringErrors, handle};
use clap::Parser;
use examples::run_graph;
use kamaelia_io::{ConsoleReader, PureTransformer, RateLimit, TCPClient};

/// Lines that may wait for their turn.
const WAITING_MAX: usize = 1000;

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
    run_graph("ship_logs", graph(Options::parse()))
}

pub(crate) fn graph(options: Options) -> Result<Graph, WiringErrors> {
    let waiting =
        if options.lossy { LinkPolicy::drop_oldest } else { LinkPolicy::wait }(WAITING_MAX);
    let mut number = 0;
    let numbered = move |line: String| {
        number += 1;
        (number, line)
    };
    Section::source(ConsoleReader::new(""))
        .then(PureTransformer::map(numbered))
        .then_with(waiting, RateLimit::per_second(options.rate).burst(options.burst))
        .then(handle(gaps()))
        .then(Section::sink(TCPClient::new(options.collector).sending_all()))
        .build()
}

/// Says where lines are missing, and makes bytes of the others.
pub(crate) fn gaps() -> impl FnMut((u64, String), &mut Out<Vec<u8>>) {
    let mut expected = 1;
    move |(number, line), out| {
        if number > expected {
            out.send(format!("({} lines were dropped here)\n", number - expected).into_bytes());
        }
        expected = number + 1;
        out.send((line + "\n").into_bytes());
    }
}
