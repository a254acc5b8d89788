//! Fetches a list of torrents, and runs a command on each when it is complete.
//!
//!     cargo run --release --bin fetch_list -- --dir /srv/in --then ./unpack.sh < list.txt
//!
//! Each line names a torrent: a magnet link, a URL or a path of a `.torrent`. The command gets the path of
//! what was fetched as its last argument, and one runs at a time. Its output is this program's. Ends when
//! all is done, with status 1 if something was not.

use std::convert::Infallible;
use std::fmt::Display;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use axon_core::{Graph, Graphline, Out, Section, Services, WiringErrors, try_handle};
use clap::Parser;
use examples::run_graph;
use kamaelia_io::{CommandRunner, ConsoleEchoer, ConsoleReader, Fold};
use kamaelia_torrent::components::{
    ClientConfig, TorrentDone, TorrentOutcomes, TorrentPatron, retrieve,
};

/// Fetches the torrents that are named on standard input, one a line.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Options {
    /// Where to put them
    #[arg(long, default_value = ".")]
    dir: PathBuf,

    /// Run this on each when it is complete; its path is the last argument
    #[arg(long, value_name = "COMMAND")]
    then: PathBuf,
}

fn main() -> ExitCode {
    run_graph("fetch_list", graph(Options::parse()))
}

pub(crate) fn graph(Options { dir, then }: Options) -> Result<Graph, WiringErrors> {
    let mut config = ClientConfig::default();
    config.directory.clone_from(&dir);
    let outcomes = TorrentOutcomes::new();
    let runner = CommandRunner::new(move |done: &TorrentDone| {
        let mut command = Command::new(&then);
        command.arg(dir.join(&done.name));
        command
    });
    let console = ConsoleEchoer::new().lines();
    let complaints = ConsoleEchoer::to_writer(io::stderr()).lines();
    let count = Fold::new(0, |count, _: String| *count += 1);
    let verdict = try_handle(|count, _: &mut Out<Infallible>| match count {
        0 => Ok(()),
        _ => Err(format!("{count} of the list were not done")),
    });
    let graph = Graphline::new()
        .link_via(&outcomes.failures, |failure| said(&failure), &complaints.inbox)
        .link_via(&runner.failures, |failure| said(&failure), &complaints.inbox)
        .link(&complaints.outbox, &count.inbox)
        // Its failure ends all others, so it comes when they have nothing more to write.
        .link_via(&console.outbox, |_| None, &count.inbox)
        .link(&count.outbox, &verdict.inbox)
        .add("complaints", complaints)
        .add("count", count)
        .add("verdict", verdict);
    let list = Section::source(ConsoleReader::new(""))
        .then(retrieve())
        .then(TorrentPatron::new(&Services::new(), config))
        .then(outcomes)
        .then(runner)
        .then(Section::sink(console));
    graph.nest("list", list).build()
}

fn said(failure: &impl Display) -> Option<String> {
    Some(format!("fetch_list: {failure}"))
}
