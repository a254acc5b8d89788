//! Peers that are not the engine's own.

use kamaelia_torrent::simulation::behaviour::{Boaster, Taker};
use kamaelia_torrent::simulation::report::PeerReport;
use kamaelia_torrent::simulation::{Access, Peers, Report, Swarm, Torrent};

const MIB: u64 = 1 << 20;
const SIZE: u64 = 4 * MIB;

/// One seed, eight leechers, and three strangers.
fn swarm_with(strangers: Peers) -> Report {
    let swarm = Swarm::new(1)
        .torrent(Torrent::new(SIZE).piece_length(64 << 10))
        .seeds(1)
        .leechers(8)
        .peers(strangers.named("strangers"))
        .network(Access::default().up(MIB).down(10 * MIB));
    swarm.run().expect("a scenario")
}

fn strangers(report: &Report) -> impl Iterator<Item = &PeerReport> {
    report.peers.iter().filter(|peer| peer.group == "strangers")
}

#[test]
fn boasters_are_found_out_and_everybody_finishes() {
    let report = swarm_with(Peers::custom(3, |_| Box::new(Boaster)));
    assert_eq!((report.leechers, report.finished, report.strangers), (8, 8, 3));
    for boaster in strangers(&report) {
        assert_eq!((boaster.pieces, boaster.banned_by), (0, 8), "{boaster:?}");
        assert!(boaster.uploaded < SIZE / 4, "{boaster:?}");
    }
    assert!(report.said["piece"] >= report.moved.blocks, "{:?}", report.said);
}

#[test]
fn takers_take_only_what_is_left_for_those_who_never_give() {
    let report = swarm_with(Peers::custom(3, |_| Box::<Taker>::default()));
    assert_eq!(report.finished, 8);
    for taker in strangers(&report) {
        assert_eq!(taker.uploaded, 0, "{taker:?}");
        assert!(taker.downloaded() > 0 && taker.downloaded() <= SIZE, "{taker:?}");
    }
}

#[test]
fn strangers_play_the_same_part_for_the_same_seed() {
    let play = || swarm_with(Peers::custom(3, |_| Box::new(Boaster)));
    assert_eq!(play(), play());
}
