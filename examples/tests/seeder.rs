//! The seeder as another program meets it: through pipes, with right and wrong input.

mod common;

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::*;
use serde_json::Value;
use tempfile::TempDir;

const SEEDER: &str = env!("CARGO_BIN_EXE_seeder");

fn home() -> TempDir {
    TempDir::new().expect("a directory")
}

fn told(place: &Path, args: &[&str], input: impl AsRef<[u8]>) -> Ended {
    seeder_told(place, args.iter().copied(), input)
}

/// The arguments, and one more option with a value.
fn with<'a>(args: &[&'a str], option: &'a str, value: &'a str) -> Vec<&'a str> {
    args.iter().copied().chain([option, value]).collect()
}

fn events(lines: &[String]) -> Vec<Value> {
    let parse = |line: &String| serde_json::from_str(line).expect("each line is an object");
    lines.iter().map(parse).collect()
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

/// What must hold for all lines of one download: -1, then rising percents, and 100 at last.
fn assert_rises_to_the_end(lines: &[String], id: u32, name: &str) {
    let start = format!("{id}:{name}:");
    let percents: Vec<i32> = lines
        .iter()
        .filter_map(|line| line.strip_prefix(&start))
        .map(|percent| percent.parse().expect("a number"))
        .collect();
    assert!(percents.starts_with(&[-1]) && percents.ends_with(&[100]), "{name}: {percents:?}");
    assert!(percents.is_sorted_by(|a, b| a < b), "{name}: {percents:?}");
}

// Publishing and downloading

/// Files whose names and sizes are all awkward.
fn awkward_files(below: &Path) -> Vec<PathBuf> {
    let files = [
        ("empty", 0),
        ("one byte", 1),
        ("a: b:c", 262_143),
        ("größe €", 262_144),
        ("-rf %20 'x'", 262_145),
        ("日本語.bin", 3_000_000),
    ];
    let made = |(index, (name, size))| write(below.join(name), bytes(size, index as u64));
    files.into_iter().enumerate().map(made).collect()
}

#[test]
fn files_of_any_name_and_size_are_published_in_place_and_downloaded_whole() {
    let (data, torrents, elsewhere, copy) = (home(), home(), home(), home());
    let mut shared = awkward_files(data.path());
    let album = data.path().join("an album");
    write(album.join("1.txt"), "one");
    write(album.join("deep/er/2.bin"), bytes(700_000, 7));
    write(album.join("nothing"), "");
    shared.push(album);

    let mut seed = seeder(elsewhere.path(), with(&PUBLIC, "--dir", shown(torrents.path())));
    let mut input = String::new();
    for (number, path) in (1..).zip(&shared) {
        let name = path.file_name().unwrap().to_str().unwrap();
        seed.say(format!("file:{}", path.display()));
        assert_eq!(seed.line(), format!("{number}:{name}:-1"));
        let torrent = torrents.path().join(format!("{name}.torrent"));
        assert!(torrent.exists(), "{name}: its torrent is there when it is answered");
        assert_eq!(seed.line(), format!("{number}:{name}:100"));
        input += &format!("torrent:{}\n", torrent.display());
    }
    assert_eq!(names(elsewhere.path()), [""; 0], "nothing is left in the working directory");

    let got = told(elsewhere.path(), &with(&ALONE, "--dir", shown(copy.path())), input);
    assert_eq!((got.status, &got.err), (Some(0), &vec![]), "{:?}", got.out);
    for (number, path) in (1..).zip(&shared) {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_rises_to_the_end(&got.out, number, name);
        if path.is_file() {
            let same = fs::read(copy.path().join(name)).unwrap() == fs::read(path).unwrap();
            assert!(same, "{name}");
        }
    }
    for name in ["1.txt", "deep/er/2.bin", "nothing"] {
        let [there, here] = [&data, &copy].map(|place| place.path().join("an album").join(name));
        assert!(fs::read(there).unwrap() == fs::read(here).unwrap(), "{name}");
    }
    let seed = seed.end_of_input();
    assert_eq!((seed.status, seed.err.len()), (Some(0), 0), "{seed:?}");
}

#[test]
fn a_path_may_be_relative_end_in_a_slash_or_be_the_directory_itself() {
    let place = home();
    write(place.path().join("music/song"), "la");
    let ended = told(place.path(), &ALONE, "file:music/song\nfile:music/\nfile:./music\n");
    assert_eq!(ended.status, Some(0));
    assert_eq!(
        ended.out,
        ["1:song:-1", "1:song:100", "2:music:-1", "2:music:100", "2:music:100"],
        "the last one is there already, and answered with where it stands"
    );
    let inside = told(&place.path().join("music"), &ALONE, "file:.\n");
    assert_eq!(inside.out, ["1:music:-1", "1:music:100"]);
    assert_eq!(names(place.path()), ["music", "music.torrent", "song.torrent"]);
}

#[test]
fn a_name_that_would_break_lines_is_refused_when_published() {
    let place = home();
    write(place.path().join("dir/two\nlines"), "x");
    let ended = told(place.path(), &ALONE, "file:dir\n");
    assert_eq!((ended.status, ended.out.len(), ended.err.len()), (Some(1), 0, 1), "{ended:?}");
    assert!(ended.err[0].contains(r"two\nlines"), "{ended:?}");
}

#[test]
fn the_directory_is_made_and_relative_torrents_are_looked_for_in_it() {
    let (data, copy) = (home(), home());
    let song = write(data.path().join("song"), bytes(300_000, 1));
    let torrents = with(&PUBLIC, "--dir", "not/yet/there");
    let mut seed = seeder(data.path(), torrents);
    seed.say(format!("file:{}", song.display()));
    seed.until(":100");
    let torrent = data.path().join("not/yet/there/song.torrent");
    write(copy.path().join("below/it.torrent"), fs::read(torrent).unwrap());
    let args = with(&ALONE, "--dir", shown(copy.path()));
    let got = told(data.path(), &args, "torrent:below/it.torrent");
    assert_eq!(got.status, Some(0), "{got:?}");
    assert!(fs::read(copy.path().join("song")).unwrap() == fs::read(song).unwrap());
}

#[test]
fn what_is_complete_in_the_directory_is_checked_and_nothing_is_downloaded() {
    let place = home();
    write(place.path().join("song"), bytes(600_000, 3));
    let made = told(place.path(), &ALONE, "file:song\n");
    assert_eq!(made.status, Some(0));
    let got = told(place.path(), &[&ALONE[..], &["--json"]].concat(), "torrent:song.torrent\n");
    assert_eq!(got.status, Some(0), "{got:?}");
    let last = events(&got.out).pop().expect("a line");
    assert_eq!((&last["event"], &last["down_total"]), (&"complete".into(), &0.into()), "{last}");
}

#[test]
fn a_download_goes_on_where_it_was_when_it_is_started_again() {
    let (data, copy) = (home(), home());
    let song = write(data.path().join("song"), bytes(3_000_000, 5));
    let mut seed = seeder(data.path(), PUBLIC);
    seed.say("file:song");
    seed.until(":100");
    // Seven pieces of 262,144 bytes are there, and one of them is wrong.
    let mut part = fs::read(&song).unwrap()[..2_000_000].to_vec();
    part[300_000] ^= 1;
    write(copy.path().join("song"), part);
    let torrent = format!("torrent:{}", data.path().join("song.torrent").display());
    let got = told(copy.path(), &[&ALONE[..], &["--json"]].concat(), torrent);
    assert_eq!(got.status, Some(0), "{got:?}");
    let last = events(&got.out).pop().expect("a line");
    assert_eq!(last["event"], "complete");
    assert_eq!(last["down_total"], 3_000_000 - 6 * 262_144, "{last}");
    assert!(fs::read(copy.path().join("song")).unwrap() == fs::read(song).unwrap());
}

#[test]
fn two_seeders_use_one_directory_side_by_side() {
    let (data, torrents) = (home(), home());
    let mut seeds =
        [1, 2].map(|_| seeder(data.path(), with(&PUBLIC, "--dir", shown(torrents.path()))));
    for (number, seed) in (1..).zip(&mut seeds) {
        let path = write(data.path().join(format!("song {number}")), bytes(400_000, number));
        seed.say(format!("file:{}", path.display()));
        seed.until(":100");
    }
    let copies = [home(), home()];
    let mut got = copies.each_ref().map(|copy| {
        let args = with(&ALONE, "--dir", shown(torrents.path()));
        let mut seeder = seeder(copy.path(), args);
        seeder.say("torrent:song 1.torrent\ntorrent:song 2.torrent");
        seeder
    });
    for seeder in &mut got {
        seeder.close_input();
    }
    for seeder in got {
        assert_eq!(seeder.ended().status, Some(0));
    }
    for name in ["song 1", "song 2"] {
        let [here, there] = [&data, &torrents].map(|place| fs::read(place.path().join(name)));
        assert!(here.unwrap() == there.unwrap(), "{name}");
    }
}

#[test]
fn torrents_of_one_name_do_not_write_over_each_other() {
    let (data, copy) = (home(), home());
    let mut seed = seeder(data.path(), PUBLIC);
    for (number, place) in (1..).zip(["a", "b"]) {
        write(data.path().join(place).join("song"), bytes(300_000, number));
        seed.say(format!("file:{place}/song"));
        assert_eq!(seed.until(":100"), [format!("{number}:song:-1"), format!("{number}:song:100")]);
        let torrent = fs::read(data.path().join("song.torrent")).unwrap();
        write(copy.path().join(place), torrent);
    }
    let mut get = seeder(copy.path(), ALONE);
    get.say("torrent:a");
    get.until(":100");
    get.say("torrent:b");
    assert_eq!(
        get.complaint(),
        format!(
            "torrent:b: torrent 1 already uses {}; download this one to another directory",
            copy.path().join("song").display()
        )
    );
    assert_eq!(get.end_of_input().status, Some(1));
    let [here, there] = [data.path().join("a/song"), copy.path().join("song")].map(fs::read);
    assert!(here.unwrap() == there.unwrap());
}

#[test]
fn a_torrent_given_twice_is_answered_with_its_number() {
    let place = home();
    write(place.path().join("song"), "la");
    let mut seeder = seeder(place.path(), [&ALONE[..], &["--json"]].concat());
    seeder.say("file:song");
    let added: Value = serde_json::from_str(&seeder.line()).unwrap();
    seeder.until("}");
    seeder.say("torrent:song.torrent");
    let already: Value = serde_json::from_str(&seeder.line()).unwrap();
    assert_eq!((&added["event"], &already["event"]), (&"added".into(), &"already".into()));
    assert_eq!((&added["id"], &already["id"]), (&1.into(), &1.into()));
    assert_eq!(added["info_hash"], already["info_hash"]);
    assert_eq!(already["command"], "torrent:song.torrent");
    assert_eq!(seeder.end_of_input().status, Some(0));
}

// Wrong commands

/// Commands that fail, below a directory made ready for them, with a piece of the reason.
fn hopeless(place: &Path) -> Vec<(String, &'static str)> {
    fs::create_dir_all(place.join("bare/inside")).unwrap();
    fs::create_dir(place.join("torrents")).unwrap();
    std::os::unix::fs::symlink("nowhere", place.join("dangling")).unwrap();
    let fifo = Command::new("mkfifo").arg(place.join("fifo")).status();
    assert!(fifo.expect("mkfifo").success());
    for (name, contents) in [
        ("page", &b"<!DOCTYPE html><title>404</title>"[..]),
        ("nothing", b""),
        ("cut", &torrent("x")[..50]),
        ("more", &[&torrent("x")[..], b"more"].concat()),
        ("deep", &[b'l'; 100_000]),
        ("lies", b"d4:info999999999999:"),
        ("noise", &bytes(5000, 3)),
    ] {
        write(place.join("torrents").join(name), contents);
    }
    let own = |command: &str, reason| (command.to_owned(), reason);
    vec![
        own("file:missing", "missing does not exist"),
        own("file:dangling", "dangling does not exist"),
        own("file:bare", "bare has no files in it that could be shared"),
        own("file:fifo", "fifo is a pipe; only files and directories can be shared"),
        own("file:/dev/zero", "/dev/zero is a device"),
        own("file:/", "/ has no name"),
        own("file:", "needs a path after the colon"),
        own("torrent:", "needs a path after the colon"),
        own("torrent:missing.torrent", "No such file"),
        own("torrent:bare", "it is not a regular file"),
        own("torrent:fifo", "it is not a regular file"),
        own("torrent:/dev/zero", "it is not a regular file"),
        own("torrent:torrents/page", "not a torrent file: it begins with `<!DOCTYPE"),
        own("torrent:torrents/nothing", "not a torrent file: it is empty"),
        own("torrent:torrents/cut", "damaged one"),
        own("torrent:torrents/more", "4 more bytes follow"),
        own("torrent:torrents/deep", "not a torrent file"),
        own("torrent:torrents/lies", "damaged one"),
        own("torrent:torrents/noise", "not a torrent file"),
        own("magnet:?xt=urn:btih:00", "magnet links are not supported yet"),
        own("hello", "write file:PATH, torrent:URL or torrent:PATH"),
        own("FILE:x", "write file:PATH, torrent:URL or torrent:PATH"),
        own(" file:x", "write file:PATH, torrent:URL or torrent:PATH"),
        own("\u{1}\u{7f}\u{85}", "is not understood"),
    ]
}

#[test]
fn each_wrong_command_is_one_sentence_on_standard_error_and_the_rest_goes_on() {
    let place = home();
    let commands = hopeless(place.path());
    write(place.path().join("good"), "x");
    let mut input: String = commands.iter().map(|(command, _)| format!("{command}\n")).collect();
    input += "file:good\n";
    let ended = told(place.path(), &ALONE, input);
    assert_eq!(ended.status, Some(1));
    assert_eq!(ended.out, ["1:good:-1", "1:good:100"]);
    for (command, reason) in &commands {
        let shown =
            command.replace('\u{1}', "%01").replace('\u{7f}', "%7F").replace('\u{85}', "%C2%85");
        let start = format!("{shown}: ");
        let answers: Vec<_> = ended.err.iter().filter(|line| line.starts_with(&start)).collect();
        assert!(answers.len() == 1 && answers[0].contains(reason), "{command:?}: {answers:?}");
    }
    assert_eq!(ended.err.len(), commands.len(), "{:?}", ended.err);
}

#[test]
fn each_wrong_command_is_one_object_in_json_and_nothing_is_on_standard_error() {
    let place = home();
    let commands = hopeless(place.path());
    write(place.path().join("good"), "x");
    let mut input: String = commands.iter().map(|(command, _)| format!("{command}\n")).collect();
    input += "file:good";
    let ended = told(place.path(), &[&ALONE[..], &["--json"]].concat(), input);
    assert_eq!((ended.status, &ended.err), (Some(1), &vec![]));
    let (failed, others): (Vec<_>, Vec<_>) =
        events(&ended.out).into_iter().partition(|event| event["event"] == "failed");
    for (command, reason) in &commands {
        let answers: Vec<_> = failed.iter().filter(|event| event["command"] == **command).collect();
        let sentence = answers.first().and_then(|event| event["reason"].as_str());
        assert!(sentence.is_some_and(|text| text.contains(reason)), "{command:?}: {answers:?}");
        assert_eq!(answers.len(), 1, "{command:?}");
    }
    assert_eq!(failed.len(), commands.len());
    let kinds: Vec<_> = others.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["added", "complete"]);
}

