//! Fetches a list of torrents, and runs a command on each when it is complete.
//!
//!     cargo run --release --bin fetch_list -- --dir /srv/in --then ./unpack.sh < list.txt
//!
//! Each line names a torrent: a magnet link, a URL or a path of a `.torrent`. The command gets the path of
//! what was fetched as its last argument, and one runs at a time. Its output is this program's. Ends when
//! all is done, with status 1 if something was not.

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axon_core::{
    Closed, Graph, Inbox, Outbox, Services, ThreadedComponent, WiringErrors, graphline,
};
use clap::Parser;
use examples::{complain, exit_code, log_to_stderr, run_to_end};
use kamaelia_io::{
    ConsoleEchoer, ConsoleReader, Fanout, FileRead, HttpAnswer, HttpRequest, SimpleHTTPClient,
    TriggeredFileReader,
};
use kamaelia_torrent::components::messages::{
    CreateFromMagnet, CreateNewTorrent, TorrentMessage, TorrentRequest, TorrentStartFail,
};
use kamaelia_torrent::components::{ClientConfig, TorrentPatron};
use kamaelia_torrent::engine::TorrentId;

/// Fetches the torrents that are named on standard input, one a line.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Options {
    /// Where to put them
    #[arg(long, default_value = ".")]
    dir: PathBuf,

    /// Run this on each when it is complete; its path is the last argument
    #[arg(long, value_name = "COMMAND")]
    then: Option<PathBuf>,
}

fn main() -> ExitCode {
    log_to_stderr(0);
    exit_code("fetch_list", run(Options::parse()))
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let failures = Arc::default();
    run_to_end(graph(options, &failures)?)?;
    match failures.load(Ordering::Relaxed) {
        0 => Ok(()),
        count => Err(format!("{count} of the list were not done").into()),
    }
}

pub(crate) fn graph(options: Options, failures: &Arc<AtomicUsize>) -> Result<Graph, WiringErrors> {
    let mut config = ClientConfig::default();
    config.directory.clone_from(&options.dir);
    graphline! {
        components {
            lines: ConsoleReader::new(""),
            sort: Fanout::new(["magnets", "web", "disk"]),
            web: SimpleHTTPClient::new(),
            disk: TriggeredFileReader::new(),
            patron: TorrentPatron::new(&Services::new(), config),
            finish: Finish::new(options, failures.clone()),
            console: ConsoleEchoer::<String>::new(),
        }
        links {
            lines.outbox => sort.inbox,
            sort.to("magnets") => magnet => patron.inbox,
            sort.to("web") => url => web.inbox,
            sort.to("disk") => path => disk.inbox,
            web.outbox => fetched => patron.inbox,
            disk.outbox => read => patron.inbox,
            patron.outbox => finish.inbox,
            finish.outbox => console.inbox,
        }
    }
    .build()
}

fn is_magnet(line: &str) -> bool {
    line.starts_with("magnet:")
}

fn is_url(line: &str) -> bool {
    line.starts_with("http://") || line.starts_with("https://")
}

fn magnet(line: String) -> Option<TorrentRequest> {
    is_magnet(&line).then(|| match line.parse() {
        Ok(magnet) => {
            TorrentRequest::CreateFromMagnet(CreateFromMagnet { token: line.into(), magnet })
        }
        Err(error) => TorrentRequest::Failed(TorrentStartFail::new(line, error)),
    })
}

fn url(line: String) -> Option<HttpRequest> {
    is_url(&line).then(|| HttpRequest::get(line))
}

fn path(line: String) -> Option<PathBuf> {
    (!is_magnet(&line) && !is_url(&line) && !line.is_empty()).then(|| line.into())
}

fn fetched(answer: HttpAnswer) -> Option<TorrentRequest> {
    Some(match answer {
        Ok(page) => TorrentRequest::Create(CreateNewTorrent::download(page.url, page.body)),
        Err(error) => TorrentRequest::Failed(TorrentStartFail::new(error.url.clone(), error)),
    })
}

fn read(answer: FileRead) -> Option<TorrentRequest> {
    let named = |path: &PathBuf| path.display().to_string();
    Some(match answer {
        Ok(file) => {
            TorrentRequest::Create(CreateNewTorrent::download(named(&file.path), file.bytes))
        }
        Err(error) => TorrentRequest::Failed(TorrentStartFail::new(named(&error.path), error)),
    })
}

/// Runs the command on what is complete; a thread of its own, since it waits for the command.
#[derive(ThreadedComponent)]
struct Finish {
    inbox: Inbox<TorrentMessage>,
    /// What is done, a line each.
    outbox: Outbox<String>,
    options: Options,
    /// The names of those that are under way.
    names: HashMap<TorrentId, String>,
    /// Told beside the graph: an error of this component would stop the others before they have told all.
    failures: Arc<AtomicUsize>,
}

impl Finish {
    fn new(options: Options, failures: Arc<AtomicUsize>) -> Self {
        let (inbox, outbox) = (Inbox::new(), Outbox::new());
        Finish { inbox, outbox, options, names: HashMap::new(), failures }
    }

    fn main(mut self) -> Result<(), Closed> {
        while let Some(message) = self.inbox.recv_blocking() {
            match message {
                TorrentMessage::Created(new) => drop(self.names.insert(new.torrentid, new.name)),
                TorrentMessage::MetadataFound(found) => {
                    self.names.insert(found.torrentid, found.name);
                }
                TorrentMessage::Changed(update) if update.stats.is_complete() => {
                    let Some(name) = self.names.remove(&update.torrentid) else { continue };
                    match self.finish(&name) {
                        Ok(()) => self.outbox.send_blocking(format!("{name}\n"))?,
                        Err(reason) => self.fail(&name, &reason),
                    }
                }
                TorrentMessage::StartFail(failure) => {
                    self.fail(failure.token.as_str(), &failure.reason);
                }
                TorrentMessage::Trouble(trouble) if trouble.is_final => {
                    let name = self.names.remove(&trouble.torrentid).unwrap_or_default();
                    self.fail(&name, &trouble.reason);
                }
                _ => {}
            }
        }
        for name in self.names.values() {
            self.fail(name, "it was not complete when everything was stopped");
        }
        Ok(())
    }

    fn finish(&self, name: &str) -> Result<(), String> {
        let Some(command) = &self.options.then else { return Ok(()) };
        let status = Command::new(command).arg(self.options.dir.join(name)).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{} ended with {status}", command.display())),
            Err(error) => Err(format!("cannot run {}: {error}", command.display())),
        }
    }

    fn fail(&self, what: &str, reason: &str) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        complain(format!("fetch_list: {what}: {reason}"));
    }
}
