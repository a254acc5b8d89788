//! A thousand swarms by chance: everyone finishes, or is told which piece nobody has.
//!
//! Each seed makes a small torrent and a crowd: honest seeds and peers with a part, slow ones, liars,
//! some that take requests and answer none or only some, some that never unchoke; leechers with
//! different pickers who want everything or some files. Half a minute long wires are cut, peers leave
//! and come back, swarms pause, and people change their minds. Then things calm down, and every leecher
//! must get all it wants that an honest peer still has. Whoever then lacks something must be told so
//! by `why`, with the right piece.
//!
//! `KAMAELIA_SWARMS` asks for more than a thousand.

use fastrand::Rng;
use kamaelia_torrent::metainfo::{PieceIndex, Priority, Selection};
use kamaelia_torrent::swarm::{Factory, Picker, RarestFirst, Sequential, Why, WhyPiece};

use crate::world::{Manner, World};

const BLOCK: u64 = 16 * 1024;

/// Seconds after which a tracker would name everyone again.
const REANNOUNCE: u64 = 300;

/// Seconds in which what can be finished must be.
const PATIENCE: u64 = 1_800;

/// What the pieces of each leecher depend on.
struct Crowd {
    /// Who has something, serves it, and does not lie.
    honest: Vec<usize>,
    leechers: Vec<usize>,
}

fn crowd(world: &mut World, rng: &mut Rng) -> Crowd {
    let pieces = world.layout.piece_count() as usize;
    let mut honest = Vec::new();
    for _ in 0..rng.usize(..2) {
        honest.push(world.add_seed(Manner::Honest));
    }
    for _ in 0..rng.usize(..4) {
        let some: Vec<usize> = (0..pieces).filter(|_| rng.bool()).collect();
        honest.push(world.add_with(Manner::Honest, some));
    }
    let many = if rng.u8(..8) == 0 { 16 } else { 4 };
    for _ in 0..rng.usize(..many) {
        let manners =
            [Manner::Lying, Manner::Slipping, Manner::Silent, Manner::Fickle, Manner::Refusing];
        let node = world.add_seed(manners[rng.usize(..manners.len())]);
        world.speed.insert(node, 64 << rng.usize(..10));
    }
    if rng.bool() {
        let slots = std::mem::replace(&mut world.config.upload_slots, 0);
        world.add_seed(Manner::Honest);
        world.config.upload_slots = slots;
    }
    for node in &honest {
        world.speed.insert(*node, 128 << rng.usize(..7));
    }
    let leechers: Vec<usize> = (0..rng.usize(1..4)).map(|_| world.add_leecher()).collect();
    honest.extend(&leechers);
    Crowd { honest, leechers }
}

fn any_picker(rng: &mut Rng) -> Box<dyn Picker> {
    match rng.bool() {
        true => Box::new(RarestFirst),
        false => Box::new(Sequential),
    }
}

fn any_selection(world: &World, rng: &mut Rng) -> Selection {
    let files = world.layout.files().len();
    let any = |_| Priority::ALL[rng.usize(..4)];
    let priorities = (0..files).map(any).collect();
    Selection::from_priorities(&world.layout, priorities).expect("one for each file")
}

fn introduce_all(world: &mut World, crowd: &Crowd) {
    for leecher in &crowd.leechers {
        let others = (0..world.nodes.len()).filter(|other| other != leecher);
        world.introduce(*leecher, others.collect::<Vec<_>>());
    }
}

/// One thing that happens.
fn disturb(world: &mut World, crowd: &Crowd, rng: &mut Rng) {
    let now = world.now;
    let (a, b) = (rng.usize(..world.nodes.len()), rng.usize(..world.nodes.len()));
    let leecher = crowd.leechers[rng.usize(..crowd.leechers.len())];
    match rng.u8(..8) {
        0 | 1 => world.cut(a, b),
        2 => world.set_gone(a, true),
        3 => world.set_gone(a, false),
        4 => world.nodes[a].swarm.pause(now),
        5 => world.nodes[a].swarm.resume(now),
        6 => {
            let selection = any_selection(world, rng);
            world.nodes[leecher].swarm.select(now, &selection);
        }
        _ => {
            let picker = any_picker(rng);
            world.nodes[leecher].swarm.set_picker(now, picker);
        }
    }
}

/// Pieces that a leecher wants and lacks.
fn lacking(world: &World, leecher: usize) -> impl Iterator<Item = PieceIndex> {
    let swarm = &world.nodes[leecher].swarm;
    world.layout.pieces().filter(|piece| {
        swarm.priority(*piece).is_wanted() && !swarm.have().contains(piece.as_usize())
    })
}

