//! What becomes of swarms whose peers do not all do as they should.

use std::time::Duration;

use kamaelia_torrent::simulation::report::{PeerReport, What};
use kamaelia_torrent::simulation::{
    Access, Arrivals, Churn, Departure, Moment, Peers, Report, Swarm, Torrent,
};
use kamaelia_torrent::swarm::SwarmConfig;

const MIB: u64 = 1 << 20;
const SIZE: u64 = 4 * MIB;

/// A torrent of 64 pieces, and nobody yet.
fn swarm() -> Swarm {
    Swarm::new(11)
        .torrent(Torrent::new(SIZE).piece_length(64 << 10))
        .network(Access::default().up(MIB / 8).down(MIB))
        .until(Duration::from_secs(3_600))
}

fn play(swarm: Swarm) -> Report {
    swarm.run().expect("a scenario")
}

fn group<'a>(report: &'a Report, name: &'a str) -> impl Iterator<Item = &'a PeerReport> {
    report.peers.iter().filter(move |peer| peer.group == name)
}

/// When the last of a group had everything, in seconds.
fn last(report: &Report, name: &str) -> f64 {
    let finished = group(report, name).map(|peer| peer.finished.expect("all of them finish"));
    finished.max().expect("there are some").seconds()
}

/// When they had everything on average, in seconds.
fn mean(report: &Report, name: &str) -> f64 {
    let finished = group(report, name).map(|peer| peer.finished.expect("all of them finish"));
    let seconds: Vec<f64> = finished.map(Moment::seconds).collect();
    seconds.iter().sum::<f64>() / seconds.len() as f64
}

#[test]
fn who_gives_has_it_sooner_than_who_only_takes() {
    // The seed is no bottleneck: what is short is what leechers give each other.
    let choosy = || SwarmConfig { upload_slots: 4, ..SwarmConfig::default() };
    let seed = Peers::seeds(1).access(Access::default().up(MIB / 2)).config(choosy());
    let riders = Peers::leechers(4).named("riders").free_riding();
    let swarm = swarm().torrent(Torrent::new(16 * MIB).piece_length(64 << 10));
    let report = play(swarm.peers(seed).peers(Peers::leechers(16).config(choosy())).peers(riders));
    let (givers, taking) = (mean(&report, "leechers"), mean(&report, "riders"));
    assert!(taking > 1.1 * givers, "{taking} s and {givers} s");
    assert!(group(&report, "riders").all(|rider| rider.uploaded == 0));
}

#[test]
fn everybody_finishes_although_each_leaves_as_soon_as_it_has() {
    let selfish = Peers::leechers(10).leaving(Departure::AfterFinishing(Duration::ZERO));
    let report = play(swarm().seeds(1).peers(selfish));
    assert_eq!(report.finished, 10);
    let gone = group(&report, "leechers").filter(|peer| peer.left >= peer.finished);
    // The last one is there when it is over.
    assert!(gone.count() >= 9);
}

#[test]
fn a_lone_seed_may_go_as_soon_as_it_had_time_to_send_one_copy() {
    let finished = |seed: Peers, stay| {
        let leaving = Departure::AfterJoining(Duration::from_secs(stay));
        play(swarm().peers(seed.leaving(leaving)).leechers(20)).finished
    };
    // At full speed a copy takes 32 seconds. A super seed waits for pieces to be passed on.
    assert_eq!((finished(Peers::seeds(1), 30), finished(Peers::seeds(1), 35)), (0, 20));
    let super_seed = || Peers::seeds(1).super_seeding();
    assert_eq!((finished(super_seed(), 30), finished(super_seed(), 48)), (0, 20));
}

#[test]
fn who_comes_and_goes_gets_everything_in_the_end() {
    let churn = Churn { here: Duration::from_secs(20), away: Duration::from_secs(10) };
    let report = play(swarm().seeds(1).peers(Peers::leechers(8).churning(churn)).keep_log(true));
    assert_eq!(report.finished, 8);
    let returns = report.log.events().filter(|event| event.what == What::Returned).count();
    assert!(returns >= 8, "{returns} returns");
}

#[test]
fn peers_that_never_answer_cost_time_and_are_not_banned() {
    let snubbing = Peers::seeds(4).named("snubbing").snubbing(1.0);
    let (without, with) =
        (play(swarm().seeds(1).leechers(6)), play(swarm().seeds(1).leechers(6).peers(snubbing)));
    let (without, slowed) = (last(&without, "leechers"), last(&with, "leechers"));
    assert!(slowed < 1.6 * without, "{slowed} s and {without} s");
    assert!(group(&with, "snubbing").all(|peer| peer.uploaded == 0 && peer.banned_by == 0));
}

#[test]
fn liars_are_banned_and_nobody_else_is() {
    let liars = Peers::seeds(3).named("liars").lying(0.3);
    let report = play(swarm().seeds(1).leechers(6).peers(liars));
    assert_eq!(report.finished, 6);
    for peer in &report.peers {
        assert_eq!(peer.banned_by > 0, peer.group == "liars", "{peer:?}");
    }
}

#[test]
fn a_slow_seed_beside_a_fast_one_holds_nobody_up() {
    let fast = || swarm().seeds(2).leechers(6);
    let slow = Peers::seeds(1).named("slow").access(Access::default().up(4_000));
    let (without, with) = (play(fast()), play(fast().peers(slow)));
    let (without, with) = (last(&without, "leechers"), last(&with, "leechers"));
    assert!(with < 1.2 * without, "{with} s and {without} s");
}

#[test]
fn late_comers_are_served_by_those_who_were_there() {
    let late = Arrivals::At(Duration::from_secs(120));
    let late = Peers::leechers(6).named("late").joining(late);
    let report = play(swarm().seeds(1).leechers(6).peers(late));
    let took = group(&report, "late")
        .map(|peer| (peer.finished.expect("all of them finish") - peer.joined).as_secs_f64());
    let (first, late) = (last(&report, "leechers"), took.fold(0.0, f64::max));
    assert!(late < first, "{late} s and {first} s");
}

#[test]
fn two_peers_behind_nats_meet_only_through_a_third() {
    let hidden = Access::default().up(MIB / 8).reachable(false);
    let hidden = || {
        let swarm = swarm().peers(Peers::seeds(1).access(hidden)).keep_log(true);
        swarm.peers(Peers::leechers(1).named("hidden").access(hidden))
    };
    let apart = play(hidden());
    assert_eq!((apart.finished, apart.moved.blocks), (0, 0));
    assert!(!apart.log.events().any(|event| matches!(event.what, What::Connected(_))));
    let joined = play(hidden().leechers(1));
    assert_eq!(joined.finished, 2);
    assert!(group(&joined, "hidden").all(|peer| peer.from_seeds == 0));
}
