//! Options that say how torrents are to be had and shared.

use super::*;

/// A seeder that shares this file or directory, and the command by which others get it.
fn share(place: &Path, name: &str, options: &[&str]) -> (Program, String) {
    let mut seed = seeder(place, [&PUBLIC[..], options].concat());
    seed.say(format!("file:{name}"));
    seed.until(":100");
    (seed, format!("torrent:{}\n", place.join(format!("{name}.torrent")).display()))
}

fn alone(options: &[&'static str]) -> Vec<&'static str> {
    [&ALONE[..], options].concat()
}

#[test]
fn wrong_values_are_said_in_a_sentence_with_status_2() {
    let place = home();
    for (option, value, sentence) in [
        ("--until", "ratio", "write ratio:1.5, time:30m or idle:10m"),
        ("--until", "ratio:much", "`much` is no ratio; write a number such as 1.5"),
        ("--until", "time:30", "`30` is no time; write a number and s, m, h or d, such as 30m"),
        ("--until", "idle:", "`` is no time"),
        ("--max-up", "fast", "write bytes a second, or 500K, or 2M"),
        ("--max-down", "1.5M", "it is not a whole number of bytes a second"),
        ("--max-down", "-1", "it is not a whole number of bytes a second"),
        ("--max-peers", "-1", "`-1` is no number of at least 1"),
        ("--peer", "foo", "write an IP address and a port, such as 127.0.0.1:8080"),
        ("--listen", "99999", "write an IP address and a port, such as 127.0.0.1:8080"),
        ("--ui", "8080", "write an IP address and a port, such as 127.0.0.1:8080"),
        ("--ui", "0.0.0.0:8080", "take 127.0.0.1:8080, or say --ui-for-others too"),
        ("--max-peers", "0", "`0` is no number of at least 1"),
        ("--max-up", "0", "0 lets nothing through"),
        // What an unset variable of a script makes of it: not everything may leave anyhow.
        ("--bind", "", "where an address or the name of an interface should be"),
        ("--select", "skip:", "a pattern of file names is missing"),
        ("--select", "[a", "the pattern `[a` cannot be understood"),
        ("--encryption", "maybe", "maybe"),
        ("--proxy", "http://proxy", "a proxy is written as socks5://host:port"),
        ("--proxy", "socks5://", "the proxy's URL names no host"),
    ] {
        let ended = told(place.path(), &[option, value], "");
        assert_eq!((ended.status, ended.out.len()), (Some(2), 0), "{option} {value}");
        let said = ended.err.join("\n");
        assert!(said.contains(sentence) && !said.contains("tip:"), "{option} {value}: {said}");
    }
    for listen in ["--listen", "--tracker-listen"] {
        let ended = told(place.path(), &["--proxy", "socks5://p", listen, "127.0.0.1:0"], "");
        assert_eq!(ended.status, Some(2), "nobody can come through a proxy: {listen}");
    }
}

#[test]
fn a_way_out_that_is_not_there_ends_the_program_before_it_begins() {
    let place = home();
    write(place.path().join("song"), "la");
    for (option, value, sentence) in [
        ("--bind", "192.0.2.77", "seeder: nothing can leave by the address 192.0.2.77: "),
        ("--bind", "nosuch0", "seeder: nothing can leave by the interface nosuch0: "),
        ("--proxy", "socks5://proxy.invalid", "seeder: the proxy proxy.invalid cannot be found: "),
    ] {
        let ended = told(place.path(), &["--no-tracker", option, value], "file:song\n");
        assert_eq!((ended.status, ended.out.len()), (Some(1), 0), "{option} {value}");
        assert!(ended.err[0].starts_with(sentence), "{ended:?}");
    }
}

#[test]
fn an_address_that_is_not_ours_is_told_with_what_it_was_for() {
    let place = home();
    let ended = told(place.path(), &["--listen", "192.0.2.77:80"], "");
    assert_eq!((ended.status, ended.err.len()), (Some(1), 1));
    let sentence = "seeder: no tracker can be at 192.0.2.77, where peers are listened for: this machine \
                    does not have that address; ";
    assert!(ended.err[0].starts_with(sentence), "{ended:?}");
}

#[test]
fn only_files_that_are_selected_are_downloaded() {
    let data = home();
    for (name, seed) in [("1.ogg", 1), ("2.ogg", 2), ("cd2/3.ogg", 3), ("notes.txt", 4)] {
        write(data.path().join("album").join(name), bytes(300_000, seed));
    }
    let (_seed, torrent) = share(data.path(), "album", &[]);
    for (options, expected) in [
        (&["--select", "*.txt"][..], &["notes.txt"][..]),
        (&["--select", "cd2/", "--select", "high:1.ogg"], &["1.ogg", "3.ogg"]),
        (&["--select", "skip:*.ogg"], &["notes.txt"]),
    ] {
        let copy = home();
        let got = told(copy.path(), &alone(options), &torrent);
        assert_eq!((got.status, &got.err), (Some(0), &vec![]), "{options:?}");
        assert_rises_to_the_end(&got.out, 1, "album");
        for (name, below) in [("1.ogg", ""), ("2.ogg", ""), ("3.ogg", "cd2"), ("notes.txt", "")] {
            let path = |place: &TempDir| place.path().join("album").join(below).join(name);
            let is_whole =
                fs::read(path(&copy)).is_ok_and(|got| got == fs::read(path(&data)).unwrap());
            assert_eq!(is_whole, expected.contains(&name), "{options:?}: {name}");
        }
    }
    let copy = home();
    let none = told(copy.path(), &alone(&["--select", "*.flac"]), &torrent);
    assert_eq!((none.status, none.out.len()), (Some(1), 0));
    assert!(none.err[0].ends_with(": none of its 4 files is wanted"), "{none:?}");
}

#[test]
fn pieces_come_in_order_if_that_is_wanted() {
    let (data, copy) = (home(), home());
    let song = write(data.path().join("song"), bytes(3_000_000, 1));
    let (_seed, torrent) = share(data.path(), "song", &[]);
    let got = told(copy.path(), &alone(&["--sequential"]), torrent);
    assert_eq!(got.status, Some(0), "{got:?}");
    assert!(fs::read(copy.path().join("song")).unwrap() == fs::read(song).unwrap());
}

#[test]
fn bytes_move_no_faster_than_is_allowed() {
    let data = home();
    write(data.path().join("song"), bytes(700_000, 1));
    let (_seed, torrent) = share(data.path(), "song", &["--max-up", "200K"]);
    for options in [&[][..], &["--max-down", "150K"]] {
        let copy = home();
        let start = Instant::now();
        let got = told(copy.path(), &alone(options), &torrent);
        assert_eq!(got.status, Some(0), "{got:?}");
        assert!(start.elapsed() > Duration::from_secs(2), "{options:?}: {:?}", start.elapsed());
    }
}

#[test]
fn a_seed_rests_when_that_is_enough_and_the_program_ends_with_the_last() {
    for end in ["ratio:1", "time:2s", "idle:2s"] {
        let (data, copy) = (home(), home());
        write(data.path().join("song"), bytes(300_000, 1));
        let (mut seed, torrent) = share(data.path(), "song", &["--until", end]);
        seed.close_input();
        let got = told(copy.path(), &ALONE, torrent);
        assert_eq!(got.status, Some(0), "{end}: {got:?}");
        let ended = seed.ended();
        assert_eq!((ended.status, &ended.err), (Some(0), &vec![]), "{end}");
    }
}

#[test]
fn what_was_seeded_enough_is_said_and_can_be_resumed() {
    let place = home();
    write(place.path().join("song"), "la");
    let mut seed = seeder(place.path(), alone(&["--until", "time:1s", "--json"]));
    let next = |seed: &Program, wanted: &str| loop {
        let event: Value = serde_json::from_str(&seed.line()).expect("an object");
        if event["state"] == wanted || event["command"] == wanted {
            return event;
        }
    };
    seed.say("file:song");
    let finished = next(&seed, "finished");
    assert_eq!(finished["activity"], "finished: it has been seeded for 1 s", "{finished}");
    seed.say("why:1");
    let why = next(&seed, "why:1");
    let reason = "it was seeded enough, and waits to be resumed: it has been seeded for 1 s";
    assert_eq!(why["why"], reason);
    seed.say("resume:1");
    // The change is told before the answer.
    next(&seed, "seeding");
    next(&seed, "resume:1");
    assert!(seed.is_silent_for(Duration::from_secs(2)), "whoever resumes it wants more");
    seed.say("quit");
    assert_eq!(seed.ended().status, Some(0));
}

#[test]
fn who_requires_encryption_does_not_trade_with_who_refuses_it() {
    let data = home();
    let song = write(data.path().join("song"), bytes(300_000, 1));
    let (_seed, torrent) = share(data.path(), "song", &["--encryption", "required"]);
    for how in ["required", "allowed"] {
        let copy = home();
        let got = told(copy.path(), &alone(&["--encryption", how]), &torrent);
        assert_eq!(got.status, Some(0), "{how}: {got:?}");
        assert!(fs::read(copy.path().join("song")).unwrap() == fs::read(&song).unwrap());
    }
    let copy = home();
    let mut plain = seeder(copy.path(), alone(&["--encryption", "off"]));
    plain.say(torrent.trim_end());
    plain.until("song:0");
    assert!(plain.is_silent_for(Duration::from_secs(2)), "nothing comes");
    assert_eq!(plain.end_by(Signal::Term).status, Some(1));
}

#[test]
fn everything_may_leave_by_one_address() {
    let (data, copy) = (home(), home());
    let song = write(data.path().join("song"), bytes(300_000, 1));
    let mut seed = seeder(data.path(), ["--bind", "127.0.0.1"]);
    seed.say("file:song");
    seed.until(":100");
    let torrent = fs::read(data.path().join("song.torrent")).unwrap();
    let announce = b"http://127.0.0.1:";
    let at_our_address = torrent.windows(announce.len()).any(|part| part == announce);
    assert!(at_our_address, "its tracker is where it is");
    let torrent = format!("torrent:{}", data.path().join("song.torrent").display());
    let got = told(copy.path(), &["--no-tracker", "--bind", "127.0.0.1"], torrent);
    assert_eq!(got.status, Some(0), "{got:?}");
    assert!(fs::read(copy.path().join("song")).unwrap() == fs::read(song).unwrap());
}

#[test]
fn behind_a_proxy_there_is_no_tracker_here_and_a_proxy_that_is_silent_keeps_nobody() {
    let place = home();
    write(place.path().join("song"), "la");
    let (_listener, address) = silent_server();
    let proxy = format!("socks5://{address}");
    let mut seed = seeder(place.path(), ["--proxy", &proxy]);
    seed.say("file:song");
    seed.until(":100");
    let torrent = fs::read(place.path().join("song.torrent")).unwrap();
    assert!(!torrent.windows(8).any(|part| part == b"announce"), "nobody could reach it");
    let ended = seed.end_by(Signal::Term);
    assert_eq!((ended.status, &ended.err), (Some(0), &vec![]));
}
