//! Small swarms recorded by hand, and what is said of them.

use super::*;

const TORRENT: TorrentSize = TorrentSize { pieces: 2, piece_length: 1000, bytes: 1500 };

fn at(seconds: u64) -> Moment {
    Moment(seconds * 1_000_000)
}

fn newcomer(role: Role) -> Newcomer<'static> {
    let rates = Rates { up: Some(100), down: Some(1000) };
    let group = match role {
        Role::Seed => "seeds",
        Role::Leecher => "leechers",
        Role::Stranger => "strangers",
    };
    Newcomer { group, role, rates }
}

const SEED: NodeId = NodeId(1);
const FIRST: NodeId = NodeId(2);
const SECOND: NodeId = NodeId(3);

/// A seed gives a piece to each of two, and they trade. One goes, and comes back.
fn small_swarm() -> Recorder {
    let mut recorder = Recorder::new(7, TORRENT, true);
    recorder.joined(at(0), SEED, newcomer(Role::Seed));
    recorder.joined(at(0), FIRST, newcomer(Role::Leecher));
    recorder.joined(at(2), SECOND, newcomer(Role::Leecher));
    recorder.connected(at(3), FIRST, SEED);
    recorder.overhead(FIRST, 3, 150);
    recorder.blocks_moved(SEED, FIRST, 1, 1000);
    recorder.piece_stored(at(13), FIRST, 0);
    recorder.left(at(14), FIRST);
    recorder.blocks_moved(SEED, SECOND, 1, 500);
    recorder.piece_corrupt(at(15), SECOND, 1);
    recorder.wasted(SECOND, 500);
    recorder.blocks_moved(SEED, SECOND, 1, 500);
    recorder.piece_stored(at(16), SECOND, 1);
    recorder.returned(at(20), FIRST);
    recorder.blocks_moved(SECOND, FIRST, 1, 500);
    recorder.piece_stored(at(30), FIRST, 1);
    recorder.finished(at(30), FIRST);
    recorder.blocks_moved(FIRST, SECOND, 2, 1000);
    recorder.piece_stored(at(32), SECOND, 0);
    recorder.finished(at(32), SECOND);
    recorder.event(at(33), None, "the network is cut");
    recorder.disconnected(at(33), FIRST, SEED, "neither side wants anything");
    recorder
}

fn small_report() -> Report {
    small_swarm().finish(at(40))
}

#[test]
fn finishing_times_are_counted_from_the_start_and_from_joining() {
    let report = small_report();
    assert_eq!((report.seeds, report.leechers, report.finished, report.unfinished), (1, 2, 2, 0));
    let finishing = Times { first: at(30), median: at(31), last: at(32) };
    let durations = Times { first: at(30), median: at(30), last: at(30) };
    assert_eq!((report.finishing, report.durations), (Some(finishing), Some(durations)));
    assert_eq!(report.ended, at(40));
}

#[test]
fn the_last_is_compared_with_the_bound() {
    let report = small_report();
    // One copy takes the seed 15 s; two copies take three uplinks 10 s.
    assert_eq!(report.bound.unwrap().seconds, 15.0);
    assert_eq!(report.bound_ratio, Some(32.0 / 15.0));
}

#[test]
fn strangers_are_not_waited_for_and_leave_nothing_to_compare() {
    let mut recorder = small_swarm();
    recorder.joined(at(34), NodeId(4), newcomer(Role::Stranger));
    let report = recorder.finish(at(40));
    assert_eq!((report.leechers, report.finished, report.strangers), (2, 2, 1));
    assert_eq!(report.bound_ratio, None);
    let said = report.to_string();
    assert!(said.starts_with("swarm      1 seed, 2 leechers and 1 stranger for "), "{said}");
}

#[test]
fn nothing_is_compared_with_the_bound_where_it_bounds_nothing() {
    let mut partial = small_swarm();
    partial.joined(at(34), NodeId(4), newcomer(Role::Leecher));
    assert_eq!(partial.clone().finish(at(40)).bound_ratio, None, "one has not finished");
    partial.piece_found(at(34), NodeId(4), 0);
    partial.piece_stored(at(35), NodeId(4), 1);
    partial.finished(at(35), NodeId(4));
    assert_eq!(partial.finish(at(40)).bound_ratio, None, "one came with a piece");
    let mut faster = small_swarm();
    faster.access_changed(SEED, newcomer(Role::Seed).rates);
    assert!(faster.clone().finish(at(40)).bound_ratio.is_some(), "it is what it was");
    faster.access_changed(SEED, Rates::default());
    assert_eq!(faster.finish(at(40)).bound_ratio, None, "the seed is faster than it was");
}

