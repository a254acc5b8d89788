//! What is fetched, and in which order: files chosen, priorities, pickers and deadlines.

use std::time::{Duration, Instant};

use kamaelia_torrent::metainfo::{PieceIndex, Priority, Selection};
use kamaelia_torrent::swarm::{
    Choice, CloseReason, Factory, Picker, RarestFirst, Rng, Sequential, SwarmConfig,
};

use crate::world::{Manner, World, address};

const BLOCK: u64 = 16 * 1024;

/// Four files of ten pieces each, a leecher that knows nobody yet, and a seed that sends a hundred
/// kilobytes a second: about three pieces are on request at a time.
fn four_files(seed: u64, config: SwarmConfig) -> (World, usize, usize) {
    let mut world = World::of_files(seed, 4 * BLOCK, &[40 * BLOCK; 4]);
    world.config = config;
    let seed = world.add_seed(Manner::Honest);
    world.speed.insert(seed, 1024);
    let leecher = world.add_leecher();
    (world, seed, leecher)
}

fn select(world: &mut World, node: usize, files: [Priority; 4]) {
    let selection = Selection::from_priorities(&world.layout, files.to_vec());
    let selection = selection.expect("four files");
    let now = world.now;
    world.nodes[node].swarm.select(now, &selection);
}

/// Pieces in the order in which they were stored.
fn order(world: &World, node: usize) -> Vec<u32> {
    world.nodes[node].stored.iter().map(|piece| piece.get()).collect()
}

#[test]
fn only_what_is_wanted_is_fetched_and_then_there_is_nothing_to_share() {
    use Priority::{Normal, Skip};
    let (mut world, seed, leecher) = four_files(1, SwarmConfig::default());
    select(&mut world, leecher, [Skip, Normal, Skip, Normal]);
    world.introduce(leecher, [seed]);
    let finished = |world: &World| world.nodes[leecher].swarm.is_finished();
    assert!(world.run_until(60, finished));
    world.run_for(2);
    let node = &world.nodes[leecher];
    assert_eq!((node.finished, node.completed), (1, 0));
    assert_eq!(node.swarm.downloaded(), 80 * BLOCK);
    assert_eq!(node.swarm.bytes_left(), 80 * BLOCK);
    let progress = node.swarm.progress(world.now);
    assert_eq!((progress.fraction_done(), progress.bytes_wanted), (1.0, 80 * BLOCK));
    assert_eq!(node.closed, [(address(seed), CloseReason::NothingToShare)]);
}

#[test]
fn what_is_wanted_later_is_fetched_later() {
    use Priority::{Normal, Skip};
    let (mut world, seed, leecher) = four_files(2, SwarmConfig::default());
    select(&mut world, leecher, [Normal, Skip, Skip, Skip]);
    world.introduce(leecher, [seed]);
    assert!(world.run_until(60, |world| world.nodes[leecher].swarm.is_finished()));
    world.run_for(60);
    select(&mut world, leecher, [Normal, Normal, Skip, Skip]);
    assert!(!world.nodes[leecher].swarm.is_finished());
    assert!(world.run_until(60, |world| world.nodes[leecher].swarm.is_finished()));
    assert_eq!(world.nodes[leecher].finished, 2);
    select(&mut world, leecher, [Normal; 4]);
    assert!(world.run_until(60, |world| world.is_done(leecher)));
    let node = &world.nodes[leecher];
    assert_eq!((node.finished, node.completed), (2, 1));
    assert_eq!(node.swarm.downloaded(), 160 * BLOCK, "nothing came twice");
}

#[test]
fn what_is_wanted_no_longer_is_asked_for_no_longer() {
    use Priority::{Normal, Skip};
    let (mut world, seed, leecher) = four_files(3, SwarmConfig::default());
    world.introduce(leecher, [seed]);
    let stored = |world: &World| world.nodes[leecher].stored.len();
    assert!(world.run_until(60, |world| stored(world) == 5));
    select(&mut world, leecher, [Skip, Skip, Skip, Normal]);
    let before = stored(&world);
    assert!(world.run_until(60, |world| world.nodes[leecher].swarm.is_finished()));
    world.run_for(30);
    let node = &world.nodes[leecher];
    assert!(node.stored[before..].iter().all(|piece| piece.get() >= 30), "{:?}", node.stored);
    assert_eq!(node.finished, 1);
}

#[test]
fn nothing_wanted_is_finished_at_once_and_moves_nothing() {
    let (mut world, seed, leecher) = four_files(4, SwarmConfig::default());
    select(&mut world, leecher, [Priority::Skip; 4]);
    world.introduce(leecher, [seed]);
    world.run_for(60);
    let node = &world.nodes[leecher];
    assert_eq!((node.finished, node.swarm.downloaded()), (1, 0));
    assert_eq!(node.swarm.progress(world.now).fraction_done(), 1.0);
}

#[test]
fn files_come_by_priority_even_when_it_changes_on_the_way() {
    use Priority::{High, Low, Normal};
    let (mut world, seed, leecher) = four_files(5, SwarmConfig::default());
    select(&mut world, leecher, [Low, Normal, High, Normal]);
    world.introduce(leecher, [seed]);
    let stored = |world: &World| world.nodes[leecher].stored.len();
    assert!(world.run_until(60, |world| stored(world) == 10));
    // Now and then a piece of the next kind overtakes the last of the one before.
    let of_file = |piece: &u32, file: u32| piece / 10 == file;
    let early = order(&world, leecher);
    assert!(early.iter().filter(|piece| of_file(piece, 2)).count() >= 9, "{early:?}");
    select(&mut world, leecher, [High, Normal, Normal, Normal]);
    let before = stored(&world);
    assert!(world.run_until(60, |world| world.is_done(leecher)));
    let next = &order(&world, leecher)[before..before + 14];
    assert!(next.iter().filter(|piece| of_file(piece, 0)).count() >= 9, "{next:?}");
}

