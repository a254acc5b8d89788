//! A `.torrent` file, read and checked.
//!
//! What says which bytes are shared is checked strictly. The keys around it are advice: a comment
//! that is a number, or an announce-list that is no list, is passed over as if it were not there.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::info::Info;
use super::paths::printable;
use super::{InfoHash, Layout, Magnet, PieceIndex, TorrentFileError};
use crate::bencode::{Dict, Limits, Value, scan};

/// Bytes of a torrent file. At 256 KiB a piece this is enough for 800 GiB, and the whole file is
/// held in memory while it is read.
pub const TORRENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Trackers, and web seeds, that are kept of one torrent. Each is somebody we would call.
pub const URLS_MAX: usize = 1000;

/// Bytes of one URL; a longer one is passed over. No web server takes longer request lines.
pub const URL_BYTES_MAX: usize = 8 * 1024;

/// Bytes that are kept of a comment, and of the name of the program that made a torrent.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Everything a `.torrent` says that we use.
#[derive(Clone, Eq, PartialEq)]
pub struct Metainfo {
    info_hash: InfoHash,
    name: String,
    layout: Arc<Layout>,
    info: Box<[u8]>,
    /// Where the hashes of the pieces lie in `info`.
    hashes: Range<usize>,
    private: bool,
    source: Option<String>,
    outer: Outer,
}

/// The keys around `info`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Outer {
    announce: Option<String>,
    tiers: Vec<Vec<String>>,
    comment: Option<String>,
    created_by: Option<String>,
    creation_date: Option<i64>,
    web_seeds: Vec<String>,
}

impl Metainfo {
    /// Reads the bytes of a `.torrent` file, all of them.
    ///
    /// Version 1 torrents (BEP 3) and the version 1 side of hybrid ones are read.
    pub fn parse(bytes: &[u8]) -> Result<Self, TorrentFileError> {
        match bytes.first() {
            None => return Err(TorrentFileError::Empty),
            Some(b'd') => {}
            Some(_) => return Err(not_a_torrent(bytes)),
        }
        let scan = scan(bytes, Limits::bytes(TORRENT_BYTES_MAX))?;
        let root = scan.dict().ok_or_else(|| not_a_torrent(bytes))?;
        let (outer, info) = Outer::read(root);
        let info = info.ok_or_else(|| TorrentFileError::MissingKey { key: "info".into() })?;
        let dict = info.as_dict().ok_or_else(|| TorrentFileError::WrongType {
            key: "info".into(),
            expected: "a dictionary",
        })?;
        Ok(Self::new(dict.raw(), Info::read(dict)?, outer))
    }

    /// What a magnet link says, as a torrent without files: it stands in for the torrent until the
    /// metadata is there.
    pub(crate) fn of_magnet(magnet: &Magnet) -> Self {
        let outer = Outer {
            tiers: magnet.trackers.iter().map(|url| vec![url.clone()]).collect(),
            web_seeds: magnet.web_seeds.clone(),
            ..Outer::default()
        };
        Metainfo {
            info_hash: magnet.info_hash,
            name: magnet.title(),
            layout: Arc::new(Layout::empty()),
            info: Box::default(),
            hashes: 0..0,
            private: false,
            source: None,
            outer,
        }
    }

    fn new(raw: &[u8], info: Info, outer: Outer) -> Self {
        Metainfo {
            info_hash: InfoHash::of(raw),
            name: info.name,
            layout: Arc::new(info.layout),
            info: raw.into(),
            hashes: info.hashes,
            private: info.private,
            source: info.source,
            outer,
        }
    }

    /// The identity of the torrent: the SHA-1 of [`Metainfo::info_bytes`].
    pub fn info_hash(&self) -> InfoHash {
        self.info_hash
    }

    /// The name of the file, or of the directory around the files. The first name of every path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its bytes are cut. Shared, as it can be large.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The SHA-1 a piece must have.
    ///
    /// # Panics
    ///
    /// When the piece is of another torrent's layout.
    pub fn piece_hash(&self, piece: PieceIndex) -> &[u8; 20] {
        let (hashes, _) = self.info[self.hashes.clone()].as_chunks();
        &hashes[piece.as_usize()]
    }

    /// The SHA-1 of every piece, in order.
    pub fn piece_hashes(&self) -> &[[u8; 20]] {
        self.info[self.hashes.clone()].as_chunks().0
    }

    /// The tracker named by the key `announce`.
    pub fn announce(&self) -> Option<&str> {
        self.outer.announce.as_deref()
    }

    /// The trackers by tiers, in the order given (BEP 12): those of `announce-list`, or else
    /// `announce` by itself. No tier is empty; shuffling them is up to who announces.
    pub fn tiers(&self) -> &[Vec<String>] {
        &self.outer.tiers
    }

