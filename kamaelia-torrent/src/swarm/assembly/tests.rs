//! Pieces in memory, by plain calls.

use super::giving_way::ALLOWANCE;
use super::*;
use crate::metainfo::{BLOCK_LENGTH, FileEntry, InfoHash, PeerId};
use crate::peer::Peer;
use crate::swarm::connections::tests::connection_ids;
use crate::wire::{BlockForm, Handshake};

const BLOCK: u64 = BLOCK_LENGTH as u64;

/// Pieces of two blocks, and memory for three of them.
fn two_blocks_each(pieces: u64) -> (Layout, Assembly, Instant) {
    let path = vec!["f".into()];
    let length = pieces * 2 * BLOCK;
    let layout = Layout::new(2 * BLOCK, vec![FileEntry { path, length, padding: false }]);
    let layout = layout.expect("sizes of a torrent");
    let assembly = Assembly::new(&layout, 6 * BLOCK, BlockForm::Whole);
    (layout, assembly, Instant::now())
}

fn taker(number: usize) -> Taker {
    Taker {
        connection: connection_ids(10)[number],
        party: party(number),
        suspect: false,
        on_trial: false,
    }
}

/// The taker was asked for nothing yet.
fn is_news(_: Block) -> bool {
    true
}

fn party(number: usize) -> Party {
    Party::of(([10, 0, 0, number as u8], 1).into())
}

/// The request as a conversation would note it.
fn asked(layout: &Layout, block: Block, reserved: bool) -> Asked {
    let now = Instant::now();
    let ours = Handshake::new(InfoHash([0; 20]), PeerId([0; 20]));
    let mut peer = Peer::answering(now, ours, layout, BlockForm::Whole);
    peer.ask(now, block, reserved);
    peer.cancel(block).expect("it was just asked for")
}

#[test]
fn blocks_in_any_order_make_the_piece() {
    let (layout, mut assembly, now) = two_blocks_each(1);
    let piece = layout.piece(0).expect("the only piece");
    assembly.begin(now, &layout, piece, false);
    let first = assembly.take(&layout, piece, taker(1), is_news).expect("a block");
    let second = assembly.take(&layout, piece, taker(2), is_news).expect("a block");
    assert_eq!(assembly.take(&layout, piece, taker(3), is_news), None);

    let half = BLOCK_LENGTH as usize;
    let put = assembly.put(asked(&layout, second, true), &vec![2; half], party(2));
    assert_eq!(put.map(|arrival| arrival.whole), Some(false));
    let put = assembly.put(asked(&layout, first, true), &vec![1; half], party(1));
    assert_eq!(put.map(|arrival| arrival.whole), Some(true));
    let data = assembly.hand_over(piece).expect("a whole piece");
    assert_eq!(data, [vec![1; half], vec![2; half]].concat());
    assert_eq!(assembly.hand_over(piece), None);
    let verdict = assembly.finish(piece).expect("it was handed over");
    assert_eq!(verdict.senders, [party(2), party(1)]);
    assert_eq!((assembly.bytes, assembly.bytes_storing), (0, 0));
}

#[test]
fn a_withdrawn_block_is_free_again_and_the_oldest_piece_goes_first() {
    let (layout, mut assembly, now) = two_blocks_each(2);
    let pieces: Vec<_> = layout.pieces().collect();
    let mut theirs = FixedBitSet::with_capacity(2);
    theirs.insert_range(..);
    for (number, piece) in pieces.iter().enumerate() {
        assembly.begin(now + Duration::from_millis(number as u64), &layout, *piece, false);
    }
    let block = assembly.take(&layout, pieces[0], taker(1), is_news).expect("a block");
    assert!(assembly.take(&layout, pieces[0], taker(1), is_news).is_some());
    let first = layout.blocks(pieces[1]).next();
    assert_eq!(assembly.take_any(&layout, &theirs, taker(2), is_news), first);
    assembly.release(asked(&layout, block, true));
    assert_eq!(assembly.take_any(&layout, &theirs, taker(2), is_news), Some(block));
}

#[test]
fn a_trial_keeps_nothing_from_others() {
    let (layout, mut assembly, now) = two_blocks_each(1);
    let piece = layout.piece(0).expect("the only piece");
    assembly.begin(now, &layout, piece, false);
    let on_trial = Taker { on_trial: true, ..taker(1) };
    let block = assembly.take(&layout, piece, on_trial, is_news).expect("a block");
    assert_eq!(assembly.take(&layout, piece, taker(2), is_news), Some(block));
    let arrival = assembly.put(asked(&layout, block, true), &[0; 1 << 14], party(2));
    let expected = Arrival { asked_elsewhere: true, whole: false };
    assert_eq!(arrival, Some(expected));
}

