//! A person at a terminal.

use std::io::Write;

use super::*;

/// A seeder whose standard error is this terminal, with these in its environment.
fn seeder_on(terminal: &Terminal, place: &Path, environment: &[&str], args: &[&str]) -> Program {
    seeder_writing_to(terminal.to_write_to(), place, environment, args)
}

fn seeder_writing_to(err: Stdio, place: &Path, environment: &[&str], args: &[&str]) -> Program {
    let unset = ["-u", "NO_COLOR", "-u", "CLICOLOR", "-u", "CLICOLOR_FORCE", "TERM=xterm"];
    let args = unset.iter().chain(environment).chain(&[SEEDER]).chain(args);
    Program::start_writing_to("env", place, args, Stdio::piped(), err)
}

/// Tells a seeder of so many torrents that nobody has.
fn download_what_nobody_has(seeder: &mut Program, place: &Path, count: usize) {
    for number in 1..=count {
        let name = format!("nobody-has-{number:02}");
        write(place.join(format!("{name}.torrent")), torrent(&name));
        seeder.say(format!("torrent:{name}.torrent"));
    }
}

/// Whether this is the bar of one of those, whole.
fn is_bar_of(line: &str, number: usize) -> bool {
    line.starts_with(&format!("nobody-has-{number:02} "))
        && line.contains("─")
        && line.ends_with("   0% no peers")
}

#[test]
fn of_fifty_torrents_as_many_as_fit_are_shown_and_the_rest_is_summed_up() {
    let (place, terminal) = (home(), Terminal::new(24, 80));
    let mut seeder = seeder_on(&terminal, place.path(), &[], &ALONE);
    download_what_nobody_has(&mut seeder, place.path(), 50);
    let summary = "and 30 more; 50 in all: 50 downloading; 0 B/s in, 0 B/s out";
    let lines = terminal.until(|lines| lines.last().is_some_and(|line| line == summary));
    assert_eq!(lines.len(), 21, "{lines:#?}");
    assert!((1..21).all(|number| is_bar_of(&lines[number - 1], number)), "{lines:#?}");
    assert_eq!(terminal.lines_scrolled_away(), 0);
}

#[test]
fn what_is_said_stands_above_the_bars_and_tears_none() {
    // Six lines, that of the cursor, an empty one, and four of bars.
    let (place, terminal) = (home(), Terminal::new(12, 100));
    let mut seeder = seeder_on(&terminal, place.path(), &[], &ALONE);
    download_what_nobody_has(&mut seeder, place.path(), 3);
    terminal.until(|lines| lines.len() == 4);
    for _ in 0..6 {
        seeder.say("file:missing");
    }
    let is_complaint = |line: &String| line == "file:missing: missing does not exist";
    let lines = terminal.until(|lines| {
        let (said, bars) = lines.split_at(lines.len().min(6));
        said.iter().all(is_complaint) && bars.len() == 4 && bars[3].starts_with("3 in all: ")
    });
    assert!((1..4).all(|number| is_bar_of(&lines[5 + number], number)), "{lines:#?}");
    seeder.say("quit");
    seeder.end_of_input();
    terminal.until(|lines| lines.len() == 6 && lines.iter().all(is_complaint));
}

#[test]
fn what_moves_is_shown_first_and_a_smaller_terminal_has_fewer_lines() {
    let (data, place, terminal) = (home(), home(), Terminal::new(24, 80));
    write(data.path().join("moving"), bytes(3_000_000, 5));
    let mut seed = seeder(data.path(), with(&PUBLIC, "--max-up", "50K"));
    seed.say("file:moving");
    seed.until(":100");
    let mut get = seeder_on(&terminal, place.path(), &[], &ALONE);
    download_what_nobody_has(&mut get, place.path(), 30);
    terminal.until(|lines| lines.last().is_some_and(|line| line.contains("30 downloading")));
    get.say(format!("torrent:{}", data.path().join("moving.torrent").display()));
    let moves = |line: &String| line.starts_with("moving ") && line.contains("/s from 1 peer");
    terminal.until(|lines| lines.first().is_some_and(moves));
    terminal.resize(8, 60);
    terminal.until(|lines| {
        let has_moving = lines.iter().any(|line| line.starts_with("moving    "));
        has_moving && lines.last().is_some_and(|line| line.starts_with("and 27 more; 31 in all; "))
    });
}

