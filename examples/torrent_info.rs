//! Shows what a `.torrent` describes.
//!
//!     cargo run --release --bin torrent_info -- song.ogg.torrent

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use examples::{exit_code, read_torrent};
use kamaelia_torrent::metainfo::{Metainfo, magnet_link};

/// Shows what a .torrent describes. Exit status 1, and the reason, if it is refused.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The .torrent
    file: PathBuf,
}

fn main() -> ExitCode {
    exit_code("torrent_info", run(&Options::parse()))
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let description = describe(&read_torrent(&options.file)?)?;
    io::stdout().write_all(description.as_bytes())?;
    Ok(())
}

fn describe(metainfo: &Metainfo) -> Result<String, fmt::Error> {
    let layout = metainfo.layout();
    let mut text = String::new();
    writeln!(text, "name       {}", metainfo.name())?;
    writeln!(text, "info-hash  {}", metainfo.info_hash())?;
    writeln!(text, "size       {} bytes", layout.total_length())?;
    writeln!(text, "pieces     {} of {} bytes", layout.piece_count(), layout.piece_length())?;
    if metainfo.is_private() {
        writeln!(text, "private    yes: peers come from its trackers only")?;
    }
    for (key, value) in [
        ("source", metainfo.source()),
        ("comment", metainfo.comment()),
        ("made by", metainfo.created_by()),
    ] {
        if let Some(value) = value {
            writeln!(text, "{key:<10} {}", shown(value))?;
        }
    }
    if let Some(seconds) = metainfo.creation_date() {
        writeln!(text, "made       {}", date(seconds))?;
    }
    for (number, tier) in metainfo.tiers().iter().enumerate() {
        writeln!(text, "tracker    {} (tier {})", shown(&tier.join(", ")), number + 1)?;
    }
    for url in metainfo.web_seeds() {
        writeln!(text, "web seed   {}", shown(url))?;
    }
    for entry in layout.files().iter().filter(|entry| !entry.padding) {
        writeln!(text, "file       {:>12} {}", entry.length, entry.path.join("/"))?;
    }
    writeln!(text, "magnet     {}", magnet_link(metainfo))?;
    Ok(text)
}

/// A line of its own, whatever somebody has put into it.
fn shown(text: &str) -> String {
    let escape = |letter: char| match letter.is_control() {
        true => letter.escape_default().collect::<String>(),
        false => letter.to_string(),
    };
    text.chars().map(escape).collect()
}

/// A moment by the calendar of today, in seconds since 1970.
fn date(seconds: i64) -> String {
    const DAY: i64 = 24 * 60 * 60;
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    match day(days) {
        Some((year, month, day)) => {
            format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
        }
        None => format!("{seconds} seconds after 1970"),
    }
}

/// Year, month and day so many days after the first of 1970; none in a year of five digits.
fn day(days: i64) -> Option<(i64, i64, i64)> {
    /// Days from the first of March of year 0 to the first of 1970.
    const EPOCH: i64 = 719_468;
    /// Days in 400 years, after which the calendar repeats itself.
    const CYCLE: i64 = 146_097;
    if !(-EPOCH..=2_932_896).contains(&days) {
        return None;
    }
    let (cycle, day) = ((days + EPOCH) / CYCLE, (days + EPOCH) % CYCLE);
    // Years begin in March here, so that the day that is put in comes last.
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let first = (153 * month + 2) / 5;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    Some((400 * cycle + year + next_year, month, day - first + 1))
}
