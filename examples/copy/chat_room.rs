//! A chat over TCP: whoever is in the room hears what the others say. `chat` or `nc` joins it.
//!
//!     cargo run --bin chat_room -- 127.0.0.1:1501
//!
//! Each connection is given a member of its own, and all members share a bus: nobody knows anybody.

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use axon_core::{
    Backplane, Closed, Component, Either, Graphline, Inbox, Outbox, PublishTo, Section, Services,
    SubscribeTo, either, graphline,
};
use clap::Parser;
use examples::{exit_code, log_to_stderr, run_to_end};
use kamaelia_io::{ChunksToLines, ServerCore};

/// Opens a room for a chat over TCP, and prints where it is.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Options {
    /// Where to listen; port 0 takes any free one
    #[arg(default_value = "127.0.0.1:1501")]
    address: SocketAddr,
}

fn main() -> ExitCode {
    log_to_stderr(0);
    exit_code("chat_room", run(&Options::parse()))
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let (room, address) = room(options.address)?;
    let graph = room.build()?;
    writeln!(io::stdout(), "{address}")?;
    run_to_end(graph)
}

/// The room, and where it is.
pub(crate) fn room(address: SocketAddr) -> Result<(Graphline, SocketAddr), Box<dyn Error>> {
    let services = Services::new();
    // Made before anybody is there, so that it stays when everybody has left.
    let bus = Backplane::<Said>::new(&services, "room")?;
    let server = ServerCore::bind(address, move |guest| seat(&services, guest))?;
    let address = server.local_addr();
    Ok((Graphline::new().add("bus", bus).add("server", server), address))
}

/// What a connection is given.
pub(crate) fn seat(services: &Services, guest: SocketAddr) -> Section<Vec<u8>, Vec<u8>> {
    let (lines, member) = (ChunksToLines::new(), Member::new(guest));
    let (inbox, outbox) = (lines.inbox.handle(), member.outbox.handle());
    let seat = graphline! {
        components {
            lines: lines,
            member: member,
            publish: PublishTo::new(services, "room").expect("the bus is for what was said"),
            // A guest who does not read misses lines, and holds up nobody.
            subscribe: SubscribeTo::lossy(services, "room").expect("the bus is for what was said"),
        }
        links {
            lines.outbox => member.inbox,
            member.said => publish.inbox,
            subscribe.outbox => member.heard,
        }
    };
    Section::of_graph(seat.export("inbox", &inbox).export("outbox", &outbox))
}

/// Who said what.
type Said = (SocketAddr, String);

/// Stands for a guest: says to the others what it says, and tells it what they say.
#[derive(Component)]
struct Member {
    inbox: Inbox<String>,
    said: Outbox<Said>,
    heard: Inbox<Said>,
    outbox: Outbox<Vec<u8>>,
    guest: SocketAddr,
}

impl Member {
    fn new(guest: SocketAddr) -> Self {
        let (inbox, said, heard, outbox) = Default::default();
        Member { inbox, said, heard, outbox, guest }
    }

    async fn main(mut self) -> Result<(), Closed> {
        loop {
            match either(self.inbox.recv(), self.heard.recv()).await {
                Either::First(Some(line)) => self.said.send((self.guest, line)).await?,
                Either::Second(Some((from, line))) if from != self.guest => {
                    self.outbox.send((line + "\n").into_bytes()).await?;
                }
                Either::Second(Some(_own)) => {}
                Either::First(None) | Either::Second(None) => return Ok(()),
            }
        }
    }
}
