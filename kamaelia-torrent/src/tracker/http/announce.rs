//! An announce, as the URL that makes it (BEP 3, 7, 23).

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::tracker::announce::{Announce, Event};

/// Everything but what RFC 3986 lets stand as it is.
pub(super) const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Announce {
    /// The URL that makes this announce to the HTTP tracker at `tracker`.
    pub fn url(&self, tracker: &str) -> String {
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
        url
    }
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
    use std::net::Ipv6Addr;

    use super::*;
    use crate::metainfo::{InfoHash, PeerId};

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
            announce().url("http://tracker.example:80/announce"),
            "http://tracker.example:80/announce\
                ?info_hash=%00%01%20%2B%26%3D%25%2F%3F%23abcXYZ-._~\
                &peer_id=-KT0001-%FF%80%7F%0A%0D%0912345a\
                &port=6881&uploaded=1&downloaded=2&left=18446744073709551615\
                &numwant=50&key=0000beef&compact=1&no_peer_id=1"
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
        .url("https://t/");
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
            let url = announce().url(tracker);
            assert!(url.starts_with(start), "{tracker}: {url}");
        }
    }
}
