//! What honest peers get done together.

use crate::world::{Manner, TICK, World};

const BLOCK: u64 = 16 * 1024;

#[test]
fn a_seed_and_a_leecher_end_with_the_same_bytes() {
    for (piece_length, length) in [
        (BLOCK, 1),
        (BLOCK, BLOCK + 1),
        (4 * BLOCK, 20 * BLOCK),
        (4 * BLOCK, 20 * BLOCK - 1),
        (3 * BLOCK + 5, 40 * BLOCK + 77),
        (1_000, 100_123),
    ] {
        let mut world = World::new(length, piece_length, length);
        let seed = world.add_seed(Manner::Honest);
        let leecher = world.add_leecher();
        world.introduce(leecher, [seed]);
        let done = world.run_until(60, |world| world.is_done(leecher));
        assert!(done, "{piece_length} {length}");
        world.run_for(1);
        let node = &world.nodes[leecher];
        assert_eq!(node.completed, 1);
        assert_eq!(node.swarm.downloaded(), length);
        assert_eq!(world.nodes[seed].swarm.uploaded(), length);
        assert_eq!(world.nodes[seed].completed, 0, "it began complete");
        assert_eq!(world.links_between(seed, leecher), 0, "both are complete");
    }
}

#[test]
fn leechers_serve_each_other() {
    let mut world = World::new(2, 4 * BLOCK, 400 * BLOCK);
    let seed = world.add_seed(Manner::Honest);
    world.speed.insert(seed, 16 * 1024);
    let leechers = world.add_crowd(5);
    let all = |world: &World| leechers.iter().all(|leecher| world.is_done(*leecher));
    assert!(world.run_until(300, all));
    let total = world.layout.total_length();
    let from_seed = world.nodes[seed].swarm.uploaded();
    assert!(from_seed < 3 * total, "{from_seed} of {total} came from the seed");
    for leecher in &leechers {
        let node = &world.nodes[*leecher];
        assert!(node.swarm.uploaded() > 0, "{leecher} gave nothing");
        assert_eq!(node.completed, 1);
    }
}

#[test]
fn more_peers_than_slots_all_finish() {
    let mut world = World::new(3, 2 * BLOCK, 40 * BLOCK);
    let seed = world.add_seed(Manner::Honest);
    let leechers: Vec<_> = (0..20).map(|_| world.add_leecher()).collect();
    for leecher in &leechers {
        world.introduce(*leecher, [seed]);
    }
    let all = |world: &World| leechers.iter().all(|leecher| world.is_done(*leecher));
    assert!(world.run_until(600, all));
}

#[test]
fn a_fast_line_is_kept_full() {
    let mut world = World::new(4, 16 * BLOCK, 3_000 * BLOCK);
    let speed = 512 * 1024;
    let seed = world.add_seed(Manner::Honest);
    world.speed.insert(seed, speed);
    let leecher = world.add_leecher();
    world.introduce(leecher, [seed]);
    assert!(world.run_until(60, |world| world.is_done(leecher)));
    let ticks = world.seconds() / TICK.as_secs_f64();
    let least = world.layout.total_length() as f64 / speed as f64;
    assert!(ticks < 1.5 * least, "{ticks} ticks where {least} would do");
}

#[test]
fn the_endgame_does_not_wait_for_the_slowest() {
    let mut world = World::new(5, 16 * BLOCK, 160 * BLOCK);
    let fast = world.add_seed(Manner::Honest);
    let slow = world.add_seed(Manner::Honest);
    // A block takes the slow one ten seconds.
    world.speed.insert(slow, 16);
    let leecher = world.add_leecher();
    world.introduce(leecher, [fast, slow]);
    assert!(world.run_until(10, |world| world.is_done(leecher)));
    assert_eq!(world.nodes[leecher].completed, 1);
}

#[test]
fn a_torrent_of_nothing_is_complete_at_once() {
    let mut world = World::new(6, BLOCK, 0);
    let first = world.add_leecher();
    let second = world.add_leecher();
    world.introduce(first, [second]);
    world.run_for(5);
    let node = &world.nodes[first];
    assert!(node.swarm.is_complete() && !node.swarm.wants_peers());
    assert_eq!(node.swarm.progress(world.now).fraction_done(), 1.0);
    assert_eq!((node.completed, node.swarm.next_timeout()), (0, None));
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut world = World::new(seed, 4 * BLOCK, 100 * BLOCK);
        let first = world.add_seed(Manner::Honest);
        let leechers: Vec<_> = (0..4).map(|_| world.add_leecher()).collect();
        for leecher in &leechers {
            world.introduce(*leecher, [first, leecher % 4 + 1]);
        }
        world.run_until(100, |world| leechers.iter().all(|node| world.is_done(*node)));
        let progress = |node: &crate::world::Node| node.swarm.progress(world.now);
        let all: Vec<_> = world.nodes.iter().map(progress).collect();
        (world.now - world.start, all)
    };
    assert_eq!(run(7), run(7));
}
