//! Publishes files and downloads torrents, driven through pipes by another program.
//!
//!     cargo run --release --bin seeder
//!
//! Commands come in on standard input, one a line: `file:PATH` publishes a file or directory where
//! it lies, `torrent:URL` and `torrent:PATH` download what a `.torrent` describes. Lines of the form
//! `id:file:percent` go out on standard output. See `--help`, and `graph.rs` for how it is made.

mod bars;
mod conversions;
mod embedded_tracker;
mod graph;
mod options;

use std::error::Error;
use std::fs;
use std::io;
use std::process::ExitCode;

use bars::Screen;
use clap::Parser;
use embedded_tracker::EmbeddedTracker;
use examples::{end_on_signals, log_to};
use options::Options;

fn main() -> ExitCode {
    let options = Options::parse();
    let screen = Screen::new();
    log_to(screen.beside(io::stderr()), options.verbose);
    match run(&options, &screen) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("seeder: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything that was asked for was done.
fn run(options: &Options, screen: &Screen) -> Result<bool, Box<dyn Error>> {
    fs::create_dir_all(&options.dir)
        .map_err(|error| format!("cannot use {} as --dir: {error}", options.dir.display()))?;
    let tracker = EmbeddedTracker::start(options)?;
    let announce = options.tracker.clone().or_else(|| tracker.as_ref().map(EmbeddedTracker::url));
    let (graph, tally) = graph::seeder(options, announce, screen)?;
    end_on_signals(graph.handle())?;
    let report = graph.run();
    // The client says its goodbyes first.
    drop(tracker);
    report?;
    Ok(tally.failures() == 0 && tally.unfinished() == 0)
}
