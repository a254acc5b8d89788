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
                   --keep --json --verbose --quiet --log-file --config --print-config";
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
fn help_fits_a_hundred_columns_and_has_short_and_long() {
    let place = home();
    let [short, long] = ["-h", "--help"].map(|option| told(place.path(), &[option], "").out);
    for line in short.iter().chain(&long) {
        assert!(line.chars().count() <= 100, "{line}");
    }
    assert!(short.len() < 60 && short.len() < long.len() / 2, "{} of {}", short.len(), long.len());
    for text in ["Examples:", "--config <FILE>", "Exit status: 0"] {
        assert!(long.join("\n").contains(text), "{text}");
    }
}

#[test]
fn help_is_broken_where_the_terminal_ends_and_commands_stay_below_each_other() {
    for (columns, width) in [("60", 60), ("100", 100)] {
        let (place, terminal) = (home(), Terminal::new(300, width));
        let streams = [Stdio::null(), terminal.to_write_to(), Stdio::piped()];
        let args = [&format!("COLUMNS={columns}"), "TERM=xterm", SEEDER, "--help"];
        let mut help = Program::start_between("env", place.path(), args, streams);
        assert_eq!(help.wait(), Some(0));
        let lines =
            terminal.until(|lines| lines.last().is_some_and(|line| line.ends_with("--json")));
        let commands = lines.iter().skip_while(|line| !line.starts_with("  file:PATH"));
        let commands: Vec<_> = commands.take_while(|line| !line.starts_with("Writes")).collect();
        assert_eq!(commands.len(), 20, "{commands:#?}");
        let begins = |line: &str| line[2..17].trim_end().len() < 14 && !line[17..].starts_with(' ');
        assert!(commands.iter().filter(|line| line.is_ascii()).all(|line| begins(line)));
        // A line that ends early is the last of its paragraph.
        let at =
            lines.iter().position(|line| line.starts_with("A command may have a tag")).unwrap();
        let next = lines[at + 1].split(' ').next().unwrap();
        assert!(lines[at].len() + 1 + next.len() > usize::from(width), "{:#?}", &lines[at..at + 3]);
    }
}

#[test]
fn help_that_nobody_could_read_is_status_1_and_half_of_it_is_enough() {
    let place = home();
    for errand in ["--help", "--version", "--print-config", "man"] {
        for (out, status) in [(full(), 1), (nobody(), 0)] {
            let err = Stdio::piped();
            let ended = Program::start_writing_to(SEEDER, place.path(), [errand], out, err).ended();
            assert_eq!(ended.status, Some(status), "{errand}: {ended:?}");
        }
    }
}

#[test]
fn the_manual_page_tells_of_values_files_the_environment_and_how_it_ends() {
    let place = home();
    let page = told(place.path(), &["man"], "").out;
    for wanted in [
        ".SH \"EXIT STATUS\"",
        ".SH \"ENVIRONMENT\"",
        ".SH \"FILES\"",
        ".SH EXAMPLES",
        "SEEDER_CONFIG",
    ] {
        assert_eq!(page.iter().filter(|line| *line == wanted).count(), 1, "{wanted}");
    }
    let synopsis = page.iter().position(|line| line.starts_with(".SH SYNOPSIS")).unwrap() + 1;
    for wanted in ["[\\-\\-dir DIR]", "[\\-\\-state [DIR]]", "[\\-\\-keep]"] {
        assert!(page[synopsis].contains(wanted), "{wanted}: {}", page[synopsis]);
    }
}

#[test]
fn shells_and_the_manual_page_know_every_option() {
    let place = home();
    let help = told(place.path(), &["--help"], "").out;
    let options: Vec<_> = help
        .iter()
        .filter(|line| line.trim_start().starts_with('-'))
        .filter_map(|line| line.split_whitespace().find_map(|word| word.strip_prefix("--")))
        .map(|option| option.trim_end_matches('.'))
        .collect();
    assert!(options.len() > 25, "{options:?}");
    for errand in [
        &["completions", "bash"][..],
        &["completions", "elvish"],
        &["completions", "fish"],
        &["completions", "powershell"],
        &["completions", "zsh"],
        &["man"],
    ] {
        let ended = told(place.path(), errand, "");
        assert_eq!((ended.status, ended.err.len()), (Some(0), 0), "{errand:?}");
        // In manual pages a hyphen that is no break is written with a backslash.
        let text = ended.out.join("\n").replace("\\-", "-");
        for option in &options {
            assert!(text.contains(option), "{errand:?} knows nothing of {option}");
        }
    }
}

#[test]
fn what_the_shells_are_told_is_what_they_understand() {
    let place = home();
    for shell in ["bash", "fish", "zsh"] {
        if Command::new(shell).arg("-c").arg("exit").status().is_err() {
            eprintln!("skipped: there is no {shell} here");
            continue;
        }
        let script = told(place.path(), &["completions", shell], "").out.join("\n");
        let path = write(place.path().join(shell), script);
        let read = Command::new(shell).arg("-n").arg(path).output().expect("it runs");
        assert!(read.status.success() && read.stderr.is_empty(), "{read:?}");
    }
}

#[test]
fn a_command_among_the_arguments_is_told_where_it_goes() {
    let place = home();
    let ended = told(place.path(), &["file:song"], "");
    assert!(ended.err[0].ends_with("one a line: echo 'file:song' | seeder"), "{ended:?}");
}

#[test]
fn a_directory_that_cannot_be_is_said_before_anything_else() {
    let place = home();
    write(place.path().join("file"), "x");
    for dir in ["file", "file/below"] {
        let ended = told(place.path(), &with(&ALONE, "--dir", dir), "file:file\n");
        assert_eq!((ended.status, ended.out.len()), (Some(1), 0));
        let sentence = format!("seeder: cannot use {dir} as --dir: it is not a directory");
        assert_eq!(ended.err, [sentence]);
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
