//! Makes a `.torrent` of a file or directory.
//!
//!     cargo run --release --bin make_torrent -- song.ogg --tracker http://host:6969/announce

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use examples::complain;
use kamaelia_torrent::engine::{MakeOptions, make};
use kamaelia_torrent::metainfo::Metainfo;

/// Makes a .torrent of a file or directory.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// What to share
    path: PathBuf,

    /// The size of a piece: a power of two, at least 16384
    #[arg(long, value_name = "BYTES", default_value_t = 262_144)]
    piece_length: u64,

    /// The tracker to name
    #[arg(long, value_name = "URL")]
    tracker: Option<String>,

    /// Where to write it [default: the torrent's name with .torrent added, in this directory]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format!("make_torrent: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let wanted = MakeOptions {
        tracker: options.tracker,
        piece_length: options.piece_length,
        ..MakeOptions::default()
    };
    let made = make(&options.path, &wanted, |_| ControlFlow::Continue(()))?;
    let metainfo = Metainfo::parse(&made.rawmetainfo)?;
    let out = options.out.unwrap_or_else(|| format!("{}.torrent", metainfo.name()).into());
    fs::write(&out, made.rawmetainfo)
        .map_err(|error| format!("cannot write {}: {error}", out.display()))?;
    writeln!(io::stdout(), "{} {}", metainfo.info_hash(), out.display())?;
    Ok(())
}
