//! A crowd in which nobody is told of pieces that it has itself.

use std::sync::Arc;
use std::time::Instant;

use fixedbitset::FixedBitSet;
use kamaelia_torrent::metainfo::{FileEntry, Layout, PeerId};
use kamaelia_torrent::swarm::{Action, ConnectionId, Swarm, SwarmConfig};
use kamaelia_torrent::wire::{BlockForm, HANDSHAKE_LENGTH, Message, MessageReader};

use crate::strangers::{bytes, stranger};
use crate::world::{INFO_HASH, Manner, World, address};

const BLOCK: u64 = 16 * 1024;

/// One slow seed and eight leechers, until all are done.
fn spread(super_seeding: bool) -> World {
    let mut world = World::abridged(50, 2 * BLOCK, 240 * BLOCK);
    world.config.redundant_haves = false;
    world.config.super_seeding = super_seeding;
    let seed = world.add_seed(Manner::Honest);
    world.config.super_seeding = false;
    world.speed.insert(seed, 1_024);
    let leechers = world.add_crowd(8);
    let all = |world: &World| leechers.iter().all(|leecher| world.is_done(*leecher));
    assert!(world.run_until(1_200, all), "{}", world.nodes[1].swarm.why(world.now));
    world
}

#[test]
fn everyone_finishes_and_parts_all_the_same() {
    let mut world = spread(false);
    world.run_for(5);
    for a in 0..world.nodes.len() {
        for b in 0..a {
            assert_eq!(world.links_between(a, b), 0, "{a} and {b} have nothing to share");
        }
    }
}

#[test]
fn a_super_seed_still_sees_what_becomes_of_its_pieces() {
    let world = spread(true);
    let copies = world.nodes[0].swarm.uploaded() as f64 / world.layout.total_length() as f64;
    assert!(copies < 1.4, "{copies} copies");
}

/// Whether this peer was told of the piece since the last time.
fn is_told(sends: &[(ConnectionId, Vec<u8>)], peer: ConnectionId, piece: u32) -> bool {
    let stream: Vec<u8> =
        sends.iter().filter(|(to, _)| *to == peer).flat_map(|(_, bytes)| bytes.clone()).collect();
    let start = if stream.starts_with(b"\x13BitTorrent protocol") { HANDSHAKE_LENGTH } else { 0 };
    let (mut rest, mut reader) = (&stream[start..], MessageReader::new(8, BlockForm::Whole));
    let mut told = false;
    while let Some(message) = reader.read(&mut rest).expect("our own messages") {
        told |= message == Message::Have(piece);
    }
    told
}

fn sends(swarm: &mut Swarm) -> Vec<(ConnectionId, Vec<u8>)> {
    let actions = std::iter::from_fn(|| swarm.poll_action());
    actions
        .filter_map(|action| match action {
            Action::Send { connection, bytes, .. } => Some((connection, bytes)),
            _ => None,
        })
        .collect()
}

#[test]
fn who_has_a_piece_is_told_only_if_it_may_be_a_super_seed_or_loses_it() {
    let file = FileEntry { path: vec!["f".into()], length: 8 * BLOCK, padding: false };
    let layout = Arc::new(Layout::new(BLOCK, vec![file]).expect("sizes of a torrent"));
    let (now, piece) = (Instant::now(), layout.piece(4).expect("a piece"));
    let mut have = FixedBitSet::with_capacity(8);
    have.insert_range(..4);
    let config =
        SwarmConfig { peer_id: PeerId([9; 20]), redundant_haves: false, ..SwarmConfig::default() };
    let mut swarm = Swarm::new(config, INFO_HASH, layout, have, 1, now);
    let mut meet = |number: usize, messages: &[Message<'_>]| {
        let handshake = stranger(number).with_fast().with_extensions();
        let met = swarm.accepted(now, address(number), handshake).expect("there is room");
        swarm.received(now, met, &bytes(messages));
        met
    };
    let introduced = Message::Extended { id: 0, payload: b"d1:md11:lt_donthavei7eee" };
    let has = Message::Bitfield(&[0x08]);
    let source = meet(1, &[has, introduced, Message::Interested, Message::Unchoke]);
    let shy = meet(2, &[has, introduced]);
    let poor = meet(3, &[Message::HaveNone, introduced, Message::Interested]);
    let length = BLOCK as u32;
    let block = kamaelia_torrent::wire::BlockName { piece: 4, offset: 0, length };
    swarm.received(now, source, &bytes(&[Message::Piece { block, data: &[7; BLOCK as usize] }]));
    sends(&mut swarm);
    swarm.piece_stored(now, piece);
    let said = sends(&mut swarm);
    assert!(!is_told(&said, source, 4) && is_told(&said, shy, 4) && is_told(&said, poor, 4));

    let lost = [Message::Extended { id: dont_have_id(), payload: &4u32.to_be_bytes() }];
    swarm.received(now, source, &bytes(&lost));
    assert!(is_told(&sends(&mut swarm), source, 4));
}

/// What we ask to be sent *don't have* by.
fn dont_have_id() -> u8 {
    kamaelia_torrent::wire::Extension::DontHave.our_id()
}
