//! Swarms whose disks are slow, full, failing or wrong.

use std::time::Duration;

use kamaelia_torrent::simulation::report::Role;
use kamaelia_torrent::simulation::{Access, DiskRules, Event, Peers, Report, Swarm, Torrent, Who};

const MIB: u64 = 1 << 20;
const SIZE: u64 = 4 * MIB;

fn swarm(seeds: DiskRules, leechers: DiskRules) -> Swarm {
    Swarm::new(3)
        .torrent(Torrent::new(SIZE).piece_length(64 << 10))
        .peers(Peers::seeds(1).disk(seeds))
        .peers(Peers::leechers(6).disk(leechers))
        .network(Access::default().up(MIB).down(10 * MIB))
        .until(Duration::from_secs(600))
}

fn play(swarm: Swarm) -> Report {
    swarm.run().expect("a scenario")
}

/// When the last leecher was through, in seconds.
fn last(report: &Report) -> f64 {
    assert_eq!(report.finished, 6);
    report.finishing.as_ref().expect("all have finished").last.seconds()
}

const PERFECT: DiskRules = DiskRules {
    read_rate: None,
    write_rate: None,
    access_time: Duration::ZERO,
    room: None,
    read_errors: 0.0,
    write_errors: 0.0,
    corrupts: 0.0,
};

#[test]
fn a_swarm_is_no_faster_than_the_disk_of_its_only_seed() {
    let slow = DiskRules { read_rate: Some(MIB / 4), ..PERFECT };
    let (fast, slow) = (last(&play(swarm(PERFECT, PERFECT))), last(&play(swarm(slow, PERFECT))));
    // 4 MiB at a quarter of a MiB a second.
    assert!(fast < 14.0 && slow > 16.0, "{fast} s and {slow} s");
}

#[test]
fn who_has_no_room_waits_until_it_is_given_some() {
    let full = DiskRules { room: Some(SIZE / 2), ..PERFECT };
    let stuck = play(swarm(PERFECT, full));
    assert_eq!(stuck.finished, 0);
    assert!(stuck.peers.iter().all(|peer| peer.role == Role::Seed || peer.pieces == 32));
    let freed = Event::Disk(Who::group("leechers"), PERFECT);
    let freed = last(&play(swarm(PERFECT, full).at(Duration::from_secs(100), freed)));
    // They look again every ten seconds.
    assert!((100.0..140.0).contains(&freed), "{freed} s");
}

#[test]
fn disks_that_fail_now_and_then_cost_time_and_nothing_else() {
    let flaky = DiskRules { read_errors: 0.01, write_errors: 0.01, ..PERFECT };
    let report = play(swarm(flaky, flaky));
    assert!(last(&report) > 10.0);
    assert!(report.peers.iter().all(|peer| peer.corrupt_pieces == 0 && peer.banned_by == 0));
}

#[test]
fn a_disk_that_reads_wrong_bytes_spoils_pieces_and_not_the_swarm() {
    let rotten = DiskRules { corrupts: 0.005, ..PERFECT };
    let report = play(swarm(rotten, PERFECT));
    assert!(report.moved.corrupt > 0);
    assert_eq!(report.finished, 6);
}
