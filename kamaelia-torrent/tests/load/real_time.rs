//! Real sockets and files, for minutes: engines come, fetch everything, and go.

use std::fs;
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::Status;
use tempfile::TempDir;

use crate::alone::{alone, is_full};
use crate::content::{Shared, engine, turn_until};
use crate::seed::Seed;
use crate::size::Course;

/// How long it goes on if all of it is asked for.
const LONG: Duration = Duration::from_secs(10 * 60);

/// How often an engine comes otherwise.
const ROUNDS: usize = 10;

#[test]
fn engines_come_fetch_and_go_for_ten_minutes_and_leave_nothing_behind() {
    alone(module_path!(), || {
        let home = TempDir::new().expect("a directory");
        let shared = Shared::new(home.path(), "song", 4 << 20);
        let seed = Seed::start(&shared, |_| {});
        let (start, mut rounds, mut course) = (Instant::now(), 0, Course::default());
        while if is_full() { start.elapsed() < LONG } else { rounds < ROUNDS } {
            let place = TempDir::new().expect("a directory");
            let mut leech = engine(|config| config.peers = vec![seed.address]);
            let id = shared.fetch(&mut leech, place.path());
            turn_until(&mut leech, id, Status::is_complete);
            leech.stop();
            let copy = fs::read(place.path().join("song")).expect("it was fetched");
            assert!(copy == fs::read(home.path().join("song")).expect("it was shared"));
            drop(copy);
            seed.until_connected(0);
            rounds += 1;
            course.note();
        }
        course.tell(&format!("{rounds} engines that fetched 4 MiB one after the other"));
        seed.end();
        course.assert_flat(8 << 20);
    });
}
