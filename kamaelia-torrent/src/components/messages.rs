//! What the torrent components say to each other.
//!
//! These are the messages of the original's TorrentIPC, with two additions: each request carries a
//! [`Token`] that comes back with its answer, and each request has exactly one answer. The text
//! forms ([`Display`](fmt::Display)) of the original's messages are the original's, byte for byte.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::{Content, MakeOptions, Status, TorrentId};
use crate::metainfo::{Metainfo, magnet_link};
use crate::storage::Progress;

mod answer;
mod control;
mod magnet;
mod request;
mod service;

pub use answer::TorrentMessage;
pub use control::{
    ExplainTorrent, ListTorrents, ListedTorrent, PatronLeft, PauseTorrent, Quit, RequestRefused,
    ResumeTorrent, TorrentExplained, TorrentPaused, TorrentResumed, TorrentsListed,
};
pub use magnet::{CreateFromMagnet, TorrentMetadataFound};
pub use request::TorrentRequest;
pub use service::{ServiceAdd, ServiceMessage, ServicePassOn, ServiceRemove};

/// How an asker recognises an answer. Means nothing to anyone else.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Token(Arc<str>);

impl Token {
    /// The text it was made of.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for Token {
    fn from(text: T) -> Self {
        Token(text.into())
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Make a torrent of a file or directory. The original's TIPCMakeTorrent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MakeTorrent {
    /// Comes back with the answer.
    pub token: Token,
    /// What to make it of. A relative path means the working directory.
    pub srcfile: PathBuf,
    /// What else it shall say; without trackers, the maker's own default. The original's
    /// trackerurl, log2piecesizebytes, title and comment are among these.
    pub options: MakeOptions,
}

/// What the original says about every torrent it makes of a plain path.
const COMMENT: &str = "Created by Kamaelia";

impl From<PathBuf> for MakeTorrent {
    /// A request with nothing but a path, which is its token too.
    fn from(srcfile: PathBuf) -> Self {
        MakeTorrent {
            token: srcfile.to_string_lossy().into_owned().into(),
            srcfile,
            options: MakeOptions { comment: COMMENT.to_owned(), ..MakeOptions::default() },
        }
    }
}

impl fmt::Display for MakeTorrent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Create a .torrent file")
    }
}

/// How far the making of a torrent has come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MakeProgress {
    /// The request's.
    pub token: Token,
    /// Bytes read, and bytes in all.
    pub progress: Progress,
}

/// A torrent that was made, and whose data was read for it just now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MadeTorrent {
    /// The request's.
    pub token: Token,
    /// The `.torrent`.
    pub rawmetainfo: Arc<[u8]>,
    /// The files it was made of, in its order.
    pub files: Vec<PathBuf>,
}

impl MadeTorrent {
    /// The link by which others find it, with its trackers.
    ///
    /// # Panics
    ///
    /// If these are not the bytes of a `.torrent`, which is what was made.
    pub fn magnet_link(&self) -> String {
        magnet_link(&Metainfo::parse(&self.rawmetainfo).expect("what was made is a torrent"))
    }
}

/// Take a torrent on. The original's TIPCCreateNewTorrent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CreateNewTorrent {
    /// Comes back with the answer.
    pub token: Token,
    /// The bytes of a `.torrent`.
    pub rawmetainfo: Arc<[u8]>,
    /// Where its data is; with `None` it is downloaded to the client's directory.
    pub content: Option<Content>,
    /// All data is known to be there and right, so nothing is checked first.
    pub is_known_complete: bool,
}

impl CreateNewTorrent {
    /// A torrent to download to the client's directory, described by the bytes of a `.torrent`.
    pub fn download(token: impl Into<Token>, rawmetainfo: impl Into<Arc<[u8]>>) -> Self {
        CreateNewTorrent {
            token: token.into(),
            rawmetainfo: rawmetainfo.into(),
            content: None,
            is_known_complete: false,
        }
    }
}

impl fmt::Display for CreateNewTorrent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Create a new torrent")
    }
}

