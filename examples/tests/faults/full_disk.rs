//! Disks without room for anything but the content. That a full disk holds up its torrent alone is tried in
//! `seeder/surroundings.rs`.

use super::*;

/// Takes all the room there is, until it is dropped.
struct Filler(PathBuf);

impl Filler {
    fn of(disk: &SmallDisk) -> Self {
        let path = disk.path().join("filler");
        let mut file = fs::File::create(&path).expect("a disk");
        let refused =
            std::io::copy(&mut std::io::repeat(b'x'), &mut file).expect_err("it is small");
        assert_eq!(refused.kind(), std::io::ErrorKind::StorageFull);
        Filler(path)
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_state_without_room_costs_a_check_after_a_kill_and_no_download() {
    let Some(disk) = SmallDisk::new("1m") else { return };
    let (mut shared, place) = (Shared::new(6 << 20), home());
    let state = disk.path().join("state");
    let args = shared.args(&["-v", "--state", shown(&state)]);
    let mut get = seeder(place.path(), args.iter().copied());
    get.say("list");
    get.until("0:list:0");
    let filler = Filler::of(&disk);
    get.say(shared.command());
    get.until("1:song:100");
    while !get.complaint().contains("the next start will check more") {}
    drop(get);
    drop(filler);
    let mut again = seeder(place.path(), args);
    again.say(shared.command());
    assert_eq!(recalled(&again), (0, 24));
    again.until("1:song:100");
    assert_eq!(again.end_of_input().status, Some(0));
    shared.assert_same(place.path());
    assert_eq!(number(&torrent_of(&mut shared.seed), "up_total") as usize, shared.bytes.len());
}

/// What may be on its way when a disk turns out to be full.
const BEGUN_MAX: usize = 3 << 20;

#[test]
fn a_download_that_is_killed_on_a_full_disk_goes_on_with_what_it_had() {
    let Some(disk) = SmallDisk::new("2m") else { return };
    let (mut shared, state) = (Shared::with(6 << 20, &["--max-up", "6M"]), home());
    let args = shared.args(&["-v", "--state", shown(state.path())]);
    for kill in 0..4 {
        let right = right_bytes(&disk, &shared);
        let mut get = seeder(disk.path(), args.iter().copied());
        if kill == 0 {
            get.say(shared.command());
        } else {
            let (known, checked) = recalled(&get);
            assert!((known + checked) * PIECE >= right, "{known} + {checked} of {right} bytes");
        }
        while !get.complaint().contains("1:song: the disk is full: cannot write") {}
    }
    disk.grow("20m");
    let last = seeder(disk.path(), args);
    last.until(":100");
    assert_eq!(last.end_of_input().status, Some(0));
    shared.assert_same(disk.path());
    // Each run may have begun as many pieces as come before it hears that there is no room.
    let sent = number(&torrent_of(&mut shared.seed), "up_total") as usize;
    assert!(sent <= shared.bytes.len() + 4 * BEGUN_MAX, "{sent} bytes for {}", shared.bytes.len());
}

/// How many bytes lie in pieces that are there and right.
fn right_bytes(disk: &SmallDisk, shared: &Shared) -> usize {
    let copy = fs::read(disk.path().join("song")).unwrap_or_default();
    let pieces = copy.chunks(PIECE).zip(shared.bytes.chunks(PIECE));
    pieces.filter(|(copy, original)| copy == original).map(|(copy, _)| copy.len()).sum()
}

#[test]
fn a_torrent_without_room_for_its_torrent_file_can_be_published_when_there_is_some() {
    let Some(disk) = SmallDisk::new("1m") else { return };
    let data = home();
    let song = write(data.path().join("song"), bytes(600_000, 1));
    let filler = Filler::of(&disk);
    let mut seed = seeder(data.path(), with_dir(&disk));
    let command = format!("file:{}", song.display());
    seed.say(&command);
    let complaint = seed.complaint();
    assert!(complaint.starts_with(&format!("{command}: cannot write `")), "{complaint}");
    assert_eq!(names(disk.path()), ["filler"], "nothing half done is left");
    drop(filler);
    seed.say(&command);
    seed.until(":song:100");
    assert_eq!(names(disk.path()), ["song.torrent"]);
}

fn with_dir(disk: &SmallDisk) -> Vec<&str> {
    [&ALONE[..], &["--dir", shown(disk.path())]].concat()
}
