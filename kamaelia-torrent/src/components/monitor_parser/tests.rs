//! What another program reads, line by line.

use super::*;
use crate::components::messages::NewTorrentCreated;
use crate::engine::{Activity, Status};

pub(crate) fn status(id: u32, fraction_done: f64) -> TorrentStatusUpdate {
    let activity = if fraction_done < 1.0 { Activity::Downloading } else { Activity::Seeding };
    let stats = Status {
        activity,
        fraction_done,
        checked: None,
        total: 100,
        left: 100 - (fraction_done * 100.0) as u64,
        num_seeds: 1,
        num_peers: 2,
        tracker_seeds: None,
        tracker_peers: None,
        up_rate: 0.0,
        down_rate: 10.0,
        up_total: 0,
        down_total: 40,
        time_left: None,
        tracker_trouble: None,
    };
    TorrentStatusUpdate { torrentid: TorrentId::from(id), stats }
}

fn created(id: u32, name: &str) -> TorrentMessage {
    TorrentMessage::Created(NewTorrentCreated {
        token: format!("torrent:{name}").into(),
        torrentid: TorrentId::from(id),
        name: name.to_owned(),
        info_hash: "00".repeat(20),
    })
}

fn results(monitor: &mut MonitorParser, messages: &[TorrentMessage]) -> Vec<String> {
    messages.iter().flat_map(|message| monitor.lines_for(message).results).collect()
}

fn at(id: u32, fraction: f64) -> TorrentMessage {
    TorrentMessage::Status(status(id, fraction))
}

/// C80.
#[test]
fn a_new_torrent_is_minus_one_and_then_only_rising_percents_are_told() {
    let messages = [
        created(1, "one.bin"),
        at(1, 0.0),
        at(1, 0.0),
        at(1, 0.567),
        at(1, 0.4),
        at(1, 0.569),
        at(1, 1.0),
        at(1, 1.0),
    ];
    assert_eq!(
        results(&mut MonitorParser::default(), &messages),
        ["1:one.bin:-1", "1:one.bin:0", "1:one.bin:56", "1:one.bin:100"]
    );
}

#[test]
fn a_hundred_percent_is_said_only_of_what_is_complete() {
    let messages = [created(1, "f"), at(1, 0.999_999)];
    assert_eq!(results(&mut MonitorParser::default(), &messages), ["1:f:-1", "1:f:99"]);
}

#[test]
fn names_come_whole_and_stay_on_their_line() {
    let messages = [created(1, "my file: part 2.bin"), created(2, "two\nlines\u{85}")];
    assert_eq!(
        results(&mut MonitorParser::default(), &messages),
        ["1:my file: part 2.bin:-1", "2:two%0Alines%C2%85:-1"]
    );
}

#[test]
fn a_torrent_that_is_there_already_is_answered_with_where_it_stands() {
    let again = TorrentMessage::AlreadyDownloading(
        crate::components::messages::TorrentAlreadyDownloading {
            token: "torrent:f".into(),
            torrentid: TorrentId::from(1),
            name: "f".into(),
            info_hash: String::new(),
        },
    );
    let messages = [created(1, "f"), at(1, 0.5), again.clone()];
    assert_eq!(results(&mut MonitorParser::default(), &messages), ["1:f:-1", "1:f:50", "1:f:50"]);
    // Another patron's torrent, never heard of here.
    assert_eq!(results(&mut MonitorParser::default(), &[again, at(1, 0.5)]), ["1:f:-1", "1:f:50"]);
}

#[test]
fn a_failure_is_a_complaint_in_plain_and_an_object_in_json_and_is_counted() {
    let failure = TorrentMessage::StartFail(TorrentStartFail::new("file:x", "x is not there"));
    let mut plain = MonitorParser::default();
    let tally = plain.tally();
    let lines = plain.lines_for(&failure);
    assert_eq!(lines, Lines::complaint("file:x: x is not there".into()));
    assert_eq!(tally.failures(), 1);
    let lines = MonitorParser::new(Format::Json).lines_for(&failure);
    let expected = r#"{"command":"file:x","event":"failed","reason":"x is not there"}"#;
    assert_eq!(lines, Lines::result(expected.into()));
}

#[test]
fn json_says_once_that_a_torrent_is_complete() {
    let mut monitor = MonitorParser::new(Format::Json);
    let messages = [created(1, "f\"g"), at(1, 0.5), at(1, 1.0), at(1, 1.0)];
    let events: Vec<Value> = results(&mut monitor, &messages)
        .iter()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    let kinds: Vec<_> = events.iter().map(|event| event["event"].as_str()).collect();
    assert_eq!(kinds, [Some("added"), Some("progress"), Some("complete")]);
    assert_eq!(events[0]["name"], "f\"g");
    assert_eq!(events[1]["percent"], 50);
}

#[test]
fn what_is_not_complete_is_counted_as_unfinished() {
    let mut monitor = MonitorParser::default();
    let tally = monitor.tally();
    results(&mut monitor, &[created(1, "f"), created(2, "g"), at(1, 1.0)]);
    assert_eq!(tally.unfinished(), 1);
    results(&mut monitor, &[at(2, 1.0)]);
    assert_eq!(tally.unfinished(), 0);
}

#[test]
fn trouble_counts_until_it_is_mended() {
    let mut monitor = MonitorParser::default();
    let tally = monitor.tally();
    let id = TorrentId::from(1);
    let trouble = |is_final| {
        let reason = "the disk is full".to_owned();
        TorrentMessage::Trouble(TorrentTrouble { torrentid: id, reason, is_final })
    };
    let mut waiting = status(1, 1.0);
    waiting.stats.activity = Activity::Paused("the disk is full".into());
    let waiting = TorrentMessage::Status(waiting);
    results(&mut monitor, &[created(1, "f"), at(1, 1.0), trouble(false)]);
    assert_eq!(tally.unfinished(), 1);
    results(&mut monitor, &[waiting]);
    assert_eq!(tally.unfinished(), 1);
    results(&mut monitor, &[at(1, 1.0)]);
    assert_eq!((tally.unfinished(), tally.failures()), (0, 0));
    results(&mut monitor, &[trouble(true)]);
    assert_eq!(tally.unfinished(), 1);
}

#[test]
fn a_command_is_unanswered_until_its_answer_comes() {
    let mut monitor = MonitorParser::default();
    let tally = monitor.tally();
    for command in ["torrent:f", "file:x", "torrent:f"] {
        tally.note_asked(command.into());
    }
    results(&mut monitor, &[created(1, "f"), at(1, 1.0)]);
    assert_eq!(tally.unanswered(), ["file:x".into(), "torrent:f".into()]);
}
