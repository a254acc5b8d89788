//! What may be read or written no longer, and then may be again.

use std::os::unix::fs::{PermissionsExt, chown};

use super::*;

/// Nobody in particular: root may do everything whatever permissions say.
const NOBODY: &str = "65534";

/// Gives all of a directory to whoever the seeder runs as.
fn give_away(place: &Path) {
    if rustix::process::geteuid().is_root() {
        let nobody = NOBODY.parse().ok();
        chown(place, nobody, nobody).expect("root may");
        if place.is_dir() {
            names(place).iter().for_each(|name| give_away(&place.join(name)));
        }
    }
}

/// A seeder for which permissions count.
fn lowly_seeder(place: &Path, args: &[&str]) -> Program {
    give_away(place);
    if !rustix::process::geteuid().is_root() {
        return seeder(place, args.iter().copied());
    }
    let user = ["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "seeder"];
    Program::start("setpriv", place, user.iter().chain(args))
}

/// Whether permissions can be made to count.
fn may_be_lowly() -> bool {
    let left_out = "what becomes of permissions";
    if !rustix::process::geteuid().is_root() {
        return true;
    }
    if !has("setpriv", left_out) {
        return false;
    }
    let program = env!("CARGO_BIN_EXE_seeder");
    let user = ["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", program, "--version"];
    let runs = Command::new("setpriv").args(user).output().is_ok_and(|done| done.status.success());
    if !runs {
        eprintln!("skipped: {left_out}, since nobody in particular may run the seeder");
    }
    runs
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours to say");
}

#[test]
fn a_directory_that_may_not_be_written_to_holds_up_a_download_until_it_may() {
    if !may_be_lowly() {
        return;
    }
    let (shared, place) = (Shared::new(3 << 20), home());
    fs::create_dir(place.path().join("to")).expect("room");
    let args = shared.args(&["--dir", "to"]);
    let mut get = lowly_seeder(place.path(), &args);
    give_away(shared.home.path());
    set_mode(&place.path().join("to"), 0o500);
    get.say(shared.command());
    let song = place.path().join("to/song");
    assert_eq!(get.complaint(), format!("1:song: no permission to create {}", song.display()));
    set_mode(&place.path().join("to"), 0o700);
    get.say("resume:1");
    get.until("1:song:100");
    shared.assert_same(&place.path().join("to"));
    assert_eq!(get.end_of_input().status, Some(0));
}

#[test]
fn a_seeded_file_that_may_not_be_read_is_said_and_served_when_it_may() {
    if !may_be_lowly() {
        return;
    }
    let mut shared = Shared::in_place(home(), 3 << 20, &[], lowly_seeder);
    let place = home();
    set_mode(&shared.song, 0o000);
    let get = shared.fetch(place.path(), &[]);
    let trouble = event(&shared.seed, "trouble");
    let says = format!("no permission to read {}", shared.song.display());
    assert_eq!((&trouble["reason"], &trouble["final"]), (&says.into(), &false.into()));
    set_mode(&shared.song, 0o600);
    shared.seed.say("resume:1");
    get.until(":100");
    shared.assert_same(place.path());
}

#[test]
fn a_state_that_may_not_be_written_to_costs_a_check_and_no_download() {
    if !may_be_lowly() {
        return;
    }
    let (mut shared, place) = (Shared::new(3 << 20), home());
    let state = place.path().join("state");
    fs::create_dir(&state).expect("room");
    let args = shared.args(&["-v", "--state", "state"]);
    let mut get = lowly_seeder(place.path(), &args);
    get.say("list");
    get.until("0:list:0");
    set_mode(&state, 0o500);
    get.say(shared.command());
    get.until("1:song:100");
    while !get.complaint().contains("the next start will check more") {}
    drop(get);
    set_mode(&state, 0o700);
    let mut again = lowly_seeder(place.path(), &args);
    again.say(shared.command());
    assert_eq!(recalled(&again), (0, 12));
    again.until("1:song:100");
    shared.assert_same(place.path());
    assert_eq!(number(&torrent_of(&mut shared.seed), "up_total") as usize, shared.bytes.len());
}
