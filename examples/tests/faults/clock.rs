//! A time of day that jumps. No decision hangs on it; that a machine sleeps for a day is tried in
//! `kamaelia-torrent/tests/simulation/cuts.rs`.

use super::*;

/// A library that tells a program what time it is, where it is installed.
fn clock_in_a_file() -> Option<PathBuf> {
    let found = fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok);
    let mut paths = found.map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"));
    let path = paths.find(|path| path.exists());
    if path.is_none() {
        eprintln!("skipped: clocks that jump, since there is no libfaketime here");
    }
    path
}

#[test]
fn the_time_of_day_may_jump_by_years_while_a_download_goes_on() {
    let Some(library) = clock_in_a_file() else { return };
    let (shared, place, state) = (Shared::with(4 << 20, &["--max-up", "2M"]), home(), home());
    let clock = place.path().join("clock");
    let set_clock = |time: &str| drop(write(&clock, time));
    let start = || {
        let settings = [
            format!("LD_PRELOAD={}", library.display()),
            format!("FAKETIME_TIMESTAMP_FILE={}", clock.display()),
            "FAKETIME_NO_CACHE=1".into(),
            "NO_FAKE_STAT=1".into(),
            // That one never jumps.
            "FAKETIME_DONT_FAKE_MONOTONIC=1".into(),
            "DONT_FAKE_MONOTONIC=1".into(),
            "seeder".into(),
        ];
        let args =
            shared.args(&["--state", shown(state.path()), "--log-file", "log", "-v", "--json"]);
        let args: Vec<String> = args.into_iter().map(Into::into).collect();
        Program::start("env", place.path(), settings.iter().chain(&args))
    };
    set_clock("@2040-01-01 00:00:00");
    let mut get = start();
    get.say(shared.command());
    for (percent, year) in [(10, 2001), (40, 2100), (70, 1971)] {
        wait_until(&mut get, |torrent| number(torrent, "percent") >= percent);
        set_clock(&format!("@{year}-06-01 00:00:00"));
    }
    wait_until(&mut get, |torrent| torrent["state"] == "seeding");
    assert_eq!(get.end_of_input().status, Some(0));
    shared.assert_same(place.path());
    let log = fs::read_to_string(place.path().join("log")).expect("a log");
    assert!(log.contains("2040-01-01T"), "it was told so: {log}");
    // It was another time when it went, and is yet another when it comes again.
    set_clock("@2050-01-01 00:00:00");
    assert_eq!(recalled(&start()), (16, 0));
}
