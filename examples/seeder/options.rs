//! What the command line says.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Parser};
use kamaelia_torrent::components::Format;
use kamaelia_torrent::tracker::{UrlError, check_url};

/// Publishes files and downloads torrents, driven through pipes by another program.
///
/// Reads commands from standard input, one a line:
///
///   file:PATH      publish a file or directory, where it lies, and write PATH's last name with
///                  .torrent added into --dir
///   torrent:URL    fetch a .torrent by http or https, and download what it describes
///   torrent:PATH   the same with a .torrent file; a relative PATH is looked for in --dir
///   magnet:?xt=…   ask peers what a magnet link leads to, write that as NAME.torrent into --dir, and
///                  download it
///
/// Writes `id:file:percent` to standard output: once with -1 when a torrent is new, then with each
/// higher percentage. Failures go to standard error. At the end of its input it finishes what was
/// asked and leaves; with --keep it goes on seeding until it gets SIGINT or SIGTERM.
///
/// Exit status: 0 everything was done, 1 something failed or was not finished, 2 wrong usage.
#[derive(Clone, Debug, Parser)]
#[command(name = "seeder", version, verbatim_doc_comment)]
pub(crate) struct Options {
    /// Where downloads and .torrent files go; made if it is not there
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,

    /// Where peers can reach us [default: any free port on every address]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Vec<SocketAddr>,

    /// The tracker that published torrents name, instead of the one in this program
    #[arg(
        long,
        value_name = "URL",
        conflicts_with_all = ["tracker_listen", "no_tracker"],
        value_parser = tracker_url
    )]
    pub(crate) tracker: Option<String>,

    /// Where the tracker in this program listens [default: port 6969 or any free one, where peers
    /// are listened for]
    #[arg(long, value_name = "ADDR:PORT", conflicts_with = "no_tracker")]
    pub(crate) tracker_listen: Option<SocketAddr>,

    /// Start no tracker, and name none in published torrents
    #[arg(long)]
    pub(crate) no_tracker: bool,

    /// Connect to this peer for every torrent; may be given several times
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) peer: Vec<SocketAddr>,

    /// Look for no peers on this network [default: they are looked for, and so told what is shared,
    /// unless peers are listened for on loopback alone]
    #[arg(long)]
    pub(crate) no_local_discovery: bool,

    /// Ask the router to let peers in, by PCP or NAT-PMP; only where peers are listened for on every
    /// address
    #[arg(long)]
    pub(crate) map_port: bool,

    /// Keep torrents here, made if it is not there, and take up those of former runs again; one
    /// program at a time
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,

    /// Go on seeding after the end of input, until a signal
    #[arg(long)]
    pub(crate) keep: bool,

    /// Write one JSON object a line, for results and failures
    #[arg(long)]
    pub(crate) json: bool,

    /// Say more on standard error; twice for every detail
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// Torrents that name a tracker we cannot ask would lead nobody to us.
fn tracker_url(url: &str) -> Result<String, UrlError> {
    check_url(url).map(|()| url.to_owned())
}

impl Options {
    /// Whether neighbours are told what is shared.
    pub(crate) fn local_discovery(&self) -> bool {
        let alone = |address: &SocketAddr| address.ip().is_loopback();
        let is_alone = !self.listen.is_empty() && self.listen.iter().all(alone);
        !self.no_local_discovery && !is_alone
    }

    /// How results and failures are written.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { Format::Plain }
    }
}
