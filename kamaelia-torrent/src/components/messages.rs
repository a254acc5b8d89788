//! What the torrent components say to each other.
//!
//! These are the messages of the original's TorrentIPC, with two additions: each request carries a
//! [`Token`] that comes back with its answer, and each request has exactly one answer. The text
//! forms ([`Display`](fmt::Display)) of the original's messages are the original's, byte for byte.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use axon_core::Address;

use crate::engine::{Content, MakeOptions, Status, TorrentId};
use crate::storage::Progress;

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

/// What a client, and so a patron, takes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TorrentRequest {
    /// Take a torrent on.
    Create(CreateNewTorrent),
    /// Let go of one.
    Close(CloseTorrent),
    /// A request that failed before it came here, such as a torrent that could not be fetched. It
    /// is its own answer.
    Failed(TorrentStartFail),
}

impl TorrentRequest {
    /// What its answer will carry.
    pub fn token(&self) -> &Token {
        match self {
            TorrentRequest::Create(create) => &create.token,
            TorrentRequest::Close(close) => &close.token,
            TorrentRequest::Failed(failure) => &failure.token,
        }
    }

    pub(super) fn token_mut(&mut self) -> &mut Token {
        match self {
            TorrentRequest::Create(create) => &mut create.token,
            TorrentRequest::Close(close) => &mut close.token,
            TorrentRequest::Failed(failure) => &mut failure.token,
        }
    }
}

impl fmt::Display for TorrentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TorrentRequest::Create(create) => create.fmt(f),
            TorrentRequest::Close(close) => close.fmt(f),
            TorrentRequest::Failed(failure) => failure.fmt(f),
        }
    }
}

/// What a client, and so a patron, gives.
#[derive(Clone, Debug, PartialEq)]
pub enum TorrentMessage {
    /// An answer: taken on.
    Created(NewTorrentCreated),
    /// An answer: there already.
    AlreadyDownloading(TorrentAlreadyDownloading),
    /// An answer: it came to nothing.
    StartFail(TorrentStartFail),
    /// An answer: let go of.
    Closed(TorrentClosed),
    /// How a torrent stands.
    Status(TorrentStatusUpdate),
    /// Something is wrong with a torrent.
    Trouble(TorrentTrouble),
}

impl TorrentMessage {
    /// The token of the request this answers, if it is an answer.
    pub fn token(&self) -> Option<&Token> {
        match self {
            TorrentMessage::Created(created) => Some(&created.token),
            TorrentMessage::AlreadyDownloading(already) => Some(&already.token),
            TorrentMessage::StartFail(failure) => Some(&failure.token),
            TorrentMessage::Closed(closed) => Some(&closed.token),
            TorrentMessage::Status(_) | TorrentMessage::Trouble(_) => None,
        }
    }

    pub(super) fn token_mut(&mut self) -> Option<&mut Token> {
        match self {
            TorrentMessage::Created(created) => Some(&mut created.token),
            TorrentMessage::AlreadyDownloading(already) => Some(&mut already.token),
            TorrentMessage::StartFail(failure) => Some(&mut failure.token),
            TorrentMessage::Closed(closed) => Some(&mut closed.token),
            TorrentMessage::Status(_) | TorrentMessage::Trouble(_) => None,
        }
    }

    /// The torrent this is about, if it was taken on.
    pub fn torrentid(&self) -> Option<TorrentId> {
        match self {
            TorrentMessage::Created(created) => Some(created.torrentid),
            TorrentMessage::AlreadyDownloading(already) => Some(already.torrentid),
            TorrentMessage::StartFail(_) => None,
            TorrentMessage::Closed(closed) => Some(closed.torrentid),
            TorrentMessage::Status(update) => Some(update.torrentid),
            TorrentMessage::Trouble(trouble) => Some(trouble.torrentid),
        }
    }
}

impl fmt::Display for TorrentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TorrentMessage::Created(created) => created.fmt(f),
            TorrentMessage::AlreadyDownloading(already) => already.fmt(f),
            TorrentMessage::StartFail(failure) => failure.fmt(f),
            TorrentMessage::Closed(closed) => closed.fmt(f),
            TorrentMessage::Status(update) => update.fmt(f),
            TorrentMessage::Trouble(trouble) => trouble.fmt(f),
        }
    }
}

/// What patrons say to the service they share.
#[derive(Clone, Debug)]
pub enum ServiceMessage {
    /// I am here.
    Add(ServiceAdd),
    /// Pass this on to the client.
    PassOn(ServicePassOn),
    /// I go.
    Remove(ServiceRemove),
}

impl fmt::Display for ServiceMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServiceMessage::Add(add) => add.fmt(f),
            ServiceMessage::PassOn(pass_on) => pass_on.fmt(f),
            ServiceMessage::Remove(remove) => remove.fmt(f),
        }
    }
}

/// A patron joins. The original's TIPCServiceAdd.
#[derive(Clone, Debug)]
pub struct ServiceAdd {
    /// Where its answers go.
    pub reply_service: Address<TorrentMessage>,
}

impl fmt::Display for ServiceAdd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Add a client to TorrentService")
    }
}

/// A patron's request. The original's TIPCServicePassOn, whose text is that of TIPCServiceAdd.
#[derive(Clone, Debug)]
pub struct ServicePassOn {
    /// Whose it is.
    pub reply_service: Address<TorrentMessage>,
    /// What the client is asked.
    pub message: TorrentRequest,
}

impl fmt::Display for ServicePassOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Add a client to TorrentService")
    }
}

/// A patron leaves. The original's TIPCServiceRemove.
#[derive(Clone, Debug)]
pub struct ServiceRemove {
    /// Which one.
    pub reply_service: Address<TorrentMessage>,
}

impl fmt::Display for ServiceRemove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remove a client from TorrentService")
    }
}

#[cfg(test)]
mod tests;
