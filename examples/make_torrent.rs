//! Makes a `.torrent` of a file or directory.
//!
//!     cargo run --release --bin make_torrent -- song.ogg --tracker http://host:6969/announce
//!
//! The same files and options make the same bytes on every machine.

use std::error::Error;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use examples::{INTERRUPTED, complain, interrupted_by_signal};
use indicatif::{ProgressBar, ProgressStyle};
use kamaelia_torrent::engine::{MakeFailed, MakeOptions, make};
use kamaelia_torrent::metainfo::Metainfo;
use kamaelia_torrent::storage::{Progress, Source, SourceError};

/// Makes a .torrent of a file or directory, and prints its info-hash and where it was written.
///
/// The same files and options make the same .torrent on every machine: files are ordered by name,
/// and no date is written unless --date asks for one. Names in a directory that begin with a dot,
/// Thumbs.db and desktop.ini are not shared, nor is the .torrent itself.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// What to share: a file, or a directory with all that is in it
    path: PathBuf,

    /// A tracker to announce to, or several of one tier with commas between them; given again, the
    /// next tier, which is tried after the ones before it
    #[arg(long, value_name = "URL[,URL...]")]
    tracker: Vec<String>,

    /// A web server that has the files too: the URL of the file, or of the directory around what
    /// is shared, with a / at its end; can be given again
    #[arg(long, value_name = "URL")]
    web_seed: Vec<String>,

    /// Let peers come from the trackers only
    #[arg(long)]
    private: bool,

    /// Who shares it, as private trackers ask for it; it changes the info-hash
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    source: String,

    /// Words for people
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    comment: String,

    /// The name of the torrent [default: that of the file or directory]
    #[arg(long)]
    name: Option<String>,

    /// Leave out what matches in a directory, such as '*.tmp' anywhere, 'cache/' for directories,
    /// '/doc/*.txt' from the top, 'doc/**/draft'; can be given again
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,

    /// The size of a piece: a power of two from 16K to 128M, in bytes or as 512K or 4M [default:
    /// 256K, and more where there would be over 2048 pieces, up to 16M]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    piece_length: Option<u64>,

    /// Say when it was made: now, or this many seconds since 1970
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
        default_missing_value = "now", value_parser = date)]
    date: Option<i64>,

    /// Where to write it [default: the torrent's name with .torrent added, in this directory]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Options {
    /// Where the torrent goes.
    fn out(&self) -> Result<PathBuf, SourceError> {
        if let Some(out) = &self.out {
            return Ok(out.clone());
        }
        let name = self.name.clone().map_or_else(|| Source::name_of(&self.path), Ok)?;
        Ok(format!("{name}.torrent").into())
    }

    fn make_options(&self, out: &Path) -> MakeOptions {
        let tier = |tier: &String| tier.split(',').map(str::to_owned).collect();
        MakeOptions {
            title: self.name.clone(),
            trackers: self.tracker.iter().map(tier).collect(),
            web_seeds: self.web_seed.clone(),
            piece_length: self.piece_length,
            private: self.private,
            source: self.source.clone(),
            comment: self.comment.clone(),
            creation_date: self.date,
            excludes: self.exclude.clone(),
            torrent_file: Some(out.to_path_buf()),
        }
    }
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format!("make_torrent: {error}"));
            match error.downcast_ref() {
                Some(MakeFailed::Stopped) => ExitCode::from(INTERRUPTED),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let interrupted = interrupted_by_signal()?;
    let out = options.out()?;
    let bar = bar();
    let made = make(&options.path, &options.make_options(&out), |progress| {
        show(&bar, progress);
        match interrupted.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    bar.finish_and_clear();
    let made = made?;
    let metainfo = Metainfo::parse(&made.rawmetainfo)?;
    fs::write(&out, made.rawmetainfo)
        .map_err(|error| format!("cannot write {}: {error}", out.display()))?;
    writeln!(io::stdout(), "{} {}", metainfo.info_hash(), out.display())?;
    Ok(())
}

/// A bar on standard error, if that is a terminal.
fn bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "{wide_bar} {percent:>3}% {binary_bytes_per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(0).with_style(style.expect("the template is a constant that parses"))
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.done);
}

fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic()) {
        digits if digits.len() == text.len() => (digits, 1),
        digits => match text[digits.len()..].to_ascii_uppercase().as_str() {
            "K" | "KIB" => (digits, 1 << 10),
            "M" | "MIB" => (digits, 1 << 20),
            unit => return Err(format!("`{unit}` is no unit; write bytes, or 512K, or 4M")),
        },
    };
    let number: u64 = digits.parse().map_err(|_| "it is not a whole number".to_owned())?;
    number.checked_mul(unit).ok_or_else(|| "it is too large".to_owned())
}

fn date(text: &str) -> Result<i64, String> {
    if text == "now" {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        return since.map(|since| since.as_secs() as i64).map_err(|error| error.to_string());
    }
    text.parse().map_err(|_| "it is neither `now` nor a number of seconds since 1970".to_owned())
}
