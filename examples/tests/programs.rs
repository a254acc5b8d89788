//! The smaller programs as a person or a script meets them.

mod common;

use std::ffi::OsStr;
use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, Stdio};

use common::*;

const TRACKER: &str = env!("CARGO_BIN_EXE_tracker");
const MAKE_TORRENT: &str = env!("CARGO_BIN_EXE_make_torrent");
const TORRENT_INFO: &str = env!("CARGO_BIN_EXE_torrent_info");
const DOWNLOAD: &str = env!("CARGO_BIN_EXE_download");
const SWARM: &str = env!("CARGO_BIN_EXE_swarm_in_a_box");
const HELLO_PIPELINE: &str = env!("CARGO_BIN_EXE_hello_pipeline");

fn run<A: AsRef<OsStr>>(program: &str, place: &Path, args: impl IntoIterator<Item = A>) -> Ended {
    Program::start(program, place, args).end_of_input()
}

fn assert_fails(ended: &Ended, reason: &str) {
    assert_eq!((ended.status, ended.out.len()), (Some(1), 0), "{ended:?}");
    assert!(ended.err.len() == 1 && ended.err[0].contains(reason), "{reason}: {ended:?}");
}

#[test]
fn a_torrent_is_made_explained_and_downloaded() {
    let (data, copy) = (home(), home());
    write(data.path().join("my album/1: one"), bytes(300_000, 1));
    write(data.path().join("my album/zwei"), "");
    let tracker = Program::start(TRACKER, data.path(), ["--http", "127.0.0.1:0"]);
    let url = tracker.line();

    let args = ["my album", "--tracker", &url, "--piece-length", "32768", "--out", "x.torrent"];
    let made = run(MAKE_TORRENT, data.path(), args);
    assert_eq!((made.status, &made.err), (Some(0), &vec![]));
    let (info_hash, out) = made.out[0].split_once(' ').expect("a hash and a path");
    assert_eq!((info_hash.len(), out), (40, "x.torrent"));

    let info = run(TORRENT_INFO, data.path(), ["x.torrent"]);
    assert_eq!(info.status, Some(0));
    assert_eq!(
        info.out[..8],
        [
            "name       my album".to_owned(),
            format!("info-hash  {info_hash}"),
            "size       300000 bytes".to_owned(),
            "pieces     10 of 32768 bytes".to_owned(),
            "made by    kamaelia-torrent/0.1.0".to_owned(),
            format!("tracker    {url} (tier 1)"),
            "file             300000 my album/1: one".to_owned(),
            "file                  0 my album/zwei".to_owned(),
        ]
    );
    assert!(info.out[8].starts_with(&format!("magnet     magnet:?xt=urn:btih:{info_hash}")));

    let args = ["--listen", "127.0.0.1:0", "--no-tracker", "--keep"];
    let mut seed = seeder(data.path(), args);
    seed.say("torrent:x.torrent");
    seed.until(":100");
    let torrent = data.path().join("x.torrent");
    let args = [torrent.as_os_str(), "--dir".as_ref(), "new/place".as_ref()];
    let got = run(DOWNLOAD, copy.path(), args);
    assert_eq!((got.status, &got.err), (Some(0), &vec![]));
    assert_eq!(got.out.last().map(String::as_str), Some("100% seeding"));
    for name in ["1: one", "zwei"] {
        let there = fs::read(data.path().join("my album").join(name)).unwrap();
        assert!(fs::read(copy.path().join("new/place/my album").join(name)).unwrap() == there);
    }
    let page = String::from_utf8(get(&url.replace("announce", ""))).expect("text");
    assert!(page.contains(info_hash), "{page}");
    assert_eq!(seed.end_by(Signal::Int).status, Some(0));
    assert_eq!(tracker.end_by(Signal::Term).status, Some(0));
}

#[test]
fn a_torrent_is_made_in_the_working_directory_under_the_name_of_what_it_is_made_of() {
    let (data, place) = (home(), home());
    let song = write(data.path().join("song one.ogg"), "la");
    let made = run(MAKE_TORRENT, place.path(), [&song]);
    assert_eq!(made.status, Some(0));
    assert_eq!(names(place.path()), ["song one.ogg.torrent"]);
    assert!(made.out[0].ends_with(" song one.ogg.torrent"), "{made:?}");
}

