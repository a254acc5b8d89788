//! Why the bytes of a `.torrent` are refused.

use super::{InfoHash, LayoutError, PathError};
use crate::bencode::BencodeError;

/// Why bytes are not a torrent we can take part in. Nothing has been created when this is said.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TorrentFileError {
    /// There are no bytes.
    #[error("this is not a torrent file: it is empty")]
    Empty,
    /// They are something else, a web page for instance.
    #[error("this is not a torrent file: it begins with `{begins}`")]
    NotATorrent {
        /// The first few characters.
        begins: String,
    },
    /// They begin like a torrent file and go wrong further on.
    #[error("this is not a torrent file, or a damaged one: {0}")]
    Malformed(#[from] BencodeError),
    /// A key is not there that a torrent cannot be without.
    #[error("this torrent file has no `{key}`")]
    MissingKey {
        /// The way to the key from the outermost dictionary.
        key: String,
    },
    /// The value of a key is of another kind.
    #[error("`{key}` in this torrent file is not {expected}")]
    WrongType {
        /// The way to the key from the outermost dictionary.
        key: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// A size below zero.
    #[error("`{key}` in this torrent file is {value}")]
    Negative {
        /// The way to the key from the outermost dictionary.
        key: String,
        /// What it says.
        value: i64,
    },
    /// Both `info.length` and `info.files`: readers would disagree about what it is.
    #[error("this torrent file describes a single file and a directory at once")]
    FileAndDirectory,
    /// `info.files` is an empty list.
    #[error("this torrent has no files")]
    NoFiles,
    /// One of its files is a symbolic link (BEP 47), which could point anywhere.
    #[error("`{path}` in this torrent is a symbolic link, which is never created")]
    Symlink {
        /// The path of the link.
        path: String,
    },
    /// Its hashes are not those of version 1.
    #[error(
        "this torrent is of version 2 only (BEP 52); version 1 and hybrid torrents can be read"
    )]
    Version2Only,
    /// A path that must not be created.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Sizes that cannot be.
    #[error("this torrent cannot be: {0}")]
    Layout(#[from] LayoutError),
    /// More or fewer hashes than pieces.
    #[error(
        "this torrent has {pieces} pieces, which need {} bytes of hashes, but has {bytes}",
        u64::from(*.pieces) * 20
    )]
    PieceHashes {
        /// Pieces by the sizes.
        pieces: u32,
        /// Length of `info.pieces`.
        bytes: usize,
    },
    /// The `info` that peers sent for a magnet link is not all that its info-hash covers.
    #[error("the metadata of torrent {wanted} is more than an `info` dictionary")]
    OtherInfo {
        /// The info-hash of the link.
        wanted: InfoHash,
    },
}
