//! What the command line says.

use std::convert::Infallible;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Parser, ValueHint};
use examples::cookbook::Torrents;
use examples::settings::state_dir;
use kamaelia_io::view::{LiveView, ViewError};
use kamaelia_torrent::components::Format;
use kamaelia_torrent::engine::outlet::{Bind, Outlet, OutletError, Proxy};
use kamaelia_torrent::engine::{Encryption, FileRule, Until};
use kamaelia_torrent::tracker::{UrlError, check_url};

use crate::errands::Errand;
use crate::{teaching, values};

// What the help puts together. Fields of one heading stand together below too.
const TORRENTS: &str = "Torrents";
const PEERS: &str = "Peers";
const TRACKERS: &str = "Trackers";
const LIMITS: &str = "Limits";
const WAYS: &str = "Ways out";
const OUTPUT: &str = "Running";

/// Publishes files and downloads torrents, driven through pipes by another program.
#[derive(Clone, Debug, Parser)]
#[command(name = "seeder", version, long_about = teaching::about(), max_term_width = 100)]
#[command(after_help = teaching::briefly(), after_long_help = teaching::at_length())]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(
    subcommand_help_heading = "Instead of reading commands",
    subcommand_value_name = "ERRAND"
)]
pub(crate) struct Options {
    /// What to do instead of seeding.
    #[command(subcommand)]
    pub(crate) errand: Option<Errand>,

    /// Not here: commands come from standard input
    #[arg(hide = true, value_name = "COMMAND", value_parser = on_standard_input)]
    misplaced: Option<Infallible>,

    /// Where downloads and .torrent files go
    ///
    /// Made if it is not there.
    #[arg(long, value_name = "DIR", default_value = ".")]
    #[arg(help_heading = TORRENTS, value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,

