//! Commands about torrents that are there, in a pipe.

use std::io::Write;

use rustix::fs::OFlags;

use super::*;

/// The fields of a line, as a script gets them that splits at the first and at the last colon.
fn fields(line: &str) -> (u32, &str, i32) {
    let (id, rest) = line.split_once(':').expect("a first colon");
    let (text, number) = rest.rsplit_once(':').expect("a last colon");
    (id.parse().expect("a number"), text, number.parse().expect("a number"))
}

#[test]
fn each_order_is_answered_by_one_line_that_says_which_order_it_was() {
    let place = home();
    write(place.path().join("a: song"), bytes(300_000, 1));
    write(place.path().join("x.torrent"), torrent("x"));
    let mut seeder = seeder(place.path(), ALONE);
    let mut ask = |command: &str, end: &str| {
        seeder.say(command);
        seeder.until(end)
    };
    assert_eq!(ask("file:a: song", ":100"), ["1:a: song:-1", "1:a: song:100"]);
    assert_eq!(ask("torrent:x.torrent", ":x:0"), ["2:x:-1", "2:x:0"]);
    assert_eq!(ask("pause:1", ":0"), ["0:pause:1:0"]);
    assert_eq!(ask("list", "list:0"), ["1:a: song:100", "2:x:0", "0:list:0"]);
    assert_eq!(ask("resume:1", ":0"), ["0:resume:1:0"]);
    let why = ask("why:2", ":0");
    assert_eq!((fields(&why[0]).0, why.len()), (0, 1));
    assert!(fields(&why[0]).1.starts_with("why:2 no peers; "), "{why:?}");
    let piece = "0:why:2:0 there are no peers to have piece 0:0";
    assert_eq!(ask("why:2:0", "0:0"), [piece]);
    assert_eq!(ask("stop:2", ":0"), ["0:stop:2:0"]);
    assert_eq!(ask("stop:2", ":1"), ["0:stop:2:1"]);
    assert_eq!(ask("list", "list:0"), ["1:a: song:100", "0:list:0"]);
    assert_eq!(ask("quit", "quit:0"), ["0:quit:0"]);
    assert_eq!(seeder.complaint(), "stop:2: there is no torrent 2");
    let ended = seeder.ended();
    assert_eq!((ended.status, ended.out.len(), ended.err.len()), (Some(1), 0, 0), "{ended:?}");
}

#[test]
fn each_order_is_answered_by_one_object_with_its_command() {
    let place = home();
    write(place.path().join("song"), bytes(300_000, 1));
    let mut seeder = telling_objects(place.path(), &ALONE);
    seeder.say("file:song");
    seeder.until("}");
    seeder.until("}");
    let mut answer = |command: &str| {
        seeder.say(command);
        loop {
            let event: Value = serde_json::from_str(&seeder.line()).expect("an object");
            if event["command"] == command {
                return event;
            }
        }
    };
    let paused = answer("pause:1");
    assert_eq!((&paused["event"], &paused["id"]), (&"paused".into(), &1.into()));
    let list = answer("list");
    let listed = &list["torrents"][0];
    assert_eq!((&list["event"], list["torrents"].as_array().unwrap().len()), (&"list".into(), 1));
    assert_eq!((&listed["name"], &listed["percent"]), (&"song".into(), &100.into()), "{listed}");
    assert_eq!(listed["info_hash"].as_str().unwrap().len(), 40);
    assert_eq!(listed["activity"], "paused");
    assert_eq!(answer("why:1")["why"], "it is paused, and waits to be resumed");
    assert_eq!(answer("resume:1")["event"], "resumed");
    assert_eq!(answer("stop:1")["event"], "closed");
    assert_eq!(answer("why:1")["reason"], "there is no torrent 1");
    assert_eq!(answer("quit")["event"], "quit");
    assert_eq!(seeder.ended().status, Some(1));
}

