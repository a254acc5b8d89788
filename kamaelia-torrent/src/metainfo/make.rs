//! A new torrent: from values to the bytes of its `.torrent` file.
//!
//! The same values make the same bytes: the keys are in order, and nothing is asked of a clock.

use serde::{Serialize, Serializer};
use serde_bytes::Bytes;

use super::piece_length::{PieceLengthError, check_piece_length};
use super::{FileEntry, Layout, PathError, TORRENT_BYTES_MAX, check_paths};
use crate::bencode::{EncodeError, encode};

/// What a new torrent is made of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TorrentDraft {
    /// The files and the length of the pieces. The torrent is of a single file if there is one
    /// path of one name; otherwise all paths begin with the name of the directory.
    pub layout: Layout,
    /// The SHA-1 of every piece, as [`PieceHasher`](super::PieceHasher) finds them.
    pub piece_hashes: Vec<[u8; 20]>,
    /// The tracker. Spaces around URLs are dropped; one of which nothing remains is left out.
    pub announce: Option<String>,
    /// Trackers by tiers (BEP 12); left out if there are none.
    pub tiers: Vec<Vec<String>>,
    /// Left out if empty.
    pub comment: String,
    /// The program that makes it; left out if empty.
    pub created_by: String,
    /// Seconds since 1970.
    pub creation_date: Option<i64>,
    /// Web servers that have the files (BEP 19); left out if there are none.
    pub web_seeds: Vec<String>,
    /// Whether peers may come from its trackers only (BEP 27). Part of the identity.
    pub private: bool,
    /// Who shares it, as private trackers ask for it; left out if empty. Part of the identity: the
    /// same files are another torrent for another tracker.
    pub source: String,
}

/// Why values cannot be a torrent.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MakeError {
    /// There is nothing to share.
    #[error("there are no files to make a torrent of")]
    NoFiles,
    /// Several files that have no directory in common to take the name from.
    #[error("the files of a torrent lie in one directory, but `{path}` is outside `{name}`")]
    Outside {
        /// The path that is elsewhere.
        path: String,
        /// The first name of the first path.
        name: String,
    },
    /// A path that we, and others, would refuse to create.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A length of pieces that we do not make.
    #[error(transparent)]
    PieceLength(#[from] PieceLengthError),
    /// More or fewer hashes than pieces.
    #[error("{hashes} hashes are given for {pieces} pieces")]
    PieceHashes {
        /// Hashes given.
        hashes: usize,
        /// Pieces by the sizes.
        pieces: u32,
    },
    /// A torrent file that we would refuse to read.
    #[error(
        "the torrent file would have {length} bytes, more than {TORRENT_BYTES_MAX}: \
         choose longer pieces"
    )]
    TooLarge {
        /// Bytes it would have.
        length: usize,
    },
    /// The values have no form in bencode.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl TorrentDraft {
    /// A torrent without any of the keys that may be left out.
    pub fn new(layout: Layout, piece_hashes: Vec<[u8; 20]>) -> Self {
        TorrentDraft {
            layout,
            piece_hashes,
            announce: None,
            tiers: Vec::new(),
            comment: String::new(),
            created_by: String::new(),
            creation_date: None,
            web_seeds: Vec::new(),
            private: false,
            source: String::new(),
        }
    }

    /// The bytes of the `.torrent` file. What is made here, [`Metainfo`](super::Metainfo) reads.
    pub fn encode(&self) -> Result<Vec<u8>, MakeError> {
        self.check()?;
        let bytes = encode(&TorrentKeys {
            announce: trimmed(self.announce.as_deref()),
            announce_list: trimmed_tiers(&self.tiers),
            comment: &self.comment,
            created_by: &self.created_by,
            creation_date: self.creation_date,
            info: self.info_keys()?,
            url_list: OneOrMore(trimmed_all(&self.web_seeds)),
        })?;
        if bytes.len() > TORRENT_BYTES_MAX {
            return Err(MakeError::TooLarge { length: bytes.len() });
        }
        Ok(bytes)
    }

    fn check(&self) -> Result<(), MakeError> {
        check_piece_length(self.layout.piece_length().into())?;
        check_paths(self.layout.files())?;
        let pieces = self.layout.piece_count();
        if self.piece_hashes.len() != pieces as usize {
            return Err(MakeError::PieceHashes { hashes: self.piece_hashes.len(), pieces });
        }
        Ok(())
    }

    fn info_keys(&self) -> Result<InfoKeys<'_>, MakeError> {
        let files = self.layout.files();
        let name = files.first().and_then(|file| file.path.first()).ok_or(MakeError::NoFiles)?;
        let single = match files {
            [file] if file.path.len() == 1 => Some(file.length),
            _ => None,
        };
        Ok(InfoKeys {
            files: match single {
                Some(_) => None,
                None => Some(file_keys(files, name)?),
            },
            length: single,
            name,
            piece_length: self.layout.piece_length(),
            pieces: Bytes::new(self.piece_hashes.as_flattened()),
            private: self.private.then_some(1),
            source: &self.source,
        })
    }
}

fn file_keys<'a>(files: &'a [FileEntry], name: &str) -> Result<Vec<FileKeys<'a>>, MakeError> {
    files
        .iter()
        .map(|file| match file.path.split_first() {
            Some((top, path)) if top == name && !path.is_empty() => {
                Ok(FileKeys { attr: file.padding.then_some("p"), length: file.length, path })
            }
            _ => Err(MakeError::Outside { path: file.path.join("/"), name: name.to_owned() }),
        })
        .collect()
}

