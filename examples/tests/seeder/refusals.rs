//! Wrong commands.

use super::*;

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
        own("torrent:ftp://host/x", "only http:// and https:// can be fetched"),
        own("file:http://host/x", "torrent:http://… or torrent:https://…"),
        own("magnet:?xt=urn:btih:00", "`00` in this magnet link is no info-hash"),
        own("magnet:?dn=x", "this magnet link names no torrent"),
        own("magnet:x", "a magnet link begins with `magnet:?`"),
        own("hello", "write file:PATH, torrent:URL, torrent:PATH, magnet:?…, stop:ID"),
        own("FILE:x", "write file:PATH, torrent:URL, torrent:PATH, magnet:?…, stop:ID"),
        own(" file:x", "write file:PATH, torrent:URL, torrent:PATH, magnet:?…, stop:ID"),
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

#[test]
fn a_file_of_what_is_being_downloaded_is_not_said_to_be_shared_until_the_download_was_let_go_of() {
    let (data, place) = (home(), home());
    write(data.path().join("song"), bytes(300_000, 1));
    assert_eq!(told(data.path(), &ALONE, "file:song\n").status, Some(0));
    let mut get = seeder(place.path(), ALONE);
    get.say(format!("torrent:{}", data.path().join("song.torrent").display()));
    get.until("1:song:0");
    let file = format!("@share file:{}", data.path().join("song").display());
    get.say(&file);
    assert_eq!(get.line(), format!("0:{file}:1"));
    let reason = get.complaint();
    assert!(
        reason.contains("torrent 1 is the same one") && reason.contains("(stop:1)"),
        "{reason}"
    );
    get.say(format!("stop:1\n{file}"));
    assert_eq!(get.until("2:song:100").last().unwrap(), "2:song:100");
    assert_eq!(get.end_of_input().status, Some(1), "one command has failed");
}