#[test]
fn a_torrent_that_would_leave_its_directory_is_refused_before_anything_is_made() {
    let (place, inside) = (home(), home());
    let long = "x".repeat(300);
    let alone = [
        "..", ".", "", "/etc/x", "a/b", "a\\b", "C:", "C:\\x", "con", "NUL", "aux.txt", "a\nb",
        "a\0b", "...", " ", &long,
    ];
    let among: [&[&str]; 11] = [
        &["..", "x"],
        &["a", "..", "..", "x"],
        &[""],
        &[],
        &["a", "", "b"],
        &["/etc/x"],
        &["a/../../b"],
        &["."],
        &["C:", "x"],
        &["a", "nul"],
        &["a\u{1b}[2J"],
    ];
    let mut torrents: Vec<Vec<u8>> = alone.iter().map(|name| torrent(name)).collect();
    torrents.extend(among.iter().map(|path| torrent_of_files("dir", &[&["ok"], path])));
    torrents.push(torrent_of_files("dir", &[&["a"], &["a", "b"]]));
    torrents.push(torrent_of_files("..", &[&["a"]]));
    let mut input = String::new();
    for (number, torrent) in torrents.iter().enumerate() {
        let path = write(place.path().join(number.to_string()), torrent);
        input += &format!("torrent:{}\n", path.display());
    }
    let args = with(&ALONE, "--dir", shown(inside.path()));
    let ended = told(place.path(), &[&args[..], &["--json"]].concat(), input);
    assert_eq!(ended.status, Some(1));
    let events = events(&ended.out);
    assert_eq!(events.len(), torrents.len());
    for event in &events {
        assert_eq!(event["event"], "failed", "{event}");
        assert!(event["reason"].as_str().unwrap().contains("in this torrent"), "{event}");
    }
    assert_eq!(names(inside.path()), [""; 0]);
    assert_eq!(names(place.path()).len(), torrents.len());
}

