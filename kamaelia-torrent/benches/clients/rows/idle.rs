//! Five hundred peers that are connected to a seeder and say nothing.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use kamaelia_torrent::metainfo::InfoHash;
use kamaelia_torrent::wire::Message;

use super::home;
use crate::content::Content;
use crate::handshake::{greet, greeted};
use crate::loopback::{free, tracker_naming};
use crate::options::Options;
use crate::peers::{Client, Skill, clients};
use crate::seeder::Seeder;
use crate::table::Table;

const PEERS: u32 = 500;

/// After so many the rest is not tried.
const REFUSED_MAX: u32 = 5;

/// Left to itself for so long before and while its processor time is looked at.
const SETTLE: Duration = Duration::from_secs(3);
const IDLE: Duration = Duration::from_secs(20);

pub(crate) fn measure(options: &Options) {
    let home = home();
    let content = Content::new(home.path(), options.size(64), 256 << 10, &tracker_naming(None));
    let mut table = Table::new("500 idle peers", &["KiB a peer", "idle, % of a core", "peers"]);
    for _ in 0..options.rounds(2) {
        for client in clients(options, Skill::Seed) {
            let figures = hold(client, &content, home.path());
            table.note(client.name(), figures.as_ref().map(|f| &f[..]));
        }
    }
    table.print();
}

fn hold(client: &dyn Client, content: &Content, home: &Path) -> Option<[f64; 3]> {
    let address = free();
    let mut seeder = Seeder::of(client, content, address, home)?;
    let process = &mut seeder.worker.process;
    thread::sleep(Duration::from_secs(1));
    let before = process.private();
    let peers = connect(address, content.metainfo().info_hash());
    thread::sleep(SETTLE);
    let share = process.idle_share(IDLE);
    let held = peers.iter().filter(|peer| is_open(peer)).count() as f64;
    let each = (process.private() - before) * 1024.0 / held;
    Some([each, 100.0 * share, held])
}

/// As many as it takes, up to [`PEERS`]. Who refuses a few refuses the rest.
fn connect(address: SocketAddr, torrent: InfoHash) -> Vec<TcpStream> {
    let (mut peers, mut refused) = (Vec::new(), 0);
    for number in 0..PEERS {
        match greet_as_one_who_waits(number, address, torrent) {
            Some(peer) => peers.push(peer),
            None => refused += 1,
        }
        if refused > REFUSED_MAX {
            break;
        }
    }
    peers
}

fn greet_as_one_who_waits(
    number: u32,
    address: SocketAddr,
    torrent: InfoHash,
) -> Option<TcpStream> {
    let mut socket = greet(number, address, torrent).ok()?;
    let mut interested = Vec::new();
    Message::Interested.encode(&mut interested);
    (greeted(&mut socket, torrent) && socket.write_all(&interested).is_ok()).then_some(socket)
}

/// Whether the other side has not hung up, whatever it has said.
fn is_open(mut peer: &TcpStream) -> bool {
    use std::io::{ErrorKind, Read};
    let mut bytes = [0; 4_096];
    peer.set_nonblocking(true).expect("a socket can be told so");
    loop {
        match peer.read(&mut bytes) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}