#[test]
fn a_suspect_shares_with_nobody() {
    let (layout, mut assembly, now) = two_blocks_each(2);
    let suspect = Taker { suspect: true, ..taker(1) };
    let pieces: Vec<_> = layout.pieces().collect();
    assembly.begin(now, &layout, pieces[0], false);
    assert!(assembly.take(&layout, pieces[0], taker(2), is_news).is_some());
    assert_eq!(assembly.take(&layout, pieces[0], suspect, is_news), None);

    assembly.begin(now, &layout, pieces[1], true);
    assert!(assembly.take(&layout, pieces[1], suspect, is_news).is_some());
    assert_eq!(assembly.take(&layout, pieces[1], taker(2), is_news), None);
    assembly.disown(suspect.connection);
    assert!(assembly.take(&layout, pieces[1], taker(2), is_news).is_some());
}

#[test]
fn memory_is_bounded_and_abandoned_pieces_are_found() {
    let (layout, mut assembly, now) = two_blocks_each(4);
    let pieces: Vec<_> = layout.pieces().collect();
    for piece in &pieces[..3] {
        assert!(assembly.has_room(&layout, *piece));
        assembly.begin(now, &layout, *piece, false);
        assert!(assembly.take(&layout, *piece, taker(1), is_news).is_some());
    }
    assert!(!assembly.has_room(&layout, pieces[3]));
    assert_eq!(assembly.find_abandoned(None), None);
    let block = layout.blocks(pieces[1]).next().expect("its first block");
    assembly.release(asked(&layout, block, true));
    assert_eq!(assembly.find_abandoned(None), Some(pieces[1]));
    assembly.discard(pieces[1]);
    assert!(assembly.has_room(&layout, pieces[3]));
}

#[test]
fn nobody_is_asked_twice_for_the_same_block() {
    let (layout, mut assembly, now) = two_blocks_each(1);
    let piece = layout.piece(0).expect("the only piece");
    let blocks: Vec<_> = layout.blocks(piece).collect();
    assembly.begin(now, &layout, piece, false);
    let on_trial = Taker { on_trial: true, ..taker(1) };
    assert_eq!(assembly.take(&layout, piece, on_trial, is_news), Some(blocks[0]));
    let other = |block| block != blocks[0];
    assert_eq!(assembly.take(&layout, piece, taker(1), other), Some(blocks[1]));
    assert_eq!(assembly.take(&layout, piece, taker(1), other), None);
    assert_eq!(assembly.take(&layout, piece, taker(2), is_news), Some(blocks[0]));
}

#[test]
fn a_piece_that_takes_too_long_gives_way_and_has_twice_the_time_next() {
    let (layout, mut assembly, start) = two_blocks_each(2);
    let pieces: Vec<_> = layout.pieces().collect();
    assembly.begin(start, &layout, pieces[0], false);
    assert_eq!(assembly.find_overlong(start + ALLOWANCE / 2), None);
    assembly.begin(start + ALLOWANCE / 2, &layout, pieces[1], false);
    let now = start + ALLOWANCE;
    assert_eq!(assembly.find_overlong(now), Some(pieces[0]));
    assembly.discard(pieces[0]);
    assembly.begin(now, &layout, pieces[0], false);
    assert_eq!(assembly.find_overlong(now + ALLOWANCE / 2), Some(pieces[1]));
    assembly.discard(pieces[1]);
    assert_eq!(assembly.find_overlong(now + ALLOWANCE), None);
    assert_eq!(assembly.find_overlong(now + 2 * ALLOWANCE), Some(pieces[0]));
}

#[test]
fn who_owes_nothing_of_a_piece_keeps_it_from_nobody() {
    let (layout, mut assembly, now) = two_blocks_each(1);
    let piece = layout.piece(0).expect("the only piece");
    assembly.begin(now, &layout, piece, true);
    let block = assembly.take(&layout, piece, taker(1), is_news).expect("a block");
    assert_eq!(assembly.take(&layout, piece, taker(2), is_news), None);
    assert_eq!(assembly.owned().count(), 1);
    assembly.release(asked(&layout, block, true));
    assert_eq!(assembly.owned().count(), 0);
    assert_eq!(assembly.take(&layout, piece, taker(2), is_news), Some(block));
}

