//! The examples worth copying, each to its end.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use common::*;

const CHAT: &str = env!("CARGO_BIN_EXE_chat");
const CHAT_ROOM: &str = env!("CARGO_BIN_EXE_chat_room");
const DOWNLOAD: &str = env!("CARGO_BIN_EXE_download");
const FETCH_LIST: &str = env!("CARGO_BIN_EXE_fetch_list");
const HOW_LONG: &str = env!("CARGO_BIN_EXE_how_long");
const PUBLISH_DIRECTORY: &str = env!("CARGO_BIN_EXE_publish_directory");
const SHIP_LOGS: &str = env!("CARGO_BIN_EXE_ship_logs");
const TORRENT_INFO: &str = env!("CARGO_BIN_EXE_torrent_info");
const TRACKER: &str = env!("CARGO_BIN_EXE_tracker");
const WATCH_FOLDER: &str = env!("CARGO_BIN_EXE_watch_folder");
const WORD_COUNT: &str = env!("CARGO_BIN_EXE_word_count");

const ALL: [&str; 8] =
    [CHAT, CHAT_ROOM, FETCH_LIST, HOW_LONG, PUBLISH_DIRECTORY, SHIP_LOGS, WATCH_FOLDER, WORD_COUNT];

fn run(program: &str, place: &Path, args: &[&str], input: &str) -> Ended {
    let mut program = Program::start(program, place, args);
    // It may have ended already, and not have read all of it.
    let _ = program.try_write(input.as_bytes());
    program.end_of_input()
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

#[track_caller]
fn assert_done(ended: &Ended) {
    assert_eq!((ended.status, &ended.err), (Some(0), &vec![]), "{ended:?}");
}

#[track_caller]
fn assert_fails(ended: &Ended, sentence: &str) {
    assert_eq!((ended.status, ended.err.len()), (Some(1), 1), "{ended:?}");
    assert!(ended.err[0].contains(sentence), "{sentence}: {ended:?}");
}

#[test]
fn a_directory_is_published_to_several_machines() {
    let place = home();
    write(place.path().join("images/one.img"), bytes(700_000, 1));
    write(place.path().join("images/more/two.img"), bytes(30_000, 2));
    let args = ["images", "--tracker", "127.0.0.1:0"];
    let publisher = Program::start(PUBLISH_DIRECTORY, place.path(), args);
    let link = publisher.line();
    assert!(link.starts_with("magnet:?xt=urn:btih:") && link.contains("127.0.0.1"), "{link}");
    let machines = [home(), home()];
    let started = machines.each_ref().map(|one| Program::start(DOWNLOAD, one.path(), [&link]));
    for (machine, download) in machines.iter().zip(started) {
        assert_done(&download.end_of_input());
        for name in ["images/one.img", "images/more/two.img"] {
            let [there, here] = [&place, machine].map(|one| fs::read(one.path().join(name)));
            assert!(there.expect("it was made") == here.expect("it was fetched"), "{name}");
        }
    }
    assert_done(&publisher.end_by(Signal::Int));
}

#[test]
fn what_cannot_be_published_is_said() {
    let place = home();
    let missing = run(PUBLISH_DIRECTORY, place.path(), &["x", "--tracker", "127.0.0.1:0"], "");
    assert_fails(&missing, "x does not exist");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let taken = run(PUBLISH_DIRECTORY, place.path(), &[".", "--tracker", &address], "");
    assert_fails(&taken, "another program uses that port");
}

#[test]
fn what_appears_in_a_folder_is_seeded_once_it_is_complete() {
    let (place, copy) = (home(), home());
    let tracker = Program::start(TRACKER, place.path(), ["--http", "127.0.0.1:0", "--no-udp"]);
    for folder in ["out", "torrents"] {
        fs::create_dir(place.path().join(folder)).expect("room");
    }
    write(place.path().join("out/early.bin"), bytes(50_000, 1));
    let url = tracker.line();
    let args = ["out", "--torrents", "torrents", "--tracker", &url, "--every", "0.02"];
    let watching = Program::start(WATCH_FOLDER, place.path(), args);
    assert_eq!(watching.until(":100"), ["1:early.bin:-1", "1:early.bin:100"]);
    // Hidden while it is written, and a directory with files.
    let late = write(place.path().join("out/.late/deep/a.bin"), bytes(400_000, 2));
    write(late.with_file_name("b.bin"), "b");
    fs::rename(place.path().join("out/.late"), place.path().join("out/late")).expect("room");
    assert_eq!(watching.until(":100"), ["2:late:-1", "2:late:100"]);
    assert_eq!(names(&place.path().join("torrents")), ["early.bin.torrent", "late.torrent"]);

    let torrent = place.path().join("torrents/late.torrent");
    assert_done(&run(DOWNLOAD, copy.path(), &[shown(&torrent)], ""));
    for name in ["late/deep/a.bin", "late/deep/b.bin"] {
        let there = fs::read(place.path().join("out").join(name)).expect("it was made");
        assert!(there == fs::read(copy.path().join(name)).expect("it was fetched"), "{name}");
    }
    assert_done(&watching.end_by(Signal::Term));
    let missing = run(WATCH_FOLDER, place.path(), &["no/such"], "");
    assert_fails(&missing, "cannot look into no/such: No such file or directory");
}

/// A seeder that has published these files, and where their torrents are.
fn published(place: &Path, files: &[&str]) -> Program {
    let mut seed = seeder(place, PUBLIC);
    for name in files {
        write(place.join(name), bytes(200_000, name.len() as u64));
        seed.say(format!("file:{name}"));
        seed.until(":100");
    }
    seed
}

#[test]
fn a_list_of_torrents_is_fetched_and_a_command_is_run_on_each() {
    let (place, copy) = (home(), home());
    let seed = published(place.path(), &["one", "no 2", "three."]);
    let torrent = |name: &str| place.path().join(format!("{name}.torrent"));
    let info = run(TORRENT_INFO, place.path(), &[shown(&torrent("no 2"))], "");
    let magnet = info.out.iter().find_map(|line| line.strip_prefix("magnet     "));
    let served = fs::read(torrent("three.")).expect("it was written");
    let url = serve(move |_path| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", served.len());
        [head.as_bytes(), &served].concat()
    });
    let magnet = magnet.expect("a magnet link");
    let list = format!("{}\n\n{magnet}\n{url}/t", shown(&torrent("one")));
    let ended = run(FETCH_LIST, copy.path(), &["--dir", "in", "--then", "cksum"], &list);
    assert_done(&ended);
    let said = |name: &str, here: &Path| {
        let sum = std::process::Command::new("cksum").arg(name).current_dir(here).output();
        let sum = String::from_utf8(sum.expect("cksum").stdout).expect("text");
        sum.trim_end().replace(name, &format!("in/{name}"))
    };
    for name in ["one", "no 2", "three."] {
        assert!(ended.out.iter().any(|line| line == name), "{name}: {ended:?}");
        assert!(ended.out.contains(&said(name, place.path())), "{name}: {ended:?}");
    }
    assert_eq!(ended.out.len(), 6);
    drop(seed);
}

