//! What follows from records and stamps.

use super::*;
use crate::storage::MemoryStorage;
use crate::storage::conformance::layout_of;

const SECOND: i64 = 1_000_000_000;

/// Two files that share the third of six pieces of ten bytes, written to at second 100, of which
/// the first four are safe.
fn ledger() -> Ledger {
    let mut durable = FixedBitSet::with_capacity(6);
    durable.insert_range(..4);
    let stamps = vec![stamp(25, 100), stamp(15, 100)];
    Ledger::new(Arc::new(layout_of(10, &[25, 31])), durable, stamps)
}

fn stamp(length: u64, second: i64) -> Option<Stamp> {
    Some(Stamp { length, modified: second * SECOND })
}

fn survey(ledger: &Ledger, now: [Option<Stamp>; 2]) -> (Vec<usize>, Vec<usize>, usize) {
    let storage = MemoryStorage::new(ledger.layout.clone());
    let survey = ledger.survey(&storage, &now, Some(200 * SECOND));
    (survey.trusted.ones().collect(), survey.doubtful.ones().collect(), survey.changed)
}

fn note(ledger: &mut Ledger, record: Record) {
    ledger.note(&record).expect("a piece of this torrent");
}

#[test]
fn what_is_safe_is_trusted_and_nothing_else_is_looked_at() {
    let found = survey(&ledger(), [stamp(25, 100), stamp(15, 100)]);
    assert_eq!(found, (vec![0, 1, 2, 3], vec![], 0));
}

#[test]
fn a_changed_file_costs_a_look_at_its_pieces_and_no_others() {
    for changed in [stamp(15, 101), stamp(15, 99), stamp(14, 100), stamp(31, 100), None] {
        let found = survey(&ledger(), [stamp(25, 100), changed]);
        assert_eq!(found, (vec![0, 1], vec![2, 3, 4, 5], 1), "{changed:?}");
    }
    let found = survey(&ledger(), [stamp(25, 300), stamp(15, 100)]);
    assert_eq!(found, (vec![3], vec![0, 1, 2], 1));
}

#[test]
fn nothing_is_believed_to_be_in_a_file_that_is_not_there() {
    let mut ledger = ledger();
    ledger.stamps[1] = None;
    let found = survey(&ledger, [stamp(25, 100), None]);
    assert_eq!(found, (vec![0, 1], vec![2, 3, 4, 5], 0));
    ledger.durable.remove_range(2..);
    let found = survey(&ledger, [stamp(25, 100), None]);
    assert_eq!(found, (vec![0, 1], vec![], 0), "and what is not known to be there is missing");
}

#[test]
fn a_piece_whose_writing_ended_is_not_safe_even_if_nobody_knows_that_it_began() {
    let mut ledger = ledger();
    note(&mut ledger, Record::Ended { piece: 0, whole: false, stamps: Vec::new() });
    let piece = ledger.layout.piece(0).expect("the first piece");
    assert!(!ledger.has(piece));
    let found = survey(&ledger, [stamp(25, 100), stamp(15, 100)]);
    assert_eq!(found, (vec![1, 2, 3], vec![0], 0));
    let journal = ledger.write(InfoHash([1; 20]));
    let again = Ledger::read(&ledger.layout, 2, InfoHash([1; 20]), &journal);
    assert_eq!(again.map(|(ledger, _)| ledger), Some(ledger));
}

#[test]
fn a_piece_on_its_way_is_looked_at_and_explains_the_file_it_is_in() {
    let mut ledger = ledger();
    note(&mut ledger, Record::Writing(4));
    // Piece 4 ends 25 bytes into the second file.
    for now in [stamp(15, 100), stamp(15, 150), stamp(20, 150), stamp(25, 204)] {
        let found = survey(&ledger, [stamp(25, 100), now]);
        assert_eq!(found, (vec![0, 1, 2, 3], vec![4], 0), "{now:?}");
    }
}

#[test]
fn a_piece_on_its_way_does_not_explain_what_it_cannot_have_done() {
    let mut ledger = ledger();
    note(&mut ledger, Record::Writing(4));
    for now in [stamp(14, 150), stamp(26, 150), stamp(15, 206), stamp(15, 99), None] {
        let found = survey(&ledger, [stamp(25, 100), now]);
        assert_eq!(found, (vec![0, 1], vec![2, 3, 4, 5], 1), "{now:?}");
    }
    let found = survey(&ledger, [stamp(25, 150), stamp(15, 150)]);
    assert_eq!(found, (vec![3], vec![0, 1, 2, 4], 1), "the other file is not explained");
}