#[test]
fn a_download_never_follows_a_link_out_of_its_directory_nor_touches_what_is_not_its_own() {
    let (data, outside) = (home(), home());
    write(data.path().join("album/deep/song"), "la la");
    let mut seed = seeder(data.path(), PUBLIC);
    seed.say("file:album");
    seed.until(":100");
    let torrent = format!("torrent:{}\n", data.path().join("album.torrent").display());
    let link = |at: PathBuf| {
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(outside.path(), at).unwrap();
    };
    for (problem, reason) in [
        ("album", "album is a symbolic link where a directory is needed"),
        ("album/deep", "album/deep is a symbolic link where a directory is needed"),
        ("album/deep/song", "album/deep/song is a symbolic link where a file is needed"),
    ] {
        let place = home();
        link(place.path().join(problem));
        let ended = told(place.path(), &ALONE, &torrent);
        assert_eq!((ended.status, ended.err.len()), (Some(1), 1), "{ended:?}");
        assert!(
            ended.err[0].starts_with("1:album: ") && ended.err[0].contains(reason),
            "{ended:?}"
        );
        assert_eq!(names(outside.path()), [""; 0]);
    }
    let place = home();
    let own = write(place.path().join("album/deep/song"), "something longer");
    let ended = told(place.path(), &ALONE, &torrent);
    assert_eq!(ended.status, Some(1));
    assert!(ended.err[0].contains("is 11 bytes longer than the torrent says"), "{ended:?}");
    assert_eq!(fs::read(own).unwrap(), b"something longer");
}

