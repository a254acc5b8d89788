//! Publishes files and downloads torrents, driven through pipes by another program.
//!
//!     cargo run --release --bin seeder
//!
//! Commands come in on standard input, one a line: `file:PATH` publishes a file or directory where
//! it lies, `torrent:URL`, `torrent:PATH` and `magnet:?…` download what a `.torrent` or a magnet link
//! describes. Lines of the form `id:file:percent` go out on standard output. See `--help`, and
//! `../cookbook/graph.rs` for how it is made.

mod embedded_tracker;
mod errands;
mod graph;
mod manual;
mod options;
mod room;
#[cfg(test)]
mod sources;
mod teaching;
mod values;

use std::error::Error;
use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use embedded_tracker::EmbeddedTracker;
use examples::cookbook::Screen;
use examples::{
    Logging, cause, complain, end_on_signals, level, outlive_file_size_limit, settings,
};
use kamaelia_torrent::components::InstructionParser;
use kamaelia_torrent::components::messages::{Token, TorrentStartFail};
use log::LevelFilter;
use options::Options;
use room::Room;

/// How long the last answers may take to be read.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The status that says that it was told wrongly, as clap has it.
const WRONG_USAGE: u8 = 2;

fn main() -> ExitCode {
    let options: Options = settings::parse();
    if let Some(errand) = &options.errand {
        return errand.run();
    }
    if let Err(sentence) = options.check() {
        complain(format!("error: {sentence}"));
        return ExitCode::from(WRONG_USAGE);
    }
    let screen = if options.quiet { Screen::default() } else { Screen::on_standard_error() };
    match begin_to_log(&options, &screen).and_then(|()| run(&options, &screen)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(format!("seeder: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn begin_to_log(options: &Options, screen: &Screen) -> Result<(), Box<dyn Error>> {
    let least = if options.quiet { LevelFilter::Error } else { LevelFilter::Warn };
    let shown = level(least, options.verbose);
    let mut logging = Logging::default().on_standard_error(screen.beside(io::stderr()), shown);
    if let Some(file) = &options.log_file {
        let kept = level(LevelFilter::Info, options.verbose);
        logging = logging
            .in_file(file, kept)
            .map_err(|error| format!("cannot use {} as --log-file: {error}", file.display()))?;
    }
    logging.begin();
    Ok(())
}

/// A directory, if there is not one already.
fn make_directory(path: &Path) -> Result<(), String> {
    fs::create_dir_all(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => "it is not a directory".to_owned(),
        _ => error.to_string(),
    })
}

/// Whether everything that was asked for was done.
fn run(options: &Options, screen: &Screen) -> Result<bool, Box<dyn Error>> {
    make_directory(&options.dir)
        .map_err(|error| format!("cannot use {} as --dir: {error}", options.dir.display()))?;
    let room = Room::for_peers(options.max_connections);
    outlive_file_size_limit()?;
    let outlet = options.outlet()?;
    let tracker = EmbeddedTracker::start(options, room.visitors)?;
    let embedded = tracker.iter().flat_map(EmbeddedTracker::urls);
    let announce = options.tracker.clone().into_iter().chain(embedded).collect();
    let view =
        options.view(room.visitors).map_err(|error| format!("cannot serve --ui: {error}"))?;
    if let Some(view) = &view {
        // Nobody else shall read it, so it is in no log.
        complain(format!("seeder: all of it is to be seen at {}", view.url()));
    }
    let (graph, tally) = graph::seeder(options, room.peers, outlet, announce, view, screen)?;
    end_on_signals(graph.handle())?;
    if !options.quiet && io::stdin().is_terminal() && io::stderr().is_terminal() {
        complain(teaching::at_a_terminal());
    }
    let report = graph.run();
    // The client says its goodbyes first.
    drop(tracker);
    if let Err(error) = &report {
        complain(format!("seeder: {}", cause(error)));
    }
    let unanswered = tally.unanswered();
    answer_last(options, &unanswered);
    let all_done = tally.failures() == 0 && tally.unfinished() == 0 && unanswered.is_empty();
    Ok(report.is_ok() && all_done)
}

/// Commands for which the end came too early have an answer too.
fn answer_last(options: &Options, commands: &[Token]) {
    if commands.is_empty() {
        return;
    }
    let failure = |command: &Token| {
        let reason = "it was not done before everything was stopped";
        options.format().failure(&TorrentStartFail::new(command.clone(), reason)) + "\n"
    };
    let failures: String = commands.iter().map(failure).collect();
    let lines = commands.iter().map(Token::as_str);
    let answers: String = lines
        .filter(|line| InstructionParser::has_answer_line(line))
        .filter_map(|line| Some(options.format().not_done(line)? + "\n"))
        .collect();
    let (out, err) = if options.json { (failures, answers) } else { (answers, failures) };
    let (tell, said) = mpsc::channel();
    // On a thread of its own: whoever should read may have kept us waiting already.
    thread::spawn(move || {
        let _ = io::stderr().write_all(err.as_bytes());
        let _ = io::stdout().write_all(out.as_bytes());
        let _ = tell.send(());
    });
    let _ = said.recv_timeout(LAST_WORDS);
}
