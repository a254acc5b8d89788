//! Who connects with whom, and for how long.

use crate::world::{Manner, World, address};
use kamaelia_torrent::swarm::CloseReason;

const BLOCK: u64 = 16 * 1024;

#[test]
fn two_seeds_part_at_once() {
    let mut world = World::new(1, BLOCK, 4 * BLOCK);
    let first = world.add_seed(Manner::Honest);
    let second = world.add_seed(Manner::Honest);
    world.introduce(first, [second]);
    world.run_for(100);
    assert_eq!(world.links_between(first, second), 0);
    let parted = (address(second), CloseReason::NothingToShare);
    let closed = &world.nodes[first].closed;
    assert!(closed.is_empty() || *closed == [parted], "{closed:?}");
}

#[test]
fn peers_that_call_each_other_at_once_keep_one_connection() {
    for seed in 0..20 {
        let mut world = World::new(seed, BLOCK, 4 * BLOCK);
        let first = world.add_leecher();
        let second = world.add_leecher();
        world.introduce(first, [second]);
        world.introduce(second, [first]);
        world.run_for(1);
        assert_eq!(world.links_between(first, second), 1, "{seed}");
        world.run_for(100);
        assert_eq!(world.links_between(first, second), 1, "{seed}");
    }
}

#[test]
fn nobody_talks_with_itself_twice() {
    let mut world = World::new(2, BLOCK, 4 * BLOCK);
    let node = world.add_leecher();
    world.introduce(node, [node]);
    world.run_for(10);
    world.introduce(node, [node]);
    world.run_for(1_000);
    // The called end refuses; whichever end sees it first, there is no second try by name.
    assert!(world.nodes[node].closed.len() <= 1);
    assert_eq!(world.links_between(node, node), 0);
}

#[test]
fn no_more_connections_than_allowed_are_made_or_taken() {
    let mut world = World::new(3, BLOCK, 4 * BLOCK);
    world.config.connections_max = 5;
    world.config.half_open_max = 2;
    let nodes: Vec<_> = (0..12).map(|_| world.add_leecher()).collect();
    for node in &nodes {
        world.introduce(*node, nodes.iter().copied().filter(|other| other != node));
    }
    for _ in 0..60 {
        world.run_for(1);
        for node in &world.nodes {
            let progress = node.swarm.progress(world.now);
            assert!(progress.seeds + progress.leechers <= 5);
        }
    }
}

#[test]
fn an_address_that_does_not_answer_is_tried_again_and_then_forgotten() {
    let mut world = World::new(4, BLOCK, 4 * BLOCK);
    let node = world.add_leecher();
    let nobody = 77;
    world.introduce(node, [nobody]);
    world.run_for(4);
    let due = world.nodes[node].swarm.next_timeout();
    assert!(due.is_some_and(|due| (due - world.now).as_secs() < 10));
    world.run_for(24 * 3_600);
    assert_eq!(world.nodes[node].swarm.next_timeout(), None);
}

#[test]
fn idle_peers_keep_their_connection_alive() {
    let mut world = World::new(5, BLOCK, 4 * BLOCK);
    let first = world.add_leecher();
    let second = world.add_leecher();
    world.introduce(first, [second]);
    world.run_for(3_600);
    assert_eq!(world.links_between(first, second), 1);
}

#[test]
fn those_who_know_one_peer_soon_know_all() {
    let mut world = World::new(6, BLOCK, 4 * BLOCK);
    world.config.listen_port = Some(address(0).port());
    let nodes: Vec<_> = (0..6).map(|_| world.add_leecher()).collect();
    for node in &nodes[1..] {
        world.introduce(*node, [nodes[0]]);
    }
    world.run_for(1);
    assert_eq!(world.links_between(nodes[1], nodes[2]), 0);
    world.run_for(30);
    for (place, node) in nodes.iter().enumerate() {
        for other in &nodes[..place] {
            assert_eq!(world.links_between(*node, *other), 1, "{node} and {other}");
        }
    }
    // Nobody is called again and again because others name it.
    let closed: usize = world.nodes.iter().map(|node| node.closed.len()).sum();
    world.run_for(600);
    let then: usize = world.nodes.iter().map(|node| node.closed.len()).sum();
    assert_eq!(then, closed);
}
