//! What the standard pickers choose from a board.

use std::time::Instant;

use fixedbitset::FixedBitSet;

use super::*;
use crate::metainfo::{FileEntry, Layout, PiecePriorities, Priority, Selection};

const PIECES: usize = 10;

/// Ten files of one piece each.
fn layout(pieces: usize) -> Layout {
    let file =
        |number: usize| FileEntry { path: vec![number.to_string()], length: 16, padding: false };
    Layout::new(16, (0..pieces).map(file).collect()).expect("sizes of a torrent")
}

fn set(pieces: usize, members: impl IntoIterator<Item = usize>) -> FixedBitSet {
    let mut set = FixedBitSet::with_capacity(pieces);
    set.extend(members);
    set
}

/// A torrent of which we have nothing.
fn board(layout: &Layout, rng: &mut Rng) -> Board {
    let none = set(layout.piece_count() as usize, []);
    Board::new(&none, PiecePriorities::all(layout), rng)
}

/// What this picker makes of a peer with these pieces, when so many are stored.
fn pick(
    picker: &mut dyn Picker,
    layout: &Layout,
    board: &Board,
    (theirs, stored): (&FixedBitSet, usize),
    rng: &mut Rng,
) -> Option<usize> {
    let choice = Choice {
        now: Instant::now(),
        layout,
        board,
        theirs,
        is_seed: theirs.is_full(),
        download_rate: 0.0,
        stored,
        suggested: &[],
    };
    let piece = picker.pick(&choice, rng)?;
    assert!(choice.offers(piece));
    assert!(choice.offered().any(|offered| offered == piece));
    Some(piece.as_usize())
}

#[test]
fn the_rarest_piece_comes_first_and_ties_fall_by_chance() {
    let layout = layout(PIECES);
    let everything = set(PIECES, 0..PIECES);
    let mut first = set(PIECES, []);
    for seed in 0..200 {
        let mut rng = Rng::with_seed(seed);
        let mut board = board(&layout, &mut rng);
        for index in 0..PIECES {
            for _ in 0..if index < 3 { 1 } else { 2 } {
                board.add(index, &mut rng);
            }
        }
        let picked = pick(&mut RarestFirst, &layout, &board, (&everything, 4), &mut rng);
        first.insert(picked.expect("a piece"));
    }
    assert_eq!(first.ones().collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn the_first_four_pieces_are_any() {
    let layout = layout(PIECES);
    let everything = set(PIECES, 0..PIECES);
    let mut first = set(PIECES, []);
    for seed in 0..200 {
        let mut rng = Rng::with_seed(seed);
        let mut board = board(&layout, &mut rng);
        (1..PIECES).for_each(|index| board.add(index, &mut rng));
        let picked = pick(&mut RarestFirst, &layout, &board, (&everything, 3), &mut rng);
        first.insert(picked.expect("a piece"));
    }
    assert!(first.is_full(), "{first}");
}

#[test]
fn a_peer_with_one_piece_of_very_many_is_found_its_piece() {
    let count = 20_000;
    let layout = layout(count);
    let mut rng = Rng::with_seed(2);
    let mut board = board(&layout, &mut rng);
    (0..count).for_each(|index| board.add(index, &mut rng));
    board.add(12_345, &mut rng);
    let poor = set(count, [12_345]);
    let piece = layout.piece(12_345).expect("it exists");
    for stored in [0, 4] {
        let picked = pick(&mut RarestFirst, &layout, &board, (&poor, stored), &mut rng);
        assert_eq!(picked, Some(12_345));
    }
    assert_eq!(pick(&mut Sequential, &layout, &board, (&poor, 0), &mut rng), Some(12_345));
    board.begin(piece);
    assert_eq!(pick(&mut RarestFirst, &layout, &board, (&poor, 4), &mut rng), None);
    assert_eq!(pick(&mut Sequential, &layout, &board, (&poor, 4), &mut rng), None);
}

#[test]
fn what_is_wanted_most_comes_first_however_common() {
    let layout = layout(PIECES);
    let mut rng = Rng::with_seed(3);
    let mut board = board(&layout, &mut rng);
    for index in 0..PIECES {
        (0..=index).for_each(|_| board.add(index, &mut rng));
    }
    let mut selection = Selection::all(&layout);
    for (file, priority) in [(0, Priority::Skip), (1, Priority::Low), (9, Priority::High)] {
        selection.set(file, priority).expect("there is such a file");
    }
    board.set_priorities(selection.pieces(&layout), &mut rng);
    let everything = set(PIECES, 0..PIECES);
    for picker in [&mut RarestFirst as &mut dyn Picker, &mut Sequential] {
        let mut left = board_with(&selection, &layout);
        let mut order = Vec::new();
        while let Some(index) = pick(picker, &layout, &left, (&everything, 4), &mut rng) {
            order.push(index);
            left.begin(layout.piece(index as u32).expect("it was picked"));
        }
        assert_eq!(order, [9, 2, 3, 4, 5, 6, 7, 8, 1], "{picker:?}");
    }
}

/// Each piece is more common than the one before.
fn board_with(selection: &Selection, layout: &Layout) -> Board {
    let mut rng = Rng::with_seed(4);
    let mut board = board(layout, &mut rng);
    for index in 0..PIECES {
        (0..=index).for_each(|_| board.add(index, &mut rng));
    }
    board.set_priorities(selection.pieces(layout), &mut rng);
    board
}

#[test]
fn a_piece_that_is_given_up_while_skipped_is_open_when_it_is_wanted_again() {
    let layout = layout(PIECES);
    let mut rng = Rng::with_seed(5);
    let mut board = board(&layout, &mut rng);
    let third = layout.piece(3).expect("it exists");
    board.add_seed();
    board.begin(third);
    let all_but_third = Selection::only(&layout, [0, 1, 2, 4]).expect("there are such files");
    board.set_priorities(all_but_third.pieces(&layout), &mut rng);
    board.add(3, &mut rng);
    board.reopen(third);
    assert!(!board.is_open(third));
    board.set_priorities(PiecePriorities::all(&layout), &mut rng);
    assert!(board.is_open(third));
    board.remove(3, &mut rng);
    assert_eq!(board.availability(third), 1);
}
