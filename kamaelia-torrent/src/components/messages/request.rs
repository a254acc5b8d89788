//! Everything a client can be asked, as one type.

use std::fmt;

use super::{
    CloseTorrent, CreateFromMagnet, CreateNewTorrent, ExplainTorrent, ListTorrents, MadeTorrent,
    PauseTorrent, ResumeTorrent, Token, TorrentStartFail,
};

/// What a client, and so a patron, takes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TorrentRequest {
    /// Take a torrent on.
    Create(CreateNewTorrent),
    /// Take one on of which only a magnet link is known.
    CreateFromMagnet(CreateFromMagnet),
    /// Let go of one.
    Close(CloseTorrent),
    /// Let its peers go for a while.
    Pause(PauseTorrent),
    /// Go on with it.
    Resume(ResumeTorrent),
    /// Tell how all of them stand.
    List(ListTorrents),
    /// Say why one does not move.
    Explain(ExplainTorrent),
    /// A request that failed before it came here, such as a torrent that could not be fetched. It
    /// is its own answer.
    Failed(TorrentStartFail),
}

impl TorrentRequest {
    /// What its answer will carry.
    pub fn token(&self) -> &Token {
        match self {
            TorrentRequest::Create(create) => &create.token,
            TorrentRequest::CreateFromMagnet(create) => &create.token,
            TorrentRequest::Close(close) => &close.token,
            TorrentRequest::Pause(pause) => &pause.token,
            TorrentRequest::Resume(resume) => &resume.token,
            TorrentRequest::List(list) => &list.token,
            TorrentRequest::Explain(explain) => &explain.token,
            TorrentRequest::Failed(failure) => &failure.token,
        }
    }

    pub(in crate::components) fn token_mut(&mut self) -> &mut Token {
        match self {
            TorrentRequest::Create(create) => &mut create.token,
            TorrentRequest::CreateFromMagnet(create) => &mut create.token,
            TorrentRequest::Close(close) => &mut close.token,
            TorrentRequest::Pause(pause) => &mut pause.token,
            TorrentRequest::Resume(resume) => &mut resume.token,
            TorrentRequest::List(list) => &mut list.token,
            TorrentRequest::Explain(explain) => &mut explain.token,
            TorrentRequest::Failed(failure) => &mut failure.token,
        }
    }
}

impl From<Result<MadeTorrent, TorrentStartFail>> for TorrentRequest {
    /// To seed what a [`TorrentMaker`](crate::components::TorrentMaker) has made, or to be told that it was
    /// not.
    fn from(made: Result<MadeTorrent, TorrentStartFail>) -> Self {
        match made {
            Ok(made) => TorrentRequest::Create(made.into()),
            Err(failure) => TorrentRequest::Failed(failure),
        }
    }
}

impl fmt::Display for TorrentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TorrentRequest::Create(create) => create.fmt(f),
            TorrentRequest::CreateFromMagnet(create) => create.fmt(f),
            TorrentRequest::Close(close) => close.fmt(f),
            TorrentRequest::Pause(pause) => pause.fmt(f),
            TorrentRequest::Resume(resume) => resume.fmt(f),
            TorrentRequest::List(list) => list.fmt(f),
            TorrentRequest::Explain(explain) => explain.fmt(f),
            TorrentRequest::Failed(failure) => failure.fmt(f),
        }
    }
}