    /// Whether peers may come from its trackers only (BEP 27).
    pub fn is_private(&self) -> bool {
        self.private
    }

    /// Who shares it, as private trackers have it written; part of its identity.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// What its maker wrote about it.
    pub fn comment(&self) -> Option<&str> {
        self.outer.comment.as_deref()
    }

    /// The program that made it.
    pub fn created_by(&self) -> Option<&str> {
        self.outer.created_by.as_deref()
    }

    /// When it was made, in seconds since 1970, by the clock of its maker.
    pub fn creation_date(&self) -> Option<i64> {
        self.outer.creation_date
    }

    /// Web servers that have the files (BEP 19).
    pub fn web_seeds(&self) -> &[String] {
        &self.outer.web_seeds
    }

    /// The `info` dictionary in the bytes it was received in.
    pub fn info_bytes(&self) -> &[u8] {
        &self.info
    }
}

impl fmt::Debug for Metainfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metainfo")
            .field("info_hash", &self.info_hash)
            .field("name", &self.name)
            .field("total_length", &self.layout.total_length())
            .finish_non_exhaustive()
    }
}

impl Outer {
    fn read(root: Dict<'_>) -> (Self, Option<Value<'_>>) {
        let mut outer = Outer::default();
        let mut info = None;
        for (key, value) in root.entries() {
            match key {
                b"info" => info = Some(value),
                b"announce" => outer.announce = url(value),
                b"announce-list" => outer.tiers = tiers(value),
                b"comment" if outer.comment.is_none() => outer.comment = text(value),
                b"comment.utf-8" => outer.comment = text(value),
                b"created by" => outer.created_by = text(value),
                b"creation date" => outer.creation_date = value.as_integer(),
                b"url-list" => outer.web_seeds = urls(value),
                _ => {}
            }
        }
        if outer.tiers.is_empty() {
            outer.tiers = outer.announce.iter().map(|url| vec![url.clone()]).collect();
        }
        (outer, info)
    }
}

/// A list of lists. Some makers write a plain list of URLs: each is then a tier.
fn tiers(value: Value<'_>) -> Vec<Vec<String>> {
    let Some(list) = value.as_list() else {
        return Vec::new();
    };
    let mut left = URLS_MAX;
    let mut tiers = Vec::new();
    for item in list.items() {
        let mut tier = urls(item);
        tier.truncate(left);
        left -= tier.len();
        if !tier.is_empty() {
            tiers.push(tier);
        }
    }
    tiers
}

/// One URL, or a list of them.
fn urls(value: Value<'_>) -> Vec<String> {
    match value.as_list() {
        Some(list) => list.items().filter_map(url).take(URLS_MAX).collect(),
        None => url(value).into_iter().collect(),
    }
}

fn url(value: Value<'_>) -> Option<String> {
    let bytes = value.as_bytes()?;
    if bytes.len() > URL_BYTES_MAX {
        return None;
    }
    let url = String::from_utf8_lossy(bytes).trim().to_owned();
    (!url.is_empty()).then_some(url)
}

/// Words for people, as far as they are kept.
pub(super) fn text(value: Value<'_>) -> Option<String> {
    let bytes = value.as_bytes()?;
    let kept = &bytes[..bytes.len().min(TEXT_BYTES_MAX)];
    (!kept.is_empty()).then(|| String::from_utf8_lossy(kept).into_owned())
}

