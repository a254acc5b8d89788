//! How results, answers and failures are spelled.
//!
//! In the plain format every line can be split at its first and its last colon into a number, a text
//! and a number. A torrent's line has its id, its file and its percentage. A line whose id is 0, which
//! no torrent has, answers a command: the text is the command as it was given, and the last number is
//! a status as programs have them, 0 for done and 1 for not.

use serde_json::{Map, Value, json};

use super::UNKNOWN;
use crate::components::messages::{
    ListedTorrent, RequestRefused, TorrentExplained, TorrentMetadataFound, TorrentRestored,
    TorrentStartFail, TorrentTrouble,
};
use crate::engine::{Status, TorrentId};

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// `id:file:percent` for results, `0:command:status` for answers; failures are sentences in a box
    /// of their own.
    #[default]
    Plain,
    /// One JSON object a line, for results and failures.
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

    pub(super) fn complaint(sentence: String) -> Self {
        Lines { results: Vec::new(), complaint: Some(sentence) }
    }
}

impl Format {
    /// A failure as a line without its end: a sentence, or an object.
    pub fn failure(self, failure: &TorrentStartFail) -> String {
        self.failed(failure.token.as_str(), &failure.reason)
    }

    /// The line that answers an order that was not done, without its end, where the failure itself
    /// is a sentence elsewhere.
    pub fn not_done(self, order: &str) -> Option<String> {
        match self {
            Format::Plain => Some(answer(order, 1)),
            Format::Json => None,
        }
    }

    fn failed(self, command: &str, reason: &str) -> String {
        match self {
            Format::Plain => format!("{}: {reason}", escape(command)),
            Format::Json => {
                json!({"event": "failed", "command": command, "reason": reason}).to_string()
            }
        }
    }

    /// A torrent was taken on, or was there already.
    pub(super) fn added(
        self,
        event: &str,
        id: TorrentId,
        name: &str,
        info_hash: &str,
        command: &str,
        percent: i16,
    ) -> Lines {
        Lines::result(match self {
            Format::Plain => plain(id, name, percent),
            Format::Json => json!({
                "event": event,
                "id": id.get(),
                "name": name,
                "info_hash": info_hash,
                "command": command,
            })
            .to_string(),
        })
    }

    /// What the torrent of a magnet link is: only objects say so, lines have its name from now on.
    pub(super) fn metadata(self, found: &TorrentMetadataFound) -> Lines {
        let TorrentMetadataFound { torrentid: id, name, .. } = found;
        match self {
            Format::Plain => Lines::default(),
            Format::Json => Lines::result(
                json!({"event": "metadata", "id": id.get(), "name": name}).to_string(),
            ),
        }
    }

    /// A torrent of a former run is there again; no command asked for it.
    pub(super) fn restored(self, restored: &TorrentRestored, percent: i16) -> Lines {
        let TorrentRestored { torrentid: id, name, info_hash } = restored;
        Lines::result(match self {
            Format::Plain => plain(*id, name, percent),
            Format::Json => json!({
                "event": "restored",
                "id": id.get(),
                "name": name,
                "info_hash": info_hash,
            })
            .to_string(),
        })
    }

    pub(super) fn start_failed(self, failure: &TorrentStartFail) -> Lines {
        let line = self.failure(failure);
        match self {
            Format::Plain => Lines::complaint(line),
            Format::Json => Lines::result(line),
        }
    }

    pub(super) fn refused(self, refused: &RequestRefused) -> Lines {
        let command = refused.token.as_str();
        let line = self.failed(command, &refused.reason);
        match self {
            Format::Plain => Lines {
                results: self.not_done(command).into_iter().collect(),
                complaint: Some(line),
            },
            Format::Json => Lines::result(line),
        }
    }

    /// Something was done to a torrent, as it was told.
    pub(super) fn done(self, event: &str, id: TorrentId, name: &str, command: &str) -> Lines {
        Lines::result(match self {
            Format::Plain => answer(command, 0),
            Format::Json => {
                json!({"event": event, "id": id.get(), "name": name, "command": command})
                    .to_string()
            }
        })
    }

    pub(super) fn left(self, command: &str) -> Lines {
        Lines::result(match self {
            Format::Plain => answer(command, 0),
            Format::Json => json!({"event": "quit", "command": command}).to_string(),
        })
    }