    /// Keep torrents here, and take up those of former runs again
    ///
    /// Under new ids. The directory is made if it is not there; without a name it is seeder in
    /// $XDG_STATE_HOME or ~/.local/state. One program at a time.
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = state_home())]
    #[arg(help_heading = TORRENTS, value_hint = ValueHint::DirPath)]
    pub(crate) state: Option<PathBuf>,

    /// Download only files that fit, such as `*.ogg` or `cd1/`
    ///
    /// A pattern of a name or a path; `skip:`, `low:` or `high:` before it says how much they are
    /// wanted. May be given several times; of several, the last that fits a file counts.
    #[arg(long, value_name = "PATTERN", help_heading = TORRENTS)]
    pub(crate) select: Vec<FileRule>,

    /// Fetch pieces in their order, for whoever reads along
    ///
    /// Unless told, the rarest come first.
    #[arg(long, help_heading = TORRENTS)]
    pub(crate) sequential: bool,

    /// Where peers can reach us [default: any free port on every address]
    ///
    /// May be given several times.
    #[arg(long, value_name = "ADDR:PORT", value_delimiter = ',', value_parser = values::address)]
    #[arg(help_heading = PEERS)]
    pub(crate) listen: Vec<SocketAddr>,

    /// Connect to this peer for every torrent
    ///
    /// May be given several times.
    #[arg(long, value_name = "ADDR:PORT", value_delimiter = ',', value_parser = values::address)]
    #[arg(help_heading = PEERS)]
    pub(crate) peer: Vec<SocketAddr>,

    /// Look for no peers on this network
    ///
    /// Unless told, they are looked for, and so told what is shared; but not if peers are listened for
    /// on loopback alone, or there is a proxy.
    #[arg(long, help_heading = PEERS)]
    pub(crate) no_local_discovery: bool,

    /// Ask the router to let peers in, by PCP or NAT-PMP
    ///
    /// Only where peers are listened for on every address.
    #[arg(long, help_heading = PEERS)]
    pub(crate) map_port: bool,

    /// Whether conversations with peers are encrypted
    #[arg(long, value_name = "HOW", default_value = "allowed", value_parser = encryption())]
    #[arg(help_heading = PEERS)]
    pub(crate) encryption: Encryption,

    /// The tracker that published torrents name
    ///
    /// Instead of the one in this program.
    #[arg(
        long,
        value_name = "URL",
        conflicts_with_all = ["tracker_listen", "no_tracker"],
        value_parser = tracker_url,
        help_heading = TRACKERS,
        value_hint = ValueHint::Url
    )]
    pub(crate) tracker: Option<String>,

    /// Where the tracker in this program listens
    ///
    /// Unless told, on port 6969 or any free one, where peers are listened for. With --state it is best
    /// told: what was published names its address, also in the next run.
    #[arg(long, value_name = "ADDR:PORT", conflicts_with = "no_tracker")]
    #[arg(value_parser = values::address, help_heading = TRACKERS)]
    pub(crate) tracker_listen: Option<SocketAddr>,

    /// Start no tracker, and name none in published torrents
    #[arg(long, help_heading = TRACKERS)]
    pub(crate) no_tracker: bool,

    /// Send no faster: bytes a second, or 500K, or 2M
    ///
    /// For all torrents together.
    #[arg(long, value_name = "RATE", value_parser = values::rate, allow_hyphen_values = true)]
    #[arg(help_heading = LIMITS)]
    pub(crate) max_up: Option<u64>,

    /// Receive no faster
    #[arg(long, value_name = "RATE", value_parser = values::rate, allow_hyphen_values = true)]
    #[arg(help_heading = LIMITS)]
    pub(crate) max_down: Option<u64>,

    /// Talk with at most so many peers for each torrent
    #[arg(long, value_name = "COUNT", default_value = "60", value_parser = values::count)]
    #[arg(allow_hyphen_values = true, help_heading = LIMITS)]
    pub(crate) max_peers: usize,

    /// Talk with at most so many peers in all
    ///
    /// All torrents together. An eighth of them is kept for those who call us.
    #[arg(long, value_name = "COUNT", default_value = "400", value_parser = values::count)]
    #[arg(allow_hyphen_values = true, help_heading = LIMITS)]
    pub(crate) max_connections: usize,

    /// Seed each torrent until ratio:1.5, time:30m or idle:10m
    ///
    /// That is, until so much of it was sent, for so long, or until nobody has taken anything for so
    /// long; then it rests as if paused. Of several, whichever comes first.
    #[arg(long, value_name = "END", value_delimiter = ',', value_parser = values::until)]
    #[arg(help_heading = LIMITS)]
    pub(crate) until: Vec<Until>,

    /// Let everything leave by this address or interface alone
    ///
    /// What stays on this machine is free. By an interface, there is a tracker in this program only
    /// with --tracker-listen.
    #[arg(long, value_name = "ADDR|NAME", help_heading = WAYS)]
    pub(crate) bind: Option<Bind>,

    /// Let everything go through this SOCKS5 proxy, socks5://HOST:PORT
    ///
    /// But what stays on this machine. With USER:PASSWORD@ before HOST if it asks for them. Nobody can
    /// connect to us then, there is no UDP, and no tracker in this program.
    #[arg(long, value_name = "URL", conflicts_with_all = ["listen", "tracker_listen"])]
    #[arg(help_heading = WAYS, value_hint = ValueHint::Url)]
    pub(crate) proxy: Option<Proxy>,

    /// Go on seeding after the end of input, until a signal
    #[arg(long, help_heading = OUTPUT)]
    pub(crate) keep: bool,

    /// Show all of it on a page at this address, such as 127.0.0.1:8080
    ///
    /// Torrents, the running graph, and numbers for Prometheus at /metrics. Port 0 is any free one; the
    /// address with its token is told on standard error. The page can give commands too, so the end of
    /// input is not the end then: quit is, or a signal.
    #[arg(long, value_name = "ADDR:PORT", value_parser = values::own_address)]
    #[arg(help_heading = OUTPUT)]
    pub(crate) ui: Option<SocketAddr>,

    /// Let the page of --ui be reached from other machines
    ///
    /// Whoever can listen in on the way to it learns the token.
    #[arg(long, requires = "ui", help_heading = OUTPUT)]
    pub(crate) ui_for_others: bool,

    /// Write one JSON object a line, for results and failures
    #[arg(long, help_heading = OUTPUT)]
    pub(crate) json: bool,

    /// Say more on standard error; twice for every detail
    #[arg(short, long, action = ArgAction::Count, help_heading = OUTPUT)]
    pub(crate) verbose: u8,

    /// Show no bars, and on standard error only failures
    #[arg(short, long, conflicts_with = "verbose", help_heading = OUTPUT)]
    pub(crate) quiet: bool,

    /// Write a log to the end of this file too
    ///
    /// With times, and with more than standard error has: what is going on, and with -v every detail.
    /// Without a name it is seeder/log in $XDG_STATE_HOME or ~/.local/state.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = log_home())]
    #[arg(help_heading = OUTPUT, value_hint = ValueHint::FilePath)]
    pub(crate) log_file: Option<PathBuf>,
}

/// Commands are not arguments, and whoever tries learns where they go.
fn on_standard_input(command: &str) -> Result<Infallible, String> {
    Err(format!("commands are read from standard input, one a line: echo '{command}' | seeder"))
}

/// The ways are listed, so that help and shells know them.
fn encryption() -> impl TypedValueParser<Value = Encryption> {
    PossibleValuesParser::new(["off", "allowed", "required"])
        .try_map(|how| how.parse::<Encryption>())
}

/// Where the log is if nobody says where.
fn log_home() -> OsString {
    state_dir("seeder").map(|dir| dir.join("log")).unwrap_or_default().into_os_string()
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

    /// What clap does not see to.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self.ui {
            Some(address) if !self.ui_for_others && !address.ip().is_loopback() => Err(format!(
                "--ui {address} could be reached from other machines; take 127.0.0.1:{}, or say \
                 --ui-for-others too",
                address.port()
            )),
            _ => Ok(()),
        }
    }

    /// The page, if there is to be one, for so many connections at a time.
    pub(crate) fn view(
        &self,
        visitors_max: usize,
    ) -> Result<Option<LiveView<Torrents>>, ViewError> {
        let open = match self.ui_for_others {
            true => LiveView::reachable_by_others,
            false => LiveView::with_exhibit,
        };
        let view = self.ui.map(|address| open(address, Torrents::default())).transpose()?;
        Ok(view.map(|view| view.connections_max(visitors_max)))
    }

    /// How results and failures are written.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { Format::Plain }
    }
}