fn trimmed(url: Option<&str>) -> Option<&str> {
    url.map(str::trim).filter(|url| !url.is_empty())
}

fn trimmed_tiers(tiers: &[Vec<String>]) -> Vec<Vec<&str>> {
    tiers.iter().map(|tier| trimmed_all(tier)).filter(|tier| !tier.is_empty()).collect()
}

fn trimmed_all(urls: &[String]) -> Vec<&str> {
    urls.iter().filter_map(|url| trimmed(Some(url))).collect()
}

#[derive(Serialize)]
struct TorrentKeys<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    announce: Option<&'a str>,
    #[serde(rename = "announce-list", skip_serializing_if = "Vec::is_empty")]
    announce_list: Vec<Vec<&'a str>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    comment: &'a str,
    #[serde(rename = "created by", skip_serializing_if = "str::is_empty")]
    created_by: &'a str,
    #[serde(rename = "creation date", skip_serializing_if = "Option::is_none")]
    creation_date: Option<i64>,
    info: InfoKeys<'a>,
    #[serde(rename = "url-list", skip_serializing_if = "OneOrMore::is_empty")]
    url_list: OneOrMore<'a>,
}

/// A single URL is written as itself, which readers of the oldest kind expect (BEP 19); more are a
/// list.
struct OneOrMore<'a>(Vec<&'a str>);

impl OneOrMore<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for OneOrMore<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            more => more.serialize(serializer),
        }
    }
}

#[derive(Serialize)]
struct InfoKeys<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<FileKeys<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    name: &'a str,
    #[serde(rename = "piece length")]
    piece_length: u32,
    pieces: &'a Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    private: Option<u8>,
    #[serde(skip_serializing_if = "str::is_empty")]
    source: &'a str,
}

#[derive(Serialize)]
struct FileKeys<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    attr: Option<&'static str>,
    length: u64,
    path: &'a [String],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::PathFault;

    fn file(path: &[&str], length: u64) -> FileEntry {
        FileEntry {
            path: path.iter().map(|&name| name.to_owned()).collect(),
            length,
            padding: false,
        }
    }

    fn draft(files: Vec<FileEntry>) -> TorrentDraft {
        let layout = Layout::new(16_384, files).expect("sizes of a torrent");
        let hashes = layout.pieces().map(|_| *b"twenty bytes of hash").collect();
        TorrentDraft::new(layout, hashes)
    }

    #[test]
    fn a_single_file_has_the_keys_of_kamaelias_maker() {
        let draft = TorrentDraft {
            announce: Some(" http://tracker:6969/announce\n".into()),
            comment: "Created by Kamaelia".into(),
            creation_date: Some(1_700_000_000),
            ..draft(vec![file(&["song.ogg"], 3)])
        };
        let expected = "d8:announce28:http://tracker:6969/announce\
            7:comment19:Created by Kamaelia13:creation datei1700000000e\
            4:infod6:lengthi3e4:name8:song.ogg12:piece lengthi16384e\
            6:pieces20:twenty bytes of hashee";
        let bytes = draft.encode().expect("a torrent");
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }

    #[test]
    fn a_directory_lists_its_files_and_every_key_has_its_place() {
        let padding = FileEntry { padding: true, ..file(&["top", ".pad", "1"], 1) };
        let draft = TorrentDraft {
            tiers: vec![vec!["a".into(), " ".into()], vec![], vec!["b".into()]],
            created_by: "us".into(),
            web_seeds: vec![" http://w/\n".into(), "http://v".into(), String::new()],
            private: true,
            source: "club".into(),
            ..draft(vec![padding, file(&["top", "sub", "x"], 2)])
        };
        let expected = "d13:announce-listll1:ael1:bee10:created by2:us\
            4:infod5:filesld4:attr1:p6:lengthi1e4:pathl4:.pad1:1ee\
            d6:lengthi2e4:pathl3:sub1:xeee4:name3:top12:piece lengthi16384e\
            6:pieces20:twenty bytes of hash7:privatei1e6:source4:clube\
            8:url-listl9:http://w/8:http://vee";
        let bytes = draft.encode().expect("a torrent");
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }

    #[test]
    fn a_single_web_seed_is_no_list() {
        let draft = TorrentDraft {
            web_seeds: vec!["http://w/song".into()],
            ..draft(vec![file(&["song.ogg"], 3)])
        };
        let bytes = draft.encode().expect("a torrent");
        assert!(bytes.ends_with(b"e8:url-list13:http://w/songe"), "{bytes:?}");
    }

    #[test]
    fn what_nobody_could_read_is_not_made() {
        assert_eq!(draft(vec![]).encode(), Err(MakeError::NoFiles));
        let two = draft(vec![file(&["a", "x"], 1), file(&["b"], 1)]);
        let expected = MakeError::Outside { path: "b".into(), name: "a".into() };
        assert_eq!(two.encode(), Err(expected));
        let up = draft(vec![file(&["..", "x"], 1)]);
        assert!(matches!(
            up.encode(),
            Err(MakeError::Path(PathError { fault: PathFault::Dots, .. }))
        ));
        let mut short = draft(vec![file(&["a"], 16_385)]);
        short.piece_hashes.pop();
        let expected = MakeError::PieceHashes { hashes: 1, pieces: 2 };
        assert_eq!(short.encode(), Err(expected));
        let layout = Layout::new(10_000, vec![file(&["a"], 1)]).expect("sizes");
        let odd = TorrentDraft::new(layout, vec![[0; 20]]);
        assert_eq!(odd.encode(), Err(PieceLengthError { length: 10_000 }.into()));
    }
}
