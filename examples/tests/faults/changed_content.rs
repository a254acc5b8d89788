//! Files that somebody else changes while they are seeded or downloaded.

use super::*;

/// Its trouble is said once, whatever the peer has got of it is right, and when the file is as it was, it
/// is served again.
fn spoilt_and_restored(spoil: impl FnOnce(&Path), says: &str) {
    let mut shared = Shared::new(3 << 20);
    let (early, late) = (home(), home());
    spoil(&shared.song);
    let get = shared.fetch(early.path(), &[]);
    let trouble = event(&shared.seed, "trouble");
    assert_eq!(trouble["reason"], format!("{} {says}", shown(&shared.song)));
    assert_eq!(trouble["final"], false);
    drop(get);
    let copy = fs::read(early.path().join("song")).unwrap_or_default();
    // It was killed, perhaps in the middle of a piece.
    let is_right = |(copy, original): (&u8, &u8)| copy == original || *copy == 0;
    assert!(copy.iter().zip(&shared.bytes).all(is_right), "nothing wrong is kept");

    write(&shared.song, &shared.bytes);
    shared.seed.say("resume:1");
    let get = shared.fetch(late.path(), &[]);
    get.until(":100");
    shared.assert_same(late.path());
    assert_eq!(torrent_of(&mut shared.seed)["state"], "seeding");
}

const CHANGED: &str = "was changed by somebody else";

#[test]
fn a_seeded_file_that_is_overwritten_with_other_bytes_is_said_and_served_again_when_it_is_restored()
{
    spoilt_and_restored(|song| drop(write(song, bytes(3 << 20, 2))), CHANGED);
}

#[test]
fn a_seeded_file_of_which_one_byte_is_changed_is_said_and_served_again_when_it_is_restored() {
    let change = |song: &Path| {
        let mut bytes = fs::read(song).expect("a file");
        bytes[2_000_000] ^= 1;
        write(song, bytes);
    };
    spoilt_and_restored(change, CHANGED);
}

#[test]
fn a_seeded_file_that_another_takes_the_place_of_is_said_and_served_again_when_it_is_restored() {
    let replace = |song: &Path| {
        let other = write(song.with_extension("other"), bytes(3 << 20, 2));
        fs::rename(other, song).expect("one's own file");
    };
    spoilt_and_restored(replace, CHANGED);
}

#[test]
fn a_seeded_file_that_is_taken_away_is_said_and_served_again_when_it_is_restored() {
    spoilt_and_restored(|song| fs::remove_file(song).expect("one's own file"), "does not exist");
}

#[test]
fn a_seeded_file_that_grows_is_said_and_served_again_when_it_is_restored() {
    let grow = |song: &Path| drop(write(song, bytes((3 << 20) + 1, 1)));
    let says = "has changed: it has 3145729 bytes, and had 3145728 when its torrent was made";
    spoilt_and_restored(grow, says);
}

#[test]
fn a_file_taken_away_while_it_is_served_is_missed_though_it_is_open() {
    let mut shared = Shared::with(4 << 20, &["--max-up", "256K"]);
    let (early, late) = (home(), home());
    let get = shared.fetch(early.path(), &[]);
    wait_for_some(&get);
    fs::remove_file(&shared.song).expect("one's own file");
    let trouble = event(&shared.seed, "trouble");
    assert_eq!(trouble["reason"], format!("{} {CHANGED}", shown(&shared.song)));
    write(&shared.song, &shared.bytes);
    shared.seed.say("resume:1");
    // What it has sent was right, so its peers are still its own.
    get.until(":100");
    shared.assert_same(early.path());
    wait_for_some(&shared.fetch(late.path(), &[]));
}

/// Waits until some of the content is there.
fn wait_for_some(get: &Program) {
    while get.line().ends_with(['-', ':', '0', '1']) {}
}

#[test]
fn a_published_file_that_is_not_what_it_was_is_neither_served_nor_written_to_nor_checked_twice() {
    let (data, state) = (home(), home());
    let original = bytes(3 << 20, 1);
    let song = write(data.path().join("song"), &original);
    let args = [&ALONE[..], &["-v", "--state", shown(state.path())]].concat();
    assert_eq!(seeder_told(data.path(), args.iter().copied(), "file:song\n").status, Some(0));
    let other = [&original[..1 << 20], &bytes(1 << 20, 2), &original[2 << 20..]].concat();
    write(&song, &other);
    set_modified(&song, SystemTime::now() + HOUR);

    let mut seed = seeder(data.path(), args);
    assert_eq!(recalled(&seed), (0, 12));
    let says = format!("1:song: {} {CHANGED}", song.display());
    while seed.complaint() != says {}
    seed.say("why:1");
    let why = seed.until(":0").pop().expect("an answer");
    assert!(why.contains(CHANGED), "{why}");
    seed.say("resume:1");
    assert_eq!(recalled(&seed), (8, 0), "what was found once is known");
    assert!(fs::read(&song).expect("a file") == other);
    write(&song, &original);
    seed.say("resume:1");
    seed.until("1:song:100");
    assert_eq!(seed.end_of_input().status, Some(0), "it is whole again");
}

#[test]
fn a_finished_download_that_is_spoilt_fetches_what_is_spoilt_and_no_more() {
    let shared = Shared::new(6 << 20);
    let (place, other) = (home(), home());
    let address = unused_port().to_string();
    let args = ["--listen", &address, "--no-tracker", "--peer", &shared.address, "--json"];
    let mut get = seeder(place.path(), args);
    get.say(shared.command());
    event(&get, "complete");
    let copy = place.path().join("song");
    let mut spoilt = shared.bytes.clone();
    spoilt[PIECE * 3] ^= 1;
    write(&copy, spoilt);
    // So that it does not look like a write of its own.
    set_modified(&copy, SystemTime::now() + HOUR);

    // Nobody looks before somebody asks.
    let mut third = seeder(other.path(), [&ALONE[..], &["--peer", &address]].concat());
    third.say(shared.command());
    assert_eq!(event(&get, "trouble")["reason"], format!("{} {CHANGED}", copy.display()));
    get.say("resume:1");
    let torrent = wait_until(&mut get, |torrent| torrent["state"] == "seeding");
    shared.assert_same(place.path());
    assert_eq!(number(&torrent, "down_total") as usize, shared.bytes.len() + PIECE);
}
