//! How results, answers and failures are spelled.
//!
//! In the plain format every line can be split at its first and its last colon into a number, a text
//! and a number. A torrent's line has its id, its file and its percentage. A line whose id is 0, which
//! no torrent has, answers a command: the text is the command as it was given, and the last number is
//! a status as programs have them, 0 for done and 1 for not. A command with a tag is always answered
//! by such a line.

mod json;
mod plain;

pub use json::{JsonEvent, PIPE_PROTOCOL};

use serde_json::Value;

pub(super) use json::Object;
pub(super) use plain::torrent;

use crate::components::messages::{
    ListedTorrent, RequestRefused, TorrentExplained, TorrentLost, TorrentMetadataFound,
    TorrentRestored, TorrentStartFail, TorrentTrouble,
};
use crate::components::tag::split_tag;
use crate::engine::TorrentId;

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// `id:file:percent` for results, `0:command:status` for answers; failures are sentences in a box
    /// of their own.
    #[default]
    Plain,
    /// One JSON object a line, for results and failures. The first says which [`PIPE_PROTOCOL`] it is.
    Json,
}

/// Lines for the two boxes of a monitor.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Lines {
    pub(super) results: Vec<String>,
    pub(super) complaint: Option<String>,
}

impl Lines {
    pub(super) fn result(line: String) -> Self {
        Lines { results: vec![line], complaint: None }
    }

    pub(super) fn object(object: Object) -> Self {
        Lines::result(object.text())
    }

    pub(super) fn complaint(sentence: String) -> Self {
        Lines { results: Vec::new(), complaint: Some(sentence) }
    }
}

impl Format {
    /// A failure as a line without its end: a sentence, or an object.
    pub fn failure(self, failure: &TorrentStartFail) -> String {
        self.failed(failure.token.as_str(), &failure.reason)
    }

    /// The line that answers a command that was not done, without its end, where the failure itself
    /// is a sentence elsewhere.
    pub fn not_done(self, line: &str) -> Option<String> {
        match self {
            Format::Plain => Some(plain::answer(line, 1)),
            Format::Json => None,
        }
    }

    fn failed(self, line: &str, reason: &str) -> String {
        match self {
            Format::Plain => plain::complaint(line, reason),
            Format::Json => {
                Object::answering(JsonEvent::Failed, line).with("reason", reason).text()
            }
        }
    }

    /// What is said before all else.
    pub(super) fn hello(self) -> Lines {
        match self {
            Format::Plain => Lines::default(),
            Format::Json => Lines::object(Object::hello()),
        }
    }

    /// A torrent was taken on, or was there already.
    pub(super) fn added(
        self,
        event: JsonEvent,
        id: TorrentId,
        name: &str,
        info_hash: &str,
        line: &str,
        percent: i16,
    ) -> Lines {
        match self {
            Format::Plain => {
                let tagged = split_tag(line).0.is_some();
                // First, so that whoever reads the torrent's own line knows whose it is.
                let answer = tagged.then(|| plain::answer(&format!("{line} {id}"), 0));
                let own = torrent(id, name, percent);
                Lines { results: answer.into_iter().chain([own]).collect(), complaint: None }
            }
            Format::Json => {
                let object = Object::about(event, id, name).with("info_hash", info_hash);
                Lines::object(object.in_answer_to(line))
            }
        }
    }

    /// What the torrent of a magnet link is: only objects say so, lines have its name from now on.
    pub(super) fn metadata(self, found: &TorrentMetadataFound) -> Lines {
        let TorrentMetadataFound { torrentid: id, name, .. } = found;
        match self {
            Format::Plain => Lines::default(),
            Format::Json => Lines::object(Object::about(JsonEvent::Metadata, *id, name)),
        }
    }

    /// A torrent of a former run is there again; no command asked for it.
    pub(super) fn restored(self, restored: &TorrentRestored, percent: i16) -> Lines {
        let TorrentRestored { torrentid: id, name, info_hash } = restored;
        match self {
            Format::Plain => Lines::result(torrent(*id, name, percent)),
            Format::Json => {
                let object = Object::about(JsonEvent::Restored, *id, name);
                Lines::object(object.with("info_hash", info_hash.as_str()))
            }
        }
    }

    /// A torrent of a former run is not there again; no command asked for it.
    pub(super) fn lost(self, lost: &TorrentLost) -> Lines {
        match self {
            Format::Plain => Lines::complaint(plain::complaint(
                "a torrent of a former run is lost",
                &lost.reason,
            )),
            Format::Json => {
                Lines::object(Object::alone(JsonEvent::Lost).with("reason", lost.reason.as_str()))
            }
        }
    }

    pub(super) fn start_failed(self, failure: &TorrentStartFail) -> Lines {
        let line = self.failure(failure);
        match self {
            Format::Plain => {
                let token = failure.token.as_str();
                let answer = split_tag(token).0.and_then(|_| self.not_done(token));
                Lines { results: answer.into_iter().collect(), complaint: Some(line) }
            }
            Format::Json => Lines::result(line),
        }
    }

    pub(super) fn refused(self, refused: &RequestRefused) -> Lines {
        let token = refused.token.as_str();
        let line = self.failed(token, &refused.reason);
        match self {
            Format::Plain => {
                Lines { results: self.not_done(token).into_iter().collect(), complaint: Some(line) }
            }
            Format::Json => Lines::result(line),
        }
    }

    /// Something was done to a torrent, as it was told.
    pub(super) fn done(self, event: JsonEvent, id: TorrentId, name: &str, line: &str) -> Lines {
        match self {
            Format::Plain => Lines::result(plain::answer(line, 0)),
            Format::Json => Lines::object(Object::about(event, id, name).in_answer_to(line)),
        }
    }

    pub(super) fn left(self, line: &str) -> Lines {
        match self {
            Format::Plain => Lines::result(plain::answer(line, 0)),
            Format::Json => Lines::object(Object::answering(JsonEvent::Quit, line)),
        }
    }

    pub(super) fn explained(self, explained: &TorrentExplained, name: &str) -> Lines {
        let TorrentExplained { token, torrentid, why } = explained;
        let line = token.as_str();
        match self {
            Format::Plain => Lines::result(plain::answer(&format!("{line} {why}"), 0)),
            Format::Json => {
                let object = Object::about(JsonEvent::Why, *torrentid, name).in_answer_to(line);
                Lines::object(object.with("why", why.as_str()))
            }
        }
    }

    pub(super) fn listed(self, torrents: &[ListedTorrent], line: &str) -> Lines {
        match self {
            Format::Plain => {
                let lines = torrents.iter().map(plain::listed);
                let results = lines.chain([plain::answer(line, 0)]).collect();
                Lines { results, complaint: None }
            }
            Format::Json => {
                let torrents: Vec<Value> = torrents.iter().map(json::listed).collect();
                let object = Object::answering(JsonEvent::List, line);
                Lines::object(object.with("torrents", torrents))
            }
        }
    }

    pub(super) fn trouble(self, trouble: &TorrentTrouble, name: &str) -> Lines {
        let TorrentTrouble { torrentid: id, reason, is_final } = trouble;
        match self {
            Format::Plain => Lines::complaint(plain::complaint(&format!("{id}:{name}"), reason)),
            Format::Json => {
                let object = Object::about(JsonEvent::Trouble, *id, name);
                Lines::object(object.with("reason", reason.as_str()).with("final", *is_final))
            }
        }
    }
}