#[test]
fn each_url_that_gives_no_torrent_is_one_sentence() {
    let place = home();
    let site = serve(|path| {
        let ok = |body: &[u8]| {
            [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body]
                .concat()
        };
        match path {
            "/page" => ok(b"<html>Log in first</html>"),
            "/empty" => ok(b""),
            "/loop" => {
                b"HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n".to_vec()
            }
            "/short" => b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nd4:info".to_vec(),
            "/noise" => b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec(),
            "/silence" => Vec::new(),
            _ => b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\noops".to_vec(),
        }
    });
    let refused = format!("http://{}/x", unused_port());
    let commands = [
        (format!("{site}/missing"), "the server answered 404 Not Found"),
        (format!("{site}/page"), "not a torrent file: it begins with `<html>Log"),
        (format!("{site}/empty"), "not a torrent file: it is empty"),
        (format!("{site}/loop"), "redirected more than 5 times"),
        (format!("{site}/short"), "the connection broke off"),
        (format!("{site}/noise"), "makes no sense"),
        (format!("{site}/silence"), "the connection broke off"),
        (refused, "the server cannot be reached"),
        ("http://".to_owned(), "this is no URL of the web"),
        ("http://a b/".to_owned(), "this is no URL of the web"),
    ];
    let input: String = commands.iter().map(|(url, _)| format!("torrent:{url}\n")).collect();
    let ended = told(place.path(), &ALONE, input);
    assert_eq!((ended.status, ended.out.len()), (Some(1), 0));
    // One after the other, so in order.
    for (line, (url, reason)) in ended.err.iter().zip(&commands) {
        assert!(line.starts_with(&format!("torrent:{url}: ")) && line.contains(reason), "{line}");
    }
    assert_eq!(ended.err.len(), commands.len());
    assert_eq!(names(place.path()), [""; 0]);
}

