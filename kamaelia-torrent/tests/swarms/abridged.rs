//! Swarms in one memory, which tell blocks by their marks.

use crate::trouble::only_the_liar_is_banned;
use crate::world::{Manner, World};

const BLOCK: u64 = 16 * 1024;

#[test]
fn a_pair_finishes_and_counts_the_true_bytes() {
    for (piece_length, length) in [
        (BLOCK, BLOCK),
        (4 * BLOCK, 20 * BLOCK),
        (4 * BLOCK, 20 * BLOCK - 1),
        (4 * BLOCK, 20 * BLOCK + 3),
        (3 * BLOCK + 5, 40 * BLOCK + 77),
    ] {
        let mut world = World::abridged(length, piece_length, length);
        let seed = world.add_seed(Manner::Honest);
        let leecher = world.add_leecher();
        world.introduce(leecher, [seed]);
        let done = world.run_until(60, |world| world.is_done(leecher));
        assert!(done, "{piece_length} {length}");
        let progress = world.nodes[leecher].swarm.progress(world.now);
        assert_eq!((progress.downloaded, progress.wasted), (length, 0));
        assert_eq!(world.nodes[seed].swarm.uploaded(), length);
    }
}

#[test]
fn an_abridged_swarm_takes_as_long_as_a_whole_one() {
    let run = |mut world: World| {
        let seed = world.add_seed(Manner::Honest);
        world.speed.insert(seed, 4 * 1024);
        let leechers = world.add_crowd(4);
        let all = |world: &World| leechers.iter().all(|leecher| world.is_done(*leecher));
        assert!(world.run_until(300, all));
        world.seconds()
    };
    let whole = run(World::new(8, 4 * BLOCK, 400 * BLOCK));
    let abridged = run(World::abridged(8, 4 * BLOCK, 400 * BLOCK));
    assert!((0.9..1.1).contains(&(abridged / whole)), "{abridged} s and {whole} s");
}

#[test]
fn liars_are_found_by_their_marks_and_their_company_is_cleared() {
    for seed in 0..10 {
        only_the_liar_is_banned(World::abridged(seed, 8 * BLOCK, 400 * BLOCK));
    }
}
