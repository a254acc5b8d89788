//! Why a request has no good answer.

use std::io::{self, ErrorKind};
use std::time::Duration;

use super::HttpLimits;

/// The most characters of a server's words in a sentence.
const TOLD_LENGTH_MAX: usize = 200;

/// The answer to a request that failed. It concerns that request alone.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("cannot fetch `{url}`: {problem}")]
pub struct HttpError {
    /// The URL as it was asked for, by which the asker knows the answer.
    pub url: String,
    /// What came in the way.
    pub problem: HttpProblem,
}

/// What can come in the way.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpProblem {
    /// Nothing was sent: the URL is none.
    #[error("this is no URL of the web ({0}); one begins with http:// or https:// and a host")]
    BadUrl(String),
    /// Nothing was sent: the method or a header is not allowed.
    #[error("the request cannot be sent: {0}")]
    BadRequest(String),
    /// Nothing was sent: the feature `tls` is left out.
    #[error("this program was built without https")]
    NoTls,
    /// The name leads nowhere.
    #[error("there is no host of this name")]
    HostNotFound,
    /// Nothing listens there, or there is no way.
    #[error("the server cannot be reached: {0}")]
    NotReached(String),
    /// It took longer than allowed.
    #[error("{phase} took longer than {} s", .limit.as_secs_f32())]
    TimedOut {
        /// What took so long.
        phase: &'static str,
        /// What was allowed.
        limit: Duration,
    },
    /// The server answered that it will not give what was asked for.
    #[error("the server answered {status} {reason}")]
    Status {
        /// The status.
        status: u16,
        /// What it means.
        reason: &'static str,
    },
    /// The server sent us from one URL to another too often.
    #[error("it was redirected more than {limit} times")]
    TooManyRedirects {
        /// How often is allowed.
        limit: u32,
    },
    /// The server sent us to something that is not on the web.
    #[error("the server redirects to what is no URL of the web ({0})")]
    BadRedirect(String),
    /// The server wants the body sent elsewhere, which is not done unasked.
    #[error("the server redirects a request that has a body")]
    RedirectedBody,
    /// The body is larger than allowed.
    #[error("the answer has more than {limit} bytes, which is the limit")]
    TooLarge {
        /// How much is allowed.
        limit: u64,
    },
    /// The connection ended before the answer did.
    #[error("the connection broke off: {0}")]
    BrokenOff(String),
    /// What came is not HTTP, or not decently compressed or encrypted.
    #[error("the answer makes no sense: {0}")]
    Nonsense(String),
}

impl HttpProblem {
    /// The same in our words.
    pub(super) fn of(error: ureq::Error, limits: &HttpLimits) -> Self {
        match error {
            // Our own URLs are checked before.
            ureq::Error::BadUri(text) => HttpProblem::BadRedirect(short(&text)),
            ureq::Error::Http(error) => HttpProblem::BadRequest(error.to_string()),
            ureq::Error::HostNotFound => HttpProblem::HostNotFound,
            ureq::Error::ConnectionFailed => {
                HttpProblem::NotReached("no address of it answers".to_owned())
            }
            ureq::Error::ConnectProxyFailed(text) => HttpProblem::NotReached(text),
            ureq::Error::TooManyRedirects => {
                HttpProblem::TooManyRedirects { limit: limits.redirects_max }
            }
            ureq::Error::RedirectFailed => HttpProblem::RedirectedBody,
            ureq::Error::TlsRequired => HttpProblem::NoTls,
            ureq::Error::Timeout(timeout) => HttpProblem::of_timeout(timeout, limits),
            ureq::Error::Io(error) => HttpProblem::of_io(&error),
            other => HttpProblem::Nonsense(short(&other.to_string())),
        }
    }

    fn of_timeout(timeout: ureq::Timeout, limits: &HttpLimits) -> Self {
        let (phase, limit) = match timeout {
            ureq::Timeout::Resolve => ("finding the host", limits.connect),
            ureq::Timeout::Connect => ("connecting", limits.connect),
            ureq::Timeout::PerWrite => ("a write", limits.silence),
            ureq::Timeout::PerRead | ureq::Timeout::RecvResponse => {
                ("waiting for an answer", limits.silence)
            }
            _ => ("the whole of it", limits.total),
        };
        HttpProblem::TimedOut { phase, limit }
    }

    fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable
            | ErrorKind::PermissionDenied => HttpProblem::NotReached(error.to_string()),
            ErrorKind::InvalidData => HttpProblem::Nonsense(error.to_string()),
            _ if is_failed_lookup(error) => HttpProblem::NotReached(error.to_string()),
            _ => HttpProblem::BrokenOff(error.to_string()),
        }
    }
}

/// Names are resolved by the standard library, whose errors have no kind of their own for it.
fn is_failed_lookup(error: &io::Error) -> bool {
    error.to_string().starts_with("failed to lookup address")
}

/// What may be in the server's words: fit to show, and no longer than anybody reads.
fn short(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TOLD_LENGTH_MAX).collect()
}
