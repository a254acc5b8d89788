//! What the page shows beside the graph: torrents.
//!
//! It hears what the monitor hears. Commands of the page go where those of standard input go, each with
//! a tag that begins with `ui-`; so their answers stand among the others.

use std::collections::{BTreeMap, VecDeque};

use kamaelia_io::view::{Exhibit, Kind, Metrics};
use kamaelia_torrent::components::messages::{Token, TorrentMessage};
use kamaelia_torrent::components::split_tag;
use kamaelia_torrent::engine::{Status, TorrentId};
use serde_json::{Value, json};

/// Failures that are remembered for the page.
const NOTES_MAX: usize = 6;

/// All torrents, as they were last told of.
#[derive(Default)]
pub struct Torrents {
    torrents: BTreeMap<TorrentId, Torrent>,
    /// Commands that came to nothing, and why; the latest last.
    notes: VecDeque<(String, String)>,
    /// Notes there ever were, so that the page tells old from new.
    noted: u64,
}

struct Torrent {
    name: String,
    info_hash: String,
    status: Option<Status>,
    /// The last answer to `why`.
    why: Option<String>,
}

impl Torrents {
    fn insert(&mut self, id: TorrentId, name: &str, info_hash: &str) {
        let known = Torrent {
            name: name.to_owned(),
            info_hash: info_hash.to_owned(),
            status: None,
            why: None,
        };
        self.torrents.entry(id).or_insert(known);
    }

    fn note(&mut self, token: &Token, reason: &str) {
        let (_, command) = split_tag(token.as_str());
        self.notes.push_back((command.to_owned(), reason.to_owned()));
        self.noted += 1;
        if self.notes.len() > NOTES_MAX {
            self.notes.pop_front();
        }
    }
}

impl Exhibit for Torrents {
    type Message = TorrentMessage;
    const SCRIPT: &'static str = include_str!("panel/torrents.js");
    const STYLE: &'static str = include_str!("panel/torrents.css");

    fn take(&mut self, message: TorrentMessage) {
        match message {
            TorrentMessage::Created(new) => self.insert(new.torrentid, &new.name, &new.info_hash),
            TorrentMessage::AlreadyDownloading(known) => {
                self.insert(known.torrentid, &known.name, &known.info_hash);
            }
            TorrentMessage::Restored(old) => self.insert(old.torrentid, &old.name, &old.info_hash),
            TorrentMessage::Closed(closed) => drop(self.torrents.remove(&closed.torrentid)),
            TorrentMessage::StartFail(failure) => self.note(&failure.token, &failure.reason),
            TorrentMessage::Refused(refused) => self.note(&refused.token, &refused.reason),
            TorrentMessage::MetadataFound(found) => {
                if let Some(torrent) = self.torrents.get_mut(&found.torrentid) {
                    torrent.name = found.name;
                }
            }
            TorrentMessage::Explained(explained) => {
                if let Some(torrent) = self.torrents.get_mut(&explained.torrentid) {
                    torrent.why = Some(explained.why);
                }
            }
            TorrentMessage::Changed(update) | TorrentMessage::Status(update) => {
                if let Some(torrent) = self.torrents.get_mut(&update.torrentid) {
                    torrent.take_status(update.stats);
                }
            }
            _ => {}
        }
    }

    fn state(&mut self) -> Value {
        let torrents: Vec<Value> =
            self.torrents.iter().map(|(id, torrent)| torrent.to_json(*id)).collect();
        let first = self.noted - self.notes.len() as u64;
        let notes: Vec<Value> = (first..)
            .zip(&self.notes)
            .map(|(number, (command, reason))| json!({ "number": number, "command": command, "reason": reason }))
            .collect();
        json!({ "torrents": torrents, "notes": notes })
    }

    fn measure(&self, metrics: &mut Metrics) {
        metrics.add("seeder_torrents", Kind::Gauge, "Torrents.", &[], self.torrents.len() as f64);
        for torrent in self.torrents.values() {
            torrent.measure(metrics);
        }
    }
}

impl Torrent {
    /// What kept it is out of date once it does something else.
    fn take_status(&mut self, status: Status) {
        if self.status.as_ref().is_some_and(|before| before.activity != status.activity) {
            self.why = None;
        }
        self.status = Some(status);
    }

