//! The swarm in a box as a person or a script meets it.

mod common;

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use common::*;
use serde_json::Value;

const SWARM: &str = env!("CARGO_BIN_EXE_swarm_in_a_box");

/// A swarm that is over soon.
const SMALL: &str = "--leechers 4 --size 1MiB --piece 64KiB";

fn run(place: &Path, line: impl AsRef<str>) -> Ended {
    let args = line.as_ref().split_whitespace().map(str::to_owned);
    Program::start(SWARM, place, args).end_of_input()
}

/// The one object that `--json` prints.
fn object(place: &Path, line: &str) -> Value {
    let ended = run(place, format!("{line} --json"));
    assert_eq!((ended.status, ended.out.len()), (Some(0), 1), "{ended:?}");
    assert_eq!(ended.err, [""; 0]);
    serde_json::from_str(&ended.out[0]).expect("JSON")
}

#[test]
fn json_is_one_object_that_tells_when_all_finished_and_what_it_cost() {
    let object = object(home().path(), SMALL);
    let number = |name: &str| {
        let value = object[name].as_f64();
        value.unwrap_or_else(|| panic!("{name} is {} in {object}", object[name]))
    };
    let (first, median, last) = (number("first"), number("median"), number("last"));
    assert!(0.0 < first && first <= median && median <= last, "{object}");
    assert_eq!(number("fluid_bound"), 1.0, "a seed of 1 MiB/s sends 1 MiB");
    assert!(number("ratio") >= 1.0 && number("ratio") <= last, "nobody beats the bound");
    assert!(number("blocks") >= 4.0 * 64.0, "each of four gets 64 blocks");
    assert_eq!(number("finished"), 4.0);
    assert_eq!(object["log_hash"].as_str().map(str::len), Some(40));
    for name in ["seed", "seeds", "leechers", "duplicates", "messages", "events", "cpu_seconds"] {
        assert!(number(name) >= 0.0, "{name}");
    }
}

#[test]
fn the_same_seed_gives_the_same_swarm_and_another_seed_another() {
    let home = home();
    let numbers = |line: &str| {
        let mut object = object(home.path(), &format!("{SMALL} {line}"));
        for cost in ["cpu_seconds", "peak_memory"] {
            object.as_object_mut().expect("an object").remove(cost);
        }
        object.to_string()
    };
    assert_eq!(numbers("--seed 7"), numbers("--seed 7"));
    assert_ne!(numbers("--seed 7"), numbers("--seed 8"));
    assert_eq!(numbers("--seed 1"), numbers(""));
}

#[test]
fn behaviours_arrivals_and_bad_lines_change_what_happens() {
    let home = home();
    let mut hashes = HashSet::new();
    for line in [
        "",
        "--behaviours free-riders=1",
        "--behaviours hidden=2,super-seeds=1",
        "--behaviours boasters=1,snubbers=1",
        "--behaviours slow-seeds=100%",
        "--arrivals steady:1",
        "--arrivals within:5s",
        "--latency 100ms",
        "--jitter 50ms",
        "--loss 2%",
        "--tick 20ms",
        "--seed-up 2MiB",
        "--down 512KiB",
        "--seeds 2",
    ] {
        let object = object(home.path(), &format!("{SMALL} {line}"));
        assert_eq!(object["unfinished"], 0, "{line}: {object}");
        assert!(hashes.insert(object["log_hash"].to_string()), "`{line}` changes nothing");
    }
}

#[test]
fn a_swarm_that_cannot_finish_ends_when_it_is_told_to() {
    let object = object(home().path(), "--seeds 0 --leechers 2 --size 64KiB --until 30s");
    assert_eq!((&object["finished"], &object["unfinished"]), (&Value::from(0), &Value::from(2)));
    assert_eq!((&object["first"], &object["ratio"]), (&Value::Null, &Value::Null));
    assert!(object["ended"].as_f64() <= Some(31.0), "{object}");
}

#[test]
fn the_summary_has_no_escape_codes_in_a_pipe() {
    let ended = run(home().path(), SMALL);
    assert_eq!((ended.status, &ended.err), (Some(0), &vec![]));
    assert!(ended.out[0].starts_with("swarm      1 seed and 4 leechers for 1 MiB in 16 pieces"));
    assert!(ended.out[1].starts_with("finished   4 of 4: first "), "{ended:?}");
    assert!(ended.out.iter().all(|line| !line.contains('\x1b')), "{ended:?}");
}

#[test]
fn a_log_hashes_to_what_was_said_and_tells_the_same_again() {
    let home = home();
    let object_of_run = object(home.path(), &format!("{SMALL} --log a.log --plot a.svg"));
    let again = object(home.path(), "--replay a.log --plot b.svg");
    for name in ["seed", "log_hash", "events", "finished", "first", "median", "last", "pieces"] {
        assert_eq!(again[name], object_of_run[name], "{name}");
    }
    let log = fs::read_to_string(home.path().join("a.log")).expect("a log");
    assert!(log.starts_with("swarm-log 1 seed=1 pieces=16 piece-length=65536 bytes=1048576\n"));
    assert_eq!(log.lines().count() as u64, 1 + again["events"].as_u64().expect("a number"));
    let summary = run(home.path(), "--replay a.log");
    assert!(summary.out[1].starts_with("finished   4 of 4: first "), "{summary:?}");
    assert_eq!(names(home.path()), ["a.log", "a.svg", "b.svg"]);
}

