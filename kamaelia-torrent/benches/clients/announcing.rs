//! Many peers that announce to a tracker as fast as it answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use kamaelia_torrent::metainfo::InfoHash;

use crate::loopback::{alias, connect};

/// How a tracker is asked.
#[derive(Clone, Copy)]
pub(crate) enum How {
    /// By HTTP, with a connection for each announce.
    Connections,
    /// By HTTP over connections that stay.
    KeptAlive,
    /// By UDP.
    Datagrams,
}

/// Threads that ask, and what each has under way at a time.
const THREADS: u32 = 2;
const UNDER_WAY: u32 = 32;

/// Peers of each thread. Each announces again and again, by an address of its own.
const PEERS: u32 = 2_000;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(2);

const TORRENTS: u32 = 100;

/// The torrents that are asked for.
pub(crate) fn torrents() -> Vec<InfoHash> {
    (0..TORRENTS).map(torrent).collect()
}

/// One whose bytes are letters and digits, so that its URL is as it is.
fn torrent(number: u32) -> InfoHash {
    let mut hash = [b'h'; 20];
    hash[12..].copy_from_slice(format!("{number:08}").as_bytes());
    InfoHash(hash)
}

/// Waits until the tracker takes connections.
pub(crate) fn wait_for(tracker: SocketAddr) -> Option<()> {
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(10) {
        if TcpStream::connect(tracker).is_ok() {
            return Some(());
        }
        thread::sleep(Duration::from_millis(5));
    }
    None
}

/// Announces for so long; says how many were answered, with peers.
pub(crate) fn load(how: How, tracker: SocketAddr, long: Duration) -> u64 {
    let until = Instant::now() + long;
    let ask = move |thread| match how {
        How::Connections => by_connections(thread, tracker, until),
        How::KeptAlive => by_kept_connections(thread, tracker, until),
        How::Datagrams => by_datagrams(thread, tracker, until),
    };
    let asking: Vec<_> = (0..THREADS).map(|thread| thread::spawn(move || ask(thread))).collect();
    asking.into_iter().map(|asking| asking.join().unwrap_or(0)).sum()
}

fn by_connections(thread: u32, tracker: SocketAddr, until: Instant) -> u64 {
    let mut answers = 0;
    let mut peers = (0..PEERS).cycle().map(|peer| thread * PEERS + peer);
    while Instant::now() < until {
        let sockets: Vec<_> = peers
            .by_ref()
            .take(UNDER_WAY as usize)
            .filter_map(|peer| {
                let mut socket = connect(peer, tracker).ok()?;
                socket.write_all(request(peer, tracker, "close").as_bytes()).ok()?;
                Some(socket)
            })
            .collect();
        for mut socket in sockets {
            let _ = socket.set_read_timeout(Some(ANSWER));
            let mut answer = Vec::new();
            let _ = socket.read_to_end(&mut answer);
            answers += u64::from(names_peers(&answer));
        }
    }
    answers
}

fn by_kept_connections(thread: u32, tracker: SocketAddr, until: Instant) -> u64 {
    let peers = (0..2 * UNDER_WAY).map(|peer| thread * PEERS + peer);
    let mut sockets: Vec<(u32, TcpStream)> = peers
        .filter_map(|peer| {
            let socket = connect(peer, tracker).ok()?;
            socket.set_nodelay(true).ok()?;
            socket.set_read_timeout(Some(ANSWER)).ok()?;
            Some((peer, socket))
        })
        .collect();
    let (mut answers, mut answer) = (0, vec![0; 4_096]);
    while Instant::now() < until {
        for some in sockets.chunks_mut(UNDER_WAY as usize) {
            for (peer, socket) in some.iter_mut() {
                let _ = socket.write_all(request(*peer, tracker, "keep-alive").as_bytes());
            }
            for (_, socket) in some {
                // They are short enough to come whole.
                let length = socket.read(&mut answer).unwrap_or(0);
                answers += u64::from(names_peers(&answer[..length]));
            }
        }
    }
    answers
}

fn request(peer: u32, tracker: SocketAddr, connection: &str) -> String {
    let torrent = String::from_utf8_lossy(&torrent(peer % TORRENTS).0).into_owned();
    format!(
        "GET /announce?info_hash={torrent}&peer_id=-BE0001-{peer:012}&port={port}&uploaded=0\
         &downloaded=0&left={left}&compact=1&numwant=50 HTTP/1.1\r\nHost: {tracker}\r\n\
         Connection: {connection}\r\n\r\n",
        port = 1_024 + peer % 60_000,
        left = peer % 4,
    )
}

fn names_peers(answer: &[u8]) -> bool {
    answer.starts_with(b"HTTP/1.") && answer.windows(7).any(|part| part == b"5:peers")
}

fn by_datagrams(thread: u32, tracker: SocketAddr, until: Instant) -> u64 {
    let mut peers: Vec<Datagrams> = (0..UNDER_WAY * 8)
        .filter_map(|peer| Datagrams::connect(thread * PEERS + peer, tracker).ok())
        .collect();
    let mut answers = 0;
    while Instant::now() < until {
        for some in peers.chunks_mut(UNDER_WAY as usize) {
            for peer in some.iter_mut() {
                let _ = peer.socket.send(&peer.announce);
            }
            answers += some.iter().filter(|peer| peer.is_answered()).count() as u64;
        }
    }
    answers
}

/// A peer that announces by UDP (BEP 15).
struct Datagrams {
    socket: UdpSocket,
    announce: Vec<u8>,
}

impl Datagrams {
    fn connect(peer: u32, tracker: SocketAddr) -> std::io::Result<Self> {
        let socket = UdpSocket::bind((alias(peer), 0))?;
        socket.connect(tracker)?;
        socket.set_read_timeout(Some(ANSWER))?;
        socket.send(&[&0x0417_2710_1980_u64.to_be_bytes()[..], &[0; 8]].concat())?;
        let mut answer = [0; 16];
        socket.recv(&mut answer)?;
        let announce = datagram(peer, &answer[8..]);
        Ok(Datagrams { socket, announce })
    }

    fn is_answered(&self) -> bool {
        let mut answer = [0; 2_048];
        let length = self.socket.recv(&mut answer).unwrap_or(0);
        length >= 20 && answer[..4] == [0, 0, 0, 1]
    }
}

fn datagram(peer: u32, connection: &[u8]) -> Vec<u8> {
    let mut bytes = connection.to_vec();
    bytes.extend([0, 0, 0, 1]);
    bytes.extend(peer.to_be_bytes());
    bytes.extend(torrent(peer % TORRENTS).0);
    bytes.extend(format!("-BE0001-{peer:012}").bytes());
    // Downloaded, left, uploaded; no event, no other address, a key, fifty peers, the port.
    bytes.extend([0, u64::from(peer % 4), 0].map(u64::to_be_bytes).concat());
    bytes.extend([0, 0, peer, 50].map(u32::to_be_bytes).concat());
    bytes.extend((1_024 + (peer % 60_000) as u16).to_be_bytes());
    bytes
}
