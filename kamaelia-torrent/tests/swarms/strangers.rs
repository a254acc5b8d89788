//! One swarm and raw bytes: what a stranger can do to it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;
use kamaelia_torrent::metainfo::{FileEntry, InfoHash, Layout, PeerId};
use kamaelia_torrent::peer::ProtocolError;
use kamaelia_torrent::swarm::{Action, CloseReason, ConnectionId, Refusal, Swarm, SwarmConfig};
use kamaelia_torrent::wire::{
    BlockForm, BlockName, EXTENDED_BYTES_MAX, FrameError, Handshake, Message, MessageReader,
};
use proptest::prelude::*;

use crate::world::{INFO_HASH, address};

/// A swarm with half of eight pieces, and the moment it began.
pub(crate) fn half_done() -> (Swarm, Instant) {
    half_done_with(SwarmConfig::default())
}

pub(crate) fn half_done_with(config: SwarmConfig) -> (Swarm, Instant) {
    with_pieces(config, 4)
}

/// A swarm with so many of eight pieces, and the moment it began.
fn with_pieces(config: SwarmConfig, pieces: usize) -> (Swarm, Instant) {
    let path = vec!["file".into()];
    let length = 8 * 32_768;
    let layout = Layout::new(32_768, vec![FileEntry { path, length, padding: false }]);
    let mut have = FixedBitSet::with_capacity(8);
    have.insert_range(..pieces);
    let config = SwarmConfig { peer_id: PeerId(*b"-KA0100-ourselves..."), ..config };
    let layout = Arc::new(layout.expect("sizes of a torrent"));
    let now = Instant::now();
    (Swarm::new(config, INFO_HASH, layout, have, 1, now), now)
}

pub(crate) fn stranger(number: usize) -> Handshake {
    Handshake::new(INFO_HASH, PeerId([number as u8; 20]))
}

pub(crate) fn meet(swarm: &mut Swarm, now: Instant, number: usize) -> ConnectionId {
    let met = swarm.accepted(now, address(number), stranger(number));
    met.expect("there is room")
}

pub(crate) fn bytes(messages: &[Message<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        message.encode(&mut bytes);
    }
    bytes
}

pub(crate) fn closes(swarm: &mut Swarm) -> Vec<(ConnectionId, CloseReason)> {
    std::iter::from_fn(|| swarm.poll_action())
        .filter_map(|action| match action {
            Action::Close { connection, reason } => Some((connection, reason)),
            _ => None,
        })
        .collect()
}

fn sent(swarm: &mut Swarm) -> Vec<u8> {
    std::iter::from_fn(|| swarm.poll_action())
        .filter_map(|action| match action {
            Action::Send { bytes, .. } => Some(bytes),
            _ => None,
        })
        .flatten()
        .collect()
}

/// Of what was sent after the handshake.
fn pieces_asked_for(mut sent: &[u8]) -> Vec<u32> {
    let (mut reader, mut pieces) = (MessageReader::new(8, BlockForm::Whole), Vec::new());
    while let Ok(Some(message)) = reader.read(&mut sent) {
        if let Message::Request(name) = message {
            pieces.push(name.piece);
        }
    }
    pieces
}

/// What breaks the protocol, and how.
#[test]
fn each_broken_rule_ends_that_conversation_only() {
    let no_such_block =
        |piece, offset, length| ProtocolError::NoSuchBlock { piece, offset, length };
    let request =
        |piece, offset, length| bytes(&[Message::Request(BlockName { piece, offset, length })]);
    let limit = 2 + EXTENDED_BYTES_MAX as u32;
    let length = u32::MAX;
    let cases = [
        (length.to_be_bytes().to_vec(), FrameError::TooLong { length, limit }.into()),
        (vec![0, 0, 0, 2, 0, 0], FrameError::WrongLength { id: 0, length: 2 }.into()),
        (bytes(&[Message::Have(8)]), ProtocolError::NoSuchPiece { index: 8, count: 8 }),
        (request(8, 0, 1), no_such_block(8, 0, 1)),
        (request(0, 0, 16_385), no_such_block(0, 0, 16_385)),
        (request(0, u32::MAX, 2), no_such_block(0, u32::MAX, 2)),
    ];
    for (bytes, error) in cases {
        let (mut swarm, now) = half_done();
        let good = meet(&mut swarm, now, 1);
        let bad = meet(&mut swarm, now, 2);
        swarm.received(now, bad, &bytes);
        let expected = (bad, CloseReason::Protocol(error));
        assert_eq!(closes(&mut swarm), [expected]);
        swarm.received(now, good, &[0; 4]);
        swarm.received(now, bad, &[0; 4]);
        assert_eq!(closes(&mut swarm), []);
    }
}

