//! How the time grows with the logarithm of the crowd where a file has few pieces.
//!
//! Where everybody sends as fast as everybody else and a piece can be passed on once it is there as a
//! whole, no schedule takes less than 1 + ⌊log₂ N⌋ / M times the time to send the file once, for N
//! leechers and M pieces, and some schedule takes just that (Mundinger, Weber and Weiss, Journal of
//! Scheduling 2008).

use std::time::Duration;

use kamaelia_torrent::simulation::{Access, ScenarioError, Swarm, Torrent};

use crate::curves::{Curve, Curves};

const PIECE: u64 = 256 << 10;
const UP: u64 = 1 << 20;

/// Numbers of pieces.
const PIECES: [u32; 3] = [64, 256, 1024];

pub(crate) fn play(most: u32, seed: u64) -> Result<Curves, ScenarioError> {
    println!("| leechers | pieces | time | at best |");
    println!("|--:|--:|--:|--:|");
    let mut curves = Vec::new();
    for pieces in PIECES {
        let (mut times, mut bounds) = (Vec::new(), Vec::new());
        let crowds = (0..).map(|power| 1 << power).take_while(|leechers| *leechers <= most);
        for leechers in crowds {
            let (time, best) = (time(leechers, pieces, seed)?, best(leechers, pieces));
            println!("| {leechers} | {pieces} | {time:.3} | {best:.3} |");
            times.push((f64::from(leechers.ilog2()), time));
            bounds.push((f64::from(leechers.ilog2()), best));
        }
        curves.push(Curve::new(format!("{pieces} pieces"), times));
        curves.push(Curve::new(format!("{pieces} pieces, at best"), bounds));
    }
    Ok(Curves {
        title: "Everybody as fast as the seed".to_owned(),
        across: "doublings of the crowd",
        up: "time, in those that sending the file once takes",
        curves,
    })
}

/// Until the last has everything, in times that it takes to send it once.
fn time(leechers: u32, pieces: u32, seed: u64) -> Result<f64, ScenarioError> {
    let size = u64::from(pieces) * PIECE;
    let report = Swarm::new(seed)
        .torrent(Torrent::new(size).piece_length(PIECE))
        .network(Access::default().up(UP).latency(Duration::from_millis(1)))
        .tick(Duration::from_millis(10))
        .seeds(1)
        .leechers(leechers)
        .run()?;
    let last = report.finishing.expect("everybody finishes").last.seconds();
    Ok(last * UP as f64 / size as f64)
}

fn best(leechers: u32, pieces: u32) -> f64 {
    1.0 + f64::from(leechers.ilog2()) / f64::from(pieces)
}