#[test]
fn wrong_orders_are_answered_in_their_place_and_nothing_else_happens() {
    let place = home();
    write(place.path().join("song"), "la");
    let wrong = [
        "stop:",
        "stop:x",
        "pause:1 ",
        "resume:-1",
        "why:99999999999",
        "why:1:x",
        "stop:0",
        "why:7",
    ];
    let input = format!("{}\nfile:song\n", wrong.join("\n"));
    let ended = told(place.path(), &ALONE, &input);
    assert_eq!(ended.status, Some(1));
    let answers: Vec<_> = ended.out.iter().filter(|line| line.starts_with("0:")).collect();
    let mut expected = wrong.map(|command| format!("0:{command}:1"));
    expected.sort();
    let mut answers: Vec<_> = answers.into_iter().cloned().collect();
    answers.sort();
    assert_eq!(answers, expected);
    assert_eq!(ended.err.len(), wrong.len());
    for command in wrong {
        assert!(
            ended.err.iter().any(|line| line.starts_with(&format!("{command}: "))),
            "{command}"
        );
    }
    let song: Vec<_> = ended.out.iter().filter(|line| line.contains("song")).collect();
    assert_eq!(song, ["1:song:-1", "1:song:100"]);
    let json = told(place.path(), &[&ALONE[..], &["--json"]].concat(), &input);
    let failed = events(&json.out).into_iter().filter(|event| event["event"] == "failed");
    assert_eq!((failed.count(), json.err.len()), (wrong.len(), 0));
}

#[test]
fn quit_waits_for_answers_and_for_no_download_even_with_keep() {
    let place = home();
    write(place.path().join("x.torrent"), torrent("x"));
    write(place.path().join("song"), bytes(3_000_000, 1));
    for args in [&ALONE[..], &[&ALONE[..], &["--keep"]].concat()] {
        let mut seeder = seeder(place.path(), args.iter().copied());
        // Its input stays open, and what comes after the end is not read.
        seeder.say("torrent:x.torrent\nfile:song\nquit\nnonsense");
        let ended = seeder.ended();
        assert_eq!(ended.status, Some(1), "x is not complete: {ended:?}");
        assert!(ended.out.iter().any(|line| line.ends_with(":song:-1")), "{ended:?}");
        assert_eq!(ended.out.last().map(String::as_str), Some("0:quit:0"));
        assert_eq!(ended.err, [""; 0]);
    }
    let ended = told(place.path(), &ALONE, "file:song\nquit\n");
    assert_eq!(ended.status, Some(0), "all was done: {ended:?}");
}

#[test]
fn a_paused_torrent_is_not_waited_for_at_the_end_and_a_stopped_one_is_nobodys_business() {
    let place = home();
    write(place.path().join("x.torrent"), torrent("x"));
    for (order, status) in [("pause:1", 1), ("stop:1", 0)] {
        let mut seeder = seeder(place.path(), ALONE);
        seeder.say("torrent:x.torrent");
        seeder.until("x:0");
        seeder.say(order);
        assert_eq!(seeder.line(), format!("0:{order}:0"));
        let ended = seeder.end_of_input();
        assert_eq!(ended.status, Some(status), "{order}: {ended:?}");
    }
}

#[test]
fn a_paused_download_stands_still_and_goes_on_when_it_is_resumed() {
    let (data, copy) = (home(), home());
    let song = write(data.path().join("song"), bytes(3_000_000, 5));
    let mut seed = seeder(data.path(), PUBLIC);
    seed.say("file:song");
    seed.until(":100");
    seed.say("pause:1");
    assert_eq!(seed.line(), "0:pause:1:0");
    let mut get = seeder(copy.path(), ALONE);
    get.say(format!("torrent:{}", data.path().join("song.torrent").display()));
    get.until("song:0");
    assert!(get.is_silent_for(Duration::from_secs(1)), "nobody serves it");
    get.say("pause:1\nresume:1");
    assert_eq!([get.line(), get.line()], ["0:pause:1:0", "0:resume:1:0"]);
    seed.say("resume:1");
    assert_eq!(seed.line(), "0:resume:1:0");
    // Announces again at once, and so finds the seed again.
    get.say("pause:1\nresume:1");
    assert_rises(&get.until(":100"));
    assert!(fs::read(copy.path().join("song")).unwrap() == fs::read(song).unwrap());
    assert_eq!(get.end_of_input().status, Some(0));
    assert_eq!(seed.end_of_input().status, Some(0));
}

