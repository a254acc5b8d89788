//! Turns what a patron says into lines that another program reads.
//!
//! The plain format is the original's: `id:file:percent`, with -1 when a torrent is new and then
//! only rising percents. The file is what lies between the first and the last colon; a control
//! character in it is written as `%` and two hexadecimal digits. With [`Format::Json`] each line is
//! one object, failures included.

use std::collections::HashMap;

use axon_core::{Closed, Component, Inbox, Outbox};
use serde_json::{Value, json};

use super::messages::{TorrentMessage, TorrentStartFail, TorrentStatusUpdate, TorrentTrouble};
use super::tally::Tally;
use crate::engine::{Activity, TorrentId};

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// `id:file:percent` for results; failures are sentences in a box of their own.
    #[default]
    Plain,
    /// One JSON object a line, for results and failures.
    Json,
}

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

/// What was last said of a torrent.
struct Seen {
    name: String,
    percent: i16,
    is_complete: bool,
    /// It waits for its disk, or has failed for good.
    in_trouble: bool,
    activity: String,
}

/// Lines for the two boxes.
#[derive(Debug, Default, Eq, PartialEq)]
struct Lines {
    results: Vec<String>,
    complaint: Option<String>,
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
        match message {
            TorrentMessage::Created(created) => {
                let (token, hash) = (created.token.as_str(), &created.info_hash);
                self.on_added("added", created.torrentid, &created.name, hash, token)
            }
            TorrentMessage::AlreadyDownloading(already) => {
                let (token, hash) = (already.token.as_str(), &already.info_hash);
                self.on_added("already", already.torrentid, &already.name, hash, token)
            }
            TorrentMessage::Status(update) => self.on_status(update),
            TorrentMessage::StartFail(failure) => self.on_failure(failure),
            TorrentMessage::Trouble(trouble) => self.on_trouble(trouble),
            TorrentMessage::Closed(closed) => {
                self.torrents.remove(&closed.torrentid);
                let event = json!({"event": "closed", "id": closed.torrentid.get()});
                self.only_json(&event)
            }
        }
    }

    /// A torrent that is there already is answered with where it stands.
    fn on_added(
        &mut self,
        event: &str,
        id: TorrentId,
        name: &str,
        info_hash: &str,
        command: &str,
    ) -> Lines {
        let percent = self.torrents.entry(id).or_insert_with(|| Seen::new(name)).percent;
        Lines::result(match self.format {
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

    fn on_status(&mut self, update: &TorrentStatusUpdate) -> Lines {
        let Some(seen) = self.torrents.get_mut(&update.torrentid) else { return Lines::default() };
        let percent = i16::from(update.stats.percent());
        let activity = update.stats.activity.to_string();
        let rises = percent > seen.percent;
        let completes = update.stats.is_complete() && !seen.is_complete;
        let changes = rises || completes || activity != seen.activity;
        seen.percent = seen.percent.max(percent);
        seen.is_complete |= completes;
        seen.in_trouble =
            matches!(update.stats.activity, Activity::Paused(_) | Activity::Failed(_));
        seen.activity = activity;
        match self.format {
            Format::Plain if rises => Lines::result(plain(update.torrentid, &seen.name, percent)),
            Format::Json if changes => {
                let event = if completes { "complete" } else { "progress" };
                Lines::result(progress(event, &seen.name, update).to_string())
            }
            _ => Lines::default(),
        }
    }

    fn on_failure(&mut self, failure: &TorrentStartFail) -> Lines {
        self.tally.note_failure();
        let line = self.format.failure(failure);
        match self.format {
            Format::Plain => Lines::complaint(line),
            Format::Json => Lines::result(line),
        }
    }

    fn on_trouble(&mut self, trouble: &TorrentTrouble) -> Lines {
        let TorrentTrouble { torrentid: id, reason, is_final } = trouble;
        let seen = self.torrents.get_mut(id);
        let name = seen.map_or("", |seen| {
            // It may mend itself: whether it has not is known when all is over.
            seen.in_trouble = true;
            &seen.name
        });
        match self.format {
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

    fn only_json(&self, event: &Value) -> Lines {
        match self.format {
            Format::Plain => Lines::default(),
            Format::Json => Lines::result(event.to_string()),
        }
    }
}

impl Format {
    /// A failure as a line without its end: a sentence, or an object.
    pub fn failure(self, failure: &TorrentStartFail) -> String {
        let (command, reason) = (failure.token.as_str(), &failure.reason);
        match self {
            Format::Plain => format!("{}: {reason}", escape(command)),
            Format::Json => {
                json!({"event": "failed", "command": command, "reason": reason}).to_string()
            }
        }
    }
}

impl Seen {
    fn new(name: &str) -> Self {
        let activity = String::new();
        Seen { name: name.into(), percent: -1, is_complete: false, in_trouble: false, activity }
    }
}

impl Lines {
    fn result(line: String) -> Self {
        Lines { results: vec![line], complaint: None }
    }

    fn complaint(sentence: String) -> Self {
        Lines { results: Vec::new(), complaint: Some(sentence) }
    }
}

fn plain(id: TorrentId, name: &str, percent: i16) -> String {
    format!("{id}:{}:{percent}", escape(name))
}

fn progress(event: &str, name: &str, update: &TorrentStatusUpdate) -> Value {
    let stats = &update.stats;
    json!({
        "event": event,
        "id": update.torrentid.get(),
        "name": name,
        "percent": stats.percent(),
        "activity": stats.activity.to_string(),
        "total": stats.total,
        "left": stats.left,
        "peers": stats.num_peers,
        "seeds": stats.num_seeds,
        "up_rate": stats.up_rate as u64,
        "down_rate": stats.down_rate as u64,
        "up_total": stats.up_total,
        "down_total": stats.down_total,
    })
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

#[cfg(test)]
pub(crate) mod tests;