#[test]
fn a_torrent_comes_from_a_web_server_too() {
    let (data, copy) = (home(), home());
    let song = write(data.path().join("song"), bytes(300_000, 8));
    let mut seed = seeder(data.path(), PUBLIC);
    seed.say("file:song");
    seed.until(":100");
    let torrent = fs::read(data.path().join("song.torrent")).unwrap();
    let site = serve(move |path| match path {
        "/moved" => b"HTTP/1.1 301 Moved\r\nLocation: /it\r\nContent-Length: 0\r\n\r\n".to_vec(),
        _ => [&b"HTTP/1.0 200 OK\r\n\r\n"[..], &torrent].concat(),
    });
    let got = told(copy.path(), &ALONE, format!("torrent:{site}/moved\n"));
    assert_eq!(got.status, Some(0), "{got:?}");
    assert_rises_to_the_end(&got.out, 1, "song");
    assert!(fs::read(copy.path().join("song")).unwrap() == fs::read(song).unwrap());
}

#[test]
fn lines_may_end_in_any_way_and_empty_ones_are_nothing() {
    let place = home();
    write(place.path().join("a"), "1");
    write(place.path().join("b "), "2");
    let ended = told(place.path(), &ALONE, "\r\n\n  \t\nfile:a\r\n\n\nfile:b ");
    assert_eq!((ended.status, &ended.err), (Some(0), &vec![]));
    assert_eq!(ended.out, ["1:a:-1", "1:a:100", "2:b :-1", "2:b :100"]);
    let nothing = told(place.path(), &ALONE, "");
    assert_eq!((nothing.status, nothing.out.len(), nothing.err.len()), (Some(0), 0, 0));
}