#[test]
fn a_torrent_says_all_that_was_asked_for_and_is_shown_with_all_of_it() {
    let place = home();
    for name in ["top/a", "top/b.tmp", "top/cache/c", "top/d/e"] {
        write(place.path().join(name), name);
    }
    let args = [
        "top",
        "--tracker",
        "http://a/announce,udp://b:80",
        "--tracker",
        "https://c/announce",
        "--web-seed",
        "http://w/pub/",
        "--web-seed",
        "https://v/",
        "--private",
        "--source",
        "club",
        "--comment",
        "two\nlines",
        "--name",
        "other",
        "--exclude",
        "*.tmp",
        "--exclude",
        "cache/",
        "--piece-length",
        "32K",
        "--date=1700000000",
    ];
    let made = run(MAKE_TORRENT, place.path(), args);
    assert_eq!((made.status, &made.err), (Some(0), &vec![]));
    let (info_hash, out) = made.out[0].split_once(' ').expect("a hash and a path");
    assert_eq!(out, "other.torrent");
    let info = run(TORRENT_INFO, place.path(), [out]);
    let magnet = format!(
        "magnet     magnet:?xt=urn:btih:{info_hash}&dn=other&tr=http%3A%2F%2Fa%2Fannounce\
         &tr=udp%3A%2F%2Fb%3A80&tr=https%3A%2F%2Fc%2Fannounce\
         &ws=http%3A%2F%2Fw%2Fpub%2F&ws=https%3A%2F%2Fv%2F"
    );
    assert_eq!(
        info.out,
        [
            "name       other",
            &format!("info-hash  {info_hash}"),
            "size       12 bytes",
            "pieces     1 of 32768 bytes",
            "private    yes: peers come from its trackers only",
            "source     club",
            "comment    two\\nlines",
            "made by    kamaelia-torrent/0.1.0",
            "made       2023-11-14 22:13:20 UTC",
            "tracker    http://a/announce, udp://b:80 (tier 1)",
            "tracker    https://c/announce (tier 2)",
            "web seed   http://w/pub/",
            "web seed   https://v/",
            "file                  5 other/a",
            "file                  7 other/d/e",
            &magnet,
        ]
    );
}

#[test]
fn dates_are_shown_by_the_calendar() {
    let place = home();
    write(place.path().join("song"), "la");
    for (seconds, shown) in [
        ("0", "1970-01-01 00:00:00 UTC"),
        ("-1", "1969-12-31 23:59:59 UTC"),
        ("951782399", "2000-02-28 23:59:59 UTC"),
        ("951782400", "2000-02-29 00:00:00 UTC"),
        ("4107542400", "2100-03-01 00:00:00 UTC"),
        ("253402300799", "9999-12-31 23:59:59 UTC"),
        ("253402300800", "253402300800 seconds after 1970"),
        ("-9223372036854775808", "-9223372036854775808 seconds after 1970"),
    ] {
        let made = run(MAKE_TORRENT, place.path(), ["song", &format!("--date={seconds}")]);
        assert_eq!(made.status, Some(0), "{made:?}");
        let info = run(TORRENT_INFO, place.path(), ["song.torrent"]);
        assert!(info.out.contains(&format!("made       {shown}")), "{shown}: {info:?}");
    }
}

#[test]
fn making_can_be_interrupted_and_leaves_nothing() {
    let place = home();
    // Holes cost no room, and are read like anything else.
    let large = fs::File::create(place.path().join("large")).expect("a file");
    large.set_len(1 << 36).expect("a file with holes");
    let making = Program::start(MAKE_TORRENT, place.path(), ["large"]);
    while !has_open(&making, &place.path().join("large")) {
        std::thread::yield_now();
    }
    let ended = making.end_by(Signal::Int);
    assert_eq!(ended.status, Some(130), "{ended:?}");
    assert_eq!(ended.err, ["make_torrent: it was stopped before all was read"]);
    assert_eq!(names(place.path()), ["large"]);
}

fn has_open(program: &Program, path: &Path) -> bool {
    let files = fs::read_dir(format!("/proc/{}/fd", program.id())).expect("it runs");
    let mut links = files.flatten().map(|file| fs::read_link(file.path()));
    links.any(|link| link.is_ok_and(|link| link == path))
}