#[test]
fn making_a_torrent_is_shown_too() {
    let (place, terminal) = (home(), Terminal::new(24, 80));
    let song = fs::File::create(place.path().join("song.ogg")).unwrap();
    song.set_len(200 << 20).unwrap();
    let mut seeder = seeder_on(&terminal, place.path(), &[], &ALONE);
    seeder.say("file:song.ogg");
    terminal.until(|lines| {
        lines
            .first()
            .is_some_and(|line| line.starts_with("song.ogg ") && line.ends_with("% making"))
    });
    seeder.until(":100");
    terminal.until(|lines| lines == ["1 in all: 1 complete; 0 B/s in, 0 B/s out"]);
    assert_eq!(seeder.end_of_input().status, Some(0));
    terminal.until(<[String]>::is_empty);
}

/// The bars of the first three torrents that nobody has, and the last line.
fn is_picture_of_three(lines: &[String]) -> bool {
    lines.len() == 4
        && (1..4).all(|number| is_bar_of(&lines[number - 1], number))
        && lines[3].starts_with("3 in all: 3 downloading; ")
}

#[test]
fn what_is_typed_stays_above_the_bars_and_leaves_no_copy_of_them() {
    let (place, terminal) = (home(), Terminal::new(60, 100));
    let streams = [(); 3].map(|()| terminal.to_write_to());
    let args = ["TERM=xterm", SEEDER].iter().chain(&ALONE);
    let mut seeder = Program::start_between("env", place.path(), args, streams);
    let hint = terminal.until(|lines| lines.len() == 1).remove(0);
    assert!(hint.starts_with("seeder: type file:PATH, ") && hint.contains("--help"), "{hint}");
    for number in 1..=3 {
        let name = format!("nobody-has-{number:02}");
        write(place.path().join(format!("{name}.torrent")), torrent(&name));
        terminal.type_in(&format!("torrent:{name}.torrent\n"));
        terminal.until(|lines| lines.contains(&format!("{number}:{name}:0")));
    }
    for number in 1..=6 {
        terminal.type_in("list\n");
        let is_answer = |line: &&String| *line == "0:list:0";
        terminal.until(|lines| {
            lines.iter().filter(is_answer).count() == number
                && is_picture_of_three(&lines[lines.len().saturating_sub(4)..])
        });
    }
    let lines = terminal.until(|lines| lines.len() > 20);
    let bars = lines.iter().filter(|line| line.contains('─')).count();
    assert_eq!(bars, 3, "{lines:#?}");
    let last = ["list", "1:nobody-has-01:0", "2:nobody-has-02:0", "3:nobody-has-03:0", "0:list:0"];
    assert_eq!(lines[lines.len() - 9..lines.len() - 4], last, "{lines:#?}");
    terminal.type_in("quit\n");
    assert_eq!(seeder.wait(), Some(1));
    terminal.until(|lines| lines.last().is_some_and(|line| line == "0:quit:0"));
}

