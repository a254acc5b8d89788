//! Shows what a `.torrent` describes.
//!
//!     cargo run --release --bin torrent_info -- song.ogg.torrent

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
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
    match describe(&options.file) {
        Ok(description) => {
            print!("{description}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("torrent_info: {}: {error}", options.file.display());
            ExitCode::FAILURE
        }
    }
}

fn describe(file: &Path) -> Result<String, Box<dyn Error>> {
    let metainfo = Metainfo::parse(&fs::read(file)?)?;
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
    writeln!(text, "magnet     {}", magnet_link(&metainfo))?;
    Ok(text)
}
