//! What is shipped beside the programs says what is so.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

mod common;

use common::*;
use tempfile::TempDir;

const SEEDER: &str = env!("CARGO_BIN_EXE_seeder");
const SERVICE: &str = include_str!("../../packaging/seeder.service");
const SOCKET: &str = include_str!("../../packaging/seeder.socket");
const CONTAINERFILE: &str = include_str!("../../packaging/Containerfile");

/// Worse than this is for services that do more. 0 is not exposed at all, 100 has no protection.
const EXPOSURE_MAX: &str = "15";

/// Whether there is such a program here; says so if not.
fn has(program: &str) -> bool {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    if !is_there {
        eprintln!("skipped: there is no {program} here");
    }
    is_there
}

/// The units in a directory of their own, with the seeder of this build.
fn units() -> TempDir {
    let place = TempDir::new().unwrap();
    write(place.path().join("seeder.service"), SERVICE.replace("/usr/bin/seeder", SEEDER));
    write(place.path().join("seeder.socket"), SOCKET);
    place
}

fn analyze(place: &Path, arguments: &[&str]) {
    let analyzed = Command::new("systemd-analyze").args(arguments).current_dir(place).output();
    let analyzed = analyzed.expect("it runs");
    let said = [&analyzed.stdout[..], &analyzed.stderr].concat();
    assert!(analyzed.status.success(), "{}", String::from_utf8_lossy(&said));
    assert!(analyzed.stderr.is_empty(), "{}", String::from_utf8_lossy(&analyzed.stderr));
}

#[test]
fn systemd_finds_no_fault_with_the_units() {
    if has("systemd-analyze") {
        let place = units();
        analyze(place.path(), &["verify", "--man=no", "./seeder.service", "./seeder.socket"]);
    }
}

#[test]
fn the_service_is_exposed_to_little() {
    if has("systemd-analyze") {
        let threshold = format!("--threshold={EXPOSURE_MAX}");
        analyze(units().path(), &["security", "--offline=yes", &threshold, "./seeder.service"]);
    }
}

#[test]
fn the_seeder_understands_the_settings_of_the_service() {
    let place = TempDir::new().unwrap();
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../packaging/config.toml");
    let printed = seeder_told(place.path(), ["--config", config, "--print-config"], "");
    assert_eq!(printed.status, Some(0), "{printed:?}");
    for line in ["dir = \"/var/lib/seeder/downloads\"", "keep = true"] {
        assert!(printed.out.iter().any(|printed| printed == line), "{line}: {printed:?}");
    }
}

#[test]
fn the_seeder_understands_what_the_container_tells_it() {
    let command = CONTAINERFILE.lines().find_map(|line| line.strip_prefix("CMD ")).unwrap();
    let arguments: Vec<String> = serde_json::from_str(command).unwrap();
    let arguments = arguments.iter().map(String::as_str).chain(["--print-config"]);
    let place = TempDir::new().unwrap();
    let printed = seeder_told(place.path(), arguments, "");
    assert_eq!(printed.status, Some(0), "{printed:?}");
    let listen = "listen = [\"[::]:6881\"]".to_owned();
    assert!(printed.out.contains(&listen), "{printed:?}");
}

/// What `SystemCallFilter=` lets through.
fn calls_allowed() -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for filter in SERVICE.lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")) {
        let (sets, is_denied) =
            filter.strip_prefix('~').map_or((filter, false), |sets| (sets, true));
        for call in sets.split(' ').flat_map(calls_in) {
            if is_denied {
                allowed.remove(&call)
            } else {
                allowed.insert(call)
            };
        }
    }
    allowed
}

/// The calls of a set, and of the sets in it.
fn calls_in(set: &str) -> Vec<String> {
    let listed = Command::new("systemd-analyze").args(["syscall-filter", set]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names = listed.lines().filter(|line| line.starts_with("    ")).map(str::trim);
    let names = names.filter(|name| !name.starts_with('#'));
    names
        .flat_map(|name| if name.starts_with('@') { calls_in(name) } else { vec![name.to_owned()] })
        .collect()
}

/// The calls in what `strace` wrote: `1234 openat(…) = 3`.
fn calls_made(trace: &Path) -> BTreeSet<String> {
    let trace = fs::read(trace).unwrap();
    let trace = String::from_utf8_lossy(&trace);
    let name = |line: &str| {
        let name = line.split_whitespace().nth(1)?.split_once('(')?.0.to_owned();
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then_some(name)
    };
    trace.lines().filter_map(name).collect()
}

#[test]
fn the_seeder_makes_no_system_call_that_the_service_forbids() {
    if !has("systemd-analyze") || !has("strace") {
        return;
    }
    let (data, place) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    write(data.path().join("song"), bytes(300_000, 1));
    let mut seed = seeder(data.path(), PUBLIC);
    seed.say("file:song");
    seed.until(":100");
    let trace = place.path().join("trace");
    let before = ["-f", "-qq", "-s", "0", "-o", trace.to_str().unwrap(), SEEDER];
    let after = ["--state", "state", "--log-file", "log", "--keep"];
    let traced = before.into_iter().chain(after).chain(PUBLIC);
    let mut get = Program::start("strace", place.path(), traced);
    write(place.path().join("other"), "la");
    get.say("file:other");
    get.until("other:100");
    get.say(format!("torrent:{}", data.path().join("song.torrent").display()));
    get.until("song:100");
    get.say("quit");
    assert_eq!(get.end_of_input().status, Some(0));
    let (made, allowed) = (calls_made(&trace), calls_allowed());
    assert!(made.contains("connect") && made.contains("pwrite64"), "{made:?}");
    assert!(allowed.contains("connect") && !allowed.contains("mount"), "{allowed:?}");
    let forbidden: Vec<_> = made.difference(&allowed).collect();
    assert!(forbidden.is_empty(), "{forbidden:?}");
}