#[test]
fn lines_without_end_and_bytes_without_meaning_are_answered_as_failures() {
    let place = home();
    write(place.path().join("a"), "1");
    let long = [&b"file:"[..], &[b'x'; 3_000_000]].concat();
    let input = [&long[..], b"\n\xff\xfe\0\n\x1b[2Jfile:\nfile:a\n", &long].concat();
    let ended = told(place.path(), &[&ALONE[..], &["--json"]].concat(), input);
    assert_eq!(ended.status, Some(1));
    let events = events(&ended.out);
    let failed: Vec<_> = events.iter().filter(|event| event["event"] == "failed").collect();
    let too_long = |event: &&&Value| {
        event["reason"] == "a line of 3000006 bytes is too long: 1048576 is the limit"
            || event["reason"] == "a line of 3000005 bytes is too long: 1048576 is the limit"
    };
    assert_eq!(failed.iter().filter(too_long).count(), 2, "{failed:?}");
    assert_eq!(failed.len(), 4, "{failed:?}");
    assert!(events.iter().any(|event| event["event"] == "complete"), "the rest goes on");
    let plain = told(place.path(), &ALONE, long);
    assert_eq!((plain.status, plain.out.len(), plain.err.len()), (Some(1), 0, 1));
    assert!(plain.err[0].len() < 200, "{plain:?}");
}

// Ports, trackers, disks

#[test]
fn a_port_in_use_is_said_clearly_and_ends_the_program() {
    let place = home();
    write(place.path().join("x"), "la");
    let (_taken, address) = silent_server();
    let address = address.to_string();
    for (option, other) in [("--listen", "--tracker-listen"), ("--tracker-listen", "--listen")] {
        let ended = told(place.path(), &[option, &address, other, "127.0.0.1:0"], "file:x\n");
        assert_eq!((ended.status, ended.out.len()), (Some(1), 0), "{option}");
        let sentence = &ended.err[0];
        assert!(sentence.starts_with("seeder: "), "{sentence}");
        assert!(
            sentence.contains(&format!(
                "on {address}: another program uses that port; choose another one, or 0 for any"
            )),
            "{sentence}"
        );
    }
}

