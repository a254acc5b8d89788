//! Downloads what a `.torrent` or a magnet link describes, by driving the engine without any graph.
//!
//! ```sh
//! cargo run --release --bin download -- song.ogg.torrent --dir /tmp
//! cargo run --release --bin download -- 'magnet:?xt=urn:btih:…&tr=…' --dir /tmp
//! ```

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use examples::{complain, exit_code, log_to_stderr, read_torrent};
use kamaelia_torrent::engine::{
    Activity, Content, Engine, EngineConfig, Event, NewTorrent, TorrentId,
};

/// Downloads what a .torrent or a magnet link describes, and ends when all of it is there.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The .torrent, or a magnet link
    torrent: String,

    /// Where to put it
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,

    /// Connect to this peer too; may be given several times
    #[arg(long, value_name = "ADDR:PORT")]
    peer: Vec<SocketAddr>,

    /// Say more on standard error; twice for every detail
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

fn main() -> ExitCode {
    let options = Options::parse();
    log_to_stderr(options.verbose);
    exit_code("download", run(options))
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let mut config = EngineConfig::default();
    config.peers = options.peer;
    let mut engine = Engine::start(config)?;
    let id = if is_magnet(&options.torrent) {
        engine.add_magnet(options.torrent.parse()?, options.dir)?
    } else {
        let metainfo = Arc::new(read_torrent(Path::new(&options.torrent))?);
        let content = Content::Download(options.dir);
        engine.add(NewTorrent { metainfo, content, known: None })?
    };
    let result = until_complete(&mut engine, id);
    engine.stop();
    result
}

fn until_complete(engine: &mut Engine, id: TorrentId) -> Result<(), Box<dyn Error>> {
    let mut shown = None;
    loop {
        engine.turn(Duration::from_millis(500))?;
        while let Some(event) = engine.poll_event() {
            let Event::Changed { status, .. } = event else { continue };
            match status.activity {
                Activity::Failed(reason) => return Err(reason.into()),
                Activity::Paused(reason) => complain(format!("download: waiting: {reason}")),
                _ => {}
            }
        }
        let Some(status) = engine.status(id) else { return Ok(()) };
        let now = (status.percent(), status.activity.clone());
        if shown.as_ref() != Some(&now) {
            writeln!(io::stdout(), "{}% {}", now.0, now.1)?;
            shown = Some(now);
        }
        if status.activity == Activity::Seeding {
            return Ok(());
        }
    }
}

/// Schemes are spelled in any case (RFC 3986, 3.1).
fn is_magnet(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("magnet"))
}
