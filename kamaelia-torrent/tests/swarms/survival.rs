//! What a download lives through: peers that leave one after the other, a majority that lies, and a
//! tracker that is gone for ten minutes.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use kamaelia_torrent::metainfo::PeerId;
use kamaelia_torrent::swarm::CloseReason;
use kamaelia_torrent::tracker::{AnnounceReply, Identity, Schedule, Standing, Tiers};

use crate::world::{INFO_HASH, Manner, World, address};

const BLOCK: u64 = 16 * 1024;

#[test]
fn each_peer_may_leave_in_turn() {
    for seed in 0..4 {
        let mut world = World::new(seed, 8 * BLOCK, 800 * BLOCK);
        let seeds: Vec<_> = (0..6).map(|_| world.add_seed(Manner::Honest)).collect();
        for node in &seeds {
            world.speed.insert(*node, 4 * 1024);
        }
        let leechers = world.add_crowd(3);
        let all = |world: &World| leechers.iter().all(|leecher| world.is_done(*leecher));
        // Whoever left comes back when two more have left.
        for turn in 0..60 {
            world.set_gone(seeds[turn % 6], true);
            world.set_gone(seeds[(turn + 4) % 6], false);
            if world.run_until(2, all) {
                break;
            }
        }
        assert!(all(&world), "{seed}");
        let wasted = |leecher: &usize| world.nodes[*leecher].swarm.progress(world.now).wasted;
        let total = world.layout.total_length();
        assert!(leechers.iter().map(wasted).all(|wasted| wasted < total / 4), "{seed}");
    }
}

#[test]
fn all_may_leave_but_one_who_comes_last() {
    let mut world = World::new(20, 8 * BLOCK, 800 * BLOCK);
    let leaving: Vec<_> = (0..5).map(|_| world.add_seed(Manner::Honest)).collect();
    for node in &leaving {
        world.speed.insert(*node, 4 * 1024);
    }
    let leecher = world.add_leecher();
    world.introduce(leecher, leaving.clone());
    for node in leaving {
        world.run_for(1);
        world.set_gone(node, true);
    }
    world.run_for(30);
    assert!(!world.is_done(leecher));
    let why = world.nodes[leecher].swarm.why(world.now).to_string();
    assert!(why.starts_with("no peers; 5 addresses to try, the next in "), "{why}");
    let before = world.nodes[leecher].swarm.bytes_left();
    let last = world.add_seed(Manner::Honest);
    world.introduce(leecher, [last]);
    assert!(world.run_until(30, |world| world.is_done(leecher)));
    assert!(world.nodes[last].swarm.uploaded() <= before, "what was there is not fetched again");
}

#[test]
fn one_honest_seed_is_enough_against_a_majority_that_lies_now_and_then() {
    for seed in 30..34 {
        let mut world = World::new(seed, 8 * BLOCK, 800 * BLOCK);
        for _ in 0..20 {
            world.add_seed(Manner::Slipping);
        }
        let honest = world.add_seed(Manner::Honest);
        world.speed.insert(honest, 16 * 1024);
        let leechers = world.add_crowd(2);
        let all = |world: &World| leechers.iter().all(|leecher| world.is_done(*leecher));
        assert!(world.run_until(600, all), "{seed}");
        for leecher in &leechers {
            let mut closed = world.nodes[*leecher].closed.iter();
            assert!(
                closed.all(|(who, why)| *who != address(honest) || *why != CloseReason::Banned)
            );
        }
    }
}

/// A leecher's tracker: answers with these peers, or not at all.
struct Tracking {
    schedule: Schedule,
    gone: bool,
    peers: Vec<SocketAddr>,
    announces: usize,
}

impl Tracking {
    fn new(peer_id: PeerId, now: Instant) -> Self {
        let identity = Identity { info_hash: INFO_HASH, peer_id, port: 6_881, ipv6: None };
        let tiers = Tiers::new(Some("http://10.9.9.9/announce"), &[], 1);
        let schedule = Schedule::new(identity, tiers, 2, now);
        Tracking { schedule, gone: false, peers: Vec::new(), announces: 0 }
    }

    /// Does what an engine does for a torrent.
    fn turn(&mut self, world: &mut World, leecher: usize) {
        let now = world.now;
        let swarm = &mut world.nodes[leecher].swarm;
        self.schedule.handle_want(swarm.wants_peers());
        let standing = Standing { left: swarm.bytes_left(), ..Standing::default() };
        while let Some(request) = self.schedule.poll_request(now, &standing) {
            self.announces += 1;
            if self.gone {
                self.schedule.handle_failure(now, request.tracker, "it does not answer");
                continue;
            }
            self.schedule.handle_reply(now, request.tracker, &self.reply());
            swarm.add_candidates(now, self.peers.iter().copied());
        }
    }

    fn reply(&self) -> AnnounceReply {
        let mut reply = AnnounceReply::from_bytes(b"d8:intervali1800e5:peers0:e").expect("a reply");
        reply.peers.clone_from(&self.peers);
        reply
    }
}

#[test]
fn a_tracker_may_be_gone_for_ten_minutes() {
    let mut world = World::new(50, 8 * BLOCK, 800 * BLOCK);
    let first = world.add_seed(Manner::Honest);
    world.speed.insert(first, 1_024);
    let second = world.add_seed(Manner::Honest);
    let leecher = world.add_leecher();
    let mut tracking = Tracking::new(PeerId([9; 20]), world.now);
    tracking.peers = vec![address(first)];
    let start = world.now;
    let minute = |minute: u64| start + Duration::from_secs(60 * minute);
    while world.now < minute(40) && !world.is_done(leecher) {
        tracking.turn(&mut world, leecher);
        // The tracker goes as soon as it has named one seed, and that seed a minute later.
        tracking.gone = (minute(0)..minute(10)).contains(&world.now) && tracking.announces > 0;
        let first_is_gone = world.now >= minute(1);
        if first_is_gone && !world.nodes[first].is_gone {
            assert!(world.nodes[leecher].swarm.downloaded() > 0, "it had a minute");
            world.set_gone(first, true);
        }
        if world.now >= minute(10) {
            tracking.peers = vec![address(first), address(second)];
        }
        world.run_for(1);
    }
    assert!(world.is_done(leecher), "{}", world.nodes[leecher].swarm.why(world.now));
    let minutes = (world.now - start).as_secs() / 60;
    assert!(minutes < 25, "it took {minutes} minutes");
    assert!(tracking.announces < 40, "a tracker that is down is not hammered");
}
