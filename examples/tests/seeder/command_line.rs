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
                   --keep --json --verbose --config --print-config";
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

#[test]
fn a_file_of_settings_is_read_where_others_are_too_and_can_be_printed() {
    let place = home();
    write(place.path().join("seeder/config.toml"), "max-up = '500K'\nlog = 1\n");
    let ended = told(place.path(), &ALONE, "");
    assert_eq!((ended.status, ended.out.len()), (Some(2), 0));
    let file = place.path().join("seeder/config.toml");
    let sentence = format!("error: {}:2: there is no setting `log`; ", file.display());
    assert!(ended.err[0].starts_with(&sentence), "{ended:?}");
    write(&file, "max-up = '500K'\nkeep = true\n");
    let ended = told(place.path(), &["--print-config", "--keep=no"], "");
    assert_eq!((ended.status, ended.err.len()), (Some(0), 0));
    for line in ["max-up = \"500K\"", "keep = false"] {
        assert!(ended.out.iter().any(|printed| printed == line), "{line}: {ended:?}");
    }
}
