//! Shows what a `.torrent` describes.
//!
//!     cargo run --release --bin torrent_info -- song.ogg.torrent

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use examples::{complain, read_torrent};
use kamaelia_torrent::metainfo::{Metainfo, magnet_link};

/// Shows what a .torrent describes. Exit status 1, and the reason, if it is refused.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The .torrent
    file: PathBuf,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format!("torrent_info: {error}"));
            ExitCode::FAILURE
        }
    }
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
    for (number, tier) in metainfo.tiers().iter().enumerate() {
        writeln!(text, "tracker    {} (tier {})", tier.join(", "), number + 1)?;
    }
    for entry in layout.files().iter().filter(|entry| !entry.padding) {
        writeln!(text, "file       {:>12} {}", entry.length, entry.path.join("/"))?;
    }
    writeln!(text, "magnet     {}", magnet_link(metainfo))?;
    Ok(text)
}