/// Whether this leecher has all that it wants and honest peers have.
fn has_all_there_is(world: &World, crowd: &Crowd, leecher: usize) -> bool {
    let swarm = &world.nodes[leecher].swarm;
    assert_eq!(swarm.is_finished(), lacking(world, leecher).next().is_none());
    let here = |node: &&usize| !world.nodes[**node].is_gone;
    let somebody = |piece: PieceIndex| {
        let has = |node: &usize| world.nodes[*node].swarm.have().contains(piece.as_usize());
        crowd.honest.iter().filter(here).any(has)
    };
    lacking(world, leecher).all(|piece| !somebody(piece))
}

/// Whether the answers to "why?" name a piece that is wanted and lacking, for the torrent and for
/// the piece itself; true when nothing is lacking.
fn names_what_is_missing(world: &World, leecher: usize) -> bool {
    let swarm = &world.nodes[leecher].swarm;
    let Why::Wanting(wanting) = swarm.why(world.now) else {
        return swarm.is_finished();
    };
    let sentence = wanting.to_string();
    if wanting.peers.all() == 0 {
        return sentence.starts_with("no peers");
    }
    let named = [wanting.nobody_has, wanting.nobody_gives].into_iter().flatten();
    let mut count = 0;
    for (piece, of_this_kind) in named {
        assert!(lacking(world, leecher).any(|lacked| lacked == piece), "{sentence}");
        assert!(sentence.contains(&format!("piece {}", piece.get())), "{sentence}");
        count += of_this_kind;
    }
    let nobody_has = |piece: &PieceIndex| {
        matches!(swarm.why_piece(*piece, world.now), WhyPiece::NobodyHas { .. })
    };
    let unowned = lacking(world, leecher).filter(nobody_has).count();
    assert_eq!(wanting.nobody_has.map_or(0, |(_, count)| count), unowned, "{sentence}");
    // Otherwise someone is being asked, who may be good for it or not.
    count == lacking(world, leecher).count()
}

fn run(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let piece_length = BLOCK * rng.u64(1..4) + rng.u64(..2);
    let files: Vec<u64> = (0..rng.u64(1..5)).map(|_| rng.u64(..BLOCK * 12)).collect();
    let mut world = World::of_files(seed, piece_length, &files);
    world.config.pieces_in_memory_max = piece_length * rng.u64(2..20);
    world.config.upload_slots = rng.usize(1..5);
    world.config.picker = match rng.bool() {
        true => Factory::picker(|| RarestFirst),
        false => Factory::picker(|| Sequential),
    };
    let crowd = crowd(&mut world, &mut rng);
    introduce_all(&mut world, &crowd);
    for _ in 0..rng.usize(..12) {
        world.run_for_ms(rng.u64(..3_000));
        disturb(&mut world, &crowd, &mut rng);
    }
    // Those who were paused go on, and some of those who left never come back.
    let now = world.now;
    for node in &mut world.nodes {
        node.swarm.resume(now);
    }
    for leecher in &crowd.leechers {
        world.set_gone(*leecher, false);
    }
    let mut unnamed = crowd.leechers.clone();
    let mut settled = |world: &World| {
        let mut leechers = crowd.leechers.iter();
        let settled = leechers.all(|leecher| has_all_there_is(world, &crowd, *leecher));
        // Silent peers come and go, so not all are at a loss at the same moment.
        unnamed.retain(|leecher| !settled || !names_what_is_missing(world, *leecher));
        settled && unnamed.is_empty()
    };
    for _ in 0..PATIENCE / REANNOUNCE {
        introduce_all(&mut world, &crowd);
        if world.run_until(REANNOUNCE, &mut settled) {
            return;
        }
    }
    let standing = |leecher: &usize| {
        let pieces: Vec<_> = lacking(&world, *leecher)
            .map(|piece| world.nodes[*leecher].swarm.why_piece(piece, world.now).to_string())
            .collect();
        (world.nodes[*leecher].swarm.why(world.now).to_string(), pieces)
    };
    let standing: Vec<_> = crowd.leechers.iter().map(standing).collect();
    panic!("swarm {seed} is stuck: {standing:#?}");
}

/// A part of the thousand, so that several threads can share them.
fn run_part(part: u64, parts: u64) {
    let asked = std::env::var("KAMAELIA_SWARMS").ok();
    let count = asked.map_or(1_000, |count| count.parse().expect("KAMAELIA_SWARMS is a number"));
    (part..count).step_by(parts as usize).for_each(run);
}

#[test]
fn none_of_a_thousand_swarms_gets_stuck_1() {
    run_part(0, 4);
}

#[test]
fn none_of_a_thousand_swarms_gets_stuck_2() {
    run_part(1, 4);
}

#[test]
fn none_of_a_thousand_swarms_gets_stuck_3() {
    run_part(2, 4);
}

#[test]
fn none_of_a_thousand_swarms_gets_stuck_4() {
    run_part(3, 4);
}