/// aria2 does so while it downloads.
#[test]
fn pieces_told_late_and_all_at_once_are_asked_for() {
    let (mut swarm, now) = half_done();
    let id = meet(&mut swarm, now, 1);
    let told = [Message::Have(4), Message::Bitfield(&[0x0f]), Message::Bitfield(&[0xff])];
    swarm.received(now, id, &bytes(&told));
    sent(&mut swarm);
    swarm.received(now, id, &bytes(&[Message::Unchoke]));
    let mut asked = pieces_asked_for(&sent(&mut swarm));
    asked.sort_unstable();
    assert_eq!(asked, [4, 4, 5, 5, 6, 6, 7, 7]);
    assert_eq!(swarm.progress(now).seeds, 1);
    swarm.closed(now, id);
}

#[test]
fn blocks_nobody_asked_for_are_counted_and_a_flood_of_them_ends_it() {
    let (mut swarm, now) = half_done();
    let id = meet(&mut swarm, now, 1);
    let block = BlockName { piece: 4, offset: 0, length: 100 };
    let block = bytes(&[Message::Piece { block, data: &[9; 100] }]);
    swarm.received(now, id, &block);
    assert_eq!(closes(&mut swarm), []);
    assert_eq!(swarm.progress(now).wasted, 100);
    for _ in 0..16 {
        swarm.received(now, id, &block);
    }
    let error = ProtocolError::UnaskedBlocks { blocks: 17 };
    assert_eq!(closes(&mut swarm), [(id, CloseReason::Protocol(error))]);
    assert_eq!(swarm.downloaded(), 0);
}

#[test]
fn a_peer_that_does_not_read_is_let_go() {
    let (mut swarm, now) = half_done();
    let id = meet(&mut swarm, now, 1);
    swarm.received(now, id, &bytes(&[Message::Bitfield(&[0xff])]));
    // Each turn makes us ask for everything again, and nothing is ever drained.
    let turn = bytes(&[Message::Unchoke, Message::Choke]);
    for _ in 0..100_000 {
        swarm.received(now, id, &turn[..5]);
        swarm.received(now, id, &turn[5..]);
        let closed = closes(&mut swarm);
        if let [(closed, CloseReason::NotReading { .. })] = closed[..] {
            assert_eq!(closed, id);
            return;
        }
    }
    panic!("memory grew without bound");
}

#[test]
fn a_block_is_sent_in_the_buffer_it_was_read_into() {
    let (mut swarm, now) = half_done();
    let id = meet(&mut swarm, now, 1);
    let asked = [
        Message::Interested,
        Message::Request(BlockName { piece: 1, offset: 16_384, length: 1_000 }),
    ];
    swarm.received(now, id, &bytes(&asked[..1]));
    swarm.received(now, id, &bytes(&asked[1..]));
    let read = std::iter::from_fn(|| swarm.poll_action()).find_map(|action| match action {
        Action::Read { connection, block } => Some((connection, block)),
        _ => None,
    });
    let (connection, block) = read.expect("a read");
    assert_eq!((connection, block.offset(), block.length()), (id, 16_384, 1_000));
    while swarm.poll_action().is_some() {}

    let data = vec![3; 1_000];
    let place = data.as_ptr();
    assert_eq!(swarm.uploaded(), 0);
    swarm.block_read(now, id, block, Ok(data));
    assert_eq!(swarm.uploaded(), 1_000);
    let sends: Vec<_> = std::iter::from_fn(|| swarm.poll_action()).collect();
    let [Action::Send { bytes: header, .. }, Action::Send { bytes, .. }] = &sends[..] else {
        panic!("a header and a block: {sends:?}");
    };
    assert_eq!(header.len(), 13);
    assert_eq!(bytes.as_ptr(), place);
}

