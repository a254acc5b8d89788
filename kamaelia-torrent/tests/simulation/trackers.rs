//! Swarms and their tracker.

use std::time::Duration;

use kamaelia_torrent::simulation::{Event, Report, Swarm, Torrent, Who};

fn swarm() -> Swarm {
    Swarm::new(5).torrent(Torrent::new(1 << 20)).seeds(1).leechers(4)
}

/// When the last of so many leechers was through, in seconds.
fn last(report: &Report, leechers: u32) -> f64 {
    assert_eq!(report.finished, leechers);
    report.finishing.as_ref().expect("all have finished").last.seconds()
}

#[test]
fn a_swarm_comes_together_when_its_tracker_is_back() {
    let down = Event::TrackerDown(Duration::from_secs(120));
    let report = swarm().at(Duration::ZERO, down).run().expect("a scenario");
    let last = last(&report, 4);
    assert!((120.0..600.0).contains(&last), "{last} s");
}

#[test]
fn who_was_away_when_the_tracker_answered_asks_again() {
    let swarm = Swarm::new(5).torrent(Torrent::new(1 << 20)).seeds(1).leechers(1);
    let alone = Who::group("leechers");
    let swarm = swarm
        .at(Duration::from_millis(50), Event::Vanish(alone.clone()))
        .at(Duration::from_secs(30), Event::Return(alone));
    let last = last(&swarm.run().expect("a scenario"), 1);
    // Otherwise it would wait for the seed to ask, which it does every five minutes.
    assert!((30.0..60.0).contains(&last), "{last} s");
}
