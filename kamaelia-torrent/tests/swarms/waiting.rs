//! Peers that have nothing for us at present, and those that owe us something and do not send it.

use std::time::Duration;

use kamaelia_torrent::wire::Message;

use crate::fast::{meet_fast, words};
use crate::strangers::{bytes, half_done};
use crate::world::{Manner, World};

const BLOCK: u64 = 16 * 1024;

#[test]
fn those_who_wait_for_the_only_seed_send_each_other_little_twice() {
    let mut world = World::abridged(40, 16 * BLOCK, 1_600 * BLOCK);
    let seed = world.add_seed(Manner::Honest);
    world.speed.insert(seed, 4 * 1024);
    let leechers = world.add_crowd(8);
    let all = |world: &World| leechers.iter().all(|leecher| world.is_done(*leecher));
    assert!(world.run_until(600, all));
    let wasted = |node: &usize| world.nodes[*node].swarm.progress(world.now).wasted;
    let wasted: u64 = leechers.iter().map(wasted).sum();
    let moved = 8 * world.layout.total_length();
    assert!(10 * wasted < moved, "{wasted} of {moved}");
}

#[test]
fn what_a_silent_peer_owes_is_asked_of_who_has_nothing_else_though_it_is_not_the_end() {
    let (mut swarm, now) = half_done();
    let silent = meet_fast(&mut swarm, now, 1);
    swarm.received(now, silent, &bytes(&[Message::Bitfield(&[0x08]), Message::Unchoke]));
    assert!(words(&mut swarm, silent).ends_with(&["ask 4+0".into(), "ask 4+16384".into()]));
    let choking = meet_fast(&mut swarm, now, 2);
    swarm.received(now, choking, &bytes(&[Message::Bitfield(&[0x07])]));
    let helper = meet_fast(&mut swarm, now, 3);
    swarm.received(now, helper, &bytes(&[Message::Bitfield(&[0x08]), Message::Unchoke]));
    assert!(!words(&mut swarm, helper).contains(&"ask 4+0".into()), "there is other work to come");

    let later = now + Duration::from_secs(10);
    while let Some(due) = swarm.next_timeout().filter(|due| *due <= later) {
        swarm.handle_timeout(due);
    }
    assert_eq!(words(&mut swarm, helper), ["ask 4+0", "ask 4+16384"]);
}
