//! A magnet link, read and checked.
//!
//! What says which torrent and which files is checked strictly. The rest is advice: an address that
//! cannot be read is passed over, and so are keys we do not know.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use super::{MAGNET_PLACES_MAX, Magnet, base32};
use crate::metainfo::{FILES_MAX, InfoHash, NAME_BYTES_MAX, URL_BYTES_MAX};

/// Bytes of the longest link that is read.
pub const MAGNET_BYTES_MAX: usize = 64 * 1024;

/// Ranges of files that a link may choose.
const RANGES_MAX: usize = 1_000;

/// Why a text is not a magnet link to a torrent we can take part in.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseMagnetError {
    /// It is longer than any we read.
    #[error("a magnet link of {length} bytes is longer than {MAGNET_BYTES_MAX}")]
    TooLong {
        /// Its bytes.
        length: usize,
    },
    /// It does not begin like one.
    #[error("a magnet link begins with `magnet:?`")]
    NotAMagnet,
    /// It does not say which torrent.
    #[error("this magnet link names no torrent: it has no `xt=urn:btih:`")]
    NoInfoHash,
    /// It names torrents of version 2 only (BEP 52).
    #[error(
        "this magnet link names a torrent of version 2 only (BEP 52); version 1 and hybrid \
         torrents can be downloaded"
    )]
    Version2Only,
    /// What should be an info-hash is none.
    #[error("`{}` in this magnet link is no info-hash: 40 hexadecimal digits or 32 letters of base 32", .text.escape_debug())]
    InfoHash {
        /// As much of it as a person needs.
        text: String,
    },
    /// It names two torrents.
    #[error("this magnet link names two torrents, {first} and {second}: split it in two")]
    TwoTorrents {
        /// One.
        first: InfoHash,
        /// And the other.
        second: InfoHash,
    },
    /// Its choice of files cannot be read (BEP 53).
    #[error("`so={}` in this magnet link is no choice of files; it is written like so=0,2,6-8", .text.escape_debug())]
    Select {
        /// As much of it as a person needs.
        text: String,
    },
}

impl FromStr for Magnet {
    type Err = ParseMagnetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.len() > MAGNET_BYTES_MAX {
            return Err(ParseMagnetError::TooLong { length: text.len() });
        }
        let parameters = strip_scheme(text).ok_or(ParseMagnetError::NotAMagnet)?;
        let mut reader = Reader::default();
        for parameter in parameters.split('&') {
            // A link copied from the source of a web page.
            let parameter = parameter.strip_prefix("amp;").unwrap_or(parameter);
            if let Some((key, value)) = parameter.split_once('=') {
                reader.read(key, value)?;
            }
        }
        reader.finish()
    }
}

/// Schemes are spelled in any case (RFC 3986, 3.1).
fn strip_scheme(text: &str) -> Option<&str> {
    const SCHEME: &str = "magnet:?";
    let (scheme, rest) = text.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(rest)
}

struct Reader {
    magnet: Magnet,
    info_hash: Option<InfoHash>,
    is_version_2: bool,
}

impl Default for Reader {
    fn default() -> Self {
        let magnet = Magnet::new(InfoHash([0; 20]));
        Reader { magnet, info_hash: None, is_version_2: false }
    }
}