#[test]
fn uploads_wait_for_the_socket() {
    let (mut swarm, now) = half_done();
    let id = meet(&mut swarm, now, 1);
    swarm.received(now, id, &bytes(&[Message::Interested]));
    let ask = bytes(&[Message::Request(BlockName { piece: 0, offset: 0, length: 16_384 })]);
    for _ in 0..1_000 {
        swarm.received(now, id, &ask);
    }
    let mut reads = 0;
    let mut queued = 0;
    let count = |swarm: &mut Swarm, queued: &mut usize| {
        let mut blocks = Vec::new();
        while let Some(action) = swarm.poll_action() {
            match action {
                Action::Read { block, .. } => blocks.push(block),
                Action::Send { bytes, .. } => *queued += bytes.len(),
                _ => {}
            }
        }
        blocks
    };
    for _ in 0..50 {
        let blocks = count(&mut swarm, &mut queued);
        reads += blocks.len();
        for block in blocks {
            swarm.block_read(now, id, block, Ok(vec![0; 16_384]));
        }
    }
    assert!((30..=33).contains(&reads), "{reads} blocks are 512 KiB");
    swarm.drained(now, id, 100_000);
    let more = count(&mut swarm, &mut queued).len();
    assert!((25..=27).contains(&more), "{more}");
}

#[test]
fn a_handshake_that_does_not_come_ends_the_wait() {
    let (mut swarm, now) = half_done();
    swarm.add_candidates(now, [address(1)]);
    assert_eq!(swarm.poll_action(), Some(Action::Connect(address(1))));
    let id = swarm.connected(now, address(1));
    assert_eq!(sent(&mut swarm).len(), 68);
    let late = now + Duration::from_secs(30);
    assert_eq!(swarm.next_timeout(), Some(late));
    swarm.handle_timeout(late);
    let reason = CloseReason::HandshakeTimeout { seconds: 30 };
    assert_eq!(closes(&mut swarm), [(id, reason)]);
}

#[test]
fn a_peer_that_says_nothing_for_three_minutes_is_gone() {
    let (mut swarm, now) = half_done();
    let id = meet(&mut swarm, now, 1);
    let mut closed = Vec::new();
    while let Some(due) = swarm.next_timeout()
        && closed.is_empty()
    {
        swarm.handle_timeout(due);
        closed = closes(&mut swarm);
        assert!(closed.is_empty() || due - now == Duration::from_secs(180));
    }
    assert_eq!(closed, [(id, CloseReason::Silent { seconds: 180 })]);
}

#[test]
fn strangers_are_refused_for_a_reason() {
    let (mut swarm, now) = half_done();
    let mut other = stranger(1);
    other.info_hash = InfoHash([1; 20]);
    let refused = swarm.accepted(now, address(1), other);
    assert_eq!(refused, Err(Refusal::OtherTorrent));

    let mut ourselves = stranger(1);
    ourselves.peer_id = PeerId(*b"-KA0100-ourselves...");
    let refused = swarm.accepted(now, address(1), ourselves);
    assert_eq!(refused, Err(Refusal::Ourselves));

    meet(&mut swarm, now, 1);
    let again = swarm.accepted(now, address(2), stranger(1));
    assert_eq!(again, Err(Refusal::Duplicate));

    for number in 10..17 {
        assert!(swarm.accepted(now, address(1), stranger(number)).is_ok());
    }
    let ninth = swarm.accepted(now, address(1), stranger(20));
    assert_eq!(ninth, Err(Refusal::FullForAddress));

    for number in 100..152 {
        meet(&mut swarm, now, number);
    }
    let last = swarm.accepted(now, address(200), stranger(200));
    assert_eq!(last, Err(Refusal::Full));
}

