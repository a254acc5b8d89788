//! What the command line says.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedI64ValueParser;
use clap::{Parser, value_parser};

use crate::mix::{Coming, Mix};
use crate::values::{self, Rate};

/// Plays a whole BitTorrent swarm in this process, in virtual time, with the engine of the seeder.
///
/// One seed decides everything: the same options give the same numbers, and the same hash of
/// everything that happened, on every machine. Sizes are bytes, or 256MiB, or 10MB; rates are sizes
/// a second, or `unlimited`; times are 200ms, 30s, 5m, 2h or 1d.
///
/// On a terminal the swarm is shown as it spreads. Ctrl-C ends it early, with what there is to say
/// by then.
///
/// Exit status: 0 it was played to its end, 1 a file could not be read or written, 2 wrong usage,
/// 130 Ctrl-C.
#[derive(Clone, Debug, Parser)]
#[command(name = "swarm_in_a_box", version)]
pub(crate) struct Options {
    /// Peers that have everything
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = peers())]
    pub(crate) seeds: u32,

    /// Peers that want everything
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = peers())]
    pub(crate) leechers: u32,

    /// What they share, in bytes; nothing of it is stored
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = values::size)]
    pub(crate) size: u64,

    /// The size of a piece, a power of two [default: as make_torrent chooses it]
    #[arg(long, value_name = "SIZE", value_parser = values::size)]
    pub(crate) piece: Option<u64>,

    /// What each peer can send
    #[arg(long, value_name = "RATE", default_value = "1MiB", value_parser = values::rate)]
    pub(crate) up: Rate,

    /// What each peer can take
    #[arg(long, value_name = "RATE", default_value = "10MiB", value_parser = values::rate)]
    pub(crate) down: Rate,

    /// What each seed can send [default: the same as all others]
    #[arg(long, value_name = "RATE", value_parser = values::rate)]
    pub(crate) seed_up: Option<Rate>,

    /// From a peer to the middle of the network, one way; to another peer it is twice that
    #[arg(long, value_name = "TIME", default_value = "20ms", value_parser = values::time)]
    pub(crate) latency: Duration,

    /// What chance adds to the latency, at most
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = values::time)]
    pub(crate) jitter: Duration,

    /// How much is lost and sent again, such as 0.01 or 1%
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = values::share)]
    pub(crate) loss: f64,

    /// What decides everything that is left to chance
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// How finely time is cut, from 1ms to 1s [default: 10ms, or 50ms for many peers]
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(crate) tick: Option<Duration>,

    /// Who behaves otherwise, such as free-riders=10,liars=5%. Of the leechers: free-riders, liars,
    /// boasters, snubbers, leavers, late, churners, hidden (behind a NAT). Of the seeds: super-seeds,
    /// slow-seeds
    #[arg(long, value_name = "MIX", default_value = "", hide_default_value = true)]
    pub(crate) behaviours: Mix,

    /// When the leechers come: flash for all at once, steady:RATE for so many a second, within:TIME
    /// for by chance
    #[arg(long, value_name = "WHEN", default_value = "flash")]
    pub(crate) arrivals: Coming,

    /// End after so much virtual time, if not everybody has finished before
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = values::time)]
    pub(crate) until: Duration,

    /// Print one JSON object instead of a summary
    #[arg(long)]
    pub(crate) json: bool,

    /// Draw what happened over time into this .svg
    #[arg(long, value_name = "FILE", value_parser = svg)]
    pub(crate) plot: Option<PathBuf>,

    /// Write the whole report into this file, as JSON: every peer, and samples over time
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,

    /// Write everything that happened into this file, one event a line
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,

    /// Show what such a file says, instead of playing a swarm; only --json and --plot go with it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["log", "report"])]
    pub(crate) replay: Option<PathBuf>,
}

impl Options {
    /// Every file that will be written.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.plot, &self.report, &self.log].into_iter().flatten()
    }
}

/// More have no address.
fn peers() -> RangedI64ValueParser<u32> {
    value_parser!(u32).range(0..1 << 24)
}

fn svg(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg")) {
        true => Ok(path),
        false => Err("plots are SVG; give the file a name that ends in .svg".to_owned()),
    }
}