#[test]
fn what_others_type_and_write_there_leaves_no_copy_of_the_bars_either() {
    let (place, terminal) = (home(), Terminal::new(20, 100));
    let mut other = terminal.open();
    let mut seeder = seeder_on(&terminal, place.path(), &[], &ALONE);
    download_what_nobody_has(&mut seeder, place.path(), 3);
    (0..6).for_each(|_| drop(seeder.line()));
    terminal.until(is_picture_of_three);
    for count in 1..=6 {
        // As `(…; cat) | seeder | grep ^0` would.
        terminal.until_there_is_room();
        terminal.type_in("list\n");
        terminal.until(|lines| lines.iter().filter(|line| *line == "list").count() == count);
        seeder.say("list");
        seeder.until("0:list:0");
        writeln!(other, "0:list:0").unwrap();
    }
    let lines = terminal.until(|lines| {
        let (_, bars) = lines.split_at(lines.len().saturating_sub(4));
        is_picture_of_three(bars) && lines.iter().filter(|line| *line == "0:list:0").count() == 6
    });
    assert_eq!(lines[..12], ["list", "0:list:0"].repeat(6));
    assert_eq!(lines.len(), 16);
}

#[test]
fn what_is_typed_and_not_sent_yet_stays_where_it_is_while_something_is_said() {
    let (place, terminal) = (home(), Terminal::new(10, 60));
    let mut seeder = seeder_on(&terminal, place.path(), &[], &ALONE);
    download_what_nobody_has(&mut seeder, place.path(), 1);
    terminal.until(|lines| lines.len() == 1 && is_bar_of(&lines[0], 1));
    terminal.type_in("hal");
    terminal.until(|lines| lines.first().is_some_and(|line| line == "hal"));
    let long = "x".repeat(70);
    seeder.say(format!("file:{long}"));
    let said = format!("file:{long}: {long} does not exist");
    let said = [&said[..60], &said[60..120], &said[120..]];
    let is_above =
        |lines: &[String]| lines.len() > 4 && lines[..3] == said && is_bar_of(&lines[4], 1);
    let lines = terminal.until(is_above);
    assert_eq!(lines[3], "hal");
    terminal.type_in("f");
    terminal.until(|lines| is_above(lines) && lines[3] == "half" && lines.len() == 5);
}

#[test]
fn in_sixty_columns_bars_say_what_matters_and_more_columns_leave_nothing_torn() {
    let (place, terminal) = (home(), Terminal::new(15, 60));
    let mut seeder = seeder_on(&terminal, place.path(), &[], &ALONE);
    let name = |number: usize| format!("A rather long name of something, number {number}.ogg");
    for number in 1..=3 {
        let path = format!("{number}.torrent");
        write(place.path().join(&path), torrent(&name(number)));
        seeder.say(format!("torrent:{path}"));
    }
    let summary = "3 in all: 3 downloading; 0 B/s in, 0 B/s out";
    let narrow =
        |number| format!("A rather long name…hing, number {number}.ogg ────────   0% no peers");
    let is_narrow =
        |lines: &[String]| lines.iter().cloned().eq((1..4).map(narrow).chain([summary.to_owned()]));
    terminal.until(is_narrow);
    for columns in [100, 60, 100] {
        terminal.resize(15, columns);
        let lines = terminal.until(|lines| {
            let is_whole =
                |number: usize| lines[number - 1].starts_with(&format!("{} ─", name(number)));
            lines.len() == 4 && if columns == 100 { (1..4).all(is_whole) } else { is_narrow(lines) }
        });
        assert_eq!(lines[3], summary);
    }
}

#[test]
fn while_it_only_seeds_the_last_line_says_how_fast() {
    let (data, copy, terminal) = (home(), home(), Terminal::new(24, 80));
    write(data.path().join("song"), bytes(3_000_000, 5));
    let mut seed = seeder_on(&terminal, data.path(), &[], &with(&PUBLIC, "--max-up", "300K"));
    seed.say("file:song");
    seed.until(":100");
    let mut get = seeder(copy.path(), ALONE);
    get.say(format!("torrent:{}", data.path().join("song.torrent").display()));
    terminal.until(|lines| {
        lines.len() == 1
            && lines[0].starts_with("1 in all: 1 complete; 0 B/s in, ")
            && lines[0].ends_with(" KiB/s out")
    });
}