/// Shows the first word, which is enough to recognise a web page or an archive by.
fn not_a_torrent(bytes: &[u8]) -> TorrentFileError {
    const SHOWN_MAX: usize = 24;
    let start = &bytes[..bytes.len().min(200)];
    let text = String::from_utf8_lossy(start);
    let word = text.split_whitespace().next().unwrap_or(&text);
    let begins = printable(word, SHOWN_MAX);
    TorrentFileError::NotATorrent { begins }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &str =
        "d6:lengthi3e4:name1:a12:piece lengthi16384e6:pieces20:twenty bytes of hashe";

    fn parse(text: &str) -> Result<Metainfo, TorrentFileError> {
        Metainfo::parse(text.as_bytes())
    }

    fn with_keys(before_info: &str) -> Metainfo {
        parse(&format!("d{before_info}4:info{INFO}e")).expect("a torrent")
    }

    #[test]
    fn what_is_no_torrent_is_shown_by_its_first_word() {
        for (text, begins) in [
            ("<!DOCTYPE html>\n<html>", "<!DOCTYPE"),
            ("\r\n  <html><body>", "<html><body>"),
            ("\u{1f}\u{8b}\u{8}\0", "\\u{1f}\u{8b}\\u{8}\\u{0}"),
            ("magnet:?xt=urn:btih:0123456789abcdef", "magnet:?xt=urn:btih:0123"),
            ("404", "404"),
            ("li1ee", "li1ee"),
        ] {
            let error = parse(text).expect_err("no torrent");
            let TorrentFileError::NotATorrent { begins: shown } = error else {
                panic!("{text} gives {error:?}");
            };
            assert_eq!(shown, begins.replace('\u{8b}', "\\u{8b}"));
        }
        assert_eq!(
            parse("<!DOCTYPE html>").expect_err("no torrent").to_string(),
            "this is not a torrent file: it begins with `<!DOCTYPE`"
        );
        assert_eq!(parse(""), Err(TorrentFileError::Empty));
    }

    #[test]
    fn a_missing_or_misplaced_info_is_named() {
        for (text, sentence) in [
            ("de", "this torrent file has no `info`"),
            ("d4:infoi1ee", "`info` in this torrent file is not a dictionary"),
            ("d4:infodee", "this torrent file has no `info.name`"),
        ] {
            let error = parse(text).expect_err("no torrent");
            assert_eq!(error.to_string(), sentence, "{text}");
        }
    }

    #[test]
    fn a_damaged_file_says_where() {
        let error = parse("d4:infod4:namei-0eee").expect_err("no torrent");
        assert_eq!(
            error.to_string(),
            "this is not a torrent file, or a damaged one: \
             the number at byte 14 is not a whole number in its shortest form"
        );
    }

    #[test]
    fn the_info_hash_is_over_the_bytes_received() {
        // Keys out of order: written anew, this dictionary would have another hash.
        let info = "d4:name1:a6:lengthi3e6:pieces20:twenty bytes of hash12:piece lengthi16384ee";
        let torrent = parse(&format!("d4:info{info}e")).expect("a torrent");
        assert_eq!(torrent.info_hash(), InfoHash::of(info.as_bytes()));
        assert_eq!(torrent.info_bytes(), info.as_bytes());
        let piece = torrent.layout().piece(0).expect("the first piece");
        assert_eq!(torrent.piece_hash(piece), b"twenty bytes of hash");
    }

    #[test]
    fn a_torrent_without_extras_has_none() {
        let torrent = with_keys("");
        assert_eq!(torrent.name(), "a");
        assert_eq!(torrent.outer, Outer::default());
        assert!(!torrent.is_private());
    }

    #[test]
    fn the_keys_around_info_are_kept() {
        let torrent = with_keys(
            "8:announce5: one 13:announce-listll3:two5:threeelel4:fouree\
             7:comment3:why10:created by3:who13:creation datei-7e8:url-listl3:web0:e",
        );
        assert_eq!(torrent.announce(), Some("one"));
        assert_eq!(torrent.tiers(), [vec!["two", "three"], vec!["four"]]);
        assert_eq!(torrent.comment(), Some("why"));
        assert_eq!(torrent.created_by(), Some("who"));
        assert_eq!(torrent.creation_date(), Some(-7));
        assert_eq!(torrent.web_seeds(), ["web"]);
    }

    #[test]
    fn announce_alone_is_the_only_tier() {
        assert_eq!(with_keys("8:announce3:one").tiers(), [["one"]]);
        let empty_list = with_keys("8:announce3:one13:announce-listle");
        assert_eq!(empty_list.tiers(), [["one"]]);
    }

    #[test]
    fn a_plain_list_of_trackers_is_one_tier_each() {
        let torrent = with_keys("13:announce-listl3:one3:twoe");
        assert_eq!(torrent.tiers(), [["one"], ["two"]]);
    }

    #[test]
    fn extras_of_another_kind_are_passed_over() {
        let torrent = with_keys(
            "8:announcei1e13:announce-listi2e7:commentle13:creation date4:2024\
             8:url-list0:",
        );
        assert_eq!(torrent.outer, Outer::default());
    }

    #[test]
    fn what_is_kept_of_extras_is_bounded() {
        let list = format!("l{}e", "1:u".repeat(URLS_MAX + 1));
        let long = "x".repeat(TEXT_BYTES_MAX + 1);
        let torrent = with_keys(&format!(
            "8:announce{}:{long}13:announce-listl{list}{list}e7:comment{}:{long}8:url-list{list}",
            long.len(),
            long.len(),
        ));
        assert_eq!(torrent.announce(), None);
        assert_eq!(torrent.tiers().iter().flatten().count(), URLS_MAX);
        assert_eq!(torrent.web_seeds().len(), URLS_MAX);
        assert_eq!(torrent.comment().map(str::len), Some(TEXT_BYTES_MAX));
    }
}
