//! One seed that gives every piece away once (BEP 16).

use crate::world::{Manner, World};

const BLOCK: u64 = 16 * 1024;

/// One slow seed and eight leechers who all know each other; returns the world when all are done, and
/// what the seed sent, in copies.
fn spread(seed: u64, super_seeding: bool) -> (World, f64) {
    let mut world = World::new(seed, 2 * BLOCK, 240 * BLOCK);
    world.config.super_seeding = super_seeding;
    let first = world.add_seed(Manner::Honest);
    world.config.super_seeding = false;
    world.speed.insert(first, 1_024);
    let leechers = world.add_crowd(8);
    assert_eq!(world.nodes[first].swarm.is_super_seeding(), super_seeding);
    let all = |world: &World| leechers.iter().all(|leecher| world.is_done(*leecher));
    assert!(world.run_until(1_200, all), "{}", world.nodes[1].swarm.why(world.now));
    let copies = world.nodes[first].swarm.uploaded() as f64 / world.layout.total_length() as f64;
    (world, copies)
}

#[test]
fn a_super_seed_sends_little_more_than_one_copy() {
    for seed in 0..3 {
        let (world, copies) = spread(seed, true);
        let (_, usual) = spread(seed, false);
        assert!(copies < 1.4, "{seed}: {copies} copies, where {usual} are usual");
        assert!(copies < usual, "{seed}: {copies} copies, where {usual} are usual");
        assert!(!world.nodes[0].swarm.is_super_seeding(), "others have all of it");
    }
}

#[test]
fn a_single_leecher_is_not_kept_waiting() {
    let mut world = World::new(10, 2 * BLOCK, 240 * BLOCK);
    world.config.super_seeding = true;
    let seed = world.add_seed(Manner::Honest);
    world.config.super_seeding = false;
    let leecher = world.add_leecher();
    world.introduce(leecher, [seed]);
    assert!(world.run_until(60, |world| world.is_done(leecher)));
}

#[test]
fn leechers_who_pass_nothing_on_get_everything_all_the_same() {
    let mut world = World::new(11, 2 * BLOCK, 40 * BLOCK);
    world.config.super_seeding = true;
    let seed = world.add_seed(Manner::Honest);
    world.config.super_seeding = false;
    world.config.upload_slots = 0;
    let leechers: Vec<_> = (0..4).map(|_| world.add_leecher()).collect();
    for leecher in &leechers {
        world.introduce(*leecher, [seed]);
    }
    let all = |world: &World| leechers.iter().all(|leecher| world.is_done(*leecher));
    assert!(world.run_until(1_200, all));
}

#[test]
fn a_swarm_that_lacks_something_does_not_pretend_to_have_nothing() {
    let mut world = World::new(12, 2 * BLOCK, 40 * BLOCK);
    let leecher = world.add_leecher();
    let now = world.now;
    world.nodes[leecher].swarm.set_super_seeding(now, true);
    assert!(!world.nodes[leecher].swarm.is_super_seeding());
}