impl Reader {
    fn read(&mut self, key: &str, value: &str) -> Result<(), ParseMagnetError> {
        let magnet = &mut self.magnet;
        // Several of one kind may be numbered: `tr.1`, `tr.2`.
        let kind = match key.split_once('.') {
            Some((kind, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => kind,
            _ => key,
        };
        match kind {
            "xt" => return self.read_topic(&decoded(value)),
            "dn" => magnet.name = name(value),
            "tr" => keep_url(&mut magnet.trackers, value),
            "ws" => keep_url(&mut magnet.web_seeds, value),
            "x.pe" if magnet.peers.len() < MAGNET_PLACES_MAX => {
                magnet.peers.extend(peer(&decoded(value)));
            }
            "so" => magnet.select = ranges(&decoded(value))?,
            _ => {}
        }
        Ok(())
    }

    fn read_topic(&mut self, topic: &str) -> Result<(), ParseMagnetError> {
        let is_of = |urn: &str| topic.get(..urn.len()).is_some_and(|t| t.eq_ignore_ascii_case(urn));
        const VERSION_1: &str = "urn:btih:";
        if !is_of(VERSION_1) {
            self.is_version_2 |= is_of("urn:btmh:");
            return Ok(());
        }
        let second = info_hash(&topic[VERSION_1.len()..])?;
        match self.info_hash.replace(second) {
            Some(first) if first != second => Err(ParseMagnetError::TwoTorrents { first, second }),
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<Magnet, ParseMagnetError> {
        match self.info_hash {
            Some(info_hash) => Ok(Magnet { info_hash, ..self.magnet }),
            None if self.is_version_2 => Err(ParseMagnetError::Version2Only),
            None => Err(ParseMagnetError::NoInfoHash),
        }
    }
}

fn decoded(value: &str) -> Cow<'_, str> {
    percent_decode_str(value).decode_utf8_lossy()
}

fn info_hash(text: &str) -> Result<InfoHash, ParseMagnetError> {
    let hash = match text.len() {
        base32::LETTERS => base32::decode(text),
        _ => text.parse().ok(),
    };
    hash.ok_or_else(|| ParseMagnetError::InfoHash { text: shown(text) })
}

/// A name for people: here, and only here, `+` is a space, as web forms write it.
fn name(value: &str) -> Option<String> {
    let spaced = value.replace('+', " ");
    let decoded = decoded(&spaced);
    let name = decoded.trim();
    let end = (0..=name.len().min(NAME_BYTES_MAX)).rfind(|end| name.is_char_boundary(*end))?;
    // What ends in a space where it is cut would be another name when it is read again.
    (end > 0).then(|| name[..end].trim_end().to_owned())
}

/// Keeps a URL, once, if there is room.
fn keep_url(urls: &mut Vec<String>, value: &str) {
    let url = decoded(value).trim().to_owned();
    let is_fit = !url.is_empty() && url.len() <= URL_BYTES_MAX;
    if is_fit && urls.len() < MAGNET_PLACES_MAX && !urls.contains(&url) {
        urls.push(url);
    }
}

/// An address without its zone, which numbers the interfaces of some other machine.
fn peer(text: &str) -> Option<SocketAddr> {
    let address: SocketAddr = text.parse().ok()?;
    Some(SocketAddr::new(address.ip(), address.port()))
}

/// BEP 53: numbers and ranges of numbers, both ends included.
fn ranges(text: &str) -> Result<Vec<RangeInclusive<usize>>, ParseMagnetError> {
    let wrong = || ParseMagnetError::Select { text: shown(text) };
    let ranges: Option<Vec<_>> = text.split(',').take(RANGES_MAX + 1).map(range).collect();
    ranges.filter(|ranges| ranges.len() <= RANGES_MAX).ok_or_else(wrong)
}

fn range(text: &str) -> Option<RangeInclusive<usize>> {
    let number = |text: &str| text.trim().parse().ok().filter(|number| *number < FILES_MAX);
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(text)?, number(text)?),
    };
    (first <= last).then_some(first..=last)
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HASH: &str = "74686520 7477656e 74792062 79746520 68617368";

    fn hash() -> InfoHash {
        InfoHash(*b"the twenty byte hash")
    }

    fn hex() -> String {
        HASH.replace(' ', "")
    }

    fn read(parameters: &str) -> Result<Magnet, ParseMagnetError> {
        format!("magnet:?xt=urn:btih:{}&{parameters}", hex()).parse()
    }

    #[test]
    fn the_torrent_is_named_in_either_spelling() {
        for text in [hex(), hex().to_uppercase(), "ORUGKIDUO5SW45DZEBRHS5DFEBUGC43I".to_owned()] {
            for link in [
                format!("magnet:?xt=urn:btih:{text}"),
                format!(" MAGNET:?XT=x&dn&xt.1=URN:BTIH:{text}&xt=urn:ed2k:123\r\n"),
                format!("magnet:?xt=urn%3Abtih%3A{text}&xt=urn:btmh:1220aabb"),
            ] {
                assert_eq!(link.parse(), Ok(Magnet::new(hash())), "{link}");
            }
        }
    }

    #[test]
    fn everything_a_link_says_is_read() {
        let magnet = read(
            "dn=Gr%C3%B6%C3%9Fe+1%2B2&amp;tr=http%3A%2F%2Fa%2Fannounce%3Fk%3D1%2B2+3&tr.1=udp://b:80\
             &tr.2=udp://b:80&ws=http%3A%2F%2Fw%2F&x.pe=192.0.2.1:6881&x.pe=%5B2001:db8::1%5D:6882\
             &x.pe=name.example:6881&so=0,2,6-8&other=1&=&&as=x",
        );
        let expected = Magnet {
            info_hash: hash(),
            name: Some("Größe 1+2".to_owned()),
            trackers: vec!["http://a/announce?k=1+2+3".to_owned(), "udp://b:80".to_owned()],
            web_seeds: vec!["http://w/".to_owned()],
            peers: ["192.0.2.1:6881", "[2001:db8::1]:6882"]
                .map(|peer| peer.parse().expect("an address"))
                .to_vec(),
            select: vec![0..=0, 2..=2, 6..=8],
        };
        assert_eq!(magnet, Ok(expected));
    }

    #[test]
    fn a_link_written_is_the_link_read() {
        let magnet = read(
            "dn=a%26b&tr=http://a/?x%26y&ws=http://w&x.pe=192.0.2.1:1&x.pe=%5B::1%5D:2&so=1,3-4",
        );
        let magnet = magnet.expect("a link");
        assert_eq!(magnet.to_string().parse(), Ok(magnet));
    }

    #[test]
    fn what_leads_to_no_torrent_says_why() {
        let error =
            |text: &str| text.parse::<Magnet>().expect_err("a link that leads nowhere").to_string();
        assert_eq!(error("http://x"), "a magnet link begins with `magnet:?`");
        assert_eq!(
            error("magnet:?dn=x"),
            "this magnet link names no torrent: it has no `xt=urn:btih:`"
        );
        assert!(error("magnet:?xt=urn:btmh:1220aa").contains("version 2 only"));
        assert!(error("magnet:?xt=urn:btih:abc").contains("`abc`"));
        assert!(error(&format!("magnet:?xt=urn:btih:{}", "z".repeat(40))).contains("no info-hash"));
        let two = format!("magnet:?xt=urn:btih:{}&xt=urn:btih:{}", hex(), "a".repeat(40));
        assert!(error(&two).contains("names two torrents"));
        assert!(error(&format!("magnet:?{}", "x".repeat(70_000))).contains("longer than"));
    }

    #[test]
    fn a_choice_of_files_is_read_whole_or_refused() {
        for text in ["", "a", "1,", "3-1", "-1", "1-", "1-2-3", "99999999999999999999"] {
            let expected = Err(ParseMagnetError::Select { text: text.to_owned() });
            assert_eq!(read(&format!("so={text}")), expected, "{text}");
        }
        let many = "1,".repeat(RANGES_MAX) + "1";
        assert!(read(&format!("so={many}")).is_err());
    }

    #[test]
    fn what_is_kept_of_a_link_is_bounded() {
        let peers: String =
            (1..=MAGNET_PLACES_MAX + 1).map(|port| format!("&x.pe=192.0.2.1:{port}")).collect();
        let trackers: String =
            (1..=MAGNET_PLACES_MAX + 1).map(|host| format!("&tr=udp://{host}")).collect();
        let long = "é".repeat(1_000);
        let magnet = read(&format!("dn={long}{peers}{trackers}&tr={}", "x".repeat(9_000)));
        let magnet = magnet.expect("a link");
        assert_eq!(magnet.peers.len(), MAGNET_PLACES_MAX);
        assert_eq!(magnet.trackers.len(), MAGNET_PLACES_MAX);
        assert!(magnet.name.is_some_and(|name| name.len() <= NAME_BYTES_MAX));
        let before = "x".repeat(NAME_BYTES_MAX - 1);
        let cut = read(&format!("dn={before}+y")).expect("a link");
        assert_eq!(cut.name, Some(before), "no space is left where it was cut");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(magnet:\\?)?(xt=urn:btih:)?\\PC{0,100}") {
            let _ = text.parse::<Magnet>();
        }
    }
}
