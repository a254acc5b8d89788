//! Torrents that somebody lets rest.

use crate::world::{Manner, World};
use kamaelia_torrent::swarm::CloseReason;

const BLOCK: u64 = 16 * 1024;

#[test]
fn a_held_torrent_talks_to_nobody_and_goes_on_where_it_was() {
    let mut world = World::new(31, 8 * BLOCK, 2_000 * BLOCK);
    let seed = world.add_seed(Manner::Honest);
    let leecher = world.add_leecher();
    world.introduce(leecher, [seed]);
    let some = |world: &World| world.nodes[leecher].swarm.downloaded() > 200 * BLOCK;
    assert!(world.run_until(60, some));
    let now = world.now;
    world.nodes[leecher].swarm.hold(now);
    world.run_for(1);
    let held = world.nodes[leecher].swarm.progress(world.now);
    assert_eq!((held.seeds, held.leechers), (0, 0));
    let reasons: Vec<_> = world.nodes[leecher].closed.iter().map(|(_, reason)| *reason).collect();
    assert_eq!(reasons, [CloseReason::Held]);
    world.run_for(300);
    assert_eq!(world.nodes[leecher].swarm.downloaded(), held.downloaded);
    assert!(!world.nodes[leecher].swarm.wants_peers());
    let now = world.now;
    world.nodes[leecher].swarm.release(now);
    assert!(world.run_until(120, |world| world.is_done(leecher)));
    let done = world.nodes[leecher].swarm.progress(world.now);
    let again = done.downloaded - 2_000 * BLOCK;
    assert!(again <= 300 * BLOCK, "only what was on its way is fetched twice: {again} bytes");
}
