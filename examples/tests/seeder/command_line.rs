//! The command line.

use super::*;

#[test]
fn help_and_version_are_answers_and_wrong_options_are_status_2() {
    let place = home();
    let help = told(place.path(), &["--help"], "");
    assert_eq!((help.status, help.err.len()), (Some(0), 0));
    let help = help.out.join("\n");
    let commands =
        "file:PATH torrent:URL torrent:PATH magnet: stop:ID pause:ID resume:ID why:ID list quit";
    let options = "--dir --listen --tracker --tracker-listen --no-tracker --peer --no-local-discovery --map-port \
                   --state --select --sequential --max-up --max-down --max-peers \
                   --max-connections --until --encryption --bind --proxy \
                   --keep --json --verbose";
    for wanted in commands.split(' ').chain(options.split_whitespace()) {
        assert!(help.contains(wanted), "{wanted}");
    }
    let version = told(place.path(), &["--version"], "");
    assert_eq!(version.out, [format!("seeder {}", env!("CARGO_PKG_VERSION"))]);
    for wrong in [
        &["--no-such"][..],
        &["file:song"],
        &["--listen", "here"],
        &["--listen", "127.0.0.1"],
        &["--tracker", "udp://127.0.0.1"],
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