#[test]
fn what_of_a_list_was_not_done_is_said_and_the_rest_is_done() {
    let (place, copy) = (home(), home());
    let seed = published(place.path(), &["one"]);
    let torrent = place.path().join("one.torrent");
    let list = format!("missing.torrent\nmagnet:?dn=x\n{}\n", shown(&torrent));
    let ended = run(FETCH_LIST, copy.path(), &["--then", "true"], &list);
    assert_eq!((ended.status, &ended.out), (Some(1), &vec!["one".to_owned()]), "{ended:?}");
    let sentences = [
        "fetch_list: missing.torrent: cannot read `missing.torrent`: No such file",
        "fetch_list: magnet:?dn=x: this magnet link names no torrent",
        "fetch_list: 2 of the list were not done",
    ];
    for sentence in sentences {
        assert!(ended.err.iter().any(|line| line.starts_with(sentence)), "{sentence}: {ended:?}");
    }
    let failed = run(FETCH_LIST, copy.path(), &["--then", "false"], shown(&torrent));
    assert_eq!((failed.status, failed.out.len()), (Some(1), 0), "{failed:?}");
    assert!(failed.err[0].contains("one: false ended with exit status: 1"), "{failed:?}");
    drop(seed);
}

/// The list is on the standard input of the program, and more of it may come.
#[test]
fn a_command_that_reads_its_input_finds_none() {
    let (place, copy) = (home(), home());
    let seed = published(place.path(), &["one"]);
    let script = write(copy.path().join("reads"), "#!/bin/sh\ncat\n");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(&script, executable).expect("it is ours");
    let args = ["--then", shown(&script)];
    let mut list = Program::start(FETCH_LIST, copy.path(), args);
    list.say(shown(&place.path().join("one.torrent")));
    assert_eq!(list.line(), "one");
    assert_done(&list.end_of_input());
    drop(seed);
}

