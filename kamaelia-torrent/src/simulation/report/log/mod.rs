//! Everything that happened, in order: hashed as it goes, and kept if asked for.
//!
//! A log is text, whether it is kept or not, and its hash is the SHA-1 of that text: what
//! `sha1sum` says of the file it was written to. Two runs were the same if their hashes are, and
//! [`EventLog::first_difference`] says where they parted.

mod event;
#[cfg(test)]
mod tests;
mod text;

pub use event::{LogEvent, What};

use super::TorrentSize;
use crate::hash::Sha1;
use crate::simulation::Moment;

/// Text that is gathered before it is hashed.
const BATCH: usize = 16 * 1024;

/// The events of one run.
#[derive(Clone)]
pub struct EventLog {
    seed: u64,
    torrent: TorrentSize,
    hash: Sha1,
    /// What is not hashed yet, or all of it if it is kept.
    text: Vec<u8>,
    hashed: usize,
    kept: bool,
    events: u64,
    end: Moment,
}

/// Why a text is no log.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct LogError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl EventLog {
    /// An empty log of a run with this seed. If it is kept, that takes some 25 bytes of memory for
    /// each event.
    pub fn new(seed: u64, torrent: TorrentSize, kept: bool) -> Self {
        let mut text = Vec::with_capacity(2 * BATCH);
        text::write_title(&mut text, seed, torrent);
        EventLog {
            seed,
            torrent,
            hash: Sha1::new(),
            text,
            hashed: 0,
            kept,
            events: 0,
            end: Moment::START,
        }
    }

    /// Adds what happened next.
    pub fn push(&mut self, event: &LogEvent) {
        text::write_event(&mut self.text, event);
        self.events += 1;
        self.end = self.end.max(event.at);
        if self.text.len() - self.hashed >= BATCH {
            self.hash.update(&self.text[self.hashed..]);
            if self.kept {
                self.hashed = self.text.len();
            } else {
                self.text.clear();
            }
        }
    }

    /// The seed of the run.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What was shared.
    pub fn torrent(&self) -> TorrentSize {
        self.torrent
    }

    /// How many events there were.
    pub fn len(&self) -> u64 {
        self.events
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// When the last one was.
    pub fn end(&self) -> Moment {
        self.end
    }

    /// The SHA-1 of the text, in hexadecimal digits.
    pub fn hash(&self) -> String {
        let mut hash = self.hash.clone();
        hash.update(&self.text[self.hashed..]);
        hash.finish().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// All of it as lines of text, to be written to a file; `None` if it was not kept.
    pub fn text(&self) -> Option<&str> {
        let text = || std::str::from_utf8(&self.text).expect("it was made of text");
        self.kept.then(text)
    }

    /// Every event in order; none if they were not kept.
    pub fn events(&self) -> impl Iterator<Item = LogEvent> {
        let lines = self.text().unwrap_or_default().lines().skip(1);
        lines.map(|line| text::read_event(line, self.torrent.pieces).expect("we wrote this line"))
    }

    /// Reads what [`text`](Self::text) gave.
    pub fn parse(text: &str) -> Result<Self, LogError> {
        let wrong = |line: usize| move |reason| LogError { line, reason };
        let mut lines = text.lines().zip(1..);
        let (title, _) = lines.next().unwrap_or_default();
        let (seed, torrent) = text::read_title(title).map_err(wrong(1))?;
        let mut log = EventLog::new(seed, torrent, true);
        for (line, number) in lines {
            log.push(&text::read_event(line, torrent.pieces).map_err(wrong(number))?);
        }
        Ok(log)
    }

    /// Where two logs part, in a sentence; `None` if they are the same. Of logs that were not kept
    /// only that they differ can be said.
    pub fn first_difference(&self, other: &EventLog) -> Option<String> {
        if self.events == other.events && self.hash() == other.hash() {
            return None;
        }
        let (Some(ours), Some(theirs)) = (self.text(), other.text()) else {
            return Some("the logs differ; where, is only known of logs that are kept".to_owned());
        };
        let (mut ours, mut theirs) = (ours.lines(), theirs.lines());
        let mut number = 0;
        loop {
            number += 1;
            match (ours.next(), theirs.next()) {
                (None, None) => return None,
                (one, two) if one == two => {}
                (Some(one), Some(two)) => {
                    return Some(format!("line {number}: one says `{one}`, the other `{two}`"));
                }
                (Some(more), None) => {
                    return Some(format!("line {number}: one says `{more}`, the other has ended"));
                }
                (None, Some(more)) => {
                    return Some(format!("line {number}: one has ended, the other says `{more}`"));
                }
            }
        }
    }
}

impl std::fmt::Debug for EventLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EventLog({} events, {})", self.events, self.hash())
    }
}

impl PartialEq for EventLog {
    /// Whether the same happened.
    fn eq(&self, other: &Self) -> bool {
        self.events == other.events && self.hash() == other.hash()
    }
}

impl serde::Serialize for EventLog {
    /// As its hash and the number of events.
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = to.serialize_struct("EventLog", 2)?;
        fields.serialize_field("events", &self.events)?;
        fields.serialize_field("hash", &self.hash())?;
        fields.end()
    }
}
