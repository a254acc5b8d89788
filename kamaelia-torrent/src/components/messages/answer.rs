//! Everything a client can say, as one type.

use std::fmt;

use super::{
    NewTorrentCreated, PatronLeft, RequestRefused, Token, TorrentAlreadyDownloading, TorrentClosed,
    TorrentExplained, TorrentLost, TorrentMetadataFound, TorrentPaused, TorrentRestored,
    TorrentResumed, TorrentStartFail, TorrentStatusUpdate, TorrentTrouble, TorrentsListed,
};
use crate::engine::TorrentId;

/// What a client, and so a patron, gives.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TorrentMessage {
    /// An answer: taken on.
    Created(NewTorrentCreated),
    /// An answer: there already.
    AlreadyDownloading(TorrentAlreadyDownloading),
    /// An answer: it came to nothing.
    StartFail(TorrentStartFail),
    /// An answer: let go of.
    Closed(TorrentClosed),
    /// An answer: its peers are let go.
    Paused(TorrentPaused),
    /// An answer: it goes on.
    Resumed(TorrentResumed),
    /// An answer: how all stand.
    Listed(TorrentsListed),
    /// An answer: why it does not move.
    Explained(TorrentExplained),
    /// An answer: it cannot be done.
    Refused(RequestRefused),
    /// An answer, and a patron's last word.
    Left(PatronLeft),
    /// What the torrent of a magnet link is.
    MetadataFound(TorrentMetadataFound),
    /// A torrent of a former run is there again.
    Restored(TorrentRestored),
    /// A torrent of a former run could not be taken up.
    Lost(TorrentLost),
    /// What a torrent does has changed, and how it stands now. Every change is told, in order.
    Changed(TorrentStatusUpdate),
    /// How a torrent stands. Told now and then, and left out for those who have not read the last.
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
            TorrentMessage::Paused(paused) => Some(&paused.token),
            TorrentMessage::Resumed(resumed) => Some(&resumed.token),
            TorrentMessage::Listed(listed) => Some(&listed.token),
            TorrentMessage::Explained(explained) => Some(&explained.token),
            TorrentMessage::Refused(refused) => Some(&refused.token),
            TorrentMessage::Left(left) => Some(&left.token),
            TorrentMessage::MetadataFound(_)
            | TorrentMessage::Restored(_)
            | TorrentMessage::Lost(_)
            | TorrentMessage::Changed(_)
            | TorrentMessage::Status(_)
            | TorrentMessage::Trouble(_) => None,
        }
    }

    pub(in crate::components) fn token_mut(&mut self) -> Option<&mut Token> {
        match self {
            TorrentMessage::Created(created) => Some(&mut created.token),
            TorrentMessage::AlreadyDownloading(already) => Some(&mut already.token),
            TorrentMessage::StartFail(failure) => Some(&mut failure.token),
            TorrentMessage::Closed(closed) => Some(&mut closed.token),
            TorrentMessage::Paused(paused) => Some(&mut paused.token),
            TorrentMessage::Resumed(resumed) => Some(&mut resumed.token),
            TorrentMessage::Listed(listed) => Some(&mut listed.token),
            TorrentMessage::Explained(explained) => Some(&mut explained.token),
            TorrentMessage::Refused(refused) => Some(&mut refused.token),
            TorrentMessage::Left(left) => Some(&mut left.token),
            TorrentMessage::MetadataFound(_)
            | TorrentMessage::Restored(_)
            | TorrentMessage::Lost(_)
            | TorrentMessage::Changed(_)
            | TorrentMessage::Status(_)
            | TorrentMessage::Trouble(_) => None,
        }
    }

    /// The torrent this is about, if it is about one that was taken on.
    pub fn torrentid(&self) -> Option<TorrentId> {
        match self {
            TorrentMessage::Created(created) => Some(created.torrentid),
            TorrentMessage::AlreadyDownloading(already) => Some(already.torrentid),
            TorrentMessage::Closed(closed) => Some(closed.torrentid),
            TorrentMessage::Paused(paused) => Some(paused.torrentid),
            TorrentMessage::Resumed(resumed) => Some(resumed.torrentid),
            TorrentMessage::Explained(explained) => Some(explained.torrentid),
            TorrentMessage::MetadataFound(found) => Some(found.torrentid),
            TorrentMessage::Restored(restored) => Some(restored.torrentid),
            TorrentMessage::Changed(update) | TorrentMessage::Status(update) => {
                Some(update.torrentid)
            }
            TorrentMessage::Trouble(trouble) => Some(trouble.torrentid),
            TorrentMessage::StartFail(_)
            | TorrentMessage::Lost(_)
            | TorrentMessage::Listed(_)
            | TorrentMessage::Refused(_)
            | TorrentMessage::Left(_) => None,
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
            TorrentMessage::Paused(paused) => paused.fmt(f),
            TorrentMessage::Resumed(resumed) => resumed.fmt(f),
            TorrentMessage::Listed(listed) => listed.fmt(f),
            TorrentMessage::Explained(explained) => explained.fmt(f),
            TorrentMessage::Refused(refused) => refused.fmt(f),
            TorrentMessage::Left(left) => left.fmt(f),
            TorrentMessage::MetadataFound(found) => found.fmt(f),
            TorrentMessage::Restored(restored) => restored.fmt(f),
            TorrentMessage::Lost(lost) => lost.fmt(f),
            TorrentMessage::Changed(update) | TorrentMessage::Status(update) => update.fmt(f),
            TorrentMessage::Trouble(trouble) => trouble.fmt(f),
        }
    }
}
