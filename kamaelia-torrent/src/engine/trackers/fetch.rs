//! One GET of something small from a server that may be anyone's.
//!
//! Everything is bounded: time, bytes as they come and after inflation, redirects. None of these leads
//! nearer than where the first server is: to this machine, or to the network around it. The URLs come
//! from whoever made a torrent, so servers of this machine are asked only for what trackers are asked.
//! Environment variables that name a proxy are not heeded: a tracker would take the proxy for the peer.

use std::io::{ErrorKind, Read as _};
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::engine::network::outlet::{BoundedAgent, Names, Outlet};
use crate::scope::{Scope, scope};

/// How long a name may take to be resolved, and how long a connection to be made. Neither can be
/// interrupted.
pub(in crate::engine) const SETUP_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest chain of redirects that is followed.
pub(in crate::engine) const REDIRECTS_MAX: u32 = 5;

/// The longest response header, in bytes.
pub(in crate::engine) const HEADER_LENGTH_MAX: usize = 32 * 1024;

/// Bytes that may come for each one that is kept, and beside them for each server on the way: what
/// packs a body, in chunks or by gzip, has no other bound.
const RAW_FACTOR: u64 = 4;
const RAW_BESIDE: u64 = 4 * HEADER_LENGTH_MAX as u64;

/// Where trackers are asked on this machine. What else runs here may take a GET for a command.
const PATHS_HERE: [&str; 2] = ["/announce", "/scrape"];

/// The most characters of a server's name in a sentence.
const HOST_LENGTH_MAX: usize = 100;

/// The most characters of what else is told of a server.
const TOLD_LENGTH_MAX: usize = 200;

/// Who we say we are.
pub(in crate::engine) const USER_AGENT: &str =
    concat!("kamaelia-torrent/", env!("CARGO_PKG_VERSION"));

/// What to get, and what it may cost.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fetch {
    /// Where: `http` or `https`.
    pub url: String,
    /// The most bytes taken, after inflation.
    pub length_max: usize,
    /// How long all of it may take, redirects and the last byte included.
    pub timeout: Duration,
}

impl Fetch {
    /// Announces and scrapes: at most 1 MiB, within 60 seconds.
    pub fn announce(url: String) -> Self {
        Fetch { url, length_max: 1024 * 1024, timeout: Duration::from_secs(60) }
    }
}

/// Why there is nothing to be had from a server. The sentence names the server alone, since the
/// rest of a tracker's URL may be a secret of the user's.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{host} {problem}")]
pub struct FetchError {
    /// The server, with its port if the URL had one.
    pub host: String,
    /// What it did.
    pub problem: Problem,
}

impl FetchError {
    pub(in crate::engine) fn new(url: &str, problem: Problem) -> Self {
        FetchError { host: host(url), problem }
    }
}

/// What a server did, or what kept us from asking it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It answered with something other than success.
    #[error("answered with HTTP status {0}")]
    Status(u16),
    /// It sent too much.
    #[error("sent more than {limit} bytes")]
    TooLong {
        /// The most that was to be taken.
        limit: usize,
    },
    /// It was too slow: to be found, to be reached, to answer, or to finish.
    #[error("did not answer in time")]
    TimedOut,
    /// Its name means nothing.
    #[error("is not a name that leads to a server")]
    Unknown,
    /// No connection, or one that broke.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// It does not speak HTTP, or breaks its rules.
    #[error("does not answer as a web server does: {0}")]
    NotHttp(String),
    /// It sends us around.
    #[error("redirects more than {REDIRECTS_MAX} times")]
    TooManyRedirects,
    /// It sends us nearer than it is: to this machine, or to the network around it.
    #[error("redirects to this machine or the network around it, which is not followed")]
    LeadsBack,
    /// It is on this machine, and its URL is not that of a tracker.
    #[error("is on this machine, where trackers are asked at /announce alone")]
    NotATracker,
    /// What it has for a URL, or redirects to, is none.
    #[error("leads to what is no URL of the web")]
    NoUrl,
    /// We stopped, and it had not answered.
    #[error("had not answered when everything stopped")]
    Stopped,
    /// Anything else.
    #[error("could not be asked: {0}")]
    Other(String),
}

/// Makes one fetch. Clones share it, so that another thread can end it.
#[derive(Clone)]
pub struct Fetcher {
    agent: BoundedAgent,
}

