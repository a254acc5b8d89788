//! The three streams as the system has them: closed, or with names that are no text.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::*;

/// A seeder whose streams a shell arranges.
fn by_a_shell(place: &Path, options: &str, redirections: &str) -> Program {
    let line = format!("exec seeder {} {options} {redirections}", ALONE.join(" "));
    Program::start("sh", place, ["-c", &line])
}

#[test]
fn a_standard_input_that_is_closed_is_one_at_its_end() {
    let ended = by_a_shell(home().path(), "--json", "<&-").ended();
    assert_eq!((ended.status, ended.err.len()), (Some(0), 0), "{ended:?}");
    assert_eq!(events(&ended.out), [Value::Null; 0]);
}

#[test]
fn a_standard_output_that_is_closed_takes_everything_and_ends_nothing() {
    let place = home();
    write(place.path().join("song"), "la");
    for options in ["", "--json"] {
        let mut seeder = by_a_shell(place.path(), options, ">&-");
        seeder.say("file:song\nlist");
        let ended = seeder.end_of_input();
        assert_eq!((ended.status, ended.err.len()), (Some(0), 0), "{ended:?}");
        assert_eq!(ended.out, [""; 0]);
    }
}

#[test]
fn a_name_that_is_no_text_is_written_as_a_url_and_told_as_text() {
    let place = home();
    let name = |bytes: &'static [u8]| OsStr::from_bytes(bytes);
    let below = place.path().join(name(b"caf\xe9\n"));
    write(below.join("100%41"), "la");
    write(place.path().join(name(b"s\xf6ng")), "la la");
    let root = shown(place.path());
    let input = format!("file://{root}/caf%E9%0a/100%2541\nfile://{root}/s%f6ng\nfile:s%f6ng\n");
    let ended = told(place.path(), &ALONE, input);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    let lines = ["1:100%2541:-1", "1:100%2541:100", "2:s\u{fffd}ng:-1", "2:s\u{fffd}ng:100"];
    assert_eq!(ended.out, lines);
    assert_eq!(ended.err, ["file:s%f6ng: s%f6ng does not exist"], "this is no URL");
    assert!(place.path().join("100%41.torrent").exists());
    assert!(place.path().join("s\u{fffd}ng.torrent").exists());
}

#[test]
fn bytes_that_are_no_text_are_replaced_with_a_warning_and_name_no_file() {
    let place = home();
    write(place.path().join(OsStr::from_bytes(b"s\xf6ng")), "la");
    let ended = told(place.path(), &ALONE, b"file:s\xf6ng\n");
    assert_eq!((ended.status, ended.out.len()), (Some(1), 0), "{ended:?}");
    assert!(ended.err.iter().any(|line| line.contains("a line is not UTF-8")), "{ended:?}");
    let answer = "file:s\u{fffd}ng: s\u{fffd}ng does not exist";
    assert!(ended.err.iter().any(|line| line == answer), "{ended:?}");
}
