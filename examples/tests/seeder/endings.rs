//! How runs end.

use super::*;

/// How many seeds a tracker counts, over all torrents.
fn seeds(tracker: &str) -> usize {
    let scrape = get(&tracker.replace("announce", "scrape"));
    let text = String::from_utf8_lossy(&scrape).into_owned();
    let counts = text.split("8:completei").skip(1);
    counts.map(|rest| rest.split('e').next().unwrap().parse::<usize>().unwrap()).sum()
}

fn wait_for_seeds(tracker: &str, wanted: usize) {
    let until = Instant::now() + AGES;
    while seeds(tracker) != wanted {
        assert!(Instant::now() < until, "{} seeds, not {wanted}", seeds(tracker));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn keep_seeds_until_a_signal_and_says_goodbye_to_the_tracker() {
    let place = home();
    let args = ["--http", "127.0.0.1:0"];
    let tracker = Program::start(env!("CARGO_BIN_EXE_tracker"), place.path(), args);
    let url = tracker.line();
    write(place.path().join("song"), bytes(300_000, 9));
    for signal in [Signal::Int, Signal::Term] {
        let args = ["--listen", "127.0.0.1:0", "--tracker", &url, "--keep"];
        let mut seed = seeder(place.path(), args);
        seed.say("file:song");
        seed.until(":100");
        seed.close_input();
        wait_for_seeds(&url, 1);
        let copy = home();
        let torrent = format!("torrent:{}", place.path().join("song.torrent").display());
        let got = told(copy.path(), &ALONE, torrent);
        assert_eq!(got.status, Some(0), "still there after the end of its input: {got:?}");
        let ended = seed.end_by(signal);
        assert_eq!((ended.status, &ended.err), (Some(0), &vec![]), "{signal:?}");
        assert!(ended.took < SOON, "{:?}", ended.took);
        assert_eq!(seeds(&url), 0, "{signal:?}");
    }
}

#[test]
fn a_silent_tracker_keeps_nobody_and_a_second_signal_ends_at_once() {
    let place = home();
    write(place.path().join("song"), "la");
    let (_listener, address) = silent_server();
    let url = format!("http://{address}/announce");
    let start = || {
        let args = ["--listen", "127.0.0.1:0", "--tracker", &url, "--keep", "-vv"];
        let mut seed = seeder(place.path(), args);
        seed.say("file:song");
        seed.until(":100");
        seed
    };
    let patient = start().end_by(Signal::Term);
    assert_eq!(patient.status, Some(0));
    assert!(patient.took < SOON, "{:?}", patient.took);
    for (signal, status) in [(Signal::Int, 130), (Signal::Term, 143)] {
        let seed = start();
        seed.signal(Signal::Int);
        // The first one must have been taken, or the two would be one.
        while !seed.complaint().ends_with("`console` finished") {}
        let hasty = seed.end_by(signal);
        assert_eq!(hasty.status, Some(status));
        assert!(hasty.took < Duration::from_secs(2), "{:?}", hasty.took);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_that_goes_ends_a_seeder_in_order_however_often_that_is_said() {
    let place = home();
    let (_listener, address) = silent_server();
    let url = format!("http://{address}/announce");
    write(place.path().join("song"), "la");
    // Whoever runs this test may have it ignored.
    let hears = ["--default-signal=HUP", SEEDER, "--listen", "127.0.0.1:0", "--tracker", &url];
    let mut seed = Program::start("env", place.path(), [&hears[..], &["-vv"]].concat());
    seed.say("file:song");
    seed.until(":100");
    seed.signal(Signal::Hup);
    while !seed.complaint().ends_with("`console` finished") {}
    let ended = seed.end_by(Signal::Hup);
    assert_eq!(ended.status, Some(0), "{ended:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn where_hangups_were_ignored_from_the_start_they_stay_so() {
    let place = home();
    let script = format!("trap '' HUP; exec {SEEDER} {}", ALONE.join(" "));
    let mut seeder = Program::start("sh", place.path(), ["-c", &script]);
    seeder.say("list");
    assert_eq!(seeder.line(), "0:list:0");
    seeder.signal(Signal::Hup);
    seeder.say("list");
    assert_eq!(seeder.line(), "0:list:0");
    assert_eq!(seeder.end_of_input().status, Some(0));
}

#[test]
fn a_signal_while_something_is_not_done_is_status_1() {
    let place = home();
    write(place.path().join("x.torrent"), torrent("x"));
    for signal in [Signal::Int, Signal::Term] {
        let mut seeder = seeder(place.path(), ALONE);
        seeder.say("torrent:x.torrent");
        seeder.until(":0");
        let ended = seeder.end_by(signal);
        assert_eq!((ended.status, ended.out.len()), (Some(1), 0), "{ended:?}");
    }
}

#[test]
fn what_is_not_answered_when_a_signal_comes_is_answered_as_a_failure() {
    let place = home();
    let (_listener, address) = silent_server();
    let huge = fs::File::create(place.path().join("huge")).unwrap();
    // Takes no room, and ages to read.
    huge.set_len(1 << 40).unwrap();
    let url = format!("torrent:http://{address}/x");
    let input = format!("{url}\nfile:huge\nhello\n");
    let ends = [&[][..], &["--json"]].map(|json| {
        let mut seeder = match json {
            [] => seeder(place.path(), ALONE),
            _ => telling_objects(place.path(), &ALONE),
        };
        seeder.write(input.as_bytes());
        if json.is_empty() {
            seeder.complaint();
        } else {
            seeder.line();
        }
        seeder.signal(Signal::Term);
        seeder
    });
    let [plain, json] = ends.map(Program::ended);
    for ended in [&plain, &json] {
        assert_eq!(ended.status, Some(1));
        assert!(ended.took < SOON, "{:?}", ended.took);
    }
    let reason = "it was not done before everything was stopped";
    assert_eq!(plain.err, [format!("{url}: {reason}"), format!("file:huge: {reason}")]);
    assert_eq!(plain.out, [""; 0]);
    let answers: Vec<_> = objects(&json.out)
        .iter()
        .map(|event| (event["command"].clone(), event["reason"].clone()))
        .collect();
    let expected = [&url, "file:huge"].map(|command| (command.into(), reason.into()));
    assert_eq!(answers, expected);
}

#[test]
fn a_reader_that_goes_away_ends_the_seeder_in_order() {
    let place = home();
    write(place.path().join("song"), "la");
    let (reader, writer) = io::pipe().expect("a pipe");
    let (out, err) = (writer.into(), Stdio::piped());
    let mut seeder = Program::start_writing_to(SEEDER, place.path(), ALONE, out, err);
    seeder.say("file:song");
    let lines: Vec<_> = BufReader::new(reader).lines().take(2).map(Result::unwrap).collect();
    assert_eq!(lines, ["1:song:-1", "1:song:100"]);
    if !cfg!(target_os = "linux") {
        // The next line notices.
        seeder.say("file:song");
    }
    let sentence = "seeder: standard output is closed: nobody reads it any more";
    assert_eq!(seeder.complaint(), sentence);
    let ended = seeder.ended();
    assert_eq!((ended.status, ended.err.len()), (Some(1), 0), "{ended:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_driver_that_dies_takes_its_seeder_along_though_there_is_nothing_to_say() {
    let place = home();
    write(place.path().join("x.torrent"), torrent("x"));
    for options in [&[][..], &["--keep"], &["--json"]] {
        let (reader, writer) = io::pipe().expect("a pipe");
        let (out, err) = (writer.into(), Stdio::piped());
        let args = [&ALONE[..], options].concat();
        let mut seeder = Program::start_writing_to(SEEDER, place.path(), args, out, err);
        // Nobody has it, so it stands still.
        seeder.say("torrent:x.torrent");
        let mut lines = BufReader::new(reader).lines().map(Result::unwrap);
        assert!(lines.any(|line| line == "1:x:0" || line.contains(r#""event":"progress""#)));
        drop(lines);
        let ended = seeder.end_of_input();
        assert_eq!(ended.status, Some(1), "{options:?}: {ended:?}");
        let sentence = "seeder: standard output is closed: nobody reads it any more";
        assert_eq!(ended.err, [sentence], "{options:?}");
    }
}

#[test]
fn a_reader_that_is_stuck_and_a_tracker_that_is_silent_keep_nobody() {
    let place = home();
    write(place.path().join("song"), "la");
    let (_listener, address) = silent_server();
    let url = format!("http://{address}/announce");
    let args = ["--listen", "127.0.0.1:0", "--tracker", &url, "--json"];
    let (reader, writer) = io::pipe().expect("a pipe");
    let (out, err) = (writer.into(), Stdio::piped());
    let mut seeder = Program::start_writing_to(SEEDER, place.path(), args, out, err);
    // Their answers are more than a pipe holds, and they are not.
    seeder.say(format!("file:song\n{}", "nonsense\n".repeat(2000)));
    let mut lines = BufReader::new(reader).lines();
    let is_failure = |line: io::Result<String>| line.expect("text").contains(r#""event":"failed""#);
    assert!(lines.by_ref().any(is_failure), "nonsense is answered");
    let ended = seeder.end_by(Signal::Term);
    assert_eq!(ended.status, Some(1));
    assert!(ended.took < SOON, "{:?}", ended.took);
}

#[test]
fn a_standard_output_without_room_is_said() {
    let place = home();
    write(place.path().join("song"), "la");
    let err = Stdio::piped();
    let mut seeder = Program::start_writing_to(SEEDER, place.path(), ALONE, full(), err);
    seeder.say("file:song");
    let sentence = "seeder: standard output cannot be written: No space left";
    assert!(seeder.complaint().starts_with(sentence));
    assert_eq!(seeder.ended().status, Some(1));
}

#[test]
fn nobody_need_read_the_complaints() {
    let place = home();
    write(place.path().join("song"), "la");
    let to = |err| Program::start_writing_to(SEEDER, place.path(), ALONE, Stdio::piped(), err);
    let closed = format!("exec seeder {} 2>&-", ALONE.join(" "));
    let closed = Program::start("sh", place.path(), ["-c", &closed]);
    for mut seeder in [to(full()), to(nobody()), closed] {
        for _ in 0..20 {
            seeder.say("file:missing\nnonsense");
        }
        seeder.say("file:song");
        assert_eq!(seeder.until(":100"), ["1:song:-1", "1:song:100"]);
        assert_eq!(seeder.end_of_input().status, Some(1));
    }
}

#[test]
fn a_seeder_with_nothing_to_do_does_nothing() {
    let place = home();
    write(place.path().join("song"), "la");
    let mut seeder = seeder(place.path(), PUBLIC);
    seeder.say("file:song");
    seeder.until(":100");
    let before = ticks(seeder.id());
    assert!(seeder.is_silent_for(Duration::from_secs(1)));
    let spent = ticks(seeder.id()) - before;
    assert!(spent <= 10, "{spent} hundredths of a second of processor time in one second");
    assert_eq!(seeder.end_of_input().status, Some(0));
}

/// Processor time a process has used, in hundredths of a second.
fn ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    let fields = stat.rsplit(") ").next().expect("fields after the name");
    let number = |at: usize| fields.split(' ').nth(at).unwrap().parse::<u64>().unwrap();
    number(11) + number(12)
}
