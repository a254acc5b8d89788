//! Which trackers we speak to, told from their URLs.

use super::udp::UdpTracker;

/// The longest URL of a tracker we take from a torrent, in bytes.
const URL_LENGTH_MAX: usize = 4096;

/// The URL of a tracker we speak to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TrackerUrl {
    /// By `http` or `https`.
    Http(String),
    /// By `udp` (BEP 15).
    Udp(UdpTracker),
}

/// Why an address in a torrent is not a tracker we can announce to.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// Another protocol than HTTP or UDP.
    #[error("trackers are reached by http, https and udp, not by {scheme}")]
    Scheme {
        /// What the URL begins with, shortened.
        scheme: String,
    },
    /// Not a URL.
    #[error("the tracker's address is not a URL")]
    Malformed,
    /// No port is usual for trackers reached by UDP, so each names its own.
    #[error("a tracker reached by udp needs a port, as in udp://tracker.example:6969/announce")]
    NoPort,
}

impl TrackerUrl {
    /// Reads what a torrent or a person gives as a tracker's URL.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = url.split_once("://").ok_or(UrlError::Malformed)?;
        let is = |name: &str| scheme.eq_ignore_ascii_case(name);
        if !is("http") && !is("https") && !is("udp") {
            let scheme = scheme.escape_default().take(20).collect();
            return Err(UrlError::Scheme { scheme });
        }
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let sound = !host.is_empty()
            && url.len() <= URL_LENGTH_MAX
            && url.bytes().all(|byte| byte.is_ascii_graphic());
        match sound {
            false => Err(UrlError::Malformed),
            true if is("udp") => UdpTracker::parse(url, rest).map(TrackerUrl::Udp),
            true => Ok(TrackerUrl::Http(url.to_owned())),
        }
    }

    /// As it was given. It may hold a secret of the user's.
    pub fn as_str(&self) -> &str {
        match self {
            TrackerUrl::Http(url) => url,
            TrackerUrl::Udp(tracker) => tracker.url(),
        }
    }
}

/// Whether this is the URL of a tracker we speak to.
pub fn check_url(url: &str) -> Result<(), UrlError> {
    TrackerUrl::parse(url).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_and_udp_are_spoken_in_whatever_case() {
        for url in ["http://t/", "HTTPS://t", "udp://t:80", "UDP://[::1]:80/announce?x"] {
            assert_eq!(TrackerUrl::parse(url).as_ref().map(TrackerUrl::as_str), Ok(url));
        }
    }

    #[test]
    fn what_is_not_the_url_of_a_tracker_is_refused_with_its_reason() {
        let scheme = |name: &str| UrlError::Scheme { scheme: name.into() };
        for (url, error) in [
            ("wss://t/", scheme("wss")),
            ("\u{1b}[1m://t/", scheme("\\u{1b}[1m")),
            ("", UrlError::Malformed),
            ("tracker.example/announce", UrlError::Malformed),
            ("http://", UrlError::Malformed),
            ("http:///announce", UrlError::Malformed),
            ("http://t/a b", UrlError::Malformed),
            ("http://t/a\r\nHost: x", UrlError::Malformed),
            ("udp://t/announce", UrlError::NoPort),
            ("udp://:80", UrlError::Malformed),
        ] {
            assert_eq!(check_url(url), Err(error), "{url}");
        }
        let long = format!("http://t/{}", "a".repeat(URL_LENGTH_MAX));
        assert_eq!(check_url(&long), Err(UrlError::Malformed));
    }
}
