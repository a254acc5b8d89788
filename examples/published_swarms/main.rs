//! Swarms that others have measured or calculated, played by the engine that ships.
//!
//!     cargo run --release --bin published_swarms -- flash-crowds --plot docs/simulation/flash_crowds.svg
//!
//! Each prints a table, and draws it. `docs/simulation.md` says whose they are, and what came of them.

mod broadcasts;
mod curves;
mod flash_crowds;
mod seed_rates;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use examples::exit_code;

/// Plays swarms of published papers, and prints what came of them as a table.
#[derive(Clone, Debug, Parser)]
#[command(name = "published_swarms", version)]
struct Options {
    /// Which
    #[arg(value_name = "WHICH")]
    which: Which,

    /// Up to so many leechers, or just so many for seed-rates [default: 400, 20 or 256]
    #[arg(long, value_name = "N")]
    most: Option<u32>,

    /// What decides everything that is left to chance
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Draw it into this file too, as SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Which {
    /// More and more leechers within seconds, around one fast seed (Bharambe, Herley and Padmanabhan)
    FlashCrowds,
    /// Leechers around a slow seed that repeats itself or does not (the same)
    SeedRates,
    /// A file of few pieces, and everybody as fast as the seed (Mundinger, Weber and Weiss)
    Broadcasts,
}

fn main() -> ExitCode {
    exit_code("published_swarms", run(&Options::parse()))
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let Options { which, most, seed, .. } = *options;
    let curves = match which {
        Which::FlashCrowds => flash_crowds::play(most.unwrap_or(400), seed)?,
        Which::SeedRates => seed_rates::play(most.unwrap_or(20), seed)?,
        Which::Broadcasts => broadcasts::play(most.unwrap_or(256), seed)?,
    };
    match &options.plot {
        Some(path) => Ok(std::fs::write(path, curves.svg()?)?),
        None => Ok(()),
    }
}
