//! A BitTorrent tracker over HTTP and UDP, in one component.
//!
//!     cargo run --release --bin tracker -- --port 6969
//!
//! Prints the URLs that torrents may name, one a line, then answers announces and scrapes until it
//! gets SIGINT or SIGTERM. A browser pointed at its port is shown what it knows.

use std::error::Error;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use axon_core::Graphline;
use clap::Parser;
use examples::{exit_code, log_to_stderr, reachable, run_to_end};
use kamaelia_torrent::components::TorrentTracker;

/// A BitTorrent tracker over HTTP and UDP.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The port to listen on, on every address; 0 for any free one
    #[arg(long, value_name = "N", default_value_t = 6969)]
    port: u16,

    /// The address to listen on, instead of a port on every one
    #[arg(long, value_name = "ADDR:PORT", conflicts_with = "port")]
    http: Option<SocketAddr>,

    /// Where datagrams are taken [default: the address and port of HTTP]
    #[arg(long, value_name = "ADDR:PORT")]
    udp: Option<SocketAddr>,

    /// Take no datagrams
    #[arg(long, conflicts_with = "udp")]
    no_udp: bool,

    /// An address by which this network is reached from outside: peers on it are told to others
    /// under this one; may be given once for each family
    #[arg(long, value_name = "ADDR")]
    external: Vec<IpAddr>,

    /// Say more on standard error; twice for every detail
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

fn main() -> ExitCode {
    let options = Options::parse();
    log_to_stderr(options.verbose);
    exit_code("tracker", run(&options))
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let everywhere = SocketAddr::from((Ipv6Addr::UNSPECIFIED, options.port));
    let tracker = TorrentTracker::bind(options.http.unwrap_or(everywhere))?;
    let mut tracker = tracker.external(options.external.iter().copied());
    if !options.no_udp {
        tracker.bind_udp(options.udp.unwrap_or(tracker.local_addr()))?;
    }
    writeln!(io::stdout(), "http://{}/announce", reachable(tracker.local_addr()))?;
    if let Some(address) = tracker.udp_addr() {
        writeln!(io::stdout(), "udp://{}/announce", reachable(address))?;
    }
    run_to_end(Graphline::new().add("tracker", tracker).build()?)
}
