//! Watches a folder, and seeds what appears in it.
//!
//!     cargo run --release --bin watch_folder -- /srv/outgoing --torrents /srv/www
//!
//! Whatever is in the folder and has not changed between two looks is published where it lies, and its
//! `.torrent` written. Names with a dot in front are left alone: give a file one while it is written, and
//! rename it.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use axon_core::{Graph, Graphline, Section, Services, WiringErrors};
use clap::Parser;
use examples::run_graph;
use kamaelia_io::{ConsoleEchoer, FolderWatcher, PureTransformer};
use kamaelia_torrent::components::messages::MakeTorrent;
use kamaelia_torrent::components::{
    ClientConfig, Format, Leave, MonitorParser, TorrentPatron, publish,
};

/// Seeds what appears in a folder, until it is interrupted.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Options {
    /// What to watch
    folder: PathBuf,

    /// Where `.torrent` files go; another folder, or they were published too
    #[arg(long, value_name = "DIR", default_value = ".")]
    torrents: PathBuf,

    /// The tracker they name; may be given several times
    #[arg(long, value_name = "URL")]
    tracker: Vec<String>,

    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value = "2")]
    every: f64,
}

fn main() -> ExitCode {
    run_graph("watch_folder", graph(Options::parse()))
}

pub(crate) fn graph(options: Options) -> Result<Graph, WiringErrors> {
    let every = Duration::from_secs_f64(options.every);
    let patron = TorrentPatron::new(&Services::new(), ClientConfig::default());
    let monitor = MonitorParser::new(Format::Plain);
    let complaints = ConsoleEchoer::to_writer(io::stderr()).lines();
    let graph = Graphline::new().link(&monitor.complaints, &complaints.inbox);
    let seeds = Section::source(FolderWatcher::new(options.folder).every(every))
        .then(PureTransformer::map(MakeTorrent::from))
        .then(publish(options.torrents, options.tracker))
        .then(patron.leave(Leave::WhenAsked))
        .then(monitor)
        .then(Section::sink(ConsoleEchoer::new().lines()));
    graph.nest("seeds", seeds).add("complaints", complaints).build()
}