#[test]
fn a_late_block_is_taken_if_it_is_lacking_and_whoever_was_asked_since_is_released() {
    let (layout, mut assembly, now) = two_blocks_each(1);
    let piece = layout.piece(0).expect("the only piece");
    let data = vec![7; BLOCK_LENGTH as usize];
    assembly.begin(now, &layout, piece, false);
    let first = assembly.take(&layout, piece, taker(1), is_news).expect("a block");
    assembly.release(asked(&layout, first, true));
    assert_eq!(assembly.take(&layout, piece, taker(2), is_news), Some(first));

    let arrival = assembly.put_late(first, &data, taker(1));
    assert_eq!(arrival, Some(Arrival { asked_elsewhere: true, whole: false }));
    assembly.release(asked(&layout, first, true));
    assert_eq!(assembly.put_late(first, &data, taker(1)), None, "it is here");

    let second = assembly.take(&layout, piece, taker(2), is_news).expect("the other block");
    assert_ne!(second, first);
    assembly.release(asked(&layout, second, true));
    let arrival = assembly.put_late(second, &data, taker(2));
    assert_eq!(arrival, Some(Arrival { asked_elsewhere: false, whole: true }));
    assert_eq!(assembly.hand_over(piece).map(|data| data.len()), Some(2 * BLOCK as usize));
    assert_eq!(assembly.put_late(second, &data, taker(2)), None, "the driver has it");
    let verdict = assembly.finish(piece).expect("it was handed over");
    assert_eq!(verdict.block_senders, [party(1), party(2)]);
}

#[test]
fn a_late_block_stays_out_of_a_piece_that_is_to_come_from_one_hand() {
    let (layout, mut assembly, now) = two_blocks_each(2);
    let data = vec![7; BLOCK_LENGTH as usize];
    let [alone, whole] = [0, 1].map(|piece| layout.piece(piece).expect("a piece"));
    let block_of = |piece| layout.blocks(piece).next().expect("a block");
    assembly.begin(now, &layout, alone, true);
    assert!(assembly.take(&layout, alone, taker(1), is_news).is_some());
    assert_eq!(assembly.put_late(block_of(alone), &data, taker(2)), None);
    assembly.begin_whole(now, &layout, whole);
    assert_eq!(assembly.put_late(block_of(whole), &data, taker(2)), None);
}

/// Once it was taken for the block it is a part of, and the piece was handed over with a hole in it; who
/// had been asked for the block went on owing it, and the count of those who did fell below zero when it
/// came after all.
#[test]
fn a_late_part_of_a_block_is_of_no_use() {
    let (layout, mut assembly, now) = two_blocks_each(1);
    let piece = layout.piece(0).expect("the only piece");
    assembly.begin(now, &layout, piece, false);
    let first = assembly.take(&layout, piece, taker(1), is_news).expect("a block");
    assembly.release(asked(&layout, first, true));
    for (offset, length) in [(0, BLOCK_LENGTH / 2), (1, BLOCK_LENGTH), (BLOCK_LENGTH, 1)] {
        let part = layout.block(0, offset, length).expect("it lies in the piece");
        let data = vec![7; length as usize];
        assert_eq!(assembly.put_late(part, &data, taker(1)), None, "{length} at {offset}");
    }
    let whole = vec![7; BLOCK_LENGTH as usize];
    assert!(assembly.put_late(first, &whole, taker(1)).is_some());
}

#[test]
fn the_driver_is_behind_when_it_has_many_bytes_but_never_with_one_piece() {
    for (piece_length, pieces) in [(STORING_MAX / 4, 5), (STORING_MAX * 2, 2)] {
        let path = vec!["f".into()];
        let file = FileEntry { path, length: pieces * piece_length, padding: false };
        let layout = Layout::new(piece_length, vec![file]).expect("sizes of a torrent");
        let mut assembly = Assembly::new(&layout, u64::MAX, BlockForm::Whole);
        let behind: Vec<bool> = layout
            .pieces()
            .map(|piece| {
                assembly.begin_whole(Instant::now(), &layout, piece);
                assert!(assembly.take_whole(piece, party(1)));
                assert_ne!(assembly.is_driver_behind(), assembly.is_held_by_peers());
                assembly.is_driver_behind()
            })
            .collect();
        let at_the_last = (1..=pieces).map(|count| count == pieces);
        assert_eq!(behind, at_the_last.collect::<Vec<_>>(), "pieces of {piece_length}");
        assembly.finish(layout.piece(0).expect("a piece"));
        assert!(!assembly.is_driver_behind());
    }
}
