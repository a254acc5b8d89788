//! A torrent of 16 MiB from one peer and to one peer, all 1,024 blocks of it, without socket and
//! disk: what the wire, the peer and the swarm add to those.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;
use kamaelia_torrent::metainfo::{BLOCK_LENGTH, FileEntry, InfoHash, Layout, PeerId};
use kamaelia_torrent::swarm::{Action, ConnectionId, Swarm, SwarmConfig};
use kamaelia_torrent::wire::{
    BlockForm, BlockName, HANDSHAKE_LENGTH, Handshake, Message, MessageReader, PIECE_HEADER_LENGTH,
    encode_bitfield,
};

const PIECES: u32 = 64;
const PIECE: u32 = 256 * 1024;

/// Bytes of a buffer for a block and the header of the next one.
const ROOMY: usize = BLOCK_LENGTH as usize + PIECE_HEADER_LENGTH;

/// What passes between two arrivals.
const TICK: Duration = Duration::from_millis(1);

/// All of it is fetched.
pub(super) fn fetch(rounds: u32) {
    // Only the header of a block changes: what is copied is copied by the swarm.
    let mut message = vec![0; PIECE_HEADER_LENGTH + BLOCK_LENGTH as usize];
    for _ in 0..rounds {
        let (mut swarm, mut now, peer) = swarm_with_a_peer(false);
        let mut greeting = Vec::new();
        Message::Bitfield(&encode_bitfield(&pieces(true))).encode(&mut greeting);
        Message::Unchoke.encode(&mut greeting);
        swarm.received(now, peer, &greeting);
        let mut asked = VecDeque::new();
        while !swarm.is_complete() {
            store_and_hear(&mut swarm, now, &mut asked);
            let Some(block) = asked.pop_front() else { continue };
            message[..PIECE_HEADER_LENGTH].copy_from_slice(&header(block));
            now += TICK;
            swarm.received(now, peer, &message);
        }
    }
}

/// Does as the swarm wants, and takes down what it asks for.
fn store_and_hear(swarm: &mut Swarm, now: Instant, asked: &mut VecDeque<BlockName>) {
    while let Some(action) = swarm.poll_action() {
        match action {
            Action::Store { piece, .. } => swarm.piece_stored(now, piece),
            Action::Send { bytes, .. } => asked.extend(requests(&bytes)),
            _ => {}
        }
    }
}

/// What stands before a whole block.
fn header(block: BlockName) -> [u8; PIECE_HEADER_LENGTH] {
    let mut message = Vec::with_capacity(PIECE_HEADER_LENGTH);
    Message::Piece { block, data: &[] }.encode(&mut message);
    message[..4].copy_from_slice(&(BLOCK_LENGTH + 9).to_be_bytes());
    message.try_into().expect("a header and nothing else")
}

/// The blocks these messages ask for. Before the first stands a handshake.
fn requests(bytes: &[u8]) -> Vec<BlockName> {
    let is_handshake = bytes.starts_with(b"\x13BitTorrent protocol");
    let mut bytes = if is_handshake { &bytes[HANDSHAKE_LENGTH..] } else { bytes };
    let mut reader = MessageReader::new(PIECES, BlockForm::Whole);
    let mut blocks = Vec::new();
    while let Some(message) = reader.read(&mut bytes).expect("the swarm speaks well") {
        if let Message::Request(block) = message {
            blocks.push(block);
        }
    }
    blocks
}

/// All of it is served, to one who asks for sixteen blocks at a time.
pub(super) fn serve(rounds: u32) {
    for _ in 0..rounds {
        let (mut swarm, mut now, peer) = swarm_with_a_peer(true);
        let mut asked = Vec::new();
        Message::Interested.encode(&mut asked);
        swarm.received(now, peer, &asked);
        let mut buffers = Vec::new();
        let mut sent = send(&mut swarm, now, peer, &mut buffers);
        while sent == 0 {
            now = swarm.next_timeout().expect("someone waits for a slot");
            swarm.handle_timeout(now);
            sent = send(&mut swarm, now, peer, &mut buffers);
        }
        sent = 0;
        for piece in 0..PIECES {
            asked.clear();
            for offset in (0..PIECE).step_by(BLOCK_LENGTH as usize) {
                let block = BlockName { piece, offset, length: BLOCK_LENGTH };
                Message::Request(block).encode(&mut asked);
            }
            now += TICK;
            swarm.received(now, peer, &asked);
            sent += send(&mut swarm, now, peer, &mut buffers);
        }
        assert!(sent >= (PIECES * PIECE) as usize, "only {sent} bytes were sent");
    }
}

/// Reads what is to be read, into buffers that were sent before, and says how many bytes were sent.
fn send(swarm: &mut Swarm, now: Instant, peer: ConnectionId, buffers: &mut Vec<Vec<u8>>) -> usize {
    let mut sent = 0;
    loop {
        let before = sent;
        while let Some(action) = swarm.poll_action() {
            match action {
                Action::Read { connection, block } => {
                    let mut data = buffers.pop().unwrap_or_else(|| Vec::with_capacity(ROOMY));
                    data.resize(block.length() as usize, 0);
                    swarm.block_read(now, connection, block, Ok(data));
                }
                Action::Send { bytes, .. } => {
                    sent += bytes.len();
                    if bytes.capacity() >= ROOMY {
                        buffers.push(bytes);
                    }
                }
                _ => {}
            }
        }
        swarm.drained(now, peer, 0);
        if sent == before {
            return sent;
        }
    }
}

fn swarm_with_a_peer(complete: bool) -> (Swarm, Instant, ConnectionId) {
    let now = Instant::now();
    let length = u64::from(PIECES) * u64::from(PIECE);
    let file = FileEntry { path: vec!["noise".into()], length, padding: false };
    let layout = Layout::new(PIECE.into(), vec![file]).expect("sizes of a torrent");
    let torrent = InfoHash([7; 20]);
    let config = SwarmConfig { peer_id: PeerId([1; 20]), ..SwarmConfig::default() };
    let have = pieces(complete);
    let mut swarm = Swarm::new(config, torrent, Arc::new(layout), have, 1, now);
    let address = SocketAddr::from(([10, 0, 0, 1], 6_881));
    let handshake = Handshake::new(torrent, PeerId([2; 20]));
    let peer = swarm.accepted(now, address, handshake).expect("there is room");
    (swarm, now, peer)
}

fn pieces(all: bool) -> FixedBitSet {
    let mut pieces = FixedBitSet::with_capacity(PIECES as usize);
    pieces.set_range(.., all);
    pieces
}
