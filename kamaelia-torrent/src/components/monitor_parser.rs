//! Turns what a patron says into lines that another program reads.
//!
//! The plain format is the original's: `id:file:percent`, with -1 when a torrent is new and then
//! only rising percents. The file is what lies between the first and the last colon; what would break
//! the line is written as `%` and two hexadecimal digits a byte. Commands that ask something of
//! torrents that are there, and those with a tag, are answered with lines of the same shape whose id
//! is 0, which no torrent has. With [`Format::Json`] each line is one object, failures included.

use std::collections::HashMap;

use axon_core::{Closed, Component, Inbox, Outbox};

use super::messages::{TorrentMessage, TorrentMetadataFound, TorrentStatusUpdate, TorrentTrouble};
use super::tally::Tally;
use crate::engine::{Activity, TorrentId};

mod format;

pub use format::{Format, JsonEvent, PIPE_PROTOCOL};
use format::{Lines, Object, torrent};

/// Reports each torrent in lines, and only when a line would say something new.
#[derive(Component, Default)]
pub struct MonitorParser {
    /// What a patron says.
    pub inbox: Inbox<TorrentMessage>,
    /// Lines without their ends.
    pub outbox: Outbox<String>,
    /// In the plain format, a sentence for each failure.
    #[optional]
    pub complaints: Outbox<String>,
    /// Every message as it came, for those who show more than lines can.
    #[optional]
    pub passed: Outbox<TorrentMessage>,

    format: Format,
    tally: Tally,
    torrents: HashMap<TorrentId, Seen>,
}

/// The percentage of a torrent of which nothing is known.
const UNKNOWN: i16 = -1;

/// What was last said of a torrent.
struct Seen {
    name: String,
    percent: i16,
    is_complete: bool,
    /// It waits for its disk, or has failed for good.
    in_trouble: bool,
    activity: String,
}

impl MonitorParser {
    /// A monitor that writes lines of this format.
    pub fn new(format: Format) -> Self {
        MonitorParser { format, ..MonitorParser::default() }
    }

    /// What it counts.
    pub fn tally(&self) -> Tally {
        self.tally.clone()
    }

    async fn main(mut self) -> Result<(), Closed> {
        for line in self.format.hello().results {
            self.outbox.send(line).await?;
        }
        while let Some(message) = self.inbox.recv().await {
            let lines = self.lines_for(&message);
            for line in lines.results {
                self.outbox.send(line).await?;
            }
            // Nobody need listen to these.
            if let Some(complaint) = lines.complaint {
                let _ = self.complaints.send(complaint).await;
            }
            let _ = self.passed.send(message).await;
        }
        Ok(())
    }

    fn lines_for(&mut self, message: &TorrentMessage) -> Lines {
        let lines = self.lines_for_one(message);
        let unfinished = |seen: &&Seen| !seen.is_complete || seen.in_trouble;
        self.tally.set_unfinished(self.torrents.values().filter(unfinished).count());
        if let Some(token) = message.token() {
            self.tally.note_answered(token);
        }
        lines
    }

