//! Peers that lie, fall silent or vanish, and disks that fail.

use crate::world::{Manner, World, address};
use kamaelia_torrent::swarm::CloseReason;

const BLOCK: u64 = 16 * 1024;

#[test]
fn a_lone_liar_is_banned_and_its_data_is_fetched_elsewhere() {
    let mut world = World::new(1, 4 * BLOCK, 80 * BLOCK);
    let liar = world.add_seed(Manner::Lying);
    let honest = world.add_seed(Manner::Honest);
    let leecher = world.add_leecher();
    world.introduce(leecher, [liar]);
    world.run_for(2);
    let banned = (address(liar), CloseReason::Banned);
    assert_eq!(world.nodes[leecher].closed, [banned]);
    world.introduce(leecher, [liar, honest]);
    assert!(world.run_until(60, |world| world.is_done(leecher)));
    assert_eq!(world.nodes[leecher].completed, 1);
}

#[test]
fn liars_among_honest_peers_are_found_and_the_honest_stay() {
    for seed in 0..10 {
        let mut world = World::new(seed, 8 * BLOCK, 400 * BLOCK);
        let liars: Vec<_> = (0..3).map(|_| world.add_seed(Manner::Lying)).collect();
        let honest: Vec<_> = (0..3).map(|_| world.add_seed(Manner::Honest)).collect();
        let leecher = world.add_leecher();
        world.introduce(leecher, 0..6);
        assert!(world.run_until(120, |world| world.is_done(leecher)));
        for (who, reason) in &world.nodes[leecher].closed {
            let is_liar = liars.iter().any(|liar| address(*liar) == *who);
            assert_eq!(is_liar, *reason == CloseReason::Banned, "{who} {reason}");
        }
        assert_eq!(honest.len(), 3);
    }
}

#[test]
fn who_was_only_in_the_company_of_a_liar_is_cleared() {
    only_the_liar_is_banned(World::new(30, 8 * BLOCK, 400 * BLOCK));
}

/// One liar among four honest seeds, and who loads from all of them.
pub(crate) fn only_the_liar_is_banned(mut world: World) {
    let liar = world.add_seed(Manner::Lying);
    let honest: Vec<_> = (0..4).map(|_| world.add_seed(Manner::Honest)).collect();
    let leecher = world.add_leecher();
    world.introduce(leecher, 0..leecher);
    assert!(world.run_until(60, |world| world.is_done(leecher)));
    let node = &world.nodes[leecher];
    let banned = node.closed.iter().filter(|(_, reason)| *reason == CloseReason::Banned);
    assert_eq!(banned.collect::<Vec<_>>(), [&(address(liar), CloseReason::Banned)]);
    for innocent in honest {
        assert!(!node.swarm.is_suspect(address(innocent)), "{innocent} is a suspect still");
    }
}

#[test]
fn one_honest_peer_among_forty_liars_is_enough() {
    one_among(11, |_| Manner::Lying);
}

#[test]
fn one_honest_peer_among_forty_silent_ones_is_enough() {
    one_among(12, |_| Manner::Silent);
}

#[test]
fn one_honest_peer_among_liars_and_silent_ones_is_enough() {
    one_among(13, |number| match number % 2 {
        0 => Manner::Lying,
        _ => Manner::Silent,
    });
}

fn one_among(seed: u64, manner: impl Fn(usize) -> Manner) {
    for seed in seed * 100..seed * 100 + 30 {
        let mut world = World::new(seed, 8 * BLOCK, 800 * BLOCK);
        for number in 0..40 {
            world.add_seed(manner(number));
        }
        let honest = world.add_seed(Manner::Honest);
        let leecher = world.add_leecher();
        world.introduce(leecher, 0..=honest);
        let done = world.run_until(600, |world| world.is_done(leecher));
        let progress = world.nodes[leecher].swarm.progress(world.now);
        assert!(done, "{seed}: {progress:?}");
        let banned = (address(honest), CloseReason::Banned);
        assert!(!world.nodes[leecher].closed.contains(&banned), "{seed}");
    }
}

#[test]
fn memory_for_two_pieces_and_silent_peers_is_enough() {
    let mut world = World::new(14, 8 * BLOCK, 200 * BLOCK);
    world.config.pieces_in_memory_max = 0;
    for _ in 0..10 {
        world.add_seed(Manner::Silent);
    }
    let honest = world.add_seed(Manner::Honest);
    let leecher = world.add_leecher();
    world.introduce(leecher, 0..=honest);
    assert!(world.run_until(300, |world| world.is_done(leecher)));
}

#[test]
fn slow_peers_that_hold_all_memory_do_not_hold_up_a_fast_one() {
    let mut world = World::new(20, 8 * BLOCK, 400 * BLOCK);
    world.config.pieces_in_memory_max = 4 * 8 * BLOCK;
    for _ in 0..10 {
        let slow = world.add_seed(Manner::Honest);
        world.speed.insert(slow, 16);
    }
    let fast = world.add_seed(Manner::Honest);
    let leecher = world.add_leecher();
    world.introduce(leecher, 0..=fast);
    assert!(world.run_until(60, |world| world.is_done(leecher)));
}

#[test]
fn what_a_silent_peer_owes_is_asked_of_another() {
    let mut world = World::new(15, 8 * BLOCK, 40 * BLOCK);
    let silent = world.add_seed(Manner::Silent);
    let leecher = world.add_leecher();
    world.introduce(leecher, [silent]);
    world.run_for(5);
    let honest = world.add_seed(Manner::Honest);
    world.introduce(leecher, [honest]);
    assert!(world.run_until(40, |world| world.is_done(leecher)));
}

