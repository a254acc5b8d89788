//! The magnet link of a torrent: its identity in one line of text, and where to look for the rest
//! (BEP 9, 53).

mod base32;
mod parse;

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

use fixedbitset::FixedBitSet;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::{InfoHash, Layout, Metainfo, Selection, TorrentFileError, URLS_MAX};
use crate::bencode::encode;

pub use parse::{MAGNET_BYTES_MAX, ParseMagnetError};

/// All but what RFC 3986 leaves unreserved: the link survives being pasted anywhere.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Trackers, web seeds and peers that are kept of one link, each. Each is somebody we would call.
pub const MAGNET_PLACES_MAX: usize = 100;
const _: () = assert!(MAGNET_PLACES_MAX <= URLS_MAX);

/// What a magnet link says. Read it with [`parse`](str::parse), and write it with `to_string`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Magnet {
    /// Which torrent (`xt`).
    pub info_hash: InfoHash,
    /// What to call it until its own name is known (`dn`).
    pub name: Option<String>,
    /// Its trackers (`tr`), each a tier of its own.
    pub trackers: Vec<String>,
    /// Web servers that have its files (`ws`, BEP 19).
    pub web_seeds: Vec<String>,
    /// Peers to call (`x.pe`). Those named by a host name are left out: names are not looked up.
    pub peers: Vec<SocketAddr>,
    /// Which files to download, counting from 0 (`so`, BEP 53); all when there are none.
    pub select: Vec<RangeInclusive<usize>>,
}

impl Magnet {
    /// A link that says nothing but which torrent.
    pub fn new(info_hash: InfoHash) -> Self {
        Magnet {
            info_hash,
            name: None,
            trackers: Vec::new(),
            web_seeds: Vec::new(),
            peers: Vec::new(),
            select: Vec::new(),
        }
    }

    /// What to show a person before the torrent's own name is known.
    pub fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.info_hash.to_string())
    }

    /// The files the link asks for (BEP 53), now that it is known which there are; `None` if it
    /// asks for none of them, and so for all.
    pub fn selection(&self, layout: &Layout) -> Option<Selection> {
        let count = layout.files().len();
        let mut asked = FixedBitSet::with_capacity(count);
        for range in &self.select {
            let end = range.end().saturating_add(1).min(count);
            asked.insert_range(*range.start().min(&end)..end);
        }
        if asked.is_clear() {
            return None;
        }
        Selection::only(layout, asked.ones()).ok()
    }

    /// The `.torrent` file that this link and an `info` dictionary from peers make together.
    ///
    /// The dictionary must be the one whose hash the link gives, from its first byte to its last: a
    /// value with more behind it, which would put keys of its own into the file, is refused.
    pub fn torrent_file(&self, info: &[u8]) -> Result<Vec<u8>, TorrentFileError> {
        let announce = self.trackers.first();
        let tiers: Vec<[&str; 1]> = self.trackers.iter().map(|url| [url.as_str()]).collect();
        // Canonical: the keys in order, and what is empty left out.
        let before = encode(&Before { announce, tiers }).expect("texts have a form in bencode");
        let after = encode(&After { web_seeds: &self.web_seeds }).expect("so do these");
        let (before, after) = (&before[..before.len() - 1], &after[1..]);
        let bytes = [before, b"4:info", info, after].concat();
        if Metainfo::parse(&bytes)?.info_hash() != self.info_hash {
            return Err(TorrentFileError::OtherInfo { wanted: self.info_hash });
        }
        Ok(bytes)
    }
}

/// What a torrent file says before `info`.
#[derive(Serialize)]
struct Before<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    announce: Option<&'a String>,
    #[serde(rename = "announce-list", skip_serializing_if = "Vec::is_empty")]
    tiers: Vec<[&'a str; 1]>,
}

/// What a torrent file says after `info`.
#[derive(Serialize)]
struct After<'a> {
    #[serde(rename = "url-list", skip_serializing_if = "<[_]>::is_empty")]
    web_seeds: &'a [String],
}

impl From<&Metainfo> for Magnet {
    /// The link that leads to this torrent, with its name, all its trackers, tier after tier, and
    /// its web seeds.
    fn from(metainfo: &Metainfo) -> Self {
        let trackers = metainfo.tiers().iter().flatten().take(MAGNET_PLACES_MAX);
        Magnet {
            name: Some(metainfo.name().to_owned()),
            trackers: trackers.cloned().collect(),
            web_seeds: metainfo.web_seeds().iter().take(MAGNET_PLACES_MAX).cloned().collect(),
            ..Magnet::new(metainfo.info_hash())
        }
    }
}

/// The magnet link of a torrent, with its name, all its trackers and its web seeds.
pub fn magnet_link(metainfo: &Metainfo) -> String {
    Magnet::from(metainfo).to_string()
}

