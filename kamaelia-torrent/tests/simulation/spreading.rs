//! How a torrent spreads.

use kamaelia_torrent::simulation::report::PeerReport;
use kamaelia_torrent::simulation::{Access, Peers, Report, Swarm, Torrent};

const MIB: u64 = 1 << 20;

fn homogeneous(seed: u64, leechers: u32, size: u64) -> Report {
    Swarm::new(seed)
        .torrent(Torrent::new(size).piece_length(256 << 10))
        .seeds(1)
        .leechers(leechers)
        .network(Access::default().up(MIB).down(10 * MIB))
        .run()
        .expect("a scenario")
}

#[test]
fn everybody_gets_everything() {
    let report = homogeneous(7, 10, 16 * MIB);
    println!("{report}");
    assert_eq!(report.finished, 10);
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let (first, second) = (homogeneous(3, 8, 8 * MIB), homogeneous(3, 8, 8 * MIB));
    assert_eq!(first.log.first_difference(&second.log), None);
    assert_eq!(first, second);
    assert_ne!(first.log.hash(), homogeneous(4, 8, 8 * MIB).log.hash());
}

#[test]
fn a_lone_seed_sends_hardly_anything_twice_before_the_crowd_has_it_once() {
    let report = homogeneous(5, 30, 64 * MIB);
    // It goes on serving while the last pieces spread.
    let bound = report.bound.expect("one seed bounds it").seconds;
    let ratio = report.bound_ratio.expect("everybody finishes");
    let while_it_spread = (report.ended.seconds() - bound) * MIB as f64;
    let sent = report.moved.from_seeds as f64 - while_it_spread;
    assert!(sent < 1.1 * 64.0 * MIB as f64, "{} MiB", sent / MIB as f64);
    assert!(ratio < 1.4, "{ratio}");
}

#[test]
fn who_comes_with_parts_has_them_from_the_start_and_with_all_of_them_has_finished() {
    let swarm = |share: f64| {
        let swarm = Swarm::new(3).torrent(Torrent::new(MIB).piece_length(64 << 10)).seeds(1);
        swarm.peers(Peers::partial(4, share)).run().expect("a scenario")
    };
    let (half, all) = (swarm(0.5), swarm(1.0));
    let got: u64 = half.peers.iter().map(PeerReport::downloaded).sum();
    assert!(half.finished == 4 && got > 0 && got < 4 * MIB, "{half}");
    assert_eq!(
        (half.bound_ratio, all.bound_ratio),
        (None, None),
        "the bound is for those with nothing"
    );
    assert_eq!((all.finished, all.moved.blocks), (4, 0), "{all}");
}

#[test]
fn a_seed_much_slower_than_its_leechers_does_not_repeat_itself() {
    let report = Swarm::new(7)
        .torrent(Torrent::new(4 * MIB).piece_length(256 << 10))
        .peers(Peers::seeds(1).access(Access::default().up(25_000)))
        .leechers(30)
        .network(Access::default().up(50_000).down(187_500))
        .run()
        .expect("a scenario");
    assert_eq!(report.finished, 30, "{report}");
    let ratio = report.bound_ratio.expect("everybody finishes");
    // Passing a piece on five times, eight at a time, takes longer than sending all of it once.
    assert!(ratio < 6.0, "{report}");
}

#[test]
fn a_seed_of_which_every_block_comes_late_is_loaded_from_all_the_same() {
    // Two seconds a block, for eight at a time: nobody waits so long for what it asked for.
    let report = Swarm::new(7)
        .torrent(Torrent::new(20 << 16).piece_length(64 << 10))
        .peers(Peers::seeds(1).access(Access::default().up(8_000)))
        .leechers(20)
        .network(Access::default().up(50_000).down(187_500))
        .run()
        .expect("a scenario");
    assert_eq!(report.finished, 20, "{report}");
    let ratio = report.bound_ratio.expect("everybody finishes");
    assert!(ratio < 6.0, "{report}");
}