#[test]
fn guests_of_a_room_hear_each_other_and_not_themselves() {
    let place = home();
    let room = Program::start(CHAT_ROOM, place.path(), ["127.0.0.1:0"]);
    let address = room.line();
    let guest = |name: &str| Program::start(CHAT, place.path(), [&address, "--name", name]);
    let (mut ada, mut bob) = (guest("ada"), guest("bob"));
    // Who comes last is not known, so one speaks until the other hears it.
    let mut tries = 0;
    while ada.is_silent_for(Duration::from_millis(50)) {
        assert!(tries < 1000, "nobody hears anything");
        bob.say("are you there?");
        tries += 1;
    }
    ada.say("hello\u{7}");
    assert_eq!(bob.line(), "ada: hello?", "a bell is not rung");
    bob.say("and goodbye");
    assert_eq!(ada.until("goodbye").last().expect("a line"), "bob: and goodbye");
    let bob = bob.end_of_input();
    assert_done(&bob);
    assert_eq!(bob.out, [""; 0], "nobody hears itself");
    assert_done(&room.end_by(Signal::Term));
    assert_done(&ada.ended());
}

#[test]
fn a_guest_finds_nobody_there() {
    let address = unused_port().to_string();
    let ended = run(CHAT, home().path(), &[&address, "--name", "ada"], "");
    assert_fails(&ended, "nobody listens there; is the server running, and is the port right?");
}

#[test]
fn words_are_counted_over_all_files_whatever_the_number_of_workers() {
    let place = home();
    for number in 0..40 {
        let text = format!("one, ONE two\nÜber_über{number} ").repeat(number);
        write(place.path().join(format!("{number}.txt")), text);
    }
    let list: String = (0..40).map(|number| format!("{number}.txt\n")).collect();
    for workers in ["1", "3", "50"] {
        let args = ["--workers", workers, "--top", "4"];
        let ended = run(WORD_COUNT, place.path(), &args, &list);
        assert_done(&ended);
        let expected = ["    1560 one", "     780 two", "     780 über", "      39 über39"];
        assert_eq!(ended.out, expected, "{workers} workers");
    }
    let missing = run(WORD_COUNT, place.path(), &[], "1.txt\nmissing\n");
    assert_fails(&missing, "cannot read missing: No such file");
    assert_eq!(missing.out, [""; 0], "no total is better than a wrong one");
}

#[test]
fn logs_arrive_whole_and_in_order() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound").to_string();
    let mut shipper = Program::start(SHIP_LOGS, home().path(), [&address, "--rate", "100000"]);
    let (mut stream, _) = listener.accept().expect("a shipper");
    let sent: String = (0..3000).map(|number| format!("line {number}\n")).collect();
    shipper.write(sent.as_bytes());
    shipper.close_input();
    let mut arrived = String::new();
    stream.read_to_string(&mut arrived).expect("text");
    assert!(arrived == sent, "{} of {} bytes", arrived.len(), sent.len());
    drop(stream);
    assert_done(&shipper.ended());
}

#[test]
fn lines_for_which_there_is_no_time_are_counted_where_that_is_wanted() {
    const LINES: u64 = 20_000;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound").to_string();
    let args = [&address, "--lossy", "--rate", "2000"];
    let mut shipper = Program::start(SHIP_LOGS, home().path(), args);
    let (stream, _) = listener.accept().expect("a shipper");
    let sent: String = (1..=LINES).map(|number| format!("{number}\n")).collect();
    shipper.write(sent.as_bytes());
    shipper.close_input();
    let (mut next, mut dropped) = (1, 0);
    for line in BufReader::new(stream).lines() {
        let line = line.expect("text");
        match line.strip_prefix('(').and_then(|rest| rest.strip_suffix(" lines were dropped here)"))
        {
            Some(count) => {
                let count: u64 = count.parse().expect("a number");
                (next, dropped) = (next + count, dropped + count);
            }
            None => {
                assert_eq!(line, next.to_string());
                next += 1;
            }
        }
    }
    assert_eq!(next, LINES + 1, "each line is there or was counted");
    assert!(dropped > 0);
    assert_done(&shipper.ended());
}