impl Fetcher {
    /// Prepares for one fetch by way of this outlet, within this time. Does nothing yet.
    pub fn new(outlet: &Outlet, timeout: Duration) -> Self {
        let config = Config::builder()
            .timeout_global(Some(timeout))
            .timeout_resolve(Some(SETUP_TIMEOUT.min(timeout)))
            .timeout_connect(Some(SETUP_TIMEOUT.min(timeout)))
            .max_redirects(REDIRECTS_MAX)
            .max_redirects_will_error(true)
            .max_response_header_size(HEADER_LENGTH_MAX)
            .max_idle_connections(0)
            .http_status_as_error(false)
            .proxy(None)
            .user_agent(USER_AGENT)
            .build();
        Fetcher { agent: outlet.bounded_agent(config, TrackerGuard(Guard::new(outlet))) }
    }

    /// Gets the bytes. Blocks until they are there, or the time is over.
    pub fn run(&self, fetch: &Fetch) -> Result<Vec<u8>, FetchError> {
        self.bytes(fetch)
            .map_err(|error| FetchError::new(&fetch.url, problem(error, fetch.length_max)))
    }

    /// Ends the fetch, whatever the server does: a thread inside [`Fetcher::run`] comes back at
    /// once, save while it resolves a name or connects. Does not block.
    pub fn interrupt(&self) {
        self.agent.shutdown();
    }

    fn bytes(&self, fetch: &Fetch) -> Result<Vec<u8>, ureq::Error> {
        let servers = u64::from(REDIRECTS_MAX) + 1;
        let raw = RAW_FACTOR * fetch.length_max as u64 + servers * RAW_BESIDE;
        self.agent.allow(raw, Some(fetch.timeout));
        let mut response = self.agent.get(&fetch.url).call()?;
        if !response.status().is_success() {
            return Err(ureq::Error::StatusCode(response.status().as_u16()));
        }
        // A limit of ureq's own counts bytes before inflation. One more than wanted tells a body
        // of just that length from one that goes on.
        let limit = (fetch.length_max as u64).saturating_add(1);
        let mut bytes = Vec::new();
        let body = response.body_mut().as_reader();
        body.take(limit).read_to_end(&mut bytes)?;
        if bytes.len() > fetch.length_max {
            return Err(ureq::Error::BodyExceedsLimit(limit));
        }
        Ok(bytes)
    }
}

/// Resolves names, and sees to it that redirects do not lead nearer.
#[derive(Debug)]
pub(in crate::engine) struct Guard {
    names: Names,
    /// Where the first server asked was.
    began: OnceLock<Scope>,
}

/// A redirect that is not followed.
#[derive(Debug, thiserror::Error)]
#[error("a redirect leads nearer than where it comes from")]
struct LeadsBack;

impl Guard {
    /// Looks up names as this outlet does.
    pub(in crate::engine) fn new(outlet: &Outlet) -> Self {
        Guard { names: outlet.names(), began: OnceLock::new() }
    }

    /// Called with the addresses of the first server, and then with those of each redirect.
    fn check(&self, addresses: &[SocketAddr]) -> Result<(), LeadsBack> {
        let scopes = || addresses.iter().map(|address| scope(address.ip()));
        let Some(began) = self.began.get() else {
            // One that has addresses here and elsewhere is elsewhere.
            self.began.get_or_init(|| scopes().max().unwrap_or(Scope::World));
            return Ok(());
        };
        if scopes().any(|near| near < *began) { Err(LeadsBack) } else { Ok(()) }
    }
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let addresses = self.names.resolve(uri, config, timeout)?;
        self.check(&addresses).map_err(|error| ureq::Error::Other(Box::new(error)))?;
        Ok(addresses)
    }
}

/// The same for trackers: those on this machine are asked for what trackers are asked.
#[derive(Debug)]
struct TrackerGuard(Guard);

/// A URL of something else on this machine.
#[derive(Debug, thiserror::Error)]
#[error("what is on this machine is no tracker")]
struct NotATracker;

impl Resolver for TrackerGuard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let addresses = self.0.resolve(uri, config, timeout)?;
        let is_here = addresses.iter().any(|address| scope(address.ip()) == Scope::Machine);
        if is_here && !is_of_a_tracker(uri.path()) {
            return Err(ureq::Error::Other(Box::new(NotATracker)));
        }
        Ok(addresses)
    }
}