#[test]
fn a_tracker_that_is_down_is_said_and_harms_nothing() {
    let place = home();
    write(place.path().join("song"), "la");
    let address = unused_port();
    let url = format!("http://{address}/announce?passkey=secret");
    let mut seeder = seeder(place.path(), ["--listen", "127.0.0.1:0", "--tracker", &url]);
    seeder.say("file:song");
    assert_eq!(seeder.until(":100"), ["1:song:-1", "1:song:100"]);
    let sentence = seeder.complaint();
    assert!(sentence.contains(&format!("torrent 1: {address} cannot be reached")), "{sentence}");
    assert!(!sentence.contains("secret"), "{sentence}");
    assert_eq!(seeder.end_of_input().status, Some(0));
}

#[test]
fn a_torrent_whose_trackers_nobody_can_ask_is_said() {
    let place = home();
    let torrent = [&b"d8:announce21:udp://tracker:80/anno"[..], &torrent("x")[1..]].concat();
    write(place.path().join("x.torrent"), torrent);
    let mut seeder = seeder(place.path(), ALONE);
    seeder.say("torrent:x.torrent");
    seeder.until(":0");
    assert!(seeder.complaint().contains("none of its trackers can be asked"));
    assert_eq!(seeder.end_by(Signal::Term).status, Some(1));
}

/// A disk of its own, as small as wanted. None if this user may not have one.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new(size: &str) -> Option<Self> {
        let place = home();
        let options = format!("size={size}");
        let arguments = ["-t", "tmpfs", "-o", &options, "none", shown(place.path())];
        let mounted = Command::new("mount").args(arguments).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(SmallDisk(place));
        }
        eprintln!("skipped: this user may not mount a small disk to fill");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        let grown = Command::new("mount").args(["-o", &options, shown(self.path())]).status();
        assert!(grown.expect("mount").success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l", shown(self.0.path())]).status();
    }
}

#[test]
fn a_full_disk_holds_up_its_torrent_alone_until_there_is_room() {
    let Some(disk) = SmallDisk::new("1m") else { return };
    let (data, place) = (home(), home());
    let big = write(data.path().join("big"), bytes(3_000_000, 2));
    let mut seed = seeder(data.path(), PUBLIC);
    seed.say("file:big");
    seed.until(":100");
    write(place.path().join("other"), "x");
    let args = with(&ALONE, "--dir", shown(disk.path()));
    let mut get = seeder(place.path(), args);
    get.say(format!("torrent:{}", data.path().join("big.torrent").display()));
    assert_eq!(
        get.complaint(),
        format!("1:big: the disk is full: cannot write {}", disk.path().join("big").display())
    );
    get.say(format!("file:{}", place.path().join("missing").display()));
    assert!(get.complaint().contains("missing does not exist"), "the rest goes on");
    disk.grow("20m");
    get.until("1:big:100");
    let ended = get.end_of_input();
    assert_eq!(ended.err, [""; 0], "each trouble is said once");
    assert!(fs::read(disk.path().join("big")).unwrap() == fs::read(big).unwrap());
}

#[test]
fn trouble_that_mends_itself_is_no_failure() {
    let Some(disk) = SmallDisk::new("1m") else { return };
    let data = home();
    write(data.path().join("big"), bytes(3_000_000, 2));
    let mut seed = seeder(data.path(), PUBLIC);
    seed.say("file:big");
    seed.until(":100");
    let mut get = seeder(data.path(), with(&ALONE, "--dir", shown(disk.path())));
    get.say(format!("torrent:{}", data.path().join("big.torrent").display()));
    get.close_input();
    get.complaint();
    disk.grow("20m");
    let ended = get.ended();
    assert_eq!(ended.status, Some(0), "{ended:?}");
}

#[test]
fn a_torrent_file_that_cannot_be_written_is_the_one_answer_to_its_command() {
    let place = home();
    write(place.path().join("song"), "la");
    write(place.path().join("other"), "la la");
    fs::create_dir(place.path().join("song.torrent")).unwrap();
    let ended = told(place.path(), &ALONE, "file:song\nfile:other\n");
    assert_eq!(ended.status, Some(1));
    assert_eq!(ended.out, ["1:other:-1", "1:other:100"]);
    assert_eq!(ended.err, ["file:song: cannot write `./song.torrent`: it is not a regular file"]);
}

