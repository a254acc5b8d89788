//! What a seeder remembers from one run to the next.

use super::*;

const PIECE: usize = 256 * 1024;

/// As the engine has them.
const DISK_THREADS: usize = 2;

/// A seeder that shares a file of this length, and its torrent.
fn sharing(home: &Path, length: usize) -> (Program, PathBuf, String) {
    write(home.join("song"), bytes(length, 1));
    let address = unused_port().to_string();
    let mut seed = seeder(home, ["--listen", &address, "--no-tracker"]);
    seed.say("file:song");
    seed.until(":100");
    (seed, home.join("song.torrent"), address)
}

fn right_pieces(copy: &Path, original: &[u8]) -> usize {
    let copy = fs::read(copy).unwrap_or_default();
    copy.chunks(PIECE).zip(original.chunks(PIECE)).filter(|(a, b)| a == b).count()
}

/// Waits until so many more pieces are announced in the journal.
fn wait_for_pieces(state: &Path, pieces: u64) {
    // What is noted of one piece of one file.
    const NOTES: u64 = 17 + 39;
    let journal = || {
        let files = fs::read_dir(state).expect("a directory");
        let paths = files.map(|file| file.expect("a file").path());
        let journal = paths.filter(|path| path.extension().is_some_and(|name| name == "resume"));
        journal.filter_map(|path| Some(fs::metadata(path).ok()?.len())).sum::<u64>()
    };
    let (start, begin) = (Instant::now(), journal());
    while journal() < begin + pieces * NOTES && start.elapsed() < AGES {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_download_survives_twenty_kills_and_reads_only_what_was_in_flight() {
    let (data, copy, state) = (home(), home(), home());
    let (_seed, torrent, address) = sharing(data.path(), 160 << 20);
    let original = fs::read(data.path().join("song")).expect("a file");
    let args = ["-v", "--listen", "127.0.0.1:0", "--no-tracker", "--peer", &address];
    let args = [&args[..], &["--state", shown(state.path())]].concat();
    let target = copy.path().join("song");
    let mut unfinished = 0;
    let mut known_before = 0;
    for kill in 0..20 {
        let right = right_pieces(&target, &original);
        let mut get = seeder(copy.path(), args.iter().copied());
        if kill == 0 {
            get.say(format!("torrent:{}", torrent.display()));
        }
        let (known, checked) = recalled(&get);
        if kill > 0 {
            assert!(known >= known_before, "kill {kill}: {known} of {known_before} known");
            // Each disk thread may have been in the middle of a piece.
            let in_flight = right - known + DISK_THREADS;
            assert!(checked <= in_flight, "kill {kill}: {checked} of {in_flight} checked");
            assert!(known + checked >= right, "kill {kill}: {known} + {checked} of {right}");
        }
        if right < original.len() / PIECE {
            unfinished += 1;
            wait_for_pieces(state.path(), 20);
        }
        known_before = known;
        // Which is what dropping it does.
        drop(get);
    }
    assert!(unfinished > 5, "too fast to be met on the way");
    let last = seeder(copy.path(), args);
    let (known, checked) = recalled(&last);
    assert!(known + checked >= known_before);
    let ended = last.end_of_input();
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(fs::read(target).expect("a file") == original);
}

#[test]
fn a_published_file_is_seeded_again_without_being_read() {
    let (data, state) = (home(), home());
    write(data.path().join("song"), bytes(3_000_000, 1));
    let args = [&ALONE[..], &["-v", "--json", "--state", shown(state.path())]].concat();
    assert_eq!(told(data.path(), &args, "file:song\n").status, Some(0));
    let again = told(data.path(), &args, "");
    assert_eq!(again.status, Some(0), "{again:?}");
    let events = events(&again.out);
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!((names[0], names.last()), ("restored", Some(&"complete")), "{events:?}");
    let told = again.err.iter().find(|line| line.contains("pieces are known"));
    let told = told.expect("it was taken up");
    assert!(told.ends_with("12 pieces are known, 0 were checked"), "{told}");
}

#[test]
fn orders_are_remembered() {
    let (data, state) = (home(), home());
    write(data.path().join("song"), bytes(300_000, 1));
    write(data.path().join("other"), bytes(300_000, 2));
    let args = [&ALONE[..], &["--state", shown(state.path())]].concat();
    let mut first = seeder(data.path(), args.iter().copied());
    first.say("file:song\nfile:other");
    first.until("2:other:100");
    first.say("pause:1\nquit");
    assert_eq!(first.ended().status, Some(0));
    let mut second = seeder(data.path(), args.iter().copied());
    second.until("2:other:100");
    second.say("why:1");
    assert!(second.until(":0").last().unwrap().contains("pause"), "it still rests");
    second.say("stop:1");
    second.until("0:stop:1:0");
    assert_eq!(second.end_of_input().status, Some(0));
    let third = told(data.path(), &args, "");
    assert_eq!(third.out, ["1:other:-1", "1:other:100"]);
}

#[test]
fn two_seeders_do_not_share_a_state() {
    let (place, state) = (home(), home());
    write(place.path().join("song"), "la");
    let args = [&ALONE[..], &["--state", shown(state.path())]].concat();
    let mut first = seeder(place.path(), args.iter().copied());
    first.say("file:song");
    first.until(":100");
    let second = told(place.path(), &args, "file:song\n");
    assert_eq!(second.status, Some(1));
    assert!(second.err.iter().any(|line| line.contains("in use by another program")), "{second:?}");
}

#[test]
fn a_complete_torrent_that_rests_is_no_failure_of_the_next_run() {
    let (data, state) = (home(), home());
    write(data.path().join("song"), "la");
    let args = [&ALONE[..], &["--state", shown(state.path())]].concat();
    let mut first = seeder(data.path(), args.iter().copied());
    first.say("file:song");
    first.until(":100");
    first.say("pause:1");
    assert_eq!(first.end_of_input().status, Some(0));
    let second = told(data.path(), &args, "");
    assert_eq!(
        (second.status, second.out),
        (Some(0), vec!["1:song:-1".into(), "1:song:100".into()])
    );
}

#[test]
fn a_magnet_link_that_rests_is_not_waited_for() {
    let (place, state) = (home(), home());
    let args = [&ALONE[..], &["--state", shown(state.path())]].concat();
    let mut first = seeder(place.path(), args.iter().copied());
    first.say(format!("magnet:?xt=urn:btih:{}&dn=x", "ab".repeat(20)));
    first.until("x:-1");
    first.say("pause:1");
    let first = first.end_of_input();
    assert_eq!((first.status, first.out), (Some(1), vec!["0:pause:1:0".into()]));
    let second = told(place.path(), &args, "");
    assert_eq!((second.status, second.out), (Some(1), vec!["1:x:-1".into()]));
}

#[test]
fn a_published_file_that_is_gone_is_why_its_torrent_waits() {
    let (data, state) = (home(), home());
    let song = write(data.path().join("song"), bytes(300_000, 1));
    let args = [&ALONE[..], &["--state", shown(state.path())]].concat();
    assert_eq!(told(data.path(), &args, "file:song\n").status, Some(0));
    fs::rename(&song, data.path().join("away")).unwrap();
    let mut second = seeder(data.path(), args.iter().copied());
    let missing = format!("{} does not exist", song.display());
    assert_eq!(second.complaint(), format!("1:song: {missing}"));
    second.say("why:1");
    let why = second.until(":0").pop().expect("an answer");
    let start = format!("0:why:1 it waits for its disk: {missing}; next try ");
    assert!(why.starts_with(&start), "{why}");
    second.say("quit");
    assert_eq!(second.ended().status, Some(1));
}

#[test]
fn a_kept_torrent_that_cannot_be_read_is_told_and_makes_the_status_1() {
    let (data, state) = (home(), home());
    for name in ["good", "bad"] {
        write(data.path().join(name), name);
    }
    let args = [&ALONE[..], &["--state", shown(state.path())]].concat();
    let mut first = telling_objects(data.path(), &args);
    first.say("file:good\n@bad file:bad");
    let hash = loop {
        let event = object(&first.line());
        if event["tag"] == "bad" {
            break event["info_hash"].as_str().expect("an info-hash").to_owned();
        }
    };
    assert_eq!(first.end_of_input().status, Some(0));
    let entry = write(state.path().join(format!("{hash}.entry")), "garbage");
    let reason = format!(
        "{}: it is damaged; add the torrent anew, or remove what is left of it",
        entry.display()
    );
    for end in ["", "quit\n"] {
        let plain = told(data.path(), &args, end);
        assert_eq!(plain.status, Some(1));
        assert_eq!(plain.err, [format!("a torrent of a former run is lost: {reason}")]);
        let json = told(data.path(), &[&args[..], &["--json"]].concat(), end);
        assert_eq!(json.status, Some(1));
        let lost: Vec<_> =
            events(&json.out).into_iter().filter(|event| event["event"] == "lost").collect();
        assert_eq!(lost, [json!({ "event": "lost", "reason": reason })]);
    }
    // Added anew it is kept again, and nothing is wrong any more.
    assert_eq!(told(data.path(), &args, "file:bad\n").status, Some(1));
    let again = told(data.path(), &args, "");
    assert_eq!((again.status, &again.err), (Some(0), &vec![]), "{again:?}");
    assert!(
        again.out.contains(&"1:bad:100".to_owned()) || again.out.contains(&"2:bad:100".to_owned())
    );
}
