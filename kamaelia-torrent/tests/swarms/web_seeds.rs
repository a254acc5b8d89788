//! Web seeds among peers.

use std::ops::Range;
use std::time::{Duration, Instant};

use kamaelia_torrent::swarm::{Factory, Outlook, Sequential, Swarm, WebSeedId, WebSeedState};

use crate::web::WebManner;
use crate::world::{Manner, World};

const BLOCK: u64 = 16 * 1024;

#[test]
fn a_web_seed_sends_everything_once_in_runs() {
    for seed in 0..5 {
        let mut world = World::new(seed, 4 * BLOCK, 1_000 * BLOCK + 77);
        let node = world.add_leecher();
        world.add_web_seed(node, WebManner::Honest);
        assert!(world.run_until(60, |world| world.is_done(node)), "{seed}");
        world.run_for(10);
        let client = &world.nodes[node];
        assert_eq!(client.swarm.downloaded(), world.layout.total_length());
        assert_eq!(client.completed, 1);
        let orders = &client.web[0].orders;
        let pieces: usize = orders.iter().map(ExactSizeIterator::len).sum();
        assert_eq!(pieces as u32, world.layout.piece_count());
        assert!(orders.len() < 20, "{} orders for {pieces} pieces", orders.len());
        assert!(orders.iter().all(|run| run.len() <= 256), "{orders:?}");
    }
}

#[test]
fn a_web_seed_counts_as_one_that_has_everything() {
    let mut world = World::new(1, BLOCK, 10 * BLOCK);
    let node = world.add_leecher();
    assert!(world.nodes[node].swarm.progress(world.now).copies < 1.0);
    let id = world.add_web_seed(node, WebManner::Silent);
    assert!(world.nodes[node].swarm.progress(world.now).copies >= 1.0);
    let failed = Outlook::Passing { after: None };
    world.nodes[node].web[id.as_usize()].manner = WebManner::Failing(failed);
    world.run_for(1);
    assert!(world.nodes[node].swarm.progress(world.now).copies < 1.0, "not while it waits");
}

#[test]
fn a_reader_gets_the_pieces_in_order() {
    let mut world = World::new(2, BLOCK, 300 * BLOCK);
    world.config.picker = Factory::picker(Sequential::default);
    let node = world.add_leecher();
    world.add_web_seed(node, WebManner::Honest);
    assert!(world.run_until(60, |world| world.is_done(node)));
    assert!(world.nodes[node].stored.is_sorted());
}

#[test]
fn what_is_needed_soonest_comes_first() {
    let mut world = World::new(3, BLOCK, 300 * BLOCK);
    let node = world.add_leecher();
    let piece = world.layout.piece(222).expect("one of them");
    let by = world.now + Duration::from_secs(3);
    world.nodes[node].swarm.set_deadline(world.now, piece, Some(by));
    world.add_web_seed(node, WebManner::Honest);
    assert!(world.run_until(60, |world| !world.nodes[node].stored.is_empty()));
    assert_eq!(world.nodes[node].stored[0], piece);
}

#[test]
fn a_liar_is_dropped_after_the_first_piece_and_the_rest_comes_from_others() {
    let mut world = World::new(4, 4 * BLOCK, 400 * BLOCK);
    let node = world.add_leecher();
    let liar = world.add_web_seed(node, WebManner::Lying);
    world.add_web_seed(node, WebManner::Honest);
    assert!(world.run_until(60, |world| world.is_done(node)));
    let client = &world.nodes[node];
    let reason = "it sent a piece that is not what its hash says".to_owned();
    let dropped = (liar, WebSeedState::Dropped { reason });
    assert!(client.swarm.web_seeds().any(|state| state == dropped));
    assert_eq!(client.web[liar.as_usize()].orders.len(), 1);
}

#[test]
fn a_hopeless_one_is_dropped_and_one_that_is_busy_is_asked_again() {
    let mut world = World::new(5, 4 * BLOCK, 40 * BLOCK);
    let node = world.add_leecher();
    let gone = world.add_web_seed(node, WebManner::Failing(Outlook::Hopeless));
    let busy = WebManner::Failing(Outlook::Passing { after: Some(Duration::from_secs(40)) });
    let busy = world.add_web_seed(node, busy);
    world.run_for(100);
    let orders = |world: &World, id: WebSeedId| world.nodes[node].web[id.as_usize()].orders.len();
    assert_eq!((orders(&world, gone), orders(&world, busy)), (1, 3));
    world.nodes[node].web[busy.as_usize()].manner = WebManner::Honest;
    assert!(world.run_until(60, |world| world.is_done(node)), "it is forgiven");
    assert_eq!(orders(&world, gone), 1);
}