    fn to_json(&self, id: TorrentId) -> Value {
        let about = json!({ "id": id.get(), "name": self.name, "why": self.why });
        let Some(status) = &self.status else { return about };
        let numbers = json!({
            "state": status.activity.word(),
            "error": status.activity.error(),
            "percent": status.known_percent(),
            "checked": status.checked,
            "total": status.total,
            "wanted": status.wanted,
            "left": status.wanted_left,
            "up_rate": status.up_rate,
            "down_rate": status.down_rate,
            "up_total": status.up_total,
            "down_total": status.down_total,
            "peers": status.num_peers,
            "seeds": status.num_seeds,
            "eta": status.time_left.map(|left| left.as_secs()),
            "ratio": status.ratio(),
            "pieces": status.pieces.total,
            "stored": status.pieces.stored,
            "begun": status.pieces.begun,
            "stretches": status.stretches,
        });
        match (about, numbers) {
            (Value::Object(mut about), Value::Object(numbers)) => {
                about.extend(numbers);
                Value::Object(about)
            }
            (about, _) => about,
        }
    }

    fn measure(&self, metrics: &mut Metrics) {
        use Kind::{Counter, Gauge};
        let Some(status) = &self.status else { return };
        let labels = [("info_hash", &*self.info_hash), ("name", &*self.name)];
        let mut add = |name, kind, help, value| metrics.add(name, kind, help, &labels, value);
        let (up, down) = (status.up_total as f64, status.down_total as f64);
        add("seeder_sent_bytes_total", Counter, "Bytes of content sent.", up);
        add("seeder_received_bytes_total", Counter, "Bytes of content received.", down);
        add("seeder_sent_bytes_per_second", Gauge, "Bytes sent now.", status.up_rate);
        add("seeder_received_bytes_per_second", Gauge, "Bytes received now.", status.down_rate);
        let (wanted, left) = (status.wanted as f64, status.wanted_left as f64);
        add("seeder_wanted_bytes", Gauge, "Bytes that are wanted.", wanted);
        add("seeder_left_bytes", Gauge, "Bytes that are wanted and lacking.", left);
        add("seeder_peers", Gauge, "Connected peers, seeds included.", status.num_peers as f64);
        add("seeder_seeds", Gauge, "Connected peers that have all.", status.num_seeds as f64);
        let state = [("info_hash", &*self.info_hash), ("state", status.activity.word())];
        metrics.add("seeder_torrent_state", Gauge, "1 for what a torrent does.", &state, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use kamaelia_torrent::components::messages::{
        NewTorrentCreated, RequestRefused, TorrentExplained, TorrentStatusUpdate,
    };
    use kamaelia_torrent::engine::Activity;

    use super::*;

    fn created(number: u32, name: &str) -> TorrentMessage {
        TorrentMessage::Created(NewTorrentCreated {
            token: "@ui-1 torrent:x".into(),
            torrentid: number.into(),
            name: name.into(),
            info_hash: format!("{number:040x}"),
        })
    }

    fn doing(number: u32, activity: Activity) -> TorrentMessage {
        let stats = Status::new(activity, 1000);
        TorrentMessage::Changed(TorrentStatusUpdate { torrentid: number.into(), stats })
    }

    #[test]
    fn a_torrent_is_shown_from_its_beginning_to_its_end_with_what_was_said_of_it_last() {
        let mut torrents = Torrents::default();
        torrents.take(created(1, "song \"one\""));
        assert_eq!(torrents.state()["torrents"][0]["name"], "song \"one\"");
        torrents.take(doing(1, Activity::Downloading));
        let why = "nobody has it".to_owned();
        let (token, torrentid) = ("why:1".into(), 1.into());
        let explained = TorrentExplained { token, torrentid, why };
        torrents.take(TorrentMessage::Explained(explained));
        let shown = torrents.state()["torrents"][0].clone();
        assert_eq!(
            (&shown["state"], &shown["why"]),
            (&json!("downloading"), &json!("nobody has it"))
        );
        torrents.take(doing(1, Activity::OnHold));
        assert_eq!(torrents.state()["torrents"][0]["why"], Value::Null);
    }

    #[test]
    fn failures_are_told_with_their_command_and_without_its_tag_and_old_ones_forgotten() {
        let mut torrents = Torrents::default();
        for number in 0..10 {
            let refused = RequestRefused::new(format!("@ui-{number} stop:{number}"), "no such");
            torrents.take(TorrentMessage::Refused(refused));
        }
        let notes = torrents.state()["notes"].clone();
        assert_eq!(notes.as_array().map(Vec::len), Some(NOTES_MAX));
        assert_eq!(notes[0], json!({ "number": 4, "command": "stop:4", "reason": "no such" }));
    }
}