#[test]
fn a_piece_whose_writing_has_ended_explains_nothing_more() {
    let mut ledger = ledger();
    note(&mut ledger, Record::Writing(4));
    let stamps = vec![(1, stamp(25, 150))];
    note(&mut ledger, Record::Ended { piece: 4, whole: true, stamps });
    let found = survey(&ledger, [stamp(25, 100), stamp(25, 150)]);
    assert_eq!(found, (vec![0, 1, 2, 3], vec![4], 0));
    let found = survey(&ledger, [stamp(25, 100), stamp(25, 151)]);
    assert_eq!(found, (vec![0, 1], vec![2, 3, 4, 5], 1));
}

#[test]
fn only_whole_pieces_wait_to_become_safe() {
    let mut ledger = ledger();
    for (piece, whole) in [(4, true), (5, false)] {
        note(&mut ledger, Record::Writing(piece));
        note(&mut ledger, Record::Ended { piece, whole, stamps: vec![] });
    }
    note(&mut ledger, Record::Writing(0));
    let numbers: Vec<u32> = ledger.written().into_iter().map(PieceIndex::get).collect();
    assert_eq!(numbers, [4]);
    note(&mut ledger, Record::Durable(numbers));
    let found = survey(&ledger, [stamp(25, 100), stamp(15, 100)]);
    assert_eq!(found, (vec![1, 2, 3, 4], vec![0, 5], 0));
}

#[test]
fn a_ledger_reads_back_as_it_was_written() {
    let mut ledger = ledger();
    note(&mut ledger, Record::Writing(0));
    for (piece, whole) in [(4, true), (5, false)] {
        note(&mut ledger, Record::Writing(piece));
        let stamps = vec![(1, stamp(31, 120))];
        note(&mut ledger, Record::Ended { piece, whole, stamps });
    }
    let hash = InfoHash([1; 20]);
    let mut journal = ledger.write(hash);
    let layout = ledger.layout.clone();
    let (read, appended) = Ledger::read(&layout, 2, hash, &journal).expect("it is whole");
    assert_eq!((&read, appended.is_some_and(|bytes| bytes > 0)), (&ledger, true));
    assert_eq!(Ledger::read(&layout, 2, InfoHash([2; 20]), &journal), None);
    let other = Arc::new(layout_of(10, &[25, 30]));
    assert!(Ledger::read(&other, 2, hash, &journal).is_some(), "only counts are compared");
    for (lengths, places) in [([25, 20], 2), ([25, 31], 3)] {
        assert_eq!(Ledger::read(&Arc::new(layout_of(10, &lengths)), places, hash, &journal), None);
    }
    journal.push(0);
    assert_eq!(Ledger::read(&layout, 2, hash, &journal), Some((ledger, None)), "its end is torn");
}

#[test]
fn a_record_about_what_is_not_there_is_no_record() {
    let mut ledger = ledger();
    for record in [
        Record::Writing(6),
        Record::Durable(vec![6]),
        Record::Ended { piece: 6, whole: true, stamps: vec![] },
        Record::Ended { piece: 0, whole: true, stamps: vec![(2, None)] },
    ] {
        assert_eq!(ledger.note(&record), None, "{record:?}");
    }
}

#[test]
fn another_program_is_noticed_unless_the_file_system_may_just_be_late() {
    let mut ledger = ledger();
    let storage = MemoryStorage::new(ledger.layout.clone());
    for (now, changed) in [
        (stamp(15, 100), false),
        (stamp(15, 102), false),
        (stamp(15, 103), true),
        (stamp(15, 99), true),
        (stamp(14, 100), true),
        (None, true),
    ] {
        assert_eq!(ledger.is_changed_meanwhile(&storage, 1, now), changed, "{now:?}");
    }
    let from_the_far_future = Some(Stamp { length: 15, modified: i64::MAX });
    ledger.stamps[1] = from_the_far_future;
    assert!(!ledger.is_changed_meanwhile(&storage, 1, from_the_far_future));
    ledger.stamps[1] = stamp(15, 100);
    note(&mut ledger, Record::Writing(4));
    assert!(!ledger.is_changed_meanwhile(&storage, 1, stamp(25, 300)));
    assert!(ledger.is_changed_meanwhile(&storage, 1, stamp(14, 300)), "we cut nothing");
    assert!(ledger.is_changed_meanwhile(&storage, 1, None), "nor do we remove it");
    assert!(ledger.is_changed_meanwhile(&storage, 0, stamp(25, 300)));
}