#[test]
fn who_only_takes_up_a_place_gives_way_to_a_newcomer() {
    let (mut swarm, now) = half_done();
    let idle: Vec<_> = (100..160).map(|number| meet(&mut swarm, now, number)).collect();
    for id in &idle[1..] {
        swarm.received(now, *id, &bytes(&[Message::Interested]));
    }
    let newcomer = |swarm: &mut Swarm, now| swarm.accepted(now, address(200), stranger(200));
    let soon = now + Duration::from_secs(19);
    assert_eq!(newcomer(&mut swarm, soon), Err(Refusal::Full), "it may find something yet");
    let later = now + Duration::from_secs(20);
    assert!(newcomer(&mut swarm, later).is_ok());
    assert_eq!(closes(&mut swarm), [(idle[0], CloseReason::Full)]);
    let again = swarm.accepted(later, address(201), stranger(201));
    assert_eq!(again, Err(Refusal::Full), "all others want something");
}

#[test]
fn who_wants_something_and_never_asks_gives_way_to_a_newcomer() {
    let (mut swarm, now) = with_pieces(SwarmConfig::default(), 8);
    for number in 100..160 {
        let id = meet(&mut swarm, now, number);
        swarm.received(now, id, &bytes(&[Message::Interested]));
    }
    let mut later = now;
    // All of them have slots in the end, since none makes use of one.
    while let Some(due) = swarm.next_timeout().filter(|due| *due < now + Duration::from_secs(60)) {
        later = due;
        swarm.handle_timeout(due);
    }
    assert!(swarm.accepted(later, address(200), stranger(200)).is_ok());
    assert_eq!(closes(&mut swarm).len(), 1);
}

#[test]
fn where_sockets_are_short_those_who_only_take_up_a_place_are_let_go() {
    let (mut swarm, now) = half_done();
    let idle = meet(&mut swarm, now, 1);
    assert!(!swarm.part_from_idlest(now + Duration::from_secs(19)));
    let later = now + Duration::from_secs(20);
    assert!(swarm.part_from_idlest(later));
    assert_eq!(closes(&mut swarm), [(idle, CloseReason::Full)]);
    assert!(!swarm.part_from_idlest(later), "nobody is left");
}

#[test]
fn who_broke_the_protocol_three_times_is_not_let_in_for_a_while() {
    let (mut swarm, now) = half_done();
    for _ in 0..3 {
        let id = meet(&mut swarm, now, 1);
        swarm.received(now, id, &[0xff; 8]);
        assert_eq!(closes(&mut swarm).len(), 1);
    }
    assert_eq!(swarm.accepted(now, address(1), stranger(1)), Err(Refusal::Misbehaved));
    meet(&mut swarm, now, 2);
    meet(&mut swarm, now + Duration::from_secs(600), 1);
}

/// Those who were told that they are served.
fn unchoked(swarm: &mut Swarm) -> Vec<ConnectionId> {
    let unchoke = bytes(&[Message::Unchoke]);
    std::iter::from_fn(|| swarm.poll_action())
        .filter_map(|action| match action {
            Action::Send { connection, bytes, .. } if bytes.ends_with(&unchoke) => Some(connection),
            _ => None,
        })
        .collect()
}

#[test]
fn a_slot_of_a_seed_that_nobody_uses_holds_up_nobody() {
    let (mut swarm, now) = with_pieces(SwarmConfig::default(), 8);
    let ids: Vec<_> = (1..=9).map(|number| meet(&mut swarm, now, number)).collect();
    unchoked(&mut swarm);
    for id in &ids {
        swarm.received(now, *id, &bytes(&[Message::Interested]));
    }
    assert_eq!(unchoked(&mut swarm), ids[..8]);
    let block = BlockName { piece: 0, offset: 0, length: 16_384 };
    for id in &ids[..7] {
        swarm.received(now, *id, &bytes(&[Message::Request(block)]));
    }
    let later = now + Duration::from_millis(1_500);
    assert!(swarm.next_timeout().is_some_and(|due| due <= later));
    swarm.handle_timeout(later);
    assert_eq!(unchoked(&mut swarm), ids[8..], "the eighth has asked for nothing");
}