#[test]
fn peers_and_web_seeds_share_the_work() {
    for seed in 0..5 {
        let mut world = World::new(seed, 4 * BLOCK, 800 * BLOCK);
        let peer = world.add_seed(Manner::Honest);
        world.speed.insert(peer, 32 * 1024);
        let node = world.add_leecher();
        let web = world.add_web_seed(node, WebManner::Honest);
        world.nodes[node].web[web.as_usize()].speed = 32 * 1024;
        world.introduce(node, [peer]);
        assert!(world.run_until(60, |world| world.is_done(node)), "{seed}");
        let total = world.layout.total_length();
        let from_peer = world.nodes[peer].swarm.uploaded();
        assert!(from_peer > total / 10, "{from_peer} of {total} came from the peer");
        assert!(from_peer < total * 9 / 10, "{from_peer} of {total} came from the peer");
        let wasted = world.nodes[node].swarm.progress(world.now).wasted;
        assert!(wasted < total / 10, "{wasted} came twice");
    }
}

#[test]
fn whoever_falls_silent_the_other_finishes() {
    for seed in 0..5 {
        for (peer_manner, web_manner) in
            [(Manner::Honest, WebManner::Silent), (Manner::Silent, WebManner::Honest)]
        {
            let mut world = World::new(seed, 4 * BLOCK, 80 * BLOCK);
            let peer = world.add_seed(peer_manner);
            let node = world.add_leecher();
            world.introduce(node, [peer]);
            world.run_for_ms(200);
            world.add_web_seed(node, web_manner);
            let done = world.run_until(60, |world| world.is_done(node));
            assert!(done, "{seed} {peer_manner:?} {web_manner:?}");
            world.run_for(5);
            assert_eq!(world.nodes[node].completed, 1);
        }
    }
}

#[test]
fn a_pause_or_a_hold_calls_web_seeds_back_and_its_end_sends_them_on() {
    type Order = fn(&mut Swarm, Instant);
    let both: [(Order, Order); 2] = [(Swarm::pause, Swarm::resume), (Swarm::hold, Swarm::release)];
    for (rest, go_on) in both {
        let mut world = World::new(6, 4 * BLOCK, 400 * BLOCK);
        let node = world.add_leecher();
        let id = world.add_web_seed(node, WebManner::Honest);
        world.nodes[node].web[id.as_usize()].speed = 16 * 1024;
        world.run_for(1);
        rest(&mut world.nodes[node].swarm, world.now);
        world.act(node);
        let downloaded = world.nodes[node].swarm.downloaded();
        world.run_for(10);
        assert_eq!(world.nodes[node].swarm.downloaded(), downloaded);
        go_on(&mut world.nodes[node].swarm, world.now);
        assert!(world.run_until(60, |world| world.is_done(node)));
    }
}

#[test]
fn pieces_wait_for_a_disk_that_is_full() {
    let mut world = World::new(7, 4 * BLOCK, 400 * BLOCK);
    let node = world.add_leecher();
    world.add_web_seed(node, WebManner::Honest);
    world.nodes[node].disk_full = true;
    world.run_for(1);
    assert!(world.nodes[node].swarm.is_paused());
    world.nodes[node].disk_full = false;
    world.nodes[node].swarm.resume(world.now);
    assert!(world.run_until(60, |world| world.is_done(node)));
}

#[test]
fn memory_is_bounded_however_many_there_are() {
    let mut world = World::new(8, 4 * BLOCK, 4_000 * BLOCK);
    world.config.pieces_in_memory_max = 2 * 1024 * 1024;
    let node = world.add_leecher();
    for _ in 0..10 {
        world.add_web_seed(node, WebManner::Silent);
    }
    world.run_for(100);
    let pieces = |orders: &[Range<u32>]| orders.iter().map(ExactSizeIterator::len).sum::<usize>();
    let reserved: usize = world.nodes[node].web.iter().map(|web| pieces(&web.orders)).sum();
    assert!(reserved as u64 * 4 * BLOCK <= 1024 * 1024 + 4 * BLOCK, "{reserved} pieces");
    world.add_web_seed(node, WebManner::Honest);
    assert!(!world.run_until(20, |world| world.is_done(node)));
}

#[test]
fn one_that_lacks_a_file_brings_the_rest() {
    let mut world = World::of_files(9, BLOCK, &[20 * BLOCK, 20 * BLOCK, 20 * BLOCK]);
    let node = world.add_leecher();
    let lacks = WebManner::Failing(Outlook::Lacks { file: 1 });
    let id = world.add_web_seed(node, lacks);
    world.run_for_ms(20);
    world.nodes[node].web[id.as_usize()].manner = WebManner::Honest;
    world.run_for(10);
    let have: Vec<usize> = world.nodes[node].swarm.have().ones().collect();
    assert_eq!(have, (0..20).chain(40..60).collect::<Vec<_>>());
    let copies = world.nodes[node].swarm.progress(world.now).copies;
    assert!(copies > 0.5 && copies < 1.0, "{copies}");
}
