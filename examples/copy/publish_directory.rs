//! Publishes a directory to many machines: they trade with each other, so that one upload serves all.
//!
//!     cargo run --release --bin publish_directory -- /srv/images
//!
//! Prints a magnet link, and seeds until it gets SIGINT or SIGTERM. Elsewhere `download LINK --dir DIR`
//! fetches it, as any other client does. The tracker by which the machines meet is part of this graph.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use axon_core::{Graph, Graphline, Out, Pipeline, Section, Services, try_handle};
use clap::Parser;
use examples::{reachable, run_graph};
use kamaelia_io::{ConsoleEchoer, PureTransformer};
use kamaelia_torrent::components::messages::{
    MadeTorrent, MakeTorrent, TorrentMessage, TorrentRequest, TorrentStartFail,
};
use kamaelia_torrent::components::{
    ClientConfig, Leave, TorrentMaker, TorrentPatron, TorrentTracker,
};

/// Publishes a directory to many machines: prints a magnet link, and seeds until it is interrupted.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Options {
    /// What to publish; it is read where it lies, and should not change
    directory: PathBuf,

    /// Where the tracker listens
    #[arg(long, value_name = "ADDR:PORT", default_value = "[::]:6969")]
    tracker: SocketAddr,
}

fn main() -> ExitCode {
    run_graph("publish_directory", graph(Options::parse()))
}

pub(crate) fn graph(options: Options) -> Result<Graph, Box<dyn Error>> {
    let tracker = TorrentTracker::bind(options.tracker)?;
    let announce = format!("http://{}/announce", reachable(tracker.local_addr()));
    let patron = TorrentPatron::new(&Services::new(), ClientConfig::default());
    let publish = Pipeline::open(TorrentMaker::new([announce]))
        .then(PureTransformer::map(request))
        .then(patron.leave(Leave::WhenAsked))
        .then(Pipeline::open(try_handle(tell)).named("tell"))
        .then(Section::sink(ConsoleEchoer::new().lines()));
    let mut graph = Graphline::from(publish).add("tracker", tracker).build()?;
    // Ordinary code has its place in a graph too: this waits in the box until the graph runs.
    graph.inbox("inbox")?.send_blocking(MakeTorrent::from(options.directory))?;
    Ok(graph)
}

/// The link is the token of the request, which comes back with its answer.
fn request(made: Result<MadeTorrent, TorrentStartFail>) -> TorrentRequest {
    let known_by_link =
        |made: MadeTorrent| MadeTorrent { token: made.magnet_link().into(), ..made };
    made.map(known_by_link).into()
}

fn tell(message: TorrentMessage, out: &mut Out<String>) -> Result<(), String> {
    match message {
        TorrentMessage::Created(new) => out.send(new.token.to_string()),
        TorrentMessage::StartFail(failure) => return Err(failure.reason),
        TorrentMessage::Trouble(trouble) => return Err(trouble.reason),
        _ => {}
    }
    Ok(())
}
