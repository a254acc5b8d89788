//! Watches a folder, and seeds what appears in it.
//!
//!     cargo run --release --bin watch_folder -- /srv/outgoing --torrents /srv/www
//!
//! Whatever is in the folder and has not changed between two looks is published where it lies, and its
//! `.torrent` written. The folder is looked at now and then, since no system tells when a file that
//! appeared is complete, nor what happens on a disk of another machine. Names with a dot in front are
//! left alone: give a file one while it is written, and rename it.

use std::collections::HashMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use axon_core::{
    Asked, Control, Graph, Outbox, Services, ThreadedComponent, WiringErrors, graphline,
};
use clap::Parser;
use examples::{exit_code, log_to_stderr, run_to_end};
use kamaelia_io::{
    ConsoleEchoer, Fanout, FileWritten, TwoSourceListifier, WholeFileWriter, WriteFile,
};
use kamaelia_torrent::components::messages::{
    CreateNewTorrent, MadeTorrent, MakeTorrent, TorrentMessage, TorrentRequest, TorrentStartFail,
};
use kamaelia_torrent::components::{
    ClientConfig, Format, Leave, MonitorParser, TorrentMaker, TorrentPatron,
};

/// Seeds what appears in a folder, until it is interrupted.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Options {
    /// What to watch
    folder: PathBuf,

    /// Where `.torrent` files go
    #[arg(long, value_name = "DIR", default_value = ".")]
    torrents: PathBuf,

    /// The tracker they name; may be given several times
    #[arg(long, value_name = "URL")]
    tracker: Vec<String>,

    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value = "2")]
    every: f64,
}

fn main() -> ExitCode {
    log_to_stderr(0);
    let graph = graph(Options::parse()).map_err(Into::into);
    exit_code("watch_folder", graph.and_then(run_to_end))
}

type Made = Result<MadeTorrent, TorrentStartFail>;

pub(crate) fn graph(options: Options) -> Result<Graph, WiringErrors> {
    let torrents = options.torrents;
    let file = move |made: Made| written(&torrents, made.ok()?);
    let swarm = |made: Made| Some(CreateNewTorrent::from(made.ok()?));
    let failure = |made: Made| Some(TorrentMessage::StartFail(made.err()?));
    let line = |text: String| Some(text + "\n");
    let config = ClientConfig::default();
    graphline! {
        components {
            folder: Folder::new(options.folder, Duration::from_secs_f64(options.every)),
            maker: TorrentMaker::new(options.tracker),
            made: Fanout::new(["torrents", "swarm", "failures"]),
            torrents: WholeFileWriter::new(),
            // Whoever reads that something is seeded finds its file.
            both: TwoSourceListifier::<CreateNewTorrent, FileWritten>::new(),
            patron: TorrentPatron::new(&Services::new(), config).leave(Leave::WhenAsked),
            monitor: MonitorParser::new(Format::Plain),
            console: ConsoleEchoer::new(),
            complaints: ConsoleEchoer::to_writer(io::stderr()),
        }
        links {
            folder.outbox => |path| Some(MakeTorrent::from(path)) => maker.inbox,
            maker.outbox => made.inbox,
            made.to("torrents") => file => torrents.inbox,
            torrents.outbox => both.b,
            made.to("swarm") => swarm => both.a,
            both.outbox => ready => patron.inbox,
            made.to("failures") => failure => monitor.inbox,
            patron.outbox => monitor.inbox,
            monitor.outbox => line => console.inbox,
            monitor.complaints => line => complaints.inbox,
        }
    }
    .build()
}

fn written(torrents: &Path, made: MadeTorrent) -> Option<WriteFile> {
    // The token of a request made of a path is that path.
    let name = Path::new(made.token.as_str()).file_name()?.to_str()?;
    let path = torrents.join(format!("{name}.torrent"));
    Some(WriteFile { path, contents: made.rawmetainfo.to_vec() })
}

/// A torrent whose file nobody finds is not seeded.
fn ready((create, written): (CreateNewTorrent, FileWritten)) -> Option<TorrentRequest> {
    Some(match written {
        Ok(_) => TorrentRequest::Create(create),
        Err(error) => TorrentRequest::Failed(TorrentStartFail::new(create.token, error)),
    })
}

/// Tells what appears in a folder.
#[derive(ThreadedComponent)]
struct Folder {
    /// Each path once, when it has not changed between two looks.
    outbox: Outbox<PathBuf>,
    control: Control,
    folder: PathBuf,
    every: Duration,
    /// How each looked last time; none if it was told.
    seen: HashMap<PathBuf, Option<Look>>,
}

/// Bytes, files, and when the latest of them was changed.
type Look = (u64, u64, Option<SystemTime>);

impl Folder {
    fn new(folder: PathBuf, every: Duration) -> Self {
        let (outbox, control) = (Outbox::new(), Control::default());
        Folder { outbox, control, folder, every, seen: HashMap::new() }
    }

    fn main(mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        while self.control.asked() == Asked::GoOn {
            for path in self.settled()? {
                self.outbox.send_blocking(path)?;
            }
            self.control.wait_within(self.every);
        }
        Ok(())
    }

    /// What looks as it did last time, and was not told before.
    fn settled(&mut self) -> Result<Vec<PathBuf>, String> {
        let fails = |error| format!("cannot look into {}: {error}", self.folder.display());
        let (mut settled, mut seen) = (Vec::new(), HashMap::new());
        for entry in fs::read_dir(&self.folder).map_err(fails)? {
            let path = entry.map_err(fails)?.path();
            let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
            // What vanishes while it is looked at is as if it had not been there.
            let (false, Ok(look)) = (is_hidden, look(&path)) else { continue };
            let now = match self.seen.remove(&path) {
                Some(None) => None,
                Some(last) if last == Some(look) => {
                    settled.push(path.clone());
                    None
                }
                _ => Some(look),
            };
            seen.insert(path, now);
        }
        self.seen = seen;
        Ok(settled)
    }
}

fn look(path: &Path) -> io::Result<Look> {
    let metadata = fs::symlink_metadata(path)?;
    let mut look = (metadata.len(), 1, metadata.modified().ok());
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            let (bytes, files, modified) = self::look(&entry?.path())?;
            look = (look.0 + bytes, look.1 + files, look.2.max(modified));
        }
    }
    Ok(look)
}
