//! What it costs to decide: swarms in one process that hand each other their messages.
//!
//! `cargo bench -p kamaelia-torrent --bench decisions` takes a few seconds. Blocks are told by their
//! marks and no line is slow, so what is measured is the thinking of [`Swarm`] on both sides, with
//! next to nothing around it. `--bench decisions -- 1000 60 256` says how many swarms there are, how
//! many connections each has, and how many pieces of 256 KiB. Any other words are for other benches.
//!
//! [`Swarm`]: kamaelia_torrent::swarm::Swarm

mod crowd;

use std::time::Duration;

use crowd::Crowd;

fn main() {
    // Cargo itself passes `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let numbers: Vec<u32> = words.iter().filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [swarms, connections, pieces] => measure(swarms, connections, pieces),
        [] if words.iter().any(|word| word != "decisions") => {}
        [] => {
            measure(2, 1, 4_096);
            measure(20, 19, 1_024);
            measure(100, 60, 512);
        }
        _ => eprintln!("how many swarms, connections and pieces?"),
    }
}

fn measure(swarms: u32, connections: u32, pieces: u32) {
    let mut crowd = Crowd::new(swarms, connections as usize, pieces);
    let before = cpu_time();
    crowd.run();
    let spent = (cpu_time() - before).as_nanos() as f64;
    let (blocks, haves) = (crowd.blocks as f64, crowd.haves as f64);
    let wasted = 100.0 * crowd.wasted() as f64 / 16_384.0 / blocks;
    println!(
        "{swarms} swarms, {connections} connections, {pieces} pieces: {:.0} ns a block, {:.1} haves \
         a block, {wasted:.1} % wasted, {:.2} s in all, {} ticks",
        spent / blocks,
        haves / blocks,
        spent / 1e9,
        crowd.ticks,
    );
}

/// What this thread has used so far, as Linux counts it. Read from a file, so that the program also
/// runs where instructions are counted one by one (valgrind).
fn cpu_time() -> Duration {
    let counts = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let used = counts.split(' ').next().and_then(|count| count.parse().ok());
    Duration::from_nanos(used.unwrap_or_default())
}