#[test]
fn the_hint_for_people_is_for_a_person_at_a_terminal_alone() {
    let terminal = Terminal::new(24, 80);
    for (args, input) in [(&["--quiet"][..], terminal.to_write_to()), (&[], Stdio::null())] {
        let place = home();
        let args = ALONE.iter().chain(args);
        let streams = [input, Stdio::piped(), terminal.to_write_to()];
        let mut seeder = Program::start_between(SEEDER, place.path(), args, streams);
        terminal.type_in("quit\n");
        assert_eq!(seeder.wait(), Some(0));
        let lines = terminal.until(|_| true);
        assert!(lines.iter().all(|line| line == "quit"), "{lines:?}");
    }
}

#[test]
fn a_name_cannot_move_the_cursor() {
    let (place, terminal) = (home(), Terminal::new(24, 80));
    let mut seeder = seeder_on(&terminal, place.path(), &[], &ALONE);
    seeder.say(format!("magnet:?xt=urn:btih:{}&dn=a%1b[2Jb", "ab".repeat(20)));
    let is_bar = |line: &String| line.ends_with("finding metadata, no peers");
    let lines = terminal.until(|lines| lines.first().is_some_and(is_bar));
    assert!(lines[0].starts_with("a[2Jb "), "{lines:?}");
}

#[test]
fn colours_are_left_out_where_they_are_not_wanted() {
    for (environment, has_colours) in
        [(&[][..], true), (&["NO_COLOR=1"], false), (&["CLICOLOR=0"], false)]
    {
        let (place, terminal) = (home(), Terminal::new(24, 80));
        let mut seeder = seeder_on(&terminal, place.path(), environment, &with(&ALONE, "-v", "-v"));
        download_what_nobody_has(&mut seeder, place.path(), 1);
        terminal.until(|lines| lines.last().is_some_and(|line| is_bar_of(line, 1)));
        let written = terminal.written();
        // A bar in cyan, and a level in the logger's green.
        let colours = ["\u{1b}[36m", "\u{1b}[32m"].map(|colour| written.contains(colour));
        assert_eq!(colours, [has_colours; 2], "{environment:?}: {written:?}");
    }
}

#[test]
fn into_a_pipe_go_no_bars_and_colours_only_if_they_are_forced() {
    for (environment, has_colours) in [(&[][..], false), (&["CLICOLOR_FORCE=1"], true)] {
        let place = home();
        let args = with(&ALONE, "-v", "-v");
        let mut seeder = seeder_writing_to(Stdio::piped(), place.path(), environment, &args);
        download_what_nobody_has(&mut seeder, place.path(), 1);
        seeder.until(":0");
        seeder.say("quit");
        let err = seeder.end_of_input().err.join("\n");
        assert!(err.contains("debug") && !err.contains("nobody-has-01 "), "{err}");
        assert_eq!(err.contains("\u{1b}["), has_colours, "{environment:?}: {err}");
        assert!(!err.contains('─') && !err.contains("\u{1b}[2K"), "{err}");
    }
}

#[test]
fn quiet_shows_failures_alone() {
    let (place, terminal) = (home(), Terminal::new(24, 80));
    let tracker = format!("http://{}/announce", unused_port());
    let args = ["--quiet", "--listen", "127.0.0.1:0", "--tracker", &tracker];
    let mut seeder = seeder_on(&terminal, place.path(), &[], &args);
    write(place.path().join("song"), "la");
    download_what_nobody_has(&mut seeder, place.path(), 1);
    seeder.say("file:song");
    seeder.say("file:missing");
    seeder.until("song:100");
    let lines = terminal.until(|lines| !lines.is_empty());
    assert!(lines.len() == 1 && lines[0].starts_with("file:missing: "), "{lines:?}");
    seeder.end_by(Signal::Term);
    terminal.until(|lines| lines.len() == 1);
}