#[test]
fn a_slot_of_a_seed_of_which_little_use_is_made_holds_up_nobody() {
    let (mut swarm, now) = with_pieces(SwarmConfig::default(), 8);
    let ids: Vec<_> = (1..=9).map(|number| meet(&mut swarm, now, number)).collect();
    for id in &ids {
        swarm.received(now, *id, &bytes(&[Message::Interested]));
    }
    unchoked(&mut swarm);
    for id in &ids[..8] {
        let length = if *id == ids[7] { 4_096 } else { 16_384 };
        let block = BlockName { piece: 0, offset: 0, length };
        swarm.received(now, *id, &bytes(&[Message::Request(block)]));
    }
    let mut reads = std::iter::from_fn(|| swarm.poll_action()).filter_map(|action| match action {
        Action::Read { connection, block } => Some((connection, block)),
        _ => None,
    });
    let (connection, block) = reads.find(|(connection, _)| *connection == ids[7]).expect("it asks");
    drop(reads);
    // The first seven wait for us. The eighth has got all it asked for, and that is little.
    swarm.block_read(now, connection, block, Ok(vec![0; 4_096]));
    unchoked(&mut swarm);
    swarm.drained(now, connection, 0);
    let sooner = now + Duration::from_millis(2_900);
    swarm.handle_timeout(sooner);
    assert_eq!(unchoked(&mut swarm), [], "it has not come to speed");
    let later = now + Duration::from_secs(3);
    assert!(swarm.next_timeout().is_some_and(|due| due <= later));
    swarm.handle_timeout(later);
    assert_eq!(unchoked(&mut swarm), ids[8..]);
}

/// Bytes that are often messages, sometimes nearly, sometimes noise.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let number = || prop_oneof![0..10u32, Just(16_384), any::<u32>()];
    let message = prop_oneof![
        (0..21u8, proptest::collection::vec(number(), 0..4)).prop_map(|(id, numbers)| {
            let length = (1 + 4 * numbers.len() as u32).to_be_bytes();
            let numbers = numbers.into_iter().flat_map(u32::to_be_bytes);
            length.into_iter().chain([id]).chain(numbers).collect()
        }),
        Just(bytes(&[Message::Bitfield(&[0xff])])),
        Just(bytes(&[Message::Unchoke, Message::Interested])),
        Just(bytes(&[Message::HaveNone])),
        (4..8u32, 0..2u32).prop_map(|(piece, block)| {
            let (offset, length) = (block * 16_384, 16_384);
            let block = BlockName { piece, offset, length };
            bytes(&[Message::Piece { block, data: &[1; 16_384] }])
        }),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(message, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_bytes_harm_anyone_but_their_sender(
        noise in noise(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let (mut swarm, mut now) = half_done();
        let good = meet(&mut swarm, now, 1);
        let handshake = stranger(2).with_fast().with_extensions();
        let bad = swarm.accepted(now, address(2), handshake).expect("there is room");
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(noise.len() + 1)).collect();
        cuts.push(noise.len());
        cuts.sort_unstable();
        let mut start = 0;
        for end in cuts {
            swarm.received(now, bad, &noise[start..end]);
            start = end;
            while let Some(action) = swarm.poll_action() {
                match action {
                    Action::Close { connection, .. } => prop_assert_eq!(connection, bad),
                    Action::Store { piece, data } => swarm.piece_corrupt(now, piece, &data),
                    Action::Read { connection, block } => {
                        let data = vec![0; block.length() as usize];
                        swarm.block_read(now, connection, block, Ok(data));
                    }
                    Action::Send { bytes, .. } => prop_assert!(!bytes.is_empty()),
                    Action::Fetch { .. } | Action::StopFetch { .. } => {
                        prop_assert!(false, "there is no web seed");
                    }
                    Action::Connect(_) | Action::Completed | Action::Finished => {}
                }
            }
            now += Duration::from_secs(5);
            swarm.handle_timeout(now);
        }
        prop_assert_eq!(swarm.have().count_ones(..), 4);
        swarm.received(now, good, &bytes(&[Message::Interested]));
        prop_assert!(swarm.poll_action().is_some(), "the other peer is served");
    }
}