fn assert_rises(lines: &[String]) {
    let percents: Vec<_> = lines
        .iter()
        .map(|line| fields(line))
        .filter(|line| line.0 == 1)
        .map(|line| line.2)
        .collect();
    assert!(percents.is_sorted_by(|a, b| a < b) && percents.ends_with(&[100]), "{lines:?}");
}

#[test]
fn a_reader_that_comes_late_reads_every_change_of_state_in_order() {
    const ROUNDS: usize = 500;
    let place = home();
    write(place.path().join("song"), "la");
    let args = [&ALONE[..], &["--json"]].concat();
    let (reader, writer) = io::pipe().expect("a pipe");
    let mut seeder =
        Program::start_writing_to(SEEDER, place.path(), args, writer.into(), Stdio::piped());
    let mut lines = BufReader::new(reader).lines().map(Result::unwrap);
    seeder.say("file:song");
    // Complete: from now on nobody reads, and what is said is more than a pipe holds.
    assert!(lines.by_ref().any(|line| line.contains("\"complete\"")));
    let (tell, has_said_enough) = std::sync::mpsc::channel();
    let talker = std::thread::spawn(move || {
        for round in 0..ROUNDS {
            seeder.say("pause:1\nresume:1");
            if round == ROUNDS / 2 {
                // The other half may have to wait for the reader.
                tell.send(()).expect("the reader waits for this");
            }
        }
        seeder.say("quit");
        seeder
    });
    has_said_enough.recv().expect("half of it is said");
    let events: Vec<Value> = lines.map(|line| serde_json::from_str(&line).unwrap()).collect();
    let is_told = |event: &&Value| event["event"] == "progress";
    let states: Vec<_> = events.iter().filter(is_told).map(|event| &event["state"]).collect();
    assert_eq!(states.len(), 2 * ROUNDS);
    assert!(states.chunks(2).all(|pair| *pair[0] == "paused" && *pair[1] == "seeding"));
    for (event, count) in [("paused", ROUNDS), ("resumed", ROUNDS), ("quit", 1)] {
        assert_eq!(events.iter().filter(|told| told["event"] == event).count(), count, "{event}");
    }
    assert_eq!(talker.join().unwrap().ended().status, Some(0));
}

#[test]
fn commands_come_from_a_named_pipe_that_several_write_into() {
    let place = home();
    let made = Command::new("mkfifo").arg(place.path().join("commands")).status();
    assert!(made.expect("mkfifo").success());
    // As a supervisor does it, who holds the pipe open for reading and writing.
    let script = format!("exec {SEEDER} --listen 127.0.0.1:0 --no-tracker <> commands");
    let seeder = Program::start("sh", place.path(), ["-c", &script]);
    for (id, name) in [(1, "one"), (2, "two")] {
        write(place.path().join(name), name);
        // Each opens it, writes a line, and closes it again.
        write(place.path().join("commands"), format!("file:{name}\n"));
        assert_eq!(seeder.until(":100"), [format!("{id}:{name}:-1"), format!("{id}:{name}:100")]);
    }
    assert_eq!(seeder.end_by(Signal::Term).status, Some(0));
}

#[test]
fn a_pipe_whose_reads_do_not_wait_is_waited_for() {
    use std::os::unix::fs::OpenOptionsExt;

    let place = home();
    let path = place.path().join("commands");
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
    let does_not_wait = OFlags::NONBLOCK.bits() as i32;
    let mut pipe = fs::File::options();
    let pipe = pipe.read(true).write(true).custom_flags(does_not_wait).open(path).unwrap();
    let mut seeder = Command::new(SEEDER)
        .args(ALONE)
        .current_dir(place.path())
        .env("XDG_CONFIG_HOME", place.path())
        .stdin(pipe.try_clone().unwrap())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut answers = BufReader::new(seeder.stdout.take().unwrap()).lines();
    let mut ask = |_| {
        (&pipe).write_all(b"list\n").unwrap();
        answers.next().and_then(Result::ok)
    };
    // Each is written when the one before is answered, so the seeder waits in between.
    let answers = [1, 2, 3].map(&mut ask);
    (&pipe).write_all(b"quit\n").unwrap();
    assert_eq!(seeder.wait().unwrap().code(), Some(0));
    assert_eq!(answers, [(); 3].map(|()| Some("0:list:0".to_owned())));
}
