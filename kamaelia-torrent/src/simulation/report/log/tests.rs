//! What is true of every log.

use super::*;
use crate::simulation::NodeId;
use crate::simulation::report::Role;

const TORRENT: TorrentSize = TorrentSize { pieces: 10, piece_length: 16, bytes: 155 };

fn every_kind() -> Vec<LogEvent> {
    let kinds = [
        What::Joined { role: Role::Seed, group: "seeds".into() },
        What::Joined { role: Role::Leecher, group: "late comers".into() },
        What::PieceFound(9),
        What::Connected(NodeId(3)),
        What::Disconnected { from: NodeId(3), why: "nothing came for 120 s".into() },
        What::Disconnected { from: NodeId(3), why: String::new() },
        What::PieceStored(0),
        What::PieceCorrupt(7),
        What::Banned(NodeId(1)),
        What::Finished,
        What::Left,
        What::Returned,
        What::Event("the  network is cut: {1, 2}".into()),
        What::Event(String::new()),
        What::Joined { role: Role::Stranger, group: "odd ones".into() },
    ];
    let node = |number: u32| (number != 5).then_some(NodeId(number * 100));
    let at = |number: u32| Moment(u64::from(number) * 1_234_567);
    let events = (0..).zip(kinds);
    events.map(|(number, what)| LogEvent { at: at(number), node: node(number), what }).collect()
}

fn log(events: &[LogEvent], kept: bool) -> EventLog {
    let mut log = EventLog::new(7, TORRENT, kept);
    events.iter().for_each(|event| log.push(event));
    log
}

#[test]
fn a_log_that_was_written_and_read_is_the_same() {
    let log = log(&every_kind(), true);
    let read = EventLog::parse(log.text().unwrap()).unwrap();
    assert_eq!(read.events().collect::<Vec<_>>(), every_kind());
    assert_eq!((read.seed(), read.torrent(), read.hash()), (7, TORRENT, log.hash()));
    assert_eq!(read.end(), every_kind().last().unwrap().at);
    assert_eq!(log.first_difference(&read), None);
}

#[test]
fn lines_are_readable() {
    let log = log(&every_kind()[..3], true);
    let lines: Vec<_> = log.text().unwrap().lines().collect();
    assert_eq!(
        lines,
        [
            "swarm-log 1 seed=7 pieces=10 piece-length=16 bytes=155",
            "0.000000 0 joined everything seeds",
            "1.234567 100 joined nothing late comers",
            "2.469134 200 found 9",
        ]
    );
}

#[test]
fn the_hash_is_that_of_the_text_whether_it_is_kept_or_not() {
    let stored = |number: u32| LogEvent {
        at: Moment(u64::from(number) * 1000),
        node: Some(NodeId(number % 7)),
        what: What::PieceStored(number % 10),
    };
    // Several batches, and a rest.
    let events: Vec<_> = (0..3000).map(stored).collect();
    let (kept, passed) = (log(&events, true), log(&events, false));
    let hash = crate::hash::sha1(kept.text().unwrap().as_bytes());
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((kept.hash(), passed.hash()), (digits.clone(), digits));
    assert_eq!((passed.text(), passed.len(), passed.events().count()), (None, 3000, 0));
}

#[test]
fn numbers_come_out_whatever_their_size() {
    for micros in [0, 1, 999_999, 1_000_000, 12_000_034, u64::MAX] {
        let event = LogEvent { at: Moment(micros), node: None, what: What::Finished };
        let log = log(std::slice::from_ref(&event), true);
        assert!(log.text().unwrap().contains(&format!("\n{} - finished", Moment(micros))));
        assert_eq!(EventLog::parse(log.text().unwrap()).unwrap().events().next(), Some(event));
    }
}

#[test]
fn a_text_of_several_lines_becomes_one() {
    let what = What::Event("one\ntwo\r".into());
    let log = log(&[LogEvent { at: Moment(0), node: None, what }], true);
    assert!(log.text().unwrap().ends_with("0.000000 - event one two \n"));
}

#[test]
fn the_first_difference_is_told_in_a_sentence() {
    let events = every_kind();
    let (all, fewer) = (log(&events, true), log(&events[..2], true));
    assert_eq!(
        fewer.first_difference(&all).unwrap(),
        "line 4: one has ended, the other says `2.469134 200 found 9`"
    );
    assert_eq!(
        all.first_difference(&fewer).unwrap(),
        "line 4: one says `2.469134 200 found 9`, the other has ended"
    );
    let mut other = events.clone();
    other[2].what = What::PieceFound(8);
    assert_eq!(
        all.first_difference(&log(&other, true)).unwrap(),
        "line 4: one says `2.469134 200 found 9`, the other `2.469134 200 found 8`"
    );
    let passed = all.first_difference(&log(&other, false)).unwrap();
    assert_eq!(passed, "the logs differ; where, is only known of logs that are kept");
    assert_eq!(all.first_difference(&log(&events, false)), None);
}

#[test]
fn what_is_no_log_is_refused_with_the_line_that_is_wrong() {
    let title = "swarm-log 1 seed=7 pieces=10 piece-length=16 bytes=155";
    for (text, sentence) in [
        ("", "line 1: it does not begin with `swarm-log 1 seed=…"),
        ("swarm-log 1 seed=x", "line 1: `x` after `seed=` is no number"),
        (
            "swarm-log 1 seed=1 pieces=99999999 piece-length=1 bytes=1",
            "line 1: more than 67108864 pieces are too many",
        ),
        ("1 1 left", "line 2: `1` is no moment"),
        ("1.000000 x left", "line 2: `x` is no node"),
        ("1.000000 4000000 left", "line 2: `4000000` is no node below 1048576"),
        ("1.000000 1 stored 10", "line 2: `10` is no piece of 10"),
        ("1.000000 1 stored", "line 2: `` is no piece of 10"),
        ("1.000000 1 laughed", "line 2: `laughed` is nothing that happens in a swarm"),
        ("1.000000 1 left now", "line 2: `now` is too much"),
        (
            "1.000000 1 joined half x",
            "line 2: one joins with everything, nothing or strangely, not `half`",
        ),
    ] {
        let whole = match text.is_empty() || text.starts_with("swarm") {
            true => text.to_owned(),
            false => format!("{title}\n{text}\n"),
        };
        let error = EventLog::parse(&whole).unwrap_err().to_string();
        assert!(error.starts_with(sentence), "{text}: {error}");
    }
}

#[test]
fn random_text_never_panics() {
    let mut chance = fastrand::Rng::with_seed(1);
    let words = ["0.000001", "3", "-", "joined", "nothing", "stored", "event", "", " ", "\n", "é"];
    for _ in 0..2000 {
        let mut text = "swarm-log 1 seed=7 pieces=10 piece-length=16 bytes=155\n".to_owned();
        for _ in 0..chance.usize(..12) {
            text += words[chance.usize(..words.len())];
            text += if chance.bool() { " " } else { "" };
        }
        if let Ok(log) = EventLog::parse(&text) {
            assert!(log.events().count() as u64 == log.len());
        }
    }
}
