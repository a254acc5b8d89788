//! A whole BitTorrent swarm in one process, in virtual time, with the engine that ships.
//!
//!     cargo run --release --bin swarm_in_a_box -- --leechers 100 --size 256MiB --plot swarm.svg
//!
//! On a terminal it shows the swarm as it spreads; in the end it prints what came of it. The same
//! options give the same numbers on every machine.

mod mix;
mod options;
mod outline;
mod picture;
mod plot;
mod replaying;
mod scenario;
mod screen;
mod telling;
mod usage;
mod values;

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;
use examples::{INTERRUPTED, complain, interrupted_by_signal};
use kamaelia_torrent::simulation::report::Report;

use options::Options;
use outline::Outline;
use plot::Course;
use screen::Screen;

/// Options that each are right, but not together.
const WRONG_USAGE: u8 = 2;

/// Why there is nothing to tell.
enum Failure {
    /// The options describe no swarm.
    Usage(String),
    /// This machine does not do what it should.
    Machine(String),
}

fn main() -> ExitCode {
    let (sentence, status) = match run(&Options::parse()) {
        Ok(status) => return status,
        Err(Failure::Usage(sentence)) => (sentence, ExitCode::from(WRONG_USAGE)),
        Err(Failure::Machine(sentence)) => (sentence, ExitCode::FAILURE),
    };
    complain(format!("swarm_in_a_box: {sentence}"));
    status
}

fn run(options: &Options) -> Result<ExitCode, Failure> {
    let interrupted = interrupted_by_signal()
        .map_err(|error| Failure::Machine(format!("cannot listen for Ctrl-C: {error}")))?;
    match &options.replay {
        Some(path) => replay(options, path, &interrupted),
        None => simulate(options, &interrupted),
    }
    .map(|()| match interrupted.load(Ordering::Relaxed) {
        true => ExitCode::from(INTERRUPTED),
        false => ExitCode::SUCCESS,
    })
}

fn simulate(options: &Options, interrupted: &AtomicBool) -> Result<(), Failure> {
    let swarm = scenario::swarm(options).map_err(Failure::Usage)?;
    // What cannot be written is better known before all the work than after it.
    options.outputs().try_for_each(|path| open(path).map(drop))?;
    let mut screen = Screen::new();
    let report = swarm.run_with(|snapshot| {
        screen.show(snapshot);
        match interrupted.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    screen.clear();
    let report = report.map_err(|error| Failure::Usage(error.to_string()))?;
    keep(options, &report)?;
    match options.json {
        true => say(telling::object(&report)),
        false => say(telling::summary(&report)),
    }
}

/// Writes all files that were asked for.
fn keep(options: &Options, report: &Report) -> Result<(), Failure> {
    if let Some(path) = &options.plot {
        draw(path, &Course::of(report))?;
    }
    if let Some(path) = &options.report {
        let json = serde_json::to_string(report).expect("a report is numbers and names");
        write(path, &json)?;
    }
    if let Some(path) = &options.log {
        write(path, report.log.text().expect("it was to be kept"))?;
    }
    Ok(())
}

fn replay(options: &Options, path: &Path, interrupted: &AtomicBool) -> Result<(), Failure> {
    let log = replaying::read(path).map_err(Failure::Machine)?;
    let end = replaying::play(&log, &mut Screen::new(), interrupted);
    let outline = Outline::of_log(&log, &end);
    match options.json {
        true => say(telling::object_of_log(&outline))?,
        false => say(telling::summary_of_log(&outline))?,
    }
    match &options.plot {
        Some(path) => draw(path, &Course::of_log(&log, outline)),
        None => Ok(()),
    }
}

fn draw(path: &Path, course: &Course) -> Result<(), Failure> {
    let svg = course.svg();
    write(path, &svg.map_err(|error| Failure::Machine(format!("cannot draw: {error}")))?)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = open(path)?;
    file.write_all(text.as_bytes()).map_err(|error| cannot_write(path, &error))
}

/// Empties a file, or makes it.
fn open(path: &Path) -> Result<File, Failure> {
    File::create(path).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::Machine(format!("cannot write {}: {error}", path.display()))
}

fn say(text: impl Display) -> Result<(), Failure> {
    writeln!(io::stdout(), "{text}")
        .map_err(|error| Failure::Machine(format!("cannot write to standard output: {error}")))
}
