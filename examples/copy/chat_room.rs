//! A chat over TCP: whoever is in the room hears what the others say. `chat` or `nc` joins it.
//!
//!     cargo run --bin chat_room -- 127.0.0.1:1501
//!
//! Each connection is given a part of the graph of its own, and all share a bus: nobody knows anybody.

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use axon_core::{Backplane, Graph, Graphline, MemberOf, Pipeline, Section, Services};
use clap::Parser;
use examples::run_graph;
use kamaelia_io::{ChunksToLines, PureTransformer, ServerCore};

/// Opens a room for a chat over TCP, and prints where it is.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Options {
    /// Where to listen; port 0 takes any free one
    #[arg(default_value = "127.0.0.1:1501")]
    address: SocketAddr,
}

fn main() -> ExitCode {
    run_graph("chat_room", room(&Options::parse()))
}

pub(crate) fn room(options: &Options) -> Result<Graph, Box<dyn Error>> {
    let services = Services::new();
    // Made before anybody is there, so that it stays when everybody has left.
    let bus = Backplane::<Said>::new(&services, "room")?;
    let server = ServerCore::bind(options.address, move |guest| seat(&services, guest))?;
    writeln!(io::stdout(), "{}", server.local_addr())?;
    Ok(Graphline::new().add("bus", bus).add("server", server).build()?)
}

/// Who said what.
type Said = (SocketAddr, String);

/// What a connection is given.
pub(crate) fn seat(services: &Services, guest: SocketAddr) -> Section<Vec<u8>, Vec<u8>> {
    // A guest who does not read misses lines, and holds up nobody.
    let member = MemberOf::lossy(services, "room").expect("the bus is for what was said");
    Pipeline::open(ChunksToLines::new())
        .then(PureTransformer::map(move |line: String| (guest, line)))
        .then(member)
        .then(PureTransformer::new(move |(from, line): Said| {
            (from != guest).then(|| (line + "\n").into_bytes())
        }))
}
