//! What another program reads, line by line.

use serde_json::Value;

use super::*;
use crate::components::messages::{
    ListedTorrent, NewTorrentCreated, PatronLeft, RequestRefused, TorrentAlreadyDownloading,
    TorrentClosed, TorrentExplained, TorrentMetadataFound, TorrentPaused, TorrentResumed,
    TorrentStartFail, TorrentsListed,
};
use crate::engine::{Activity, Status};

pub(crate) fn status(id: u32, fraction_done: f64) -> TorrentStatusUpdate {
    let activity = if fraction_done < 1.0 { Activity::Downloading } else { Activity::Seeding };
    let mut stats = Status::new(activity, 100);
    stats.is_known = true;
    stats.fraction_done = fraction_done;
    stats.left = 100 - (fraction_done * 100.0) as u64;
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
    let again = TorrentMessage::AlreadyDownloading(TorrentAlreadyDownloading {
        token: "torrent:f".into(),
        torrentid: TorrentId::from(1),
        name: "f".into(),
        info_hash: String::new(),
    });
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

/// One of each answer that is not about taking a torrent on.
fn answers() -> Vec<TorrentMessage> {
    let torrentid = TorrentId::from(1);
    let listed = ListedTorrent {
        torrentid,
        name: "a:b".into(),
        info_hash: "00".repeat(20),
        stats: status(1, 0.5).stats,
    };
    let why = "1 peer, choking us: wait".to_owned();
    vec![
        TorrentMessage::Paused(TorrentPaused { token: "pause:1".into(), torrentid }),
        TorrentMessage::Resumed(TorrentResumed { token: "resume:1".into(), torrentid }),
        TorrentMessage::Listed(TorrentsListed { token: "list".into(), torrents: vec![listed] }),
        TorrentMessage::Explained(TorrentExplained { token: "why:1".into(), torrentid, why }),
        TorrentMessage::Refused(RequestRefused::new("stop:7", "there is no torrent 7")),
        TorrentMessage::Closed(TorrentClosed { token: "stop:1".into(), torrentid }),
        TorrentMessage::Left(PatronLeft { token: "quit".into() }),
    ]
}

#[test]
fn every_plain_line_is_a_number_a_text_and_a_number_and_answers_have_id_0() {
    let mut monitor = MonitorParser::default();
    let mut lines = results(&mut monitor, &[created(1, "a:b"), at(1, 0.5)]);
    lines.extend(results(&mut monitor, &answers()));
    let expected = [
        "1:a:b:-1",
        "1:a:b:50",
        "0:pause:1:0",
        "0:resume:1:0",
        "1:a:b:50",
        "0:list:0",
        "0:why:1 1 peer, choking us: wait:0",
        "0:stop:7:1",
        "0:stop:1:0",
        "0:quit:0",
    ];
    assert_eq!(lines, expected);
    for line in lines {
        let (id, rest) = line.split_once(':').expect("a first colon");
        let (_, last) = rest.rsplit_once(':').expect("a last colon");
        assert!(id.parse::<u32>().is_ok() && last.parse::<i16>().is_ok(), "{line}");
    }
    assert_eq!(monitor.tally().failures(), 1);
}

#[test]
fn a_refusal_is_an_answer_and_a_sentence_in_plain_and_a_failure_in_json() {
    let refused = TorrentMessage::Refused(RequestRefused::new("stop:7", "there is no torrent 7"));
    let lines = MonitorParser::default().lines_for(&refused);
    let complaint = Some("stop:7: there is no torrent 7".into());
    assert_eq!(lines, Lines { results: vec!["0:stop:7:1".into()], complaint });
    let lines = MonitorParser::new(Format::Json).lines_for(&refused);
    let expected = r#"{"command":"stop:7","event":"failed","reason":"there is no torrent 7"}"#;
    assert_eq!(lines, Lines::result(expected.into()));
}

#[test]
fn in_json_each_answer_is_one_object_with_its_command() {
    let mut monitor = MonitorParser::new(Format::Json);
    results(&mut monitor, &[created(1, "a:b")]);
    let told: Vec<(Value, Value)> = results(&mut monitor, &answers())
        .iter()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .map(|event: Value| (event["event"].clone(), event["command"].clone()))
        .collect();
    let expected = [
        ("paused", "pause:1"),
        ("resumed", "resume:1"),
        ("list", "list"),
        ("why", "why:1"),
        ("failed", "stop:7"),
        ("closed", "stop:1"),
        ("quit", "quit"),
    ];
    assert_eq!(told, expected.map(|(event, command)| (event.into(), command.into())));
}

/// As if each command had been tagged.
fn tagged(mut message: TorrentMessage) -> TorrentMessage {
    let token = message.token_mut().expect("an answer");
    *token = format!("@t-1 {token}").into();
    message
}

#[test]
fn each_tagged_command_is_answered_by_one_line_with_id_0_that_begins_with_its_tag() {
    let mut monitor = MonitorParser::default();
    let lines = monitor.lines_for(&tagged(created(1, "a: 7"))).results;
    assert_eq!(lines, ["0:@t-1 torrent:a: 7 1:0", "1:a: 7:-1"]);
    let lines = monitor.lines_for(&at(1, 1.0)).results;
    assert_eq!(lines, ["1:a: 7:100"], "what comes later has no tag");
    let again = TorrentAlreadyDownloading {
        token: "torrent:a: 7".into(),
        torrentid: TorrentId::from(1),
        name: "a: 7".into(),
        info_hash: String::new(),
    };
    let lines = monitor.lines_for(&tagged(TorrentMessage::AlreadyDownloading(again))).results;
    assert_eq!(lines, ["0:@t-1 torrent:a: 7 1:0", "1:a: 7:100"]);
    let failure = TorrentMessage::StartFail(TorrentStartFail::new("file:x", "x is not there"));
    let complaint = Some("@t-1 file:x: x is not there".into());
    let results = vec!["0:@t-1 file:x:1".into()];
    assert_eq!(monitor.lines_for(&tagged(failure)), Lines { results, complaint });
    for answer in answers().into_iter().map(tagged) {
        let lines = monitor.lines_for(&answer).results;
        let tagged: Vec<_> = lines.iter().filter(|line| line.starts_with("0:@t-1 ")).collect();
        assert_eq!(tagged.len(), 1, "{lines:?}");
        assert_eq!(lines.last(), Some(tagged[0]), "the answer ends what it consists of");
    }
}

#[test]
fn in_json_answers_carry_the_tag_of_their_command_and_nothing_else_does() {
    let mut monitor = MonitorParser::new(Format::Json);
    let failure = TorrentMessage::StartFail(TorrentStartFail::new("file:x", "x is not there"));
    let mut messages = vec![created(1, "a:b"), failure];
    messages.extend(answers());
    let tags = |lines: Vec<String>| -> Vec<Value> {
        lines
            .iter()
            .map(|line| serde_json::from_str::<Value>(line).expect("an object")["tag"].clone())
            .collect()
    };
    let with: Vec<_> = messages.iter().cloned().map(tagged).collect();
    assert_eq!(tags(results(&mut monitor, &with)), vec![Value::from("t-1"); messages.len()]);
    assert_eq!(tags(results(&mut monitor, &messages)), vec![Value::Null; messages.len()]);
    results(&mut monitor, &[tagged(created(1, "f"))]);
    assert_eq!(tags(results(&mut monitor, &[at(1, 0.5), at(1, 1.0)])), [Value::Null, Value::Null]);
}

#[test]
fn a_torrent_of_a_magnet_link_goes_by_its_own_name_once_that_is_known() {
    let found = TorrentMessage::MetadataFound(TorrentMetadataFound {
        torrentid: TorrentId::from(1),
        name: "own.bin".to_owned(),
        rawmetainfo: b"de".as_slice().into(),
    });
    let messages = [created(1, "link"), at(1, 0.0), found.clone(), at(1, 0.5), at(1, 1.0)];
    let mut monitor = MonitorParser::new(Format::Plain);
    let lines = results(&mut monitor, &messages);
    assert_eq!(lines, ["1:link:-1", "1:link:0", "1:own.bin:50", "1:own.bin:100"]);
    let mut monitor = MonitorParser::new(Format::Json);
    let lines = results(&mut monitor, &[created(1, "link"), found]);
    assert_eq!(lines[1], r#"{"event":"metadata","id":1,"name":"own.bin"}"#);
}
