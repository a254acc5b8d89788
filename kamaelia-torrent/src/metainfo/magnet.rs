//! The magnet link of a torrent: its identity in one line of text (BEP 9).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{InfoHash, Metainfo};

/// All but what RFC 3986 leaves unreserved: the link survives being pasted anywhere.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The magnet link of a torrent, with its name and all its trackers, tier after tier.
pub fn magnet_link(metainfo: &Metainfo) -> String {
    link(
        metainfo.info_hash(),
        metainfo.name(),
        metainfo.tiers().iter().flatten().map(String::as_str),
    )
}

fn link<'a>(
    info_hash: InfoHash,
    name: &str,
    trackers: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut link = format!("magnet:?xt=urn:btih:{info_hash}");
    link.push_str("&dn=");
    link.extend(utf8_percent_encode(name, ESCAPED));
    for tracker in trackers {
        link.push_str("&tr=");
        link.extend(utf8_percent_encode(tracker, ESCAPED));
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_trackers_cannot_break_the_link() {
        let text = link(
            InfoHash([0xab; 20]),
            "Größe & more=1.ogg",
            ["http://tracker/announce?key=1", "udp://b:80"],
        );
        assert_eq!(
            text,
            format!(
                "magnet:?xt=urn:btih:{}&dn=Gr%C3%B6%C3%9Fe%20%26%20more%3D1.ogg\
                 &tr=http%3A%2F%2Ftracker%2Fannounce%3Fkey%3D1&tr=udp%3A%2F%2Fb%3A80",
                "ab".repeat(20)
            )
        );
    }
}
