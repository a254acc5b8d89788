//! Lines that are one JSON object each.

use serde_json::{Map, Value, json};

use super::plain::breaks_lines;
use crate::components::messages::ListedTorrent;
use crate::components::tag::split_tag;
use crate::engine::{Status, TorrentId};

/// The version of what the lines say. It changes when a field goes away or changes its type or its
/// meaning; events and fields may be added without.
pub const PIPE_PROTOCOL: u32 = 1;

macro_rules! events {
    ($($(#[$about:meta])+ $event:ident = $name:literal,)+) => {
        /// What an object tells: the value of its `event`.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum JsonEvent { $($(#[$about])+ $event,)+ }

        impl JsonEvent {
            /// All there are.
            pub const ALL: &[JsonEvent] = &[$(JsonEvent::$event,)+];

            /// As it stands in the object.
            pub fn name(self) -> &'static str {
                match self { $(JsonEvent::$event => $name,)+ }
            }
        }
    };
}

events! {
    /// The first line there is.
    Hello = "hello",
    /// An answer: a torrent was taken on.
    Added = "added",
    /// An answer: the torrent was there already.
    Already = "already",
    /// A torrent of a former run is there again.
    Restored = "restored",
    /// A torrent of a former run could not be taken up.
    Lost = "lost",
    /// What the torrent of a magnet link is.
    Metadata = "metadata",
    /// How a torrent stands.
    Progress = "progress",
    /// How a torrent stands, and that all that is wanted of it is there for the first time.
    Complete = "complete",
    /// Something is wrong with a torrent.
    Trouble = "trouble",
    /// An answer: the command was not done.
    Failed = "failed",
    /// An answer: a torrent rests.
    Paused = "paused",
    /// An answer: a torrent goes on.
    Resumed = "resumed",
    /// An answer: a torrent was let go of.
    Closed = "closed",
    /// An answer: how all torrents stand.
    List = "list",
    /// An answer: why a torrent does not move.
    Why = "why",
    /// An answer, and the last line there is.
    Quit = "quit",
}

/// One line in the making.
pub(crate) struct Object(Map<String, Value>);

impl Object {
    pub(super) fn hello() -> Self {
        let object = Object(Map::new()).with("protocol", PIPE_PROTOCOL);
        object.with("version", env!("CARGO_PKG_VERSION")).event(JsonEvent::Hello)
    }

    /// About neither a command nor a torrent that is there.
    pub(super) fn alone(event: JsonEvent) -> Self {
        Object(Map::new()).event(event)
    }

    /// About a command alone.
    pub(super) fn answering(event: JsonEvent, line: &str) -> Self {
        Object(Map::new()).event(event).in_answer_to(line)
    }

    /// About a torrent.
    pub(super) fn about(event: JsonEvent, id: TorrentId, name: &str) -> Self {
        Object(Map::new()).event(event).with("id", id.get()).with("name", name)
    }

    /// How a torrent stands.
    pub(crate) fn standing(event: JsonEvent, id: TorrentId, name: &str, stats: &Status) -> Self {
        Object(numbers(id, name, stats)).event(event)
    }

    fn event(self, event: JsonEvent) -> Self {
        self.with("event", event.name())
    }

    pub(super) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0.insert(field.to_owned(), value.into());
        self
    }

    /// That it answers this line, which had a tag or none.
    pub(super) fn in_answer_to(self, line: &str) -> Self {
        let (tag, command) = split_tag(line);
        let object = self.with("command", command);
        match tag {
            Some(tag) => object.with("tag", tag),
            None => object,
        }
    }

    /// Its text. What breaks lines stands only in strings, and JSON has a second spelling for it.
    pub(crate) fn text(self) -> String {
        let text = Value::Object(self.0).to_string();
        if !text.contains(breaks_lines) {
            return text;
        }
        let mut escaped = String::with_capacity(text.len() + 8);
        for letter in text.chars() {
            if breaks_lines(letter) {
                escaped.push_str(&format!("\\u{:04x}", u32::from(letter)));
            } else {
                escaped.push(letter);
            }
        }
        escaped
    }
}

/// A torrent in a list.
pub(super) fn listed(torrent: &ListedTorrent) -> Value {
    let object = Object(numbers(torrent.torrentid, &torrent.name, &torrent.stats));
    Value::Object(object.with("info_hash", torrent.info_hash.as_str()).0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_one_line_for_every_reader_and_its_texts_come_back_as_they_were() {
        let name = "a\nb\r\t\0\"\\\u{7f}\u{85}\u{2028}\u{2029}é€\u{1d11e}";
        let text = Object::about(JsonEvent::Metadata, TorrentId::from(1), name).text();
        assert!(!text.contains(breaks_lines), "{text}");
        assert!(text.contains("\\u0085\\u2028\\u2029é€\u{1d11e}"), "{text}");
        let read: Value = serde_json::from_str(&text).expect("an object");
        assert_eq!(read["name"], name);
    }

    #[test]
    fn the_tag_of_a_command_stands_beside_it() {
        let text = |line| Object::answering(JsonEvent::Quit, line).text();
        assert_eq!(text("quit"), r#"{"command":"quit","event":"quit"}"#);
        assert_eq!(text("@a quit"), r#"{"command":"quit","event":"quit","tag":"a"}"#);
    }
}