#[test]
fn a_collector_that_hangs_up_is_told_of() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound").to_string();
    let mut shipper = Program::start(SHIP_LOGS, home().path(), [&address, "--rate", "10"]);
    let (stream, _) = listener.accept().expect("a shipper");
    shipper.say("one");
    let mut lines = BufReader::new(stream).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), "one");
    drop(lines);
    let ended = shipper.ended();
    assert_fails(&ended, "broke off: it was closed before all was sent");
    let nobody = run(SHIP_LOGS, home().path(), &[&unused_port().to_string()], "");
    assert_fails(&nobody, "nobody listens there");
}

#[test]
fn a_swarm_is_faster_than_a_server_and_the_same_for_everybody() {
    let args = ["4", "12", "--mib", "4"];
    let table = run(HOW_LONG, home().path(), &args, "");
    assert_done(&table);
    assert_eq!(table.out, run(HOW_LONG, home().path(), &args, "").out);
    let seconds = |line: &String| -> Vec<f64> {
        line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
    };
    let [few, many] = [&table.out[1], &table.out[2]].map(seconds);
    assert_eq!((few[0], many[0]), (4.0, 12.0));
    // The server's time is three times as long, the swarm's is not.
    assert!(many[1] > 2.9 * few[1] && many[3] < 2.0 * few[3] && many[3] < many[1], "{table:?}");
}

/// Lines that somebody sees at once, with a small font.
const SCREEN: usize = 80;

#[test]
fn each_fits_on_a_screen_and_its_page_says_how_to_run_it() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("copy");
    let page = fs::read_to_string(place.join("README.md")).expect("a page");
    for program in ALL {
        let name = Path::new(program).file_stem().and_then(|name| name.to_str()).expect("a name");
        let text = fs::read_to_string(place.join(format!("{name}.rs"))).expect("its source");
        let lines = text.lines().count();
        assert!(lines <= SCREEN, "{name} has {lines} lines");
        assert!(page.contains(&format!("[`{name}.rs`]({name}.rs)")), "{name} is not listed");
        assert!(page.contains(&format!("--bin {name} -- ")), "how to run {name} is not said");
    }
    assert_eq!(ALL.len(), names(&place).len() - 1, "all but the page are programs");
}

#[test]
fn each_has_help_and_a_version_and_wrong_usage_is_status_2() {
    let place = home();
    for program in ALL {
        let help = run(program, place.path(), &["--help"], "");
        assert_done(&help);
        assert!(help.out.iter().any(|line| line.starts_with("Usage: ")), "{help:?}");
        let version = run(program, place.path(), &["--version"], "");
        assert!(version.out[0].ends_with(env!("CARGO_PKG_VERSION")), "{version:?}");
        let wrong = run(program, place.path(), &["--no-such"], "");
        assert_eq!((wrong.status, wrong.out.len()), (Some(2), 0), "{wrong:?}");
    }
}

#[test]
fn none_panics_when_nobody_reads_what_it_says() {
    let place = home();
    write(place.path().join("text"), "a word");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound").to_string();
    let guest = [&address[..], "--name", "ada"];
    let commands: [(&str, &[&str], &str); 5] = [
        (WORD_COUNT, &[], "text\n"),
        (HOW_LONG, &["2", "--mib", "1"], ""),
        (CHAT_ROOM, &["127.0.0.1:0"], ""),
        (PUBLISH_DIRECTORY, &["text", "--tracker", "127.0.0.1:0"], ""),
        (CHAT, &guest, ""),
    ];
    for (program, args, input) in commands {
        for out in [full, nobody] {
            let run = || Program::start_writing_to(program, place.path(), args, out(), nobody());
            let mut run = run();
            if program == CHAT {
                let (mut stream, _) = listener.accept().expect("a guest");
                std::io::Write::write_all(&mut stream, b"hello\n").expect("it is taken");
            }
            let _ = run.try_write(input.as_bytes());
            assert_eq!(run.end_of_input().status, Some(1), "{program} {args:?}");
        }
    }
}