impl From<MadeTorrent> for CreateNewTorrent {
    fn from(made: MadeTorrent) -> Self {
        CreateNewTorrent {
            token: made.token,
            rawmetainfo: made.rawmetainfo,
            content: Some(Content::InPlace(made.files)),
            is_known_complete: true,
        }
    }
}

/// Let go of a torrent. The original's TIPCCloseTorrent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CloseTorrent {
    /// Comes back with the answer.
    pub token: Token,
    /// Which one.
    pub torrentid: TorrentId,
}

impl fmt::Display for CloseTorrent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Close torrent {}", self.torrentid)
    }
}

/// Answers [`CreateNewTorrent`]: taken on. The original's TIPCNewTorrentCreated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewTorrentCreated {
    /// The request's.
    pub token: Token,
    /// Its number from now on.
    pub torrentid: TorrentId,
    /// The torrent's name.
    pub name: String,
    /// The info-hash, as forty hexadecimal digits.
    pub info_hash: String,
}

impl NewTorrentCreated {
    /// Where the data goes, as the original writes it.
    pub fn savefolder(&self) -> String {
        format!("./{}", self.name)
    }
}

impl fmt::Display for NewTorrentCreated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "New torrent {} created in {}", self.torrentid, self.savefolder())
    }
}

/// Answers [`CreateNewTorrent`]: somebody has it already, and its status comes to this asker too
/// from now on. The original's TIPCTorrentAlreadyDownloading.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TorrentAlreadyDownloading {
    /// The request's.
    pub token: Token,
    /// Its number.
    pub torrentid: TorrentId,
    /// The torrent's name.
    pub name: String,
    /// The info-hash, as forty hexadecimal digits.
    pub info_hash: String,
}

impl fmt::Display for TorrentAlreadyDownloading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("That torrent is already downloading!")
    }
}

/// Answers a request that came to nothing. The original's TIPCTorrentStartFail.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TorrentStartFail {
    /// The request's.
    pub token: Token,
    /// A sentence for people.
    pub reason: String,
}

impl TorrentStartFail {
    /// A failure with its reason.
    pub fn new(token: impl Into<Token>, reason: impl ToString) -> Self {
        TorrentStartFail { token: token.into(), reason: reason.to_string() }
    }
}

impl fmt::Display for TorrentStartFail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Torrent failed to start!")
    }
}

/// Answers [`CloseTorrent`]: done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TorrentClosed {
    /// The request's.
    pub token: Token,
    /// Which one.
    pub torrentid: TorrentId,
}

impl fmt::Display for TorrentClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Torrent {} closed", self.torrentid)
    }
}

/// A torrent of a former run was taken up again. Nobody asked for it now, so it goes to everybody.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TorrentRestored {
    /// Its number from now on.
    pub torrentid: TorrentId,
    /// The torrent's name.
    pub name: String,
    /// The info-hash, as forty hexadecimal digits.
    pub info_hash: String,
}

impl fmt::Display for TorrentRestored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Torrent {} restored", self.torrentid)
    }
}

/// A torrent of a former run could not be taken up again, so nothing has a number. It goes to everybody.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TorrentLost {
    /// A sentence for people.
    pub reason: String,
}

impl fmt::Display for TorrentLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Torrent lost : {}", self.reason)
    }
}

/// How a torrent stands. The original's TIPCTorrentStatusUpdate.
#[derive(Clone, Debug, PartialEq)]
pub struct TorrentStatusUpdate {
    /// Which one.
    pub torrentid: TorrentId,
    /// Its numbers.
    pub stats: Status,
}

impl fmt::Display for TorrentStatusUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Torrent {} status : {}%", self.torrentid, self.stats.percent())
    }
}

/// Something is wrong with a torrent that was taken on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TorrentTrouble {
    /// Which one.
    pub torrentid: TorrentId,
    /// A sentence for people.
    pub reason: String,
    /// It will not go on by itself.
    pub is_final: bool,
}

impl fmt::Display for TorrentTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Torrent {} trouble : {}", self.torrentid, self.reason)
    }
}

#[cfg(test)]
mod tests;
