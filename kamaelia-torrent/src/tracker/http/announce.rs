//! An announce, as the URL that makes it (BEP 3, 7, 23).

use std::fmt::Write as _;
use std::net::Ipv6Addr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::metainfo::{InfoHash, PeerId};

/// The longest URL of a tracker we take from a torrent, in bytes.
const URL_LENGTH_MAX: usize = 4096;

/// Everything but what RFC 3986 lets stand as it is.
pub(super) const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What happened, when an announce is more than a sign of life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event {
    /// The first announce to this tracker.
    Started,
    /// The download has just become complete; never said of one that was so from the start.
    Completed,
    /// The last announce.
    Stopped,
}

/// What a tracker is told about us and asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Announce {
    /// Which torrent.
    pub info_hash: InfoHash,
    /// Our name in this run.
    pub peer_id: PeerId,
    /// The port on which we accept peers.
    pub port: u16,
    /// Bytes sent to peers since `started`.
    pub uploaded: u64,
    /// Bytes received from peers since `started`.
    pub downloaded: u64,
    /// Bytes still missing; 0 makes us a seed.
    pub left: u64,
    /// What happened, if anything.
    pub event: Option<Event>,
    /// How many peers we would like to hear of.
    pub peers_wanted: u32,
    /// A number that shows we are who we were, when our address has changed.
    pub key: u32,
    /// Our IPv6 address, for a tracker that sees us by IPv4 (BEP 7).
    pub ipv6: Option<Ipv6Addr>,
    /// What the tracker asked us to repeat.
    pub tracker_id: Option<Vec<u8>>,
}

/// Why an address in a torrent is not a tracker we can announce to.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// Another protocol than HTTP.
    #[error("trackers are reached by http and https, not by {scheme}")]
    Scheme {
        /// What the URL begins with, shortened.
        scheme: String,
    },
    /// Not a URL.
    #[error("the tracker's address is not a URL")]
    Malformed,
}

impl Announce {
    /// The URL that makes this announce to the tracker at `tracker`.
    pub fn url(&self, tracker: &str) -> Result<String, UrlError> {
        check_url(tracker)?;
        let mut url = with_query(tracker);
        write_to(&mut url, "info_hash", escaped(&self.info_hash.0));
        write_to(&mut url, "&peer_id", escaped(&self.peer_id.0));
        write_to(&mut url, "&port", self.port);
        write_to(&mut url, "&uploaded", self.uploaded);
        write_to(&mut url, "&downloaded", self.downloaded);
        write_to(&mut url, "&left", self.left);
        write_to(&mut url, "&numwant", self.peers_wanted);
        write_to(&mut url, "&key", format_args!("{:08x}", self.key));
        url.push_str("&compact=1&no_peer_id=1");
        if let Some(event) = self.event {
            write_to(&mut url, "&event", name(event));
        }
        if let Some(ipv6) = self.ipv6 {
            write_to(&mut url, "&ipv6", escaped(ipv6.to_string().as_bytes()));
        }
        if let Some(id) = &self.tracker_id {
            write_to(&mut url, "&trackerid", escaped(id));
        }
        Ok(url)
    }
}

/// Whether this is the URL of a tracker we speak to.
pub fn check_url(tracker: &str) -> Result<(), UrlError> {
    let (scheme, rest) = tracker.split_once("://").ok_or(UrlError::Malformed)?;
    let http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    if !http {
        let scheme = scheme.escape_default().take(20).collect();
        return Err(UrlError::Scheme { scheme });
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let sound = !host.is_empty()
        && tracker.len() <= URL_LENGTH_MAX
        && tracker.bytes().all(|byte| byte.is_ascii_graphic());
    if sound { Ok(()) } else { Err(UrlError::Malformed) }
}

/// The URL without its fragment, ready for a parameter to follow.
pub(super) fn with_query(url: &str) -> String {
    let mut url = url.split('#').next().unwrap_or_default().to_owned();
    match url.find('?') {
        None => url.push('?'),
        Some(at) if at + 1 == url.len() || url.ends_with('&') => {}
        Some(_) => url.push('&'),
    }
    url
}

pub(super) fn escaped(bytes: &[u8]) -> impl std::fmt::Display {
    percent_encode(bytes, ESCAPED)
}

fn write_to(url: &mut String, name: &str, value: impl std::fmt::Display) {
    write!(url, "{name}={value}").expect("a string takes what is written to it");
}

fn name(event: Event) -> &'static str {
    match event {
        Event::Started => "started",
        Event::Completed => "completed",
        Event::Stopped => "stopped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announce() -> Announce {
        Announce {
            info_hash: InfoHash(*b"\x00\x01 +&=%/?#abcXYZ-._~"),
            peer_id: PeerId(*b"-KT0001-\xff\x80\x7f\n\r\t12345a"),
            port: 6881,
            uploaded: 1,
            downloaded: 2,
            left: u64::MAX,
            event: None,
            peers_wanted: 50,
            key: 0xbeef,
            ipv6: None,
            tracker_id: None,
        }
    }

    #[test]
    fn an_announce_is_spelled_exactly() {
        assert_eq!(
            announce().url("http://tracker.example:80/announce").as_deref(),
            Ok("http://tracker.example:80/announce\
                ?info_hash=%00%01%20%2B%26%3D%25%2F%3F%23abcXYZ-._~\
                &peer_id=-KT0001-%FF%80%7F%0A%0D%0912345a\
                &port=6881&uploaded=1&downloaded=2&left=18446744073709551615\
                &numwant=50&key=0000beef&compact=1&no_peer_id=1")
        );
    }

    #[test]
    fn what_is_not_always_said_comes_last() {
        let url = Announce {
            event: Some(Event::Completed),
            ipv6: Some(Ipv6Addr::LOCALHOST),
            tracker_id: Some(b"a b".to_vec()),
            ..announce()
        }
        .url("https://t/")
        .expect("a tracker");
        assert!(
            url.ends_with("&no_peer_id=1&event=completed&ipv6=%3A%3A1&trackerid=a%20b"),
            "{url}"
        );
    }

    #[test]
    fn a_query_the_tracker_already_has_is_kept() {
        for (tracker, start) in [
            ("http://t/a", "http://t/a?info_hash="),
            ("http://t/a?pass=1", "http://t/a?pass=1&info_hash="),
            ("http://t/a?", "http://t/a?info_hash="),
            ("http://t/a?pass=1&", "http://t/a?pass=1&info_hash="),
            ("http://t?pass", "http://t?pass&info_hash="),
            ("HTTP://t/a#part", "HTTP://t/a?info_hash="),
        ] {
            let url = announce().url(tracker).expect("a tracker");
            assert!(url.starts_with(start), "{tracker}: {url}");
        }
    }

    #[test]
    fn what_is_not_an_http_url_is_refused_with_its_scheme() {
        let scheme = |name: &str| UrlError::Scheme { scheme: name.into() };
        for (url, error) in [
            ("udp://t:80", scheme("udp")),
            ("wss://t/", scheme("wss")),
            ("\u{1b}[1m://t/", scheme("\\u{1b}[1m")),
            ("", UrlError::Malformed),
            ("tracker.example/announce", UrlError::Malformed),
            ("http://", UrlError::Malformed),
            ("http:///announce", UrlError::Malformed),
            ("http://t/a b", UrlError::Malformed),
            ("http://t/a\r\nHost: x", UrlError::Malformed),
        ] {
            assert_eq!(announce().url(url), Err(error), "{url}");
        }
        let long = format!("http://t/{}", "a".repeat(URL_LENGTH_MAX));
        assert_eq!(announce().url(&long), Err(UrlError::Malformed));
    }
}
