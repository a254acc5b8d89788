//! Reads and writes that fail.

use super::*;

#[test]
fn writes_beyond_the_size_that_files_may_have_are_said_and_made_up_for() {
    if !has("prlimit", "files that may grow no further") {
        return;
    }
    let (shared, place) = (Shared::new(3 << 20), home());
    let args = shared.args(&[]);
    let limited = ["--fsize=1000000:", "seeder"];
    let mut get = Program::start("prlimit", place.path(), limited.iter().chain(&args));
    get.say(shared.command());
    let song = place.path().join("song");
    let complaint = get.complaint();
    let says = format!("1:song: cannot write {}: File too large", song.display());
    assert!(complaint.starts_with(&says), "{complaint}");
    let process = get.id().to_string();
    let freed = Command::new("prlimit").args(["--pid", &process, "--fsize=unlimited"]).status();
    assert!(freed.expect("it is here").success());
    get.say("resume:1");
    get.until("1:song:100");
    assert_eq!(get.end_of_input().status, Some(0));
    shared.assert_same(place.path());
}

/// A disk in a file. What lies behind the end of that file cannot be read.
struct DiskInAFile {
    home: TempDir,
}

impl DiskInAFile {
    const SIZE: u64 = 12 << 20;

    /// With this in it. None if this user may not have one.
    fn with(name: &str, bytes: &[u8]) -> Option<Self> {
        let left_out = "a disk that cannot be read";
        if !is_root(left_out) || !has("mke2fs", left_out) {
            return None;
        }
        let home = home();
        let disk = DiskInAFile { home };
        fs::create_dir(disk.path()).expect("room");
        fs::File::create(disk.image()).and_then(|image| image.set_len(Self::SIZE)).expect("room");
        let made = Command::new("mke2fs").args(["-q", "-t", "ext2", shown(&disk.image())]).status();
        assert!(made.expect("it is here").success());
        if !disk.mount() {
            eprintln!("skipped: {left_out}, since this user may not mount one");
            return None;
        }
        write(disk.path().join(name), bytes);
        disk.unmount();
        Some(disk)
    }

    fn image(&self) -> PathBuf {
        self.home.path().join("image")
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("disk")
    }

    fn mount(&self) -> bool {
        let (image, path) = (self.image(), self.path());
        let arguments = ["-t", "ext2", "-o", "loop", shown(&image), shown(&path)];
        Command::new("mount").args(arguments).output().is_ok_and(|done| done.status.success())
    }

    fn unmount(&self) {
        let _ = Command::new("umount").arg(self.path()).output();
    }
}

impl Drop for DiskInAFile {
    fn drop(&mut self) {
        self.unmount();
        // Whoever still has it open keeps it.
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}

#[test]
fn a_disk_that_cannot_be_read_is_waited_for_and_costs_no_download() {
    let mut shared = Shared::new(6 << 20);
    let Some(disk) = DiskInAFile::with("song", &shared.bytes) else { return };
    let whole = fs::read(disk.image()).expect("a file");
    assert!(disk.mount());
    // Its tables lie at its beginning, and what is broken off is content.
    let image = fs::File::options().write(true).open(disk.image()).expect("a file");
    image.set_len(4 << 20).expect("one's own file");
    let (dir, place) = (disk.path(), home());
    let mut get = seeder(place.path(), shared.args(&["--dir", shown(&dir), "-v"]));
    get.say(shared.command());
    let song = dir.join("song");
    let says = format!("cannot read {}: Input/output error", song.display());
    while !get.complaint().contains(&says) {}
    write(disk.image(), whole);
    get.say("resume:1");
    get.until("1:song:100");
    assert_eq!(get.end_of_input().status, Some(0));
    shared.assert_same(&dir);
    assert_eq!(number(&torrent_of(&mut shared.seed), "up_total"), 0, "all of it was there");
}
