//! Small swarms on shaped lines, with real programs and in the simulation; asked for by name, since
//! each takes most of a minute.

use std::thread;
use std::time::{Duration, Instant};

use kamaelia_torrent::simulation::report::Role;
use kamaelia_torrent::simulation::{Access, Arrivals, Peers, Swarm, Torrent as Content};

use crate::content::{assert_same, file};
use crate::ours::{Seeder, Torrent, Tracker};
use crate::stage::Stage;

/// Several times what it takes.
const PATIENCE: Duration = Duration::from_secs(300);

/// At these sizes and rates most of one processor stays idle: what is measured is the swarm, not the
/// machine.
const SIZE: u64 = 8 << 20;
const PIECE_LENGTH: u64 = 64 << 10;
const KIB: u64 = 1 << 10;

/// A line, in bytes a second.
#[derive(Clone, Copy, Debug)]
struct Line {
    up: u64,
    down: u64,
}

/// Who takes part.
#[derive(Clone, Copy, Debug)]
struct Shape {
    seed: Line,
    leechers: [Line; 8],
}

const ALIKE: Shape = {
    let line = Line { up: 256 * KIB, down: 1024 * KIB };
    Shape { seed: line, leechers: [line; 8] }
};

/// A fast seed, and leechers of which half give four times what the others do.
const UNLIKE: Shape = {
    let fast = Line { up: 512 * KIB, down: 2048 * KIB };
    let slow = Line { up: 128 * KIB, down: 512 * KIB };
    Shape { seed: fast, leechers: [fast, fast, fast, fast, slow, slow, slow, slow] }
};

/// When each leecher had everything, counted from when the seed did.
fn with_programs(shape: &Shape) -> [Duration; 8] {
    let stage = Stage::with_patience(PATIENCE);
    let tracker = Tracker::start(&stage);
    let thing = file(&stage.directory("seed"), "thing.bin", SIZE);
    let piece_length = PIECE_LENGTH.to_string();
    let options = ["--tracker", &tracker.url, "--piece-length", &piece_length];
    let torrent = Torrent::make_with(&stage, &thing, &options);
    let mut number = 0;
    let leechers = shape.leechers.map(|line| {
        number += 1;
        let mut leecher = start(&stage, &format!("leecher {number}"), line);
        let id = leecher.fetch(&torrent);
        (leecher, id)
    });
    torrent.wait_until_listed(&stage, 0, leechers.len());
    let mut seed = start(&stage, "seed", shape.seed);
    let id = seed.fetch(&torrent);
    seed.wait_until_complete(id);
    let start = Instant::now();
    let times = thread::scope(|scope| {
        let waits = leechers.each_ref().map(|(leecher, id)| {
            scope.spawn(move || {
                leecher.wait_until_complete(*id);
                start.elapsed()
            })
        });
        waits.map(|wait| wait.join().expect("it finishes"))
    });
    for (leecher, _) in &leechers {
        assert_same(&thing, &leecher.dir.join(&torrent.name));
    }
    times
}

fn start(stage: &Stage, name: &str, line: Line) -> Seeder {
    let (up, down) = (line.up.to_string(), line.down.to_string());
    let options = ["--keep", "--no-tracker", "--max-up", &up, "--max-down", &down];
    Seeder::start(stage, name, &options)
}

/// Leechers are there before the seed, so that all begin at the same moment.
const HEAD_START: Duration = Duration::from_secs(5);

/// The same in virtual time.
fn in_the_simulation(shape: &Shape, seed: u64) -> [Duration; 8] {
    let access = |line: Line| Access::default().up(line.up).down(line.down).latency(Duration::ZERO);
    let content = Content::new(SIZE).piece_length(PIECE_LENGTH);
    let mut swarm = Swarm::new(seed).torrent(content).tick(Duration::from_millis(1));
    for (number, line) in shape.leechers.into_iter().enumerate() {
        let leecher = Peers::leechers(1).named(format!("leecher {number}"));
        swarm = swarm.peers(leecher.access(access(line)));
    }
    let arrival = Arrivals::At(HEAD_START);
    let report = swarm
        .peers(Peers::seeds(1).access(access(shape.seed)).joining(arrival))
        .run()
        .expect("it can be played");
    let mut leechers = report.peers.iter().filter(|peer| peer.role == Role::Leecher);
    shape.leechers.map(|_| {
        let finished = leechers.next().expect("there are eight").finished;
        finished.expect("it has everything").since_start() - HEAD_START
    })
}

/// First, middle and last.
fn summary(mut times: [Duration; 8]) -> [f64; 3] {
    times.sort_unstable();
    [times[0], times[4], times[7]].map(|time| time.as_secs_f64())
}

/// How far the simulation may be from what happens.
const TOLERANCE: f64 = 0.15;

/// Chance decides some of it on both sides, so several simulations are taken for one.
fn compare(shape: &Shape) {
    let simulated = [1, 2, 3, 4, 5].map(|seed| summary(in_the_simulation(shape, seed)));
    let expected = [0, 1, 2].map(|which| {
        let mut times = simulated.map(|times| times[which]);
        times.sort_unstable_by(f64::total_cmp);
        times[2]
    });
    eprintln!("simulated, first, middle and last: {simulated:.1?}");
    let took = summary(with_programs(shape));
    eprintln!("with programs: {took:.1?}");
    for (took, expected) in took.into_iter().zip(expected) {
        let ratio = took / expected;
        assert!((ratio - 1.0).abs() <= TOLERANCE, "{took:.1} s, and {expected:.1} s in simulation");
    }
}

#[test]
#[ignore = "takes a while"]
fn eight_alike_take_as_long_as_in_the_simulation() {
    compare(&ALIKE);
}

#[test]
#[ignore = "takes a while"]
fn fast_and_slow_ones_take_as_long_as_in_the_simulation() {
    compare(&UNLIKE);
}
