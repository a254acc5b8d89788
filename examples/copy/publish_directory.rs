//! Publishes a directory to many machines: they trade with each other, so that one upload serves all.
//!
//!     cargo run --release --bin publish_directory -- /srv/images
//!
//! Prints a magnet link, and seeds until it gets SIGINT or SIGTERM. Elsewhere `download LINK --dir DIR`
//! fetches it, as any other client does. The tracker by which the machines meet is part of this graph.

use std::error::Error;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use axon_core::{Graph, Out, Services, WiringErrors, graphline, try_handle};
use clap::Parser;
use examples::{exit_code, log_to_stderr, reachable, run_to_end};
use kamaelia_io::ConsoleEchoer;
use kamaelia_torrent::components::messages::{MadeTorrent, TorrentMessage, TorrentRequest};
use kamaelia_torrent::components::{ClientConfig, Leave, TorrentPatron, TorrentTracker};
use kamaelia_torrent::engine::{MakeOptions, make};
use kamaelia_torrent::metainfo::{Metainfo, magnet_link};

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
    log_to_stderr(0);
    exit_code("publish_directory", run(&Options::parse()))
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let tracker = TorrentTracker::bind(options.tracker)?;
    let announce = format!("http://{}/announce", reachable(tracker.local_addr()));
    let made =
        make(&options.directory, &MakeOptions::tracker(announce), |_| ControlFlow::Continue(()))?;
    let link = magnet_link(&Metainfo::parse(&made.rawmetainfo)?);
    let token = link.as_str().into();
    let made = MadeTorrent { token, rawmetainfo: made.rawmetainfo.into(), files: made.files };
    let mut graph = graph(tracker, link)?;
    // Ordinary code has its place in a graph too: this waits in the box until the graph runs.
    let requests = graph.inbox("requests")?;
    requests.send_blocking(TorrentRequest::Create(made.into()))?;
    run_to_end(graph)
}

pub(crate) fn graph(tracker: TorrentTracker, link: String) -> Result<Graph, WiringErrors> {
    let config = ClientConfig::default();
    let patron = TorrentPatron::new(&Services::new(), config).leave(Leave::WhenAsked);
    let requests = patron.inbox.handle();
    let tell = move |message: TorrentMessage, out: &mut Out<String>| match message {
        TorrentMessage::Created(_) => {
            out.send(format!("{link}\n"));
            Ok(())
        }
        TorrentMessage::StartFail(failure) => Err(failure.reason),
        TorrentMessage::Trouble(trouble) => Err(trouble.reason),
        _ => Ok(()),
    };
    let graph = graphline! {
        components {
            tracker: tracker,
            patron: patron,
            tell: try_handle(tell),
            console: ConsoleEchoer::new(),
        }
        links {
            patron.outbox => tell.inbox,
            tell.outbox => console.inbox,
        }
    };
    graph.export("requests", &requests).build()
}
