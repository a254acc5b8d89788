//! One GET of something small from a server that may be anyone's.
//!
//! Everything is bounded: time, bytes after inflation, redirects. A server elsewhere cannot make
//! us ask a server on this machine. Environment variables that name a proxy are not heeded: a
//! tracker would take the proxy for the peer.

use std::io::{ErrorKind, Read as _};
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use ureq::{Agent, config::Config};

use crate::engine::network::outlet::{Names, Outlet};

/// How long a name may take to be resolved, and how long a connection to be made. Neither can be
/// interrupted.
pub(in crate::engine) const SETUP_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest chain of redirects that is followed.
pub(in crate::engine) const REDIRECTS_MAX: u32 = 5;

/// The longest response header, in bytes.
pub(in crate::engine) const HEADER_LENGTH_MAX: usize = 32 * 1024;

/// The most characters of a server's name in a sentence.
const HOST_LENGTH_MAX: usize = 100;

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
    /// It is elsewhere and sends us to a server on this machine.
    #[error("redirects to this very machine, which is not followed")]
    LeadsBack,
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
    agent: Agent,
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
        Fetcher { agent: outlet.agent(config, Guard::new(outlet)) }
    }

    /// Gets the bytes. Blocks until they are there, or the time is over.
    pub fn run(&self, fetch: &Fetch) -> Result<Vec<u8>, FetchError> {
        self.bytes(fetch)
            .map_err(|error| FetchError::new(&fetch.url, problem(error, fetch.length_max)))
    }

    /// Ends the fetch, whatever the server does: a thread inside [`Fetcher::run`] comes back at
    /// once, save while it resolves a name or connects. Does not block.
    pub fn interrupt(&self) {
        self.agent.clone().shutdown();
    }

    fn bytes(&self, fetch: &Fetch) -> Result<Vec<u8>, ureq::Error> {
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

/// Resolves names, and sees to it that redirects do not lead from elsewhere to this machine.
#[derive(Debug)]
pub(in crate::engine) struct Guard {
    names: Names,
    /// Whether the first server asked was on this machine.
    began_here: OnceLock<bool>,
}

/// A redirect that is not followed.
#[derive(Debug, thiserror::Error)]
#[error("a redirect leads to this machine")]
struct LeadsBack;

impl Guard {
    /// Looks up names as this outlet does.
    pub(in crate::engine) fn new(outlet: &Outlet) -> Self {
        Guard { names: outlet.names(), began_here: OnceLock::new() }
    }

    /// Called with the addresses of the first server, and then with those of each redirect.
    fn check(&self, addresses: &[SocketAddr]) -> Result<(), LeadsBack> {
        match self.began_here.get() {
            None => {
                let all_here = addresses.iter().all(is_here);
                self.began_here.get_or_init(|| all_here);
                Ok(())
            }
            Some(false) if addresses.iter().any(is_here) => Err(LeadsBack),
            Some(_) => Ok(()),
        }
    }
}

/// The unspecified address is a way to reach this machine, too.
fn is_here(address: &SocketAddr) -> bool {
    let ip = address.ip().to_canonical();
    ip.is_loopback() || ip.is_unspecified()
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

pub(in crate::engine) fn problem(error: ureq::Error, limit: usize) -> Problem {
    use ureq::Error;
    match error {
        Error::StatusCode(status) => Problem::Status(status),
        Error::BodyExceedsLimit(_) => Problem::TooLong { limit },
        Error::Timeout(_) => Problem::TimedOut,
        Error::HostNotFound => Problem::Unknown,
        Error::TooManyRedirects => Problem::TooManyRedirects,
        Error::Other(cause) if cause.is::<LeadsBack>() => Problem::LeadsBack,
        Error::Io(error) => match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Problem::TimedOut,
            ErrorKind::InvalidData | ErrorKind::InvalidInput => Problem::NotHttp(error.to_string()),
            _ => Problem::Unreachable(error.to_string()),
        },
        Error::Protocol(error) => Problem::NotHttp(error.to_string()),
        error @ (Error::LargeResponseHeader(..) | Error::Decompress(..)) => {
            Problem::NotHttp(error.to_string())
        }
        error => Problem::Other(error.to_string()),
    }
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
    fn a_server_elsewhere_does_not_lead_back_to_this_machine() {
        for here in [
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