#[test]
fn what_no_torrent_can_be_made_of_is_refused_with_the_reason() {
    let place = home();
    write(place.path().join("song"), "la");
    fs::create_dir(place.path().join("bare")).unwrap();
    let make = |args: &[&str]| run(MAKE_TORRENT, place.path(), args);
    assert_fails(&make(&["missing"]), "make_torrent: missing does not exist");
    assert_fails(&make(&["bare"]), "bare has no files in it");
    assert_fails(&make(&["/dev/zero"]), "/dev/zero is a device");
    for length in ["0", "1000", "8192", "99999999999"] {
        assert_fails(&make(&["song", "--piece-length", length]), "make_torrent: ");
    }
    assert_fails(&make(&["song", "--tracker", "t:80"]), "`t:80` does not begin with http://");
    assert_fails(&make(&["song", "--web-seed", "udp://t"]), "`udp://t` does not begin with");
    assert_fails(&make(&["bare", "--exclude", "["]), "the pattern `[` cannot be understood");
    assert_fails(&make(&["song", "--out", "no/such/place"]), "cannot write no/such/place");
    assert_eq!(names(place.path()), ["bare", "song"]);
}

#[test]
fn a_torrent_is_never_written_over_what_it_is_made_of() {
    let place = home();
    write(place.path().join("album/song"), "la");
    let make = |args: &[&str]| run(MAKE_TORRENT, place.path(), args);
    for path in ["album", "album/song"] {
        let made = make(&[path, "--out", "album/song"]);
        assert_fails(&made, "album/song is to be shared, not written over");
    }
    assert_eq!(fs::read(place.path().join("album/song")).unwrap(), b"la");
    let inside = || make(&["album", "--out", "album/x.torrent"]).out;
    let first = inside();
    assert_eq!(first.len(), 1);
    assert_eq!(inside(), first, "it is no part of itself");
}

#[test]
fn what_is_no_torrent_is_refused_by_those_who_read_one() {
    let place = home();
    for (name, contents, reason) in [
        ("page", &b"<html>"[..], "this is not a torrent file: it begins with `<html>`"),
        ("empty", b"", "this is not a torrent file: it is empty"),
        ("out", &torrent(".."), "the path `..` in this torrent is refused"),
        ("cut", &torrent("x")[..40], "this is not a torrent file, or a damaged one"),
    ] {
        write(place.path().join(name), contents);
        for program in [TORRENT_INFO, DOWNLOAD] {
            assert_fails(&run(program, place.path(), [name]), &format!("{name}: {reason}"));
        }
    }
    let magnet = run(DOWNLOAD, place.path(), ["MAGNET:?dn=x"]);
    assert_fails(&magnet, "this magnet link names no torrent");
    for program in [TORRENT_INFO, DOWNLOAD] {
        assert_fails(&run(program, place.path(), ["missing"]), "missing: No such file");
        assert_fails(&run(program, place.path(), ["."]), ".: Is a directory");
        assert_fails(&run(program, place.path(), ["/dev/zero"]), "this is not a torrent file");
    }
    assert_eq!(names(place.path()).len(), 4, "nothing was made");
}

#[test]
fn a_torrent_may_come_through_a_pipe() {
    let place = home();
    write(place.path().join("x.torrent"), torrent("from a pipe"));
    let mut info = Program::start(TORRENT_INFO, place.path(), ["/dev/stdin"]);
    info.write(&torrent("from a pipe"));
    assert_eq!(info.end_of_input().out[0], "name       from a pipe");
}

#[test]
fn a_tracker_says_where_it_is_and_ends_when_asked() {
    let place = home();
    for signal in [Signal::Int, Signal::Term] {
        let tracker = Program::start(TRACKER, place.path(), ["--http", "127.0.0.1:0"]);
        let url = tracker.line();
        assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/announce"), "{url}");
        assert_eq!(tracker.line(), url.replace("http:", "udp:"));
        let page = String::from_utf8(get(&url.replace("announce", ""))).expect("text");
        assert!(page.contains("torrents 0"), "{page}");
        let port = url.split(['/', ':']).nth(4).expect("a port");
        let second = run(TRACKER, place.path(), ["--http", &format!("127.0.0.1:{port}")]);
        assert_fails(&second, "another program uses that port; choose another one, or 0 for any");
        let ended = tracker.end_by(signal);
        assert_eq!((ended.status, ended.err.len()), (Some(0), 0), "{signal:?}");
        assert!(ended.took < SOON);
    }
}