    pub(super) fn explained(self, explained: &TorrentExplained, name: &str) -> Lines {
        let TorrentExplained { token, torrentid, why } = explained;
        let command = token.as_str();
        Lines::result(match self {
            Format::Plain => answer(&format!("{command} {why}"), 0),
            Format::Json => json!({
                "event": "why",
                "id": torrentid.get(),
                "name": name,
                "why": why,
                "command": command,
            })
            .to_string(),
        })
    }

    pub(super) fn listed(self, torrents: &[ListedTorrent], command: &str) -> Lines {
        match self {
            Format::Plain => {
                let line = |listed: &ListedTorrent| {
                    let percent = listed.stats.known_percent().map_or(UNKNOWN, i16::from);
                    plain(listed.torrentid, &listed.name, percent)
                };
                let results = torrents.iter().map(line).chain([answer(command, 0)]).collect();
                Lines { results, complaint: None }
            }
            Format::Json => {
                let torrents: Vec<Value> = torrents.iter().map(listed).collect();
                let event = json!({"event": "list", "torrents": torrents, "command": command});
                Lines::result(event.to_string())
            }
        }
    }

    pub(super) fn trouble(self, trouble: &TorrentTrouble, name: &str) -> Lines {
        let TorrentTrouble { torrentid: id, reason, is_final } = trouble;
        match self {
            Format::Plain => Lines::complaint(format!("{id}:{}: {reason}", escape(name))),
            Format::Json => Lines::result(
                json!({
                    "event": "trouble",
                    "id": id.get(),
                    "name": name,
                    "reason": reason,
                    "final": is_final,
                })
                .to_string(),
            ),
        }
    }
}

/// A torrent's line.
pub(super) fn plain(id: TorrentId, name: &str, percent: i16) -> String {
    format!("{id}:{}:{percent}", escape(name))
}

/// A torrent's object.
pub(super) fn progress(event: &str, id: TorrentId, name: &str, stats: &Status) -> String {
    let mut object = numbers(id, name, stats);
    object.insert("event".to_owned(), event.into());
    Value::Object(object).to_string()
}

/// A command's line.
fn answer(text: &str, status: u8) -> String {
    format!("0:{}:{status}", escape(text))
}

fn listed(torrent: &ListedTorrent) -> Value {
    let mut object = numbers(torrent.torrentid, &torrent.name, &torrent.stats);
    object.insert("info_hash".to_owned(), torrent.info_hash.as_str().into());
    Value::Object(object)
}

fn numbers(id: TorrentId, name: &str, stats: &Status) -> Map<String, Value> {
    let fields = [
        ("id", json!(id.get())),
        ("name", json!(name)),
        ("percent", json!(stats.percent())),
        ("state", json!(stats.activity.word())),
        ("activity", json!(stats.activity.to_string())),
        ("error", json!(stats.activity.error())),
        ("total", json!(stats.total)),
        ("left", json!(stats.left)),
        ("wanted", json!(stats.wanted)),
        ("wanted_left", json!(stats.wanted_left)),
        ("eta", json!(stats.time_left.map(|left| left.as_secs()))),
        ("availability", json!(rounded(stats.num_copies))),
        ("ratio", json!(rounded(stats.ratio()))),
        ("peers", json!(stats.num_peers)),
        ("seeds", json!(stats.num_seeds)),
        ("up_rate", json!(stats.up_rate as u64)),
        ("down_rate", json!(stats.down_rate as u64)),
        ("up_total", json!(stats.up_total)),
        ("down_total", json!(stats.down_total)),
        ("discarded", json!(stats.discarded)),
        ("pieces", json!(stats.pieces.total)),
        ("pieces_done", json!(stats.pieces.stored)),
        ("pieces_begun", json!(stats.pieces.begun)),
        ("pieces_corrupt", json!(stats.pieces.corrupt)),
        ("reachable", json!(stats.ever_got_incoming)),
        ("tracker_seeds", json!(stats.tracker_seeds)),
        ("tracker_peers", json!(stats.tracker_peers)),
        ("tracker_error", json!(stats.tracker_trouble)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// To thousandths: nobody reads more.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// One line stays one line, whatever a name holds.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            let mut bytes = [0; 4];
            for byte in letter.encode_utf8(&mut bytes).bytes() {
                escaped.push_str(&format!("%{byte:02X}"));
            }
        } else {
            escaped.push(letter);
        }
    }
    escaped
}