/// Whether a tracker is asked under this path, and nothing that lies above it.
fn is_of_a_tracker(path: &str) -> bool {
    let is_plain = !path.contains("..") && !path.contains('%');
    is_plain && PATHS_HERE.iter().any(|known| path.starts_with(known))
}

pub(in crate::engine) fn problem(error: ureq::Error, limit: usize) -> Problem {
    use ureq::Error;
    match error {
        Error::StatusCode(status) => Problem::Status(status),
        Error::BodyExceedsLimit(_) => Problem::TooLong { limit },
        Error::Timeout(_) => Problem::TimedOut,
        Error::HostNotFound => Problem::Unknown,
        Error::TooManyRedirects => Problem::TooManyRedirects,
        Error::BadUri(_) => Problem::NoUrl,
        Error::Other(cause) if cause.is::<LeadsBack>() => Problem::LeadsBack,
        Error::Other(cause) if cause.is::<NotATracker>() => Problem::NotATracker,
        Error::Io(error) => match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Problem::TimedOut,
            ErrorKind::InvalidData | ErrorKind::InvalidInput => Problem::NotHttp(told(&error)),
            _ => Problem::Unreachable(told(&error)),
        },
        Error::Protocol(error) => Problem::NotHttp(told(&error)),
        error @ (Error::LargeResponseHeader(..) | Error::Decompress(..) | Error::BodyStalled) => {
            Problem::NotHttp(told(&error))
        }
        error => Problem::Other(told(&error)),
    }
}

/// What is said of a server, and may be in its words: short, and fit to show.
fn told(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TOLD_LENGTH_MAX).collect()
}

/// The server a URL names, without user name and password, fit to show.
pub(in crate::engine) fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.chars().filter(|c| !c.is_control()).take(HOST_LENGTH_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard::new(&Outlet::default())
    }

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        let addresses = list.iter().map(|text| text.parse().expect("an address"));
        addresses.collect()
    }

    #[test]
    fn a_server_elsewhere_does_not_lead_to_this_machine_or_the_network_around_it() {
        for here in [
            "10.0.0.1:80",
            "192.168.1.1:80",
            "169.254.169.254:80",
            "[fd00::1]:80",
            "127.0.0.1:80",
            "127.9.9.9:80",
            "[::1]:80",
            "[::ffff:127.0.0.1]:80",
            "0.0.0.0:80",
            "[::]:80",
        ] {
            let guard = guard();
            assert!(guard.check(&addresses(&["192.0.2.1:80"])).is_ok());
            assert!(guard.check(&addresses(&["192.0.2.2:80"])).is_ok());
            let both = addresses(&["192.0.2.1:80", here]);
            assert!(guard.check(&both).is_err(), "{here}");
        }
    }

    #[test]
    fn a_server_in_the_network_around_does_not_lead_to_this_machine() {
        let guard = guard();
        for address in ["192.168.1.1:80", "10.0.0.1:80", "192.0.2.1:80"] {
            assert!(guard.check(&addresses(&[address])).is_ok(), "{address}");
        }
        assert!(guard.check(&addresses(&["127.0.0.1:80"])).is_err());
    }

    #[test]
    fn on_this_machine_only_paths_of_trackers_are_asked_for() {
        for path in ["/announce", "/announce.php", "/announce/pass", "/scrape"] {
            assert!(is_of_a_tracker(path), "{path}");
        }
        for path in ["/", "", "/reboot", "/x/announce", "/announce/../reboot", "/announce/%2e%2e/x"]
        {
            assert!(!is_of_a_tracker(path), "{path}");
        }
    }

    #[test]
    fn a_server_on_this_machine_may_lead_anywhere() {
        let guard = guard();
        for address in ["127.0.0.1:80", "[::1]:80", "192.0.2.1:80", "127.0.0.1:80"] {
            assert!(guard.check(&addresses(&[address])).is_ok(), "{address}");
        }
    }

    #[test]
    fn a_sentence_names_the_server_and_keeps_secrets() {
        for (url, sentence) in [
            ("http://t:80/secret/announce?x", "t:80 did not answer in time"),
            ("https://me:secret@t/announce", "t did not answer in time"),
            ("http://[::1]:80#x", "[::1]:80 did not answer in time"),
            ("http://t\u{1b}[1m", "t[1m did not answer in time"),
        ] {
            assert_eq!(FetchError::new(url, Problem::TimedOut).to_string(), sentence);
        }
    }
}