#[test]
fn a_peer_that_never_answers_is_let_go() {
    let mut world = World::new(16, 8 * BLOCK, 40 * BLOCK);
    let silent = world.add_seed(Manner::Silent);
    let leecher = world.add_leecher();
    world.introduce(leecher, [silent]);
    world.run_for(150);
    let gone = CloseReason::Unresponsive { timeouts: 4 };
    assert_eq!(world.nodes[leecher].closed, [(address(silent), gone)]);
}

#[test]
fn a_choke_half_way_loses_nothing() {
    let mut world = World::new(17, 8 * BLOCK, 400 * BLOCK);
    let seed = world.add_seed(Manner::Honest);
    world.speed.insert(seed, 64 * 1024);
    let leecher = world.add_leecher();
    world.introduce(leecher, [seed]);
    let half = world.layout.total_length() / 2;
    assert!(world.run_until(60, |world| world.nodes[leecher].swarm.downloaded() > half));
    let now = world.now;
    world.nodes[seed].swarm.pause(now);
    world.run_for(60);
    assert!(!world.is_done(leecher));
    let now = world.now;
    world.nodes[seed].swarm.resume(now);
    assert!(world.run_until(60, |world| world.is_done(leecher)));
    let wasted = world.nodes[leecher].swarm.progress(world.now).wasted;
    assert!(wasted < 64 * BLOCK, "{wasted}");
}

#[test]
fn a_connection_lost_half_way_is_made_again_soon() {
    let mut world = World::new(18, 8 * BLOCK, 400 * BLOCK);
    let seed = world.add_seed(Manner::Honest);
    world.speed.insert(seed, 64 * 1024);
    let leecher = world.add_leecher();
    world.introduce(leecher, [seed]);
    let half = world.layout.total_length() / 2;
    assert!(world.run_until(60, |world| world.nodes[leecher].swarm.downloaded() > half));
    world.cut(seed, leecher);
    assert!(world.run_until(15, |world| world.is_done(leecher)));
}

#[test]
fn a_full_disk_stops_the_download_until_it_has_room() {
    let mut world = World::new(19, 8 * BLOCK, 400 * BLOCK);
    let seed = world.add_seed(Manner::Honest);
    let leecher = world.add_leecher();
    world.introduce(leecher, [seed]);
    world.nodes[leecher].disk_full = true;
    world.run_for(30);
    let node = &world.nodes[leecher];
    assert!(node.swarm.is_paused());
    let received = node.swarm.downloaded();
    world.run_for(100);
    let node = &mut world.nodes[leecher];
    assert_eq!(node.swarm.downloaded(), received, "nothing is asked for meanwhile");
    assert_eq!(node.swarm.have().count_ones(..), 0);
    node.disk_full = false;
    node.swarm.resume(world.now);
    assert!(world.run_until(60, |world| world.is_done(leecher)));
    assert_eq!(world.nodes[leecher].completed, 1);
}

/// Everything at once, by chance: liars, silent and slow peers, cuts, pauses, little memory.
#[test]
fn as_long_as_an_honest_peer_stays_everyone_finishes() {
    for seed in 0..30 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let piece_length = BLOCK * rng.u64(1..10) + rng.u64(..3);
        let mut world = World::new(seed, piece_length, BLOCK * rng.u64(1..300) + rng.u64(..BLOCK));
        world.config.pieces_in_memory_max = piece_length * rng.u64(2..40);
        world.config.upload_slots = rng.usize(1..6);
        let honest = world.add_seed(Manner::Honest);
        for _ in 0..rng.usize(..6) {
            let manner = [Manner::Honest, Manner::Lying, Manner::Silent][rng.usize(..3)];
            let node = world.add_seed(manner);
            world.speed.insert(node, 16 << rng.usize(..16));
        }
        let first = world.nodes.len();
        for leecher in first..first + rng.usize(1..5) {
            world.add_leecher();
            world.introduce(leecher, 0..leecher);
        }
        let all = first..world.nodes.len();
        let finished = |world: &World| all.clone().all(|leecher| world.is_done(leecher));
        for _ in 0..rng.usize(..10) {
            world.run_until(1, finished);
            let (a, b) = (rng.usize(..world.nodes.len()), rng.usize(..world.nodes.len()));
            let now = world.now;
            match rng.u8(..3) {
                0 => world.cut(a, b),
                1 => world.nodes[a].swarm.pause(now),
                _ => world.nodes[a].swarm.resume(now),
            }
        }
        let now = world.now;
        for (number, node) in world.nodes.iter_mut().enumerate() {
            node.swarm.resume(now);
            let others = (0..first).filter(|other| *other != number);
            let others: Vec<_> = others.map(address).collect();
            node.swarm.add_candidates(now, others);
        }
        let done = world.run_until(400, finished);
        let progress = |leecher: usize| world.nodes[leecher].swarm.progress(world.now);
        let left: Vec<_> = all.clone().map(progress).collect();
        assert!(done, "{seed}: {left:?}");
        assert!(all.clone().all(|leecher| world.nodes[leecher].completed == 1), "{seed}");
        for leecher in all.clone() {
            let banned = (address(honest), CloseReason::Banned);
            assert!(!world.nodes[leecher].closed.contains(&banned), "{seed}");
        }
    }
}