#[test]
fn a_sequential_torrent_comes_in_order() {
    let config = SwarmConfig { picker: Factory::picker(|| Sequential), ..SwarmConfig::default() };
    let (mut world, seed, leecher) = four_files(6, config);
    world.introduce(leecher, [seed]);
    assert!(world.run_until(60, |world| world.is_done(leecher)));
    // The first few are those that a peer gives even to the choked (BEP 6).
    let order = order(&world, leecher);
    assert!(order[10..].is_sorted(), "{order:?}");
}

#[test]
fn the_order_may_change_on_the_way() {
    let (mut world, seed, leecher) = four_files(7, SwarmConfig::default());
    world.introduce(leecher, [seed]);
    let stored = |world: &World| world.nodes[leecher].stored.len();
    assert!(world.run_until(60, |world| stored(world) == 10));
    let now = world.now;
    world.nodes[leecher].swarm.set_picker(now, Box::new(Sequential));
    assert!(world.run_until(60, |world| stored(world) == 25));
    let now = world.now;
    world.nodes[leecher].swarm.set_picker(now, Box::new(RarestFirst));
    assert!(world.run_until(60, |world| world.is_done(leecher)));
    let order = order(&world, leecher);
    assert!(!order[..10].is_sorted() && !order[27..].is_sorted(), "{order:?}");
    // What was on request when the order changed comes as it was asked for.
    assert!(order[16..25].is_sorted(), "{order:?}");
}

/// Asks for the last piece before all others, then for nothing until that is there.
#[derive(Debug, Default)]
struct LastFirst;

impl Picker for LastFirst {
    fn pick(&mut self, choice: &Choice<'_>, _rng: &mut Rng) -> Option<PieceIndex> {
        let last = choice.layout().pieces().next_back()?;
        match choice.stored() {
            // Not on offer any more once it is begun: the swarm takes no notice.
            0 => Some(last),
            _ => choice.offered().last(),
        }
    }
}

#[test]
fn a_picker_that_somebody_else_wrote_is_heeded_as_far_as_it_makes_sense() {
    let config =
        SwarmConfig { picker: Factory::picker(LastFirst::default), ..SwarmConfig::default() };
    let (mut world, seed, leecher) = four_files(8, config);
    world.introduce(leecher, [seed]);
    assert!(world.run_until(120, |world| world.is_done(leecher)));
    let order = order(&world, leecher);
    assert!(order.iter().rev().is_sorted(), "{order:?}");
}

#[test]
fn a_piece_with_a_deadline_overtakes_all_others() {
    let (mut world, seed, leecher) = four_files(9, SwarmConfig::default());
    world.introduce(leecher, [seed]);
    assert!(world.run_until(60, |world| world.nodes[leecher].stored.len() == 3));
    let now = world.now;
    let open = |piece: &PieceIndex| !world.nodes[leecher].stored.contains(piece);
    let wanted: Vec<_> = world.layout.pieces().filter(open).skip(20).take(3).collect();
    for (number, piece) in wanted.iter().enumerate() {
        let by = now + Duration::from_secs(20 - number as u64);
        world.nodes[leecher].swarm.set_deadline(now, *piece, Some(by));
    }
    let there = |world: &World| {
        wanted.iter().all(|piece| world.nodes[leecher].swarm.have().contains(piece.as_usize()))
    };
    assert!(world.run_until(8, there), "{:?}", world.nodes[leecher].stored);
    let place =
        |piece: &PieceIndex| world.nodes[leecher].stored.iter().position(|stored| stored == piece);
    let places: Vec<_> = wanted.iter().map(place).collect();
    assert!(places.iter().rev().is_sorted(), "the soonest first: {places:?}");
}

/// Plays one piece every 300 ms from `from` on; returns how often the player had to wait.
fn play(world: &mut World, leecher: usize, ahead: usize) -> usize {
    let pieces: Vec<_> = world.layout.pieces().collect();
    let each = Duration::from_millis(300);
    let (mut stalls, mut due): (usize, Instant) = (0, world.now + Duration::from_secs(6));
    for (number, piece) in pieces.iter().enumerate() {
        for (later, next) in pieces[number..].iter().take(ahead).enumerate() {
            let (now, by) = (world.now, due + each * later as u32);
            world.nodes[leecher].swarm.set_deadline(now, *next, Some(by));
        }
        while world.now < due {
            let left = (due - world.now).as_millis();
            world.run_for_ms(left as u64);
        }
        let there = |world: &World| world.nodes[leecher].swarm.have().contains(piece.as_usize());
        if !there(world) {
            stalls += 1;
            assert!(world.run_until(60, there), "piece {number} never came");
            due = world.now;
        }
        due += each;
    }
    stalls
}

#[test]
fn a_stream_does_not_stall_although_most_peers_are_slow() {
    for seed in 0..5 {
        let mut world = World::new(seed, 4 * BLOCK, 600 * BLOCK);
        for _ in 0..6 {
            let slow = world.add_seed(Manner::Honest);
            // A block takes it eight seconds.
            world.speed.insert(slow, 20);
        }
        for _ in 0..2 {
            let fast = world.add_seed(Manner::Honest);
            world.speed.insert(fast, 4 * 1024);
        }
        let leecher = world.add_leecher();
        world.introduce(leecher, 0..leecher);
        let stalls = play(&mut world, leecher, 20);
        assert!(stalls <= 1, "{seed}: {stalls} stalls");
    }
}