    fn lines_for_one(&mut self, message: &TorrentMessage) -> Lines {
        let line = message.token().map_or("", |token| token.as_str());
        match message {
            TorrentMessage::Created(created) => {
                let hash = &created.info_hash;
                self.on_added(JsonEvent::Added, created.torrentid, &created.name, hash, line)
            }
            TorrentMessage::AlreadyDownloading(already) => {
                let hash = &already.info_hash;
                self.on_added(JsonEvent::Already, already.torrentid, &already.name, hash, line)
            }
            TorrentMessage::MetadataFound(found) => self.on_metadata(found),
            TorrentMessage::Restored(restored) => {
                let seen = self.torrents.entry(restored.torrentid);
                let percent = seen.or_insert_with(|| Seen::new(&restored.name)).percent;
                self.format.restored(restored, percent)
            }
            TorrentMessage::Lost(lost) => {
                self.tally.note_failure();
                self.format.lost(lost)
            }
            TorrentMessage::Changed(update) | TorrentMessage::Status(update) => {
                self.on_status(update)
            }
            TorrentMessage::Trouble(trouble) => self.on_trouble(trouble),
            TorrentMessage::StartFail(failure) => {
                self.tally.note_failure();
                self.format.start_failed(failure)
            }
            TorrentMessage::Refused(refused) => {
                self.tally.note_failure();
                self.format.refused(refused)
            }
            TorrentMessage::Closed(closed) => {
                let seen = self.torrents.remove(&closed.torrentid);
                let name = seen.map_or(String::new(), |seen| seen.name);
                self.format.done(JsonEvent::Closed, closed.torrentid, &name, line)
            }
            TorrentMessage::Paused(paused) => self.format.done(
                JsonEvent::Paused,
                paused.torrentid,
                self.name(paused.torrentid),
                line,
            ),
            TorrentMessage::Resumed(resumed) => {
                let name = self.name(resumed.torrentid);
                self.format.done(JsonEvent::Resumed, resumed.torrentid, name, line)
            }
            TorrentMessage::Listed(listed) => self.format.listed(&listed.torrents, line),
            TorrentMessage::Explained(explained) => {
                self.format.explained(explained, self.name(explained.torrentid))
            }
            TorrentMessage::Left(_) => self.format.left(line),
        }
    }

    fn name(&self, id: TorrentId) -> &str {
        self.torrents.get(&id).map_or("", |seen| &seen.name)
    }

    /// A torrent that is there already is answered with where it stands.
    fn on_added(
        &mut self,
        event: JsonEvent,
        id: TorrentId,
        name: &str,
        info_hash: &str,
        line: &str,
    ) -> Lines {
        let percent = self.torrents.entry(id).or_insert_with(|| Seen::new(name)).percent;
        self.format.added(event, id, name, info_hash, line, percent)
    }

    /// From now on the torrent goes by its own name.
    fn on_metadata(&mut self, found: &TorrentMetadataFound) -> Lines {
        if let Some(seen) = self.torrents.get_mut(&found.torrentid) {
            seen.name.clone_from(&found.name);
        }
        self.format.metadata(found)
    }

    fn on_status(&mut self, update: &TorrentStatusUpdate) -> Lines {
        let TorrentStatusUpdate { torrentid: id, stats } = update;
        let Some(seen) = self.torrents.get_mut(id) else { return Lines::default() };
        let percent = stats.known_percent().map_or(UNKNOWN, i16::from);
        let activity = stats.activity.to_string();
        let rises = percent > seen.percent;
        let completes = stats.is_complete() && !seen.is_complete;
        let changes = rises || completes || activity != seen.activity;
        seen.percent = seen.percent.max(percent);
        seen.is_complete |= completes;
        seen.in_trouble = matches!(stats.activity, Activity::Paused(_) | Activity::Failed(_));
        seen.activity = activity;
        match self.format {
            Format::Plain if rises => Lines::result(torrent(*id, &seen.name, percent)),
            Format::Json if changes => {
                let event = if completes { JsonEvent::Complete } else { JsonEvent::Progress };
                Lines::object(Object::standing(event, *id, &seen.name, stats))
            }
            _ => Lines::default(),
        }
    }

    fn on_trouble(&mut self, trouble: &TorrentTrouble) -> Lines {
        if let Some(seen) = self.torrents.get_mut(&trouble.torrentid) {
            // It may mend itself: whether it has not is known when all is over.
            seen.in_trouble = true;
        }
        self.format.trouble(trouble, self.name(trouble.torrentid))
    }
}

impl Seen {
    fn new(name: &str) -> Self {
        let activity = String::new();
        Seen {
            name: name.into(),
            percent: UNKNOWN,
            is_complete: false,
            in_trouble: false,
            activity,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
