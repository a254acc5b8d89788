//! Commands with a tag, which their answers repeat.

use super::*;

/// Commands of every kind, done and not, below a directory made ready for them.
fn commands(place: &Path, site: &str) -> Vec<(String, bool)> {
    write(place.join("a: song 7"), "la");
    write(place.join("x.torrent"), torrent("x"));
    let magnet = format!("magnet:?xt=urn:btih:{}&dn=y", "ab".repeat(20));
    [
        ("file:a: song 7", true),
        ("file:missing", false),
        ("file:", false),
        ("torrent:x.torrent", true),
        ("torrent:x.torrent", true),
        ("torrent:missing.torrent", false),
        (&format!("torrent:{site}/z"), true),
        (&format!("torrent:{site}/missing"), false),
        (&magnet, true),
        ("magnet:?", false),
        ("pause:9", false),
        ("stop:x", false),
        ("list", true),
        ("hello", false),
        ("", false),
    ]
    .map(|(command, is_done)| (command.to_owned(), is_done))
    .into()
}

fn site() -> String {
    serve(|path| match path {
        "/z" => [&b"HTTP/1.0 200 OK\r\n\r\n"[..], &torrent("z")].concat(),
        _ => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
    })
}

/// Each command with a tag of its own.
fn input(commands: &[(String, bool)]) -> String {
    let lines = commands.iter().enumerate();
    lines.map(|(number, (command, _))| format!("@job.{number} {command}\n")).collect::<String>()
        + "@last quit\n"
}

#[test]
fn each_tagged_command_is_answered_by_one_line_that_begins_with_its_tag() {
    let place = home();
    let commands = commands(place.path(), &site());
    let ended = told(place.path(), &ALONE, input(&commands));
    assert_eq!(ended.status, Some(1), "{ended:?}");
    for (number, (command, is_done)) in commands.iter().enumerate() {
        let start = format!("0:@job.{number} ");
        let mut answers = ended.out.iter().enumerate().filter(|(_, line)| line.starts_with(&start));
        let (at, answer) = answers.next().expect("an answer");
        assert_eq!(answers.next(), None, "{command}");
        let Some(rest) = answer.strip_prefix(&format!("{start}{command}")) else {
            panic!("{answer}")
        };
        let takes_on =
            ["file:", "torrent:", "magnet:"].iter().any(|kind| command.starts_with(kind));
        match (is_done, takes_on) {
            (true, true) => {
                let id = rest.trim_start().strip_suffix(":0").expect("an id, and done");
                let own = &ended.out[at + 1];
                assert!(own.starts_with(&format!("{id}:")), "{own} comes after {answer}");
            }
            (true, false) => assert_eq!(rest, ":0", "{answer}"),
            (false, _) => {
                assert_eq!(rest, ":1", "{answer}");
                let start = format!("@job.{number} {command}: ");
                let complaints = ended.err.iter().filter(|line| line.starts_with(&start));
                assert_eq!(complaints.count(), 1, "{start}: {:?}", ended.err);
            }
        }
    }
    assert_eq!(ended.out.last().map(String::as_str), Some("0:@last quit:0"));
    let failures = commands.iter().filter(|(_, is_done)| !is_done).count();
    assert_eq!(ended.err.len(), failures, "{:?}", ended.err);
}

#[test]
fn each_tagged_command_is_answered_by_one_object_with_its_tag() {
    let place = home();
    let commands = commands(place.path(), &site());
    let ended = told(place.path(), &[&ALONE[..], &["--json"]].concat(), input(&commands));
    assert_eq!((ended.status, ended.err.len()), (Some(1), 0), "{ended:?}");
    let events = events(&ended.out);
    for (number, (command, is_done)) in commands.iter().enumerate() {
        let tag = format!("job.{number}");
        let answers: Vec<_> = events.iter().filter(|event| event["tag"] == *tag).collect();
        assert_eq!(answers.len(), 1, "{command}: {answers:?}");
        assert_eq!(answers[0]["command"], **command);
        assert_eq!(answers[0]["event"] != "failed", *is_done, "{}", answers[0]);
    }
    let tagged = events.iter().filter(|event| event.get("tag").is_some()).count();
    assert_eq!(tagged, commands.len() + 1, "nothing else has a tag");
    assert_eq!(events.last().map(|event| &event["tag"]), Some(&"last".into()));
}

#[test]
fn two_commands_that_differ_in_their_tags_alone_get_their_own_answers() {
    let place = home();
    write(place.path().join("song"), "la");
    let mut seeder = telling_objects(place.path(), &ALONE);
    seeder.say("@first file:song\n@second file:song");
    let answer = |tag: &str| {
        let lines = std::iter::repeat_with(|| object(&seeder.line()));
        lines.map(Some).find(|event| event.as_ref().is_some_and(|event| event["tag"] == tag))
    };
    let [first, second] = ["first", "second"].map(|tag| answer(tag).flatten().expect("an answer"));
    assert_eq!((&first["event"], &second["event"]), (&"added".into(), &"already".into()));
    assert_eq!(first["id"], second["id"]);
    assert_eq!(seeder.end_of_input().status, Some(0));
}

#[test]
fn a_tagged_command_that_is_cut_off_by_a_signal_is_answered_with_its_tag() {
    let place = home();
    let (_listener, address) = silent_server();
    let mut seeder = seeder(place.path(), ALONE);
    seeder.say(format!("@slow torrent:http://{address}/x\n@quick list"));
    assert_eq!(seeder.line(), "0:@quick list:0");
    let ended = seeder.end_by(Signal::Term);
    assert_eq!(ended.status, Some(1));
    assert_eq!(ended.out, [format!("0:@slow torrent:http://{address}/x:1")]);
    let reason = "it was not done before everything was stopped";
    assert_eq!(ended.err, [format!("@slow torrent:http://{address}/x: {reason}")]);
}

#[test]
fn the_tag_of_a_line_that_is_too_long_comes_back_too() {
    let place = home();
    let long = format!("@long file:{}\n", "x".repeat(2_000_000));
    let ended = told(place.path(), &[&ALONE[..], &["--json"]].concat(), &long);
    let answers = events(&ended.out);
    assert_eq!((answers.len(), &answers[0]["tag"]), (1, &"long".into()), "{answers:?}");
    let ended = told(place.path(), &ALONE, &long);
    assert_eq!(ended.out.len(), 1, "{ended:?}");
    assert!(ended.out[0].starts_with("0:@long file:xxx"), "{ended:?}");
}
