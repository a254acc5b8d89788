//! A BitTorrent tracker over HTTP, in one component.
//!
//!     cargo run --release --bin tracker -- --port 6969
//!
//! Prints the URL that torrents have to name, then answers announces and scrapes until it gets
//! SIGINT or SIGTERM. A browser pointed at its port is shown what it knows.

use std::error::Error;
use std::io::{self, Write};
use std::net::{Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use axon_core::Graphline;
use clap::Parser;
use examples::{complain, end_on_signals, log_to_stderr};
use kamaelia_torrent::components::TorrentTracker;

/// A BitTorrent tracker over HTTP.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The port to listen on, on every address; 0 for any free one
    #[arg(long, value_name = "N", default_value_t = 6969)]
    port: u16,

    /// The address to listen on, instead of a port on every one
    #[arg(long, value_name = "ADDR:PORT", conflicts_with = "port")]
    http: Option<SocketAddr>,

    /// Say more on standard error; twice for every detail
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

fn main() -> ExitCode {
    let options = Options::parse();
    log_to_stderr(options.verbose);
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format!("tracker: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let everywhere = SocketAddr::from((Ipv6Addr::UNSPECIFIED, options.port));
    let tracker = TorrentTracker::bind(options.http.unwrap_or(everywhere))?;
    writeln!(io::stdout(), "http://{}/announce", tracker.local_addr())?;
    let graph = Graphline::new().add("tracker", tracker).build()?;
    end_on_signals(graph.handle())?;
    graph.run()?;
    Ok(())
}
