//! How long until every machine has it? A swarm for each number of machines, simulated in virtual time.
//!
//!     cargo run --release --bin how_long -- 10 20 40 80 --mib 256 --up 100 --down 100
//!
//! From one server alone, the time grows with the number of machines. In a swarm it hardly does, which is
//! the reason to publish this way. The same seed gives the same table on every machine.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use examples::exit_code;
use kamaelia_torrent::simulation::{Access, Swarm, Torrent};

/// Tells how long it takes until so many machines have what one machine publishes.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Options {
    /// Numbers of machines to try
    #[arg(value_name = "MACHINES", default_values_t = [5, 10, 20])]
    machines: Vec<u32>,

    /// How much is published, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 16)]
    mib: u64,

    /// What each machine can send, in Mbit a second
    #[arg(long, value_name = "MBIT", default_value_t = 10)]
    up: u64,

    /// What each machine can receive, in Mbit a second
    #[arg(long, value_name = "MBIT", default_value_t = 50)]
    down: u64,

    /// Decides everything that is left to chance
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    exit_code("how_long", run(&Options::parse()))
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let (bytes, mbit) = (options.mib << 20, 1_000_000 / 8);
    let (up, down) = (options.up * mbit, options.down * mbit);
    let mut out = io::stdout();
    writeln!(out, "machines   one server   swarm, median   swarm, last")?;
    for machines in &options.machines {
        let report = Swarm::new(options.seed)
            .torrent(Torrent::new(bytes))
            .seeds(1)
            .leechers(*machines)
            .network(Access::default().up(up).down(down))
            .run()?;
        let Some(times) = report.finishing.filter(|_| report.unfinished == 0) else {
            return Err(format!("not all of {machines} machines got it").into());
        };
        let server = bytes as f64 * f64::from(*machines) / up as f64;
        let (median, last) = (times.median.seconds(), times.last.seconds());
        writeln!(out, "{machines:8} {server:10.1} s {median:13.1} s {last:11.1} s")?;
    }
    Ok(())
}