#[test]
fn a_plot_is_well_formed_and_shows_the_bound() {
    let home = home();
    run(home.path(), format!("{SMALL} --plot swarm.svg"));
    let svg = fs::read_to_string(home.path().join("swarm.svg")).expect("a plot");
    assert_well_formed(&svg);
    for text in ["1 seed, 4 leechers", "peers finished", "MiB stored", "copies", "fluid bound"] {
        assert!(svg.contains(text), "{text}");
    }
}

/// Every tag that is opened is closed, in the right order, and nothing follows.
fn assert_well_formed(xml: &str) {
    let mut open = Vec::new();
    let mut rest = xml.trim();
    assert!(rest.starts_with("<svg") && rest.ends_with("</svg>"));
    while let Some(start) = rest.find('<') {
        assert!(!open.is_empty() || start == 0, "`{}` is outside of everything", &rest[..start]);
        let end = start + rest[start..].find('>').expect("a tag that ends");
        let tag = &rest[start + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') && !tag.starts_with(['?', '!']) {
            open.push(tag.split_whitespace().next().expect("a name"));
        }
        rest = &rest[end + 1..];
    }
    assert_eq!((open, rest), (vec![], ""));
}

#[test]
fn the_whole_report_can_be_had() {
    let home = home();
    let object = object(home.path(), &format!("{SMALL} --report report.json"));
    let report = fs::read_to_string(home.path().join("report.json")).expect("a report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["log"]["hash"], object["log_hash"]);
    assert_eq!(report["peers"].as_array().map(Vec::len), Some(5));
    assert_eq!(report["peers"][1]["pieces"], 16);
    let samples = report["samples"].as_array().expect("samples");
    assert_eq!(samples.last().expect("one at the end")["pieces_stored"], 64);
}

#[test]
fn what_describes_no_swarm_is_refused_in_a_sentence() {
    let home = home();
    for (line, sentence) in [
        ("--size 0", "a torrent of 0 bytes has nothing to share"),
        ("--size 5pounds", "`pounds` is no unit; write bytes, or 256MiB, or 10MB"),
        ("--piece 100000", "a piece length of 100000 bytes is not a power of two"),
        ("--up 0", "0 lets nothing through; write `unlimited` for no limit"),
        ("--latency 5", "`5` is no time"),
        ("--loss 2", "`2` is no part of a whole, such as 0.01 or 1%"),
        ("--tick 2s", "a tick is 2000 ms long, and should be between 1 and 1000 ms"),
        ("--behaviours saints=1", "`saints` is no behaviour; there are free-riders, liars"),
        ("--leechers 3 --behaviours liars=5", "of 3 leechers, 5 cannot behave otherwise"),
        ("--seeds 0 --leechers 0", "there are no peers"),
        ("--arrivals now", "write flash, steady:RATE"),
        ("--plot swarm.png", "plots are SVG; give the file a name that ends in .svg"),
        ("--replay x --log y", "cannot be used with"),
    ] {
        let ended = run(home.path(), line);
        assert_eq!((ended.status, ended.out.len()), (Some(2), 0), "{line}: {ended:?}");
        assert!(ended.err[0].contains(sentence), "{line}: {ended:?}");
    }
    assert_eq!(names(home.path()), [""; 0], "nothing was made");
}

#[test]
fn files_that_cannot_be_read_or_written_are_named_before_any_work_is_done() {
    let home = home();
    write(home.path().join("page"), "<html>");
    for (line, sentence) in [
        ("--replay missing", "cannot read missing: No such file"),
        ("--replay page", "page is no log of a swarm: line 1: it does not begin with"),
        ("--log no/such/place", "cannot write no/such/place: No such file"),
        ("--leechers 1000 --size 1TiB --plot no/such.svg", "cannot write no/such.svg"),
    ] {
        let ended = run(home.path(), line);
        assert_eq!((ended.status, ended.out.len()), (Some(1), 0), "{line}: {ended:?}");
        assert!(ended.err[0].starts_with(&format!("swarm_in_a_box: {sentence}")), "{ended:?}");
    }
}

#[test]
fn ctrl_c_ends_it_with_what_there_is_to_say_by_then() {
    let home = home();
    let swarm = "--leechers 20 --size 100GiB --json --log a.log";
    let swarm = Program::start(SWARM, home.path(), swarm.split(' '));
    // It is made when everything is ready.
    while !home.path().join("a.log").exists() {
        std::thread::yield_now();
    }
    let ended = swarm.end_by(Signal::Int);
    assert_eq!((ended.status, ended.out.len()), (Some(130), 1), "{ended:?}");
    let object: Value = serde_json::from_str(&ended.out[0]).expect("JSON");
    assert_eq!(object["finished"], 0);
    let log = fs::read_to_string(home.path().join("a.log")).expect("a log");
    assert!(log.contains("joined nothing leechers"));
}

#[test]
fn nobody_reading_is_no_reason_to_panic() {
    for out in [full, nobody] {
        let args = SMALL.split(' ');
        let swarm = Program::start_writing_to(SWARM, home().path(), args, out(), nobody());
        assert_eq!(swarm.end_of_input().status, Some(1));
    }
}