#[test]
fn a_tracker_on_every_address_is_named_by_one_that_others_can_use() {
    let place = home();
    let tracker = Program::start(TRACKER, place.path(), ["--port", "0"]);
    let urls = [tracker.line(), tracker.line()];
    assert!(
        urls.iter().all(|url| !url.contains("//[::]") && !url.contains("//0.0.0.0")),
        "{urls:?}"
    );
    let page = String::from_utf8(get(&urls[0].replace("announce", ""))).expect("text");
    assert!(page.contains("torrents 0"), "{page}");
}

#[test]
fn a_tracker_takes_datagrams_where_it_is_told_to_or_nowhere() {
    let place = home();
    let args = ["--http", "127.0.0.1:0", "--udp", "127.0.0.1:0"];
    let tracker = Program::start(TRACKER, place.path(), args);
    let (by_http, by_udp) = (tracker.line(), tracker.line());
    assert!(by_udp.starts_with("udp://127.0.0.1:"), "{by_udp}");
    let address = by_udp["udp://".len()..].trim_end_matches("/announce").to_owned();
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(SOON)).expect("a time is set");
    socket.send_to(b"\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0abcd", &address).expect("it is sent");
    let mut answer = [0; 64];
    let length = socket.recv(&mut answer).expect("an answer");
    assert_eq!((length, &answer[..8]), (16, &b"\0\0\0\0abcd"[..]));
    let in_use = run(TRACKER, place.path(), ["--http", "127.0.0.1:0", "--udp", &address]);
    assert_fails(&in_use, "another program uses that port; choose another one, or 0 for any");
    assert_eq!(tracker.end_by(Signal::Term).out, [""; 0], "no more than {by_http} and {by_udp}");
    let without = Program::start(TRACKER, place.path(), ["--http", "127.0.0.1:0", "--no-udp"]);
    assert!(without.line().starts_with("http://"));
    assert_eq!(without.end_by(Signal::Term).out, [""; 0]);
}

#[test]
fn the_smallest_pipeline_says_hello() {
    let place = home();
    let ended = run(HELLO_PIPELINE, place.path(), [""; 0]);
    assert_eq!(ended.status, Some(0));
    assert_eq!(ended.out, ["Hello, Ada!", "Hello, Grace!", "Hello, Barbara!"]);
}

#[test]
fn no_program_panics_when_nobody_reads_what_it_says() {
    let place = home();
    write(place.path().join("song"), "la");
    assert_eq!(run(MAKE_TORRENT, place.path(), ["song"]).status, Some(0));
    let commands = [
        (MAKE_TORRENT, &["song"][..]),
        (TORRENT_INFO, &["song.torrent"]),
        (DOWNLOAD, &["song.torrent"]),
        (TRACKER, &["--http", "127.0.0.1:0"]),
        (HELLO_PIPELINE, &[]),
    ];
    for (program, args) in commands {
        for out in [full, nobody] {
            for err in [Stdio::piped, full, nobody] {
                let (out, err) = (out(), err());
                let run = Program::start_writing_to(program, place.path(), args, out, err);
                let ended = run.end_of_input();
                assert_eq!(ended.status, Some(1), "{program}: {ended:?}");
            }
        }
    }
}

#[test]
fn each_program_has_help_and_a_version_and_wrong_usage_is_status_2() {
    let place = home();
    for program in [TRACKER, MAKE_TORRENT, TORRENT_INFO, DOWNLOAD, SWARM] {
        let help = run(program, place.path(), ["--help"]);
        assert_eq!((help.status, help.err.len()), (Some(0), 0), "{program}");
        assert!(help.out.iter().any(|line| line.starts_with("Usage: ")), "{program}");
        let version = run(program, place.path(), ["--version"]);
        assert!(version.out[0].ends_with(env!("CARGO_PKG_VERSION")), "{program}: {version:?}");
        let wrong = run(program, place.path(), ["--no-such"]);
        assert_eq!((wrong.status, wrong.out.len()), (Some(2), 0), "{program}");
    }
}

#[test]
fn the_drivers_are_what_a_shell_and_python_understand_elsewhere_too() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checks = [("sh", vec!["-n", "drive_seeder.sh"]), ("python3", vec!["-m", "py_compile"])];
    for (language, mut args) in checks {
        let compiled = home();
        if language == "python3" {
            args.push("drive_seeder.py");
        }
        let mut command = Command::new(language);
        command.args(args).current_dir(place).env("PYTHONPYCACHEPREFIX", compiled.path());
        assert!(command.status().expect("it is installed").success(), "{language}");
    }
}
