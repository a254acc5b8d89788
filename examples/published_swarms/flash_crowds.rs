//! How the time to download grows with the crowd, which should be hardly at all.
//!
//! The setting is that of figures 1 and 2 of Bharambe, Herley and Padmanabhan (INFOCOM 2006), as the
//! scripts have it that come with their simulator.

use std::time::Duration;

use kamaelia_torrent::simulation::report::{PeerReport, Role};
use kamaelia_torrent::simulation::{
    Access, Arrivals, Departure, Peers, Report, ScenarioError, Swarm, Torrent,
};

use crate::curves::{Curve, Curves};

/// 100 MiB in 400 pieces.
const SIZE: u64 = 100 << 20;
const PIECE: u64 = 256 << 10;

/// Bytes a second of a line that carries so many thousand bits.
const KBPS: u64 = 125;
pub(crate) const UP: u64 = 400 * KBPS;
const DOWN: u64 = 1500 * KBPS;
const SEED_UP: u64 = 6000 * KBPS;

/// A hundred join each second.
const APART: Duration = Duration::from_millis(10);

/// On such slow lines little happens in less.
const TICK: Duration = Duration::from_millis(50);

/// How many come.
const CROWDS: [u32; 9] = [100, 200, 400, 1000, 2000, 3000, 4000, 5000, 8000];

pub(crate) fn play(most: u32, seed: u64) -> Result<Curves, ScenarioError> {
    println!("| leechers | mean, s | last, s | uplinks used | mean, at best, s |");
    println!("|--:|--:|--:|--:|--:|");
    let (mut means, mut bounds) = (Vec::new(), Vec::new());
    for leechers in CROWDS.into_iter().filter(|count| *count <= most) {
        let Outcome { mean, last, used } = Outcome::of(&crowd(leechers, SEED_UP, false, seed)?);
        let best = mean_at_best(leechers, SEED_UP);
        println!("| {leechers} | {mean:.0} | {last:.0} | {:.1} % | {best:.0} |", 100.0 * used);
        means.push((f64::from(leechers), mean));
        bounds.push((f64::from(leechers), best));
    }
    Ok(Curves {
        title: "A crowd that comes within seconds, 100 MiB, 1500/400 kbit/s".to_owned(),
        across: "leechers",
        up: "mean time to download, seconds",
        curves: vec![Curve::new("simulated", means), Curve::new("if uplinks were full", bounds)],
    })
}

/// Leechers that come one after the other, and go as soon as they have everything.
pub(crate) fn crowd(
    leechers: u32,
    seed_up: u64,
    super_seeding: bool,
    seed: u64,
) -> Result<Report, ScenarioError> {
    let access = Access::default().down(DOWN);
    let seeds = Peers::seeds(1).access(access.up(seed_up));
    let seeds = if super_seeding { seeds.super_seeding() } else { seeds };
    let arrivals = Arrivals::Every { first: Duration::ZERO, apart: APART };
    let leechers = Peers::leechers(leechers)
        .access(access.up(UP))
        .joining(arrivals)
        .leaving(Departure::AfterFinishing(Duration::ZERO));
    let torrent = Torrent::new(SIZE).piece_length(PIECE);
    Swarm::new(seed).torrent(torrent).peers(seeds).peers(leechers).tick(TICK).run()
}

/// The time to download if the seed and all leechers sent all they can all the time, and shared it
/// evenly; while all are there, which in a flash crowd they are.
pub(crate) fn mean_at_best(leechers: u32, seed_up: u64) -> f64 {
    let bytes = f64::from(leechers) * SIZE as f64;
    (bytes / (f64::from(leechers) * UP as f64 + seed_up as f64)).max(SIZE as f64 / DOWN as f64)
}

/// What the paper looks at.
pub(crate) struct Outcome {
    /// Seconds from joining to having everything, on average.
    pub(crate) mean: f64,
    /// The most it took for anybody.
    pub(crate) last: f64,
    /// How much of what leechers could have sent while they were there they did send.
    pub(crate) used: f64,
}

impl Outcome {
    pub(crate) fn of(report: &Report) -> Self {
        let leechers = || report.peers.iter().filter(|peer| peer.role == Role::Leecher);
        let took = |peer: &PeerReport| Some((peer.finished? - peer.joined).as_secs_f64());
        let times: Vec<f64> = leechers().filter_map(took).collect();
        let sent: u64 = leechers().map(|peer| peer.uploaded).sum();
        let present: f64 = times.iter().sum();
        Outcome {
            mean: present / times.len() as f64,
            last: times.iter().copied().fold(0.0, f64::max),
            used: sent as f64 / (present * UP as f64),
        }
    }
}
