//! A swarm seen again, from the log of its run.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use kamaelia_torrent::simulation::Moment;
use kamaelia_torrent::simulation::report::{EventLog, Replay, Snapshot};

use crate::screen::Screen;

/// Pictures of one replay, and how long each is shown.
const PICTURES: u64 = 80;
const EACH: Duration = Duration::from_millis(160);

/// Reads a log, or says in a sentence what is wrong with it.
pub(crate) fn read(path: &Path) -> Result<EventLog, String> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    EventLog::parse(&text).map_err(|error| format!("{shown} is no log of a swarm: {error}"))
}

/// How the swarm stood in the end. On the way there it is shown at even distances of its time, if
/// somebody watches, until `interrupted`.
pub(crate) fn play(log: &EventLog, screen: &mut Screen, interrupted: &AtomicBool) -> Snapshot {
    let mut replay = Replay::new(log);
    let last = log.end();
    if screen.is_watched() {
        for picture in 1..=PICTURES {
            let part = u128::from(last.0) * u128::from(picture) / u128::from(PICTURES);
            screen.show(replay.until(Moment(part as u64)));
            if interrupted.load(Ordering::Relaxed) {
                break;
            }
            thread::sleep(EACH);
        }
        screen.clear();
    }
    replay.until(last).clone()
}