#[test]
fn a_log_file_is_written_at_its_end_with_times_and_more_than_is_shown() {
    let place = home();
    let log = write(place.path().join("logs/log"), "of a former run\n");
    write(place.path().join("song"), "la");
    assert_eq!(told(place.path(), &ALONE, "file:song\n").status, Some(0));
    let args = with(&ALONE, "--log-file", "logs/log");
    let ended = told(place.path(), &args, "torrent:song.torrent\n");
    assert_eq!((ended.status, ended.err.len()), (Some(0), 0));
    let log = fs::read_to_string(log).unwrap();
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines[0], "of a former run");
    assert!(lines.len() > 1, "what goes on is told");
    for line in &lines[1..] {
        let words: Vec<_> = line.splitn(4, ' ').collect();
        let (time, level) = (words[0], words[1]);
        assert!(time.len() == 24 && time.starts_with("20") && time.ends_with('Z'), "{line}");
        assert!(["info", "warn"].contains(&level) && words[2].ends_with(':'), "{line}");
    }
    assert!(!log.contains('\u{1b}'));
}

#[test]
fn a_log_file_that_cannot_be_is_said_before_anything_else() {
    let place = home();
    write(place.path().join("file"), "x");
    let ended = told(place.path(), &with(&ALONE, "--log-file", "file/log"), "file:file\n");
    assert_eq!((ended.status, ended.out.len()), (Some(1), 0));
    assert!(ended.err[0].starts_with("seeder: cannot use file/log as --log-file: "), "{ended:?}");
}

/// What the documents show. With `KAMAELIA_PICTURES` set it is made anew.
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/terminal/bars.svg");

/// Length of a piece of small torrents.
const PIECE: usize = 65_536;

#[test]
fn the_picture_in_the_documents_is_what_is_seen() {
    let (data, place, terminal) = (home(), home(), Terminal::new(17, 90));
    let mut publish = seeder(data.path(), ALONE);
    let mut get = seeder_on(&terminal, place.path(), &[], &ALONE);
    for number in 1..=20 {
        let name = format!("symphony {number:02}.ogg");
        let content = bytes(20 * PIECE, number);
        write(data.path().join(&name), &content);
        publish.say(format!("file:{name}"));
        publish.until(":100");
        // Of each a little less is there than of the one before; of the first three, all.
        let pieces = 23 - number as usize;
        write(place.path().join(&name), &content[..content.len().min(pieces * PIECE)]);
    }
    get.say("file:symphony 21.ogg");
    terminal.until(|lines| lines.len() == 1);
    for number in 1..=20 {
        let torrent = data.path().join(format!("symphony {number:02}.ogg.torrent"));
        get.say(format!("torrent:{}", torrent.display()));
    }
    let summary = "and 4 more; 20 in all: 17 downloading, 3 complete; 0 B/s in, 0 B/s out";
    let is_drawn = |lines: &[String]| lines.len() == 15 && lines[14] == summary;
    let picture = terminal.picture_when(is_drawn);
    if std::env::var_os("KAMAELIA_PICTURES").is_some() {
        write(PICTURE, &picture);
    }
    let shown = fs::read_to_string(PICTURE).expect("the picture is there");
    assert!(picture == shown, "make it anew with KAMAELIA_PICTURES=1; seen is\n{picture}");
}

#[test]
fn what_is_said_more_is_about_torrents_and_not_about_how_the_seeder_is_made() {
    let place = home();
    write(place.path().join("song"), "la");
    assert_eq!(told(place.path(), &ALONE, "file:song\n").status, Some(0));
    for options in [&["-v"][..], &["-v", "--ui", "127.0.0.1:0"]] {
        let mut seeder = seeder(place.path(), [&ALONE[..], options].concat());
        seeder.say("torrent:song.torrent");
        seeder.until(":100");
        seeder.say("quit");
        let ended = seeder.ended();
        assert_eq!(ended.status, Some(0), "{ended:?}");
        assert!(ended.err.iter().any(|line| line.contains("torrent 1: ")), "{ended:?}");
        let advice = ended.err.iter().find(|line| line.contains("in a circle"));
        assert_eq!(advice, None);
    }
}