#[test]
fn a_published_file_that_is_cut_short_is_said_and_makes_the_status_1() {
    let (data, copy) = (home(), home());
    let song = write(data.path().join("song"), bytes(600_000, 4));
    let mut seed = seeder(data.path(), PUBLIC);
    seed.say("file:song");
    seed.until(":100");
    write(&song, "short");
    let mut get = seeder(copy.path(), ALONE);
    get.say(format!("torrent:{}", data.path().join("song.torrent").display()));
    let sentence = format!("1:song: {} ends after 5 of 600000 bytes", song.display());
    assert_eq!(seed.complaint(), sentence);
    assert_eq!(get.end_by(Signal::Term).status, Some(1));
    assert_eq!(seed.end_of_input().status, Some(1));
}

// Ends

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
        let mut seeder = seeder(place.path(), [&ALONE[..], json].concat());
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
    let answers: Vec<_> = events(&json.out)
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
    seeder.say("file:song");
    let sentence =
        "seeder: component `console` failed: standard output is closed: nobody reads it any more";
    assert_eq!(seeder.complaint(), sentence);
    let ended = seeder.ended();
    assert_eq!((ended.status, ended.err.len()), (Some(1), 0), "{ended:?}");
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
    let mut reader = BufReader::new(reader);
    reader.read_line(&mut String::new()).expect("a line");
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
    assert!(seeder.complaint().contains("standard output cannot be written: No space left"));
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

// The command line

#[test]
fn help_and_version_are_answers_and_wrong_options_are_status_2() {
    let place = home();
    let help = told(place.path(), &["--help"], "");
    assert_eq!((help.status, help.err.len()), (Some(0), 0));
    let help = help.out.join("\n");
    for wanted in ["file:PATH", "torrent:URL", "torrent:PATH", "--dir", "--keep", "--json"] {
        assert!(help.contains(wanted), "{wanted}");
    }
    let version = told(place.path(), &["--version"], "");
    assert_eq!(version.out, [format!("seeder {}", env!("CARGO_PKG_VERSION"))]);
    for wrong in [
        &["--no-such"][..],
        &["file:song"],
        &["--listen", "here"],
        &["--listen", "127.0.0.1"],
        &["--tracker", "udp://127.0.0.1:1"],
        &["--tracker", ""],
        &["--tracker", "http://127.0.0.1:1/announce", "--no-tracker"],
        &["--dir"],
    ] {
        let ended = told(place.path(), wrong, "");
        assert_eq!((ended.status, ended.out.len()), (Some(2), 0), "{wrong:?}");
        assert!(ended.err[0].starts_with("error: "), "{ended:?}");
    }
}

#[test]
fn a_directory_that_cannot_be_is_said_before_anything_else() {
    let place = home();
    write(place.path().join("file"), "x");
    for dir in ["file", "file/below"] {
        let ended = told(place.path(), &with(&ALONE, "--dir", dir), "file:file\n");
        assert_eq!((ended.status, ended.out.len()), (Some(1), 0));
        assert!(ended.err[0].starts_with(&format!("seeder: cannot use {dir} as --dir: ")));
    }
}

// Drivers for the README

#[test]
fn the_shell_and_python_drivers_publish_a_file_that_others_can_download() {
    for (language, driver) in [("sh", "drive_seeder.sh"), ("python3", "drive_seeder.py")] {
        let (place, copy) = (home(), home());
        let song = write(place.path().join("my song: 1"), bytes(300_000, 6));
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join(driver);
        let args = [driver.as_os_str(), "my song: 1".as_ref()];
        let driver = Program::start(language, place.path(), args);
        let lines = driver.until(".torrent");
        let ready = "complete: my song: 1, to be had with my song: 1.torrent";
        assert_eq!(lines.last().map(String::as_str), Some(ready), "{language}");
        let torrent = format!("torrent:{}", place.path().join("my song: 1.torrent").display());
        let got = told(copy.path(), &ALONE, torrent);
        assert_eq!(got.status, Some(0), "{language}: {got:?}");
        assert!(fs::read(copy.path().join("my song: 1")).unwrap() == fs::read(song).unwrap());
        let ended = driver.end_of_input();
        assert_eq!((ended.status, ended.err.len()), (Some(0), 0), "{language}: {ended:?}");
    }
}
