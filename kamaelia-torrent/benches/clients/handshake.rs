//! Asks a client, as a peer, whether it has all of a torrent.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use kamaelia_torrent::metainfo::{InfoHash, PeerId};
use kamaelia_torrent::wire::{BlockForm, HANDSHAKE_LENGTH, Handshake, Message, MessageReader};

use crate::loopback::connect;

/// Connections at a time.
const AT_ONCE: usize = 100;

/// How long an answer may take, and how long all of them may.
const ANSWER: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until the client serves all of these, asking again for those it does not; says when the
/// last one was. Nothing if it ends, or never does.
pub(crate) fn all_ready(
    address: SocketAddr,
    torrents: &[InfoHash],
    has_ended: impl Fn() -> bool,
) -> Option<Instant> {
    let since = Instant::now();
    let mut waiting = torrents.to_vec();
    let mut from = 0;
    while since.elapsed() < PATIENCE && !has_ended() {
        let asked: Vec<InfoHash> = waiting.drain(..waiting.len().min(AT_ONCE)).collect();
        // All are asked before the first answer is read.
        let open = |(number, torrent)| (torrent, greet(number, address, torrent).ok());
        let opened: Vec<_> = (from..).zip(asked).map(open).collect();
        from = (from + opened.len() as u32) % 10_000;
        let before = waiting.len();
        for (torrent, socket) in opened {
            if !socket.is_some_and(|socket| has_all(socket, torrent)) {
                waiting.push(torrent);
            }
        }
        if waiting.is_empty() {
            return Some(Instant::now());
        }
        if waiting.len() > before {
            thread::sleep(Duration::from_millis(2));
        }
    }
    None
}

/// Connects by another name of this machine, and says hello.
pub(crate) fn greet(
    from: u32,
    address: SocketAddr,
    torrent: InfoHash,
) -> std::io::Result<TcpStream> {
    let mut socket = connect(from, address)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(ANSWER))?;
    let mut peer_id = PeerId(*b"-BE0001-000000000000");
    peer_id.0[16..].copy_from_slice(&from.to_be_bytes());
    socket.write_all(&Handshake::new(torrent, peer_id).encode())?;
    Ok(socket)
}

/// Reads the answer to a greeting.
pub(crate) fn greeted(socket: &mut TcpStream, torrent: InfoHash) -> bool {
    let mut answer = [0; HANDSHAKE_LENGTH];
    socket.read_exact(&mut answer).is_ok() && answer[28..48] == torrent.0
}

/// Whether the answer to a greeting is followed by the word that it has every piece.
fn has_all(mut socket: TcpStream, torrent: InfoHash) -> bool {
    if !greeted(&mut socket, torrent) {
        return false;
    }
    let mut reader = MessageReader::new(1 << 20, BlockForm::Whole);
    let mut bytes = [0; 4_096];
    while let Ok(length @ 1..) = socket.read(&mut bytes) {
        let mut input = &bytes[..length];
        while let Ok(Some(message)) = reader.read(&mut input) {
            match message {
                Message::Bitfield(pieces) => return is_full(pieces),
                Message::HaveAll => return true,
                _ => {}
            }
        }
    }
    false
}

/// Whether all bits are set, but for those after the last piece.
fn is_full(pieces: &[u8]) -> bool {
    match pieces.split_last() {
        None => false,
        Some((last, whole)) => {
            whole.iter().all(|byte| *byte == 0xff)
                && last.leading_ones() + last.trailing_zeros() >= 8
        }
    }
}
