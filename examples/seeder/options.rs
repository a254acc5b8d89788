//! What the command line says.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Parser};
use examples::settings::state_dir;
use kamaelia_torrent::components::Format;
use kamaelia_torrent::engine::outlet::{Bind, Outlet, OutletError, Proxy};
use kamaelia_torrent::engine::{Encryption, FileRule, Until};
use kamaelia_torrent::tracker::{UrlError, check_url};

use crate::values;

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
///   stop:ID        let go of a torrent; its files stay
///   pause:ID       let its peers go until resume:ID; tell its trackers so
///   resume:ID      go on with it, and try again at once what has failed
///   why:ID         say why it does not move; why:ID:PIECE why a piece does not come
///   list           tell how all torrents stand
///   quit           answer what was asked, and leave without waiting for downloads; no more is read
///
/// Writes `id:file:percent` to standard output: once with -1 when a torrent is new, then with each
/// higher percentage. Failures go to standard error. Each of stop, pause, resume, why, list and quit
/// is answered by one line `0:COMMAND:STATUS`, where no torrent has the id 0 and the status is 0 for
/// done and 1 for not; `list` writes a line for each torrent before it, and the answer to `why` is
/// `0:why:ID SENTENCE:0`. So every line can be split at its first and its last colon.
///
/// A command may have a tag, as in `@TAG list`: 1 to 64 letters, digits, `-`, `_` or `.`. Then one line that
/// begins with `0:@TAG ` answers it, whatever it is: `0:@TAG file:PATH ID:0` if a torrent was taken on.
///
/// Commands do not wait for each other: an ID can be used once the line that tells it is there.
///
/// At the end of its input it finishes what was asked and leaves: when every torrent is complete or
/// paused, and seeded enough if there is an --until. With --keep it goes on until it gets SIGINT or
/// SIGTERM.
///
/// Exit status: 0 everything was done, 1 something failed or was not finished, 2 wrong usage.
#[derive(Clone, Debug, Parser)]
#[command(name = "seeder", version, verbatim_doc_comment)]
pub(crate) struct Options {
    /// Where downloads and .torrent files go; made if it is not there
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,

    /// Where peers can reach us [default: any free port on every address]
    #[arg(long, value_name = "ADDR:PORT", value_delimiter = ',')]
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
    #[arg(long, value_name = "ADDR:PORT", value_delimiter = ',')]
    pub(crate) peer: Vec<SocketAddr>,

    /// Look for no peers on this network [default: they are looked for, and so told what is shared,
    /// unless peers are listened for on loopback alone, or there is a proxy]
    #[arg(long)]
    pub(crate) no_local_discovery: bool,

    /// Ask the router to let peers in, by PCP or NAT-PMP; only where peers are listened for on every
    /// address
    #[arg(long)]
    pub(crate) map_port: bool,

    /// Keep torrents here, and take up those of former runs again
    ///
    /// Under new ids. The directory is made if it is not there; without a name it is seeder in
    /// $XDG_STATE_HOME or ~/.local/state. One program at a time.
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = state_home())]
    pub(crate) state: Option<PathBuf>,

    /// Download only files of this name or path, such as `*.ogg` or `cd1/`; `skip:`, `low:` or `high:`
    /// before it says how much they are wanted. Of several, the last that fits a file counts
    #[arg(long, value_name = "PATTERN")]
    pub(crate) select: Vec<FileRule>,

    /// Fetch pieces in their order, for whoever reads along [default: the rarest first]
    #[arg(long)]
    pub(crate) sequential: bool,

    /// Send no faster than this, all torrents together: bytes a second, or 500K, or 2M
    #[arg(long, value_name = "RATE", value_parser = values::rate)]
    pub(crate) max_up: Option<u64>,

    /// Receive no faster than this
    #[arg(long, value_name = "RATE", value_parser = values::rate)]
    pub(crate) max_down: Option<u64>,

    /// Talk with at most so many peers for each torrent
    #[arg(long, value_name = "COUNT", default_value = "60", value_parser = values::count)]
    pub(crate) max_peers: usize,

    /// Talk with at most so many peers, all torrents together; an eighth of them is kept for those who
    /// call us
    #[arg(long, value_name = "COUNT", default_value = "400", value_parser = values::count)]
    pub(crate) max_connections: usize,

    /// Seed each torrent until this much of it was sent (ratio:1.5), for so long (time:30m), or until
    /// nobody has taken anything for so long (idle:10m); then it rests as if paused. Of several,
    /// whichever comes first
    #[arg(long, value_name = "END", value_delimiter = ',', value_parser = values::until)]
    pub(crate) until: Vec<Until>,

    /// Whether conversations with peers are encrypted: off, allowed or required
    #[arg(long, value_name = "HOW", default_value = "allowed")]
    pub(crate) encryption: Encryption,

    /// Let everything leave by this address or interface of this machine alone; what stays on this
    /// machine is free. By an interface, there is a tracker in this program only with --tracker-listen
    #[arg(long, value_name = "ADDR|NAME")]
    pub(crate) bind: Option<Bind>,

    /// Let everything but what stays on this machine go through this SOCKS5 proxy, socks5://HOST:PORT,
    /// with USER:PASSWORD@ before HOST if it asks for them. Nobody can connect to us then, there is no
    /// UDP, and no tracker in this program
    #[arg(long, value_name = "URL", conflicts_with_all = ["listen", "tracker_listen"])]
    pub(crate) proxy: Option<Proxy>,

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

/// Where state is kept if nobody says where. Clap refuses an empty path, so nothing is kept in none.
fn state_home() -> OsString {
    state_dir("seeder").unwrap_or_default().into_os_string()
}

/// Torrents that name a tracker we cannot ask would lead nobody to us.
fn tracker_url(url: &str) -> Result<String, UrlError> {
    check_url(url).map(|()| url.to_owned())
}

impl Options {
    /// How everything leaves this machine, if it can.
    pub(crate) fn outlet(&self) -> Result<Outlet, OutletError> {
        Outlet::new(self.bind.clone().unwrap_or_default(), self.proxy.clone())
    }

    /// Whether there is a tracker in this program.
    pub(crate) fn has_tracker(&self) -> bool {
        let by_interface = matches!(self.bind, Some(Bind::Interface(_)));
        let is_elsewhere = self.no_tracker || self.tracker.is_some() || self.proxy.is_some();
        !is_elsewhere && (!by_interface || self.tracker_listen.is_some())
    }

    /// Whether neighbours are told what is shared.
    pub(crate) fn local_discovery(&self) -> bool {
        let alone = |address: &SocketAddr| address.ip().is_loopback();
        let is_alone = !self.listen.is_empty() && self.listen.iter().all(alone);
        !self.no_local_discovery && !is_alone && self.proxy.is_none()
    }

    /// How results and failures are written.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { Format::Plain }
    }
}
