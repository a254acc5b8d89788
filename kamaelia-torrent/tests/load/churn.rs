//! A swarm to which peers come for an hour, get everything, and go.

use std::ops::ControlFlow;
use std::time::Duration;

use kamaelia_torrent::simulation::{Access, Arrivals, Churn, Departure, Peers, Swarm, Torrent};

use crate::alone::{alone, is_full};
use crate::size::Course;

/// What the report remembers of a peer that came and went, and room for the allocator.
const PEER_BYTES_MAX: u64 = 32 * 1024;

#[test]
fn an_hour_of_coming_and_going_leaves_nothing_behind() {
    alone(module_path!(), || {
        let minutes: u32 = if is_full() { 60 } else { 6 };
        let every = Duration::from_secs(4);
        let comers = minutes * 15;
        let mut course = Course::default();
        let flapping = Churn { here: Duration::from_secs(60), away: Duration::from_secs(20) };
        let leavers = Peers::leechers(comers)
            .named("comers")
            .joining(Arrivals::Every { first: Duration::ZERO, apart: every })
            .leaving(Departure::AfterFinishing(Duration::from_secs(30)));
        let report = Swarm::new(11)
            .torrent(Torrent::new(8 << 20).piece_length(64 << 10))
            .network(Access::default().up(500_000).down(4_000_000))
            .seeds(2)
            .peers(Peers::leechers(10).named("flapping").churning(flapping))
            .peers(leavers)
            .until(Duration::from_secs(u64::from(minutes) * 60 + 600))
            .run_with(|snapshot| {
                if snapshot.at().since_start().as_secs().is_multiple_of(15) {
                    course.note();
                }
                ControlFlow::Continue(())
            });
        let report = report.expect("a swarm that can be played");
        assert_eq!(report.finished, comers + 10, "everybody got everything");
        course.tell(&format!("{minutes} virtual minutes in which {comers} came and went"));
        course.assert_flat(u64::from(comers) * PEER_BYTES_MAX);
    });
}