#[test]
fn bytes_are_counted_by_who_gave_them_and_what_they_were_good_for() {
    let report = small_report();
    let moved = Moved {
        blocks: 6,
        from_seeds: 2000,
        from_leechers: 1500,
        duplicates: 0,
        corrupt: 500,
        messages: 3,
        overhead: 150,
    };
    assert_eq!(report.moved, moved);
    let first = &report.peers[1];
    assert_eq!((first.from_seeds, first.from_leechers, first.downloaded()), (1000, 500, 1500));
    assert_eq!((first.uploaded, first.uploaded_before_complete), (1000, 0));
    let second = &report.peers[2];
    assert_eq!((second.uploaded, second.uploaded_before_complete), (500, 500));
    assert_eq!((second.wasted, second.corrupt_pieces, second.left), (500, 1, None));
}

#[test]
fn fairness_is_about_what_leechers_gave_and_how_fast_they_got() {
    let report = small_report();
    // One gave nothing before it was complete, the other something; both took 30 s.
    assert_eq!(report.fairness, Fairness { giving: Some(0.5), rates: Some(1.0) });
}

#[test]
fn samples_tell_how_many_copies_there_were() {
    let report = small_report();
    let sample = |seconds: u64| {
        let earlier = report.samples.iter().rev().find(|sample| sample.at <= at(seconds));
        let sample = earlier.expect("the first sample is at the start");
        (sample.present, sample.finished, sample.pieces_stored, sample.least_copies)
    };
    assert_eq!(sample(1), (2, 0, 0, 1));
    assert_eq!(sample(13), (3, 0, 0, 1));
    assert_eq!(sample(19), (2, 0, 2, 1));
    assert_eq!(sample(40), (3, 2, 4, 3));
    let (mut recorded, mut read) = (report.samples, report.log.samples());
    assert_eq!(recorded.pop().unwrap().mean_copies, 3.0);
    // The log ends with the last event.
    read.pop();
    assert_eq!(read, recorded[..read.len()], "the log tells the same");
}

#[test]
fn a_replay_shows_what_was_recorded_at_every_moment() {
    let recorder = small_swarm();
    let log = recorder.log.clone();
    let mut replay = Replay::new(&log);
    let before = replay.until(at(14)).clone();
    assert_eq!((before.present(), before.copies()), (2, &[1, 1][..]));
    assert_eq!(before.peer(FIRST).unwrap().left, Some(at(14)));
    let between = replay.until(at(25));
    assert_eq!((between.at(), between.present(), between.copies()), (at(25), 3, &[2, 2][..]));
    assert!(between.peer(SECOND).unwrap().has(1) && !between.peer(SECOND).unwrap().has(0));
    while replay.step().is_some() {}
    assert!(replay.is_over());
    assert_eq!(replay.snapshot(), recorder.snapshot());
    // And so it does from a file.
    let read = EventLog::parse(log.text().unwrap()).unwrap();
    let mut replay = Replay::new(&read);
    assert_eq!(replay.until(at(99)).copies(), recorder.snapshot().copies());
}

#[test]
fn what_is_told_of_strangers_is_in_the_log_only() {
    let mut recorder = Recorder::new(1, TORRENT, true);
    let nobody = NodeId(50);
    recorder.piece_stored(at(1), nobody, 0);
    recorder.finished(at(1), nobody);
    recorder.left(at(1), nobody);
    recorder.banned(at(1), nobody, nobody);
    recorder.blocks_moved(nobody, nobody, 1, 1);
    let report = recorder.finish(at(2));
    assert_eq!((report.peers.len(), report.finished, report.log.len()), (0, 0, 4));
    assert_eq!((report.finishing, report.bound, report.fairness.giving), (None, None, None));
}

#[test]
fn the_same_run_gives_the_same_report_and_the_same_json() {
    assert_eq!(small_report(), small_report());
    let json = serde_json::to_string(&small_report()).unwrap();
    assert_eq!(json, serde_json::to_string(&small_report()).unwrap());
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["finishing"]["median"], 31.0);
    assert_eq!(value["log"]["hash"], small_report().log.hash());
    assert_eq!(value["log"]["events"], 15);
    assert_eq!(value["peers"][1]["finished"], 30.0);
    assert_eq!(value["peers"][0]["finished"], serde_json::Value::Null);
}

#[test]
fn the_summary_is_a_few_lines() {
    let report = small_report();
    let expected = format!(
        "swarm      1 seed and 2 leechers for 1.5 KiB in 2 pieces of 1000 B, seed 7\n\
         finished   2 of 2: first 30.0 s, median 31.0 s, last 32.0 s\n\
         took       first 30.0 s, median 30.0 s, last 30.0 s\n\
         bound      15.0 s, until the seeds have sent one copy; the last took 2.133 times as long\n\
         moved      6 blocks, 3.4 KiB, 57.1 % of it from seeds; 0 B twice, 500 B corrupt; \
         3 messages, 150 B beside the content\n\
         fairness   0.500 of giving for getting, 1.000 of rates (Jain)\n\
         log        15 events, {}",
        report.log.hash()
    );
    assert_eq!(report.to_string(), expected);
}
