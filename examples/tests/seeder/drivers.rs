//! The drivers in `examples/`, each in its language.

use std::os::unix::fs::PermissionsExt;

use super::*;

/// Those whose language is on this machine, which all are where `KAMAELIA_FOREIGN_CLIENTS=required`.
fn drivers() -> impl Iterator<Item = (&'static str, PathBuf)> {
    let all =
        [("sh", "drive_seeder.sh"), ("python3", "drive_seeder.py"), ("node", "drive_seeder.mjs")];
    all.into_iter()
        .filter(|(language, _)| is_here(language))
        .map(|(language, name)| (language, Path::new(env!("CARGO_MANIFEST_DIR")).join(name)))
}

fn is_here(language: &str) -> bool {
    let answer = Command::new(language).args(["-c", ":"]).stdin(Stdio::null()).output();
    let is_here = answer.is_ok();
    let required =
        std::env::var_os("KAMAELIA_FOREIGN_CLIENTS").is_some_and(|value| value == "required");
    assert!(
        is_here || !required,
        "`{language}` is not installed, and KAMAELIA_FOREIGN_CLIENTS=required"
    );
    if !is_here {
        eprintln!("skipped: `{language}` is not installed");
    }
    is_here
}

/// Starts a driver whose seeder takes ports that nobody else has.
fn drive(place: &Path, language: &str, driver: &Path, file: &str) -> Program {
    let ports = ["SEEDER_LISTEN=127.0.0.1:0", "SEEDER_TRACKER_LISTEN=127.0.0.1:0"];
    Program::start("env", place, [&ports[..], &[language, shown(driver), file]].concat())
}

#[test]
fn each_driver_publishes_a_file_that_others_can_download_and_quits_when_its_input_ends() {
    for (language, driver) in drivers() {
        let (place, copy) = (home(), home());
        let song = write(place.path().join("my song: 1"), bytes(300_000, 6));
        let driver = drive(place.path(), language, &driver, "my song: 1");
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

#[test]
fn each_driver_says_why_a_file_cannot_be_published_and_ends_with_status_1() {
    for (language, driver) in drivers() {
        let place = home();
        // Its input stays open: it is not the end of that which ends it.
        let ended = drive(place.path(), language, &driver, "no such 100%").ended();
        assert_eq!((ended.status, ended.out.len()), (Some(1), 0), "{language}: {ended:?}");
        let [sentence] = &ended.err[..] else { panic!("{language}: {ended:?}") };
        assert!(sentence.ends_with("no such 100% does not exist"), "{language}: {sentence}");
    }
}

#[test]
fn each_driver_ends_with_its_seeder_and_a_seeder_that_is_killed_is_a_failure() {
    for (language, driver) in drivers() {
        let ended = with_seeder("read -r command; kill -9 $$", language, &driver);
        assert_ne!(ended.status, Some(0), "{language}: {ended:?}");
    }
}

#[test]
fn drivers_that_read_objects_refuse_another_protocol() {
    let seeder = r#"echo '{"event":"hello","protocol":2,"version":"9"}'; cat >commands"#;
    for (language, driver) in drivers().filter(|(language, _)| *language != "sh") {
        let ended = with_seeder(seeder, language, &driver);
        assert_eq!(ended.status, Some(1), "{language}: {ended:?}");
        let sentence = "this seeder speaks another protocol";
        assert!(ended.err.iter().any(|line| line.contains(sentence)), "{language}: {ended:?}");
    }
}

/// Runs a driver with a seeder that is a script.
fn with_seeder(script: &str, language: &str, driver: &Path) -> Ended {
    let place = home();
    let seeder = write(place.path().join("bin/seeder"), format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(&seeder, PermissionsExt::from_mode(0o755)).expect("it is ours");
    let line = format!("PATH={}:$PATH; exec \"$@\"", shown(&place.path().join("bin")));
    let args = ["-c", &line, "sh", language, shown(driver), "song"];
    Program::start("sh", place.path(), args).ended()
}

#[test]
fn each_driver_fits_on_a_screen() {
    for (_, driver) in drivers() {
        let lines = fs::read_to_string(&driver).expect("it is there").lines().count();
        assert!(lines < 40, "{}: {lines}", driver.display());
    }
}