impl fmt::Display for Magnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "magnet:?xt=urn:btih:{}", self.info_hash)?;
        let places = |key, urls: &[String], f: &mut fmt::Formatter<'_>| {
            urls.iter().try_for_each(|url| write!(f, "&{key}={}", escaped(url)))
        };
        if let Some(name) = &self.name {
            write!(f, "&dn={}", escaped(name))?;
        }
        places("tr", &self.trackers, f)?;
        places("ws", &self.web_seeds, f)?;
        self.peers.iter().try_for_each(|peer| write!(f, "&x.pe={peer}"))?;
        for (at, range) in self.select.iter().enumerate() {
            let (first, last) = (range.start(), range.end());
            f.write_str(if at == 0 { "&so=" } else { "," })?;
            match first == last {
                true => write!(f, "{first}")?,
                false => write!(f, "{first}-{last}")?,
            }
        }
        Ok(())
    }
}

fn escaped(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, ESCAPED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::FileEntry;

    /// A torrent of one file, without the keys around it.
    const INFO: &[u8] =
        b"d6:lengthi3e4:name1:a12:piece lengthi16384e6:pieces20:twenty bytes of hashe";

    fn magnet(info: &[u8]) -> Magnet {
        Magnet::new(InfoHash::of(info))
    }

    #[test]
    fn names_and_trackers_cannot_break_the_link() {
        let mut magnet = Magnet::new(InfoHash([0xab; 20]));
        magnet.name = Some("Größe & more=1.ogg".to_owned());
        magnet.trackers = vec!["http://tracker/announce?key=1".to_owned(), "udp://b:80".to_owned()];
        assert_eq!(
            magnet.to_string(),
            format!(
                "magnet:?xt=urn:btih:{}&dn=Gr%C3%B6%C3%9Fe%20%26%20more%3D1.ogg\
                 &tr=http%3A%2F%2Ftracker%2Fannounce%3Fkey%3D1&tr=udp%3A%2F%2Fb%3A80",
                "ab".repeat(20)
            )
        );
    }

    #[test]
    fn a_link_selects_files_as_far_as_they_are_there() {
        let file = |name: &str| FileEntry { path: vec![name.into()], length: 1, padding: false };
        let layout = Layout::new(16, ["a", "b", "c"].map(file).to_vec()).expect("sizes");
        let selected = |select: &[RangeInclusive<usize>]| {
            let mut magnet = magnet(INFO);
            magnet.select = select.to_vec();
            magnet.selection(&layout)
        };
        assert_eq!(selected(&[1..=usize::MAX]), Selection::only(&layout, [1, 2]).ok());
        assert_eq!(selected(&[2..=2, 0..=0]), Selection::only(&layout, [0, 2]).ok());
        assert_eq!(selected(&[]), None);
        assert_eq!(selected(&[3..=9]), None);
    }

    #[test]
    fn a_link_and_the_info_make_a_torrent_file() {
        let mut magnet = magnet(INFO);
        assert_eq!(magnet.torrent_file(INFO), Ok([b"d4:info", INFO, b"e"].concat()));
        magnet.trackers = vec!["one".to_owned(), "two".to_owned()];
        magnet.web_seeds = vec!["web".to_owned()];
        let file = magnet.torrent_file(INFO).expect("a torrent");
        let (before, after) =
            ("d8:announce3:one13:announce-listll3:oneel3:twoee4:info", "8:url-listl3:webee");
        assert_eq!(file, [before.as_bytes(), INFO, after.as_bytes()].concat());
        let metainfo = Metainfo::parse(&file).expect("what we make we accept");
        assert_eq!(metainfo.tiers(), [["one"], ["two"]]);
        assert_eq!(metainfo.web_seeds(), ["web"]);
        assert_eq!(Magnet { name: None, ..Magnet::from(&metainfo) }, magnet);
    }

    #[test]
    fn an_info_with_more_behind_it_brings_no_keys_of_its_own() {
        let info = [INFO, b"8:url-list5:theire".as_slice()].concat();
        let magnet = magnet(&info);
        assert!(magnet.torrent_file(&info).is_err());
        let info = [INFO, b"8:url-list5:their".as_slice()].concat();
        let magnet = self::magnet(&info);
        let error = magnet.torrent_file(&info).expect_err("the hash is of more than the info");
        assert_eq!(error, TorrentFileError::OtherInfo { wanted: magnet.info_hash });
    }

    #[test]
    fn what_is_no_info_makes_no_torrent_file() {
        for info in [&b""[..], b"i1e", b"de", b"x", b"d4:name"] {
            assert!(magnet(info).torrent_file(info).is_err(), "{}", info.escape_ascii());
        }
    }
}
