//! A seed to which thousands are connected.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use kamaelia_torrent::metainfo::{InfoHash, PeerId};
use kamaelia_torrent::wire::{BlockName, Handshake, Message};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;

use crate::alone::{alone, is_full};
use crate::content::{AGES, Shared};
use crate::seed::Seed;
use crate::size::Course;

/// Who connects at a time: the engine hears out sixteen strangers of one address.
const AT_A_TIME: usize = 16;

/// After each of which a tenth of the peers are others.
const ROUNDS: usize = 20;

const BLOCK: usize = 16 * 1024;

/// Somebody who wants a block again and again.
struct Peer {
    stream: TcpStream,
    received: usize,
}

impl Peer {
    /// Connects so many, and hears each greeted.
    fn connect(
        address: SocketAddr,
        torrent: InfoHash,
        numbers: impl Iterator<Item = usize>,
    ) -> Vec<Peer> {
        let call = |number| Peer::call(address, torrent, number);
        let mut peers: Vec<Peer> = numbers.map(call).collect();
        for peer in &mut peers {
            let mut greeting = [0; 68];
            peer.stream.read_exact(&mut greeting).expect("an answer to the greeting");
            peer.stream.set_nonblocking(true).expect("a socket can be told");
        }
        peers
    }

    fn call(address: SocketAddr, torrent: InfoHash, number: usize) -> Peer {
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(AGES)).expect("a timeout");
        let mut id = *b"-LD0001-000000000000";
        id[12..].copy_from_slice(format!("{number:08}").as_bytes());
        let mut bytes = Handshake::new(torrent, PeerId(id)).encode().to_vec();
        Message::Interested.encode(&mut bytes);
        stream.write_all(&bytes).expect("there is room for a greeting");
        Peer { stream, received: 0 }
    }

    /// Asks for a block, which is given to whoever is served, and takes what has come.
    fn ask(&mut self) {
        let mut bytes = Vec::new();
        Message::Request(BlockName { piece: 0, offset: 0, length: BLOCK as u32 })
            .encode(&mut bytes);
        self.stream.write_all(&bytes).expect("there is room for a request");
        let mut buffer = [0; 4 * BLOCK];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => panic!("the seed hung up on an honest peer"),
                Ok(count) => self.received += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => panic!("the seed hung up on an honest peer: {error}"),
            }
        }
    }
}

fn allow_descriptors(count: u64) {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum.map_or(count, |maximum| maximum.min(count));
    assert!(current >= count, "this process may open {current} files, and {count} are needed");
    setrlimit(Resource::Nofile, Rlimit { current: Some(current), ..limit }).expect("it is allowed");
}

#[test]
fn two_thousand_peers_are_served_and_come_and_go() {
    alone(module_path!(), || {
        let count = if is_full() { 2_000 } else { 320 };
        allow_descriptors(2 * count as u64 + 300);
        let home = TempDir::new().expect("a directory");
        let shared = Shared::new(home.path(), "song", 1 << 20);
        let torrent = shared.metainfo.info_hash();
        let seed = Seed::start(&shared, |config| {
            // An eighth of them is kept for those who come new.
            config.sockets_max = count * 5 / 4 + 64;
            config.swarm.connections_max = count + AT_A_TIME;
            config.swarm.upload_slots = 64;
        });
        let mut peers = Vec::new();
        let mut numbers = 0..;
        let mut course = Course::default();
        let mut received = 0;
        for _ in 0..ROUNDS {
            while peers.len() < count {
                let at_a_time = AT_A_TIME.min(count - peers.len());
                peers.extend(Peer::connect(
                    seed.address,
                    torrent,
                    numbers.by_ref().take(at_a_time),
                ));
            }
            seed.until_connected(count);
            peers.iter_mut().for_each(Peer::ask);
            course.note();
            let gone = peers.drain(..count / 10);
            received += gone.map(|peer| peer.received).sum::<usize>();
            seed.until_connected(count - count / 10);
        }
        course
            .tell(&format!("{count} connections, a tenth of them new in each of {ROUNDS} rounds"));
        assert!(received > BLOCK, "nobody was served");
        seed.end();
        course.assert_flat(4 << 20);
    });
}
