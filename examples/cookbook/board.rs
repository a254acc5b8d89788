//! What a person sees of many torrents, where there are more of them than lines.
//!
//! Nothing here draws, or knows of a terminal but how many lines it has.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use indicatif::{HumanBytes, HumanDuration};
use kamaelia_torrent::components::messages::{MakeProgress, TorrentMessage};
use kamaelia_torrent::engine::{Activity, Status, TorrentId};
use kamaelia_torrent::storage::Progress;

/// Everything there is, as far as it is known.
#[derive(Default)]
pub(super) struct Board {
    making: BTreeMap<String, Progress>,
    torrents: BTreeMap<TorrentId, Torrent>,
}

/// A torrent, and how it stands once that was told.
#[derive(Default)]
struct Torrent {
    name: String,
    status: Option<Status>,
}

/// What fits: some of what is under way, and how all stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Picture {
    pub(super) rows: Vec<Row>,
    /// The last line, if there is one: with all that can be said, and then with less and less of it.
    pub(super) summaries: Vec<String>,
}

/// How far one thing is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// Without characters that would move a terminal's cursor.
    pub(super) name: String,
    /// From 0 to 1.
    pub(super) fraction: f64,
    pub(super) says: String,
}

/// What comes first if not all has room. Within one of these the older comes first, so that lines keep
/// their places while numbers move.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Rank {
    /// Something is read, made or fetched right now.
    Active,
    /// It would go on if anybody had what it lacks.
    Waiting,
    /// It does not go on by itself, or not soon.
    Resting,
}

impl Board {
    /// How far the making of a torrent is.
    pub(super) fn note_making(&mut self, made: MakeProgress) {
        self.making.insert(made.token.as_str().to_owned(), made.progress);
    }

    /// What a patron says. Whatever was told of a torrent's making was noted before its answer.
    pub(super) fn note(&mut self, message: TorrentMessage) {
        if let Some(token) = message.token() {
            self.making.remove(token.as_str());
        }
        match message {
            TorrentMessage::Created(created) => self.name(created.torrentid, &created.name),
            TorrentMessage::AlreadyDownloading(there) => self.name(there.torrentid, &there.name),
            TorrentMessage::Restored(restored) => self.name(restored.torrentid, &restored.name),
            TorrentMessage::MetadataFound(found) => self.name(found.torrentid, &found.name),
            TorrentMessage::Changed(update) | TorrentMessage::Status(update) => {
                self.torrents.entry(update.torrentid).or_default().status = Some(update.stats);
            }
            TorrentMessage::Closed(closed) => {
                self.torrents.remove(&closed.torrentid);
            }
            _ => {}
        }
    }

    fn name(&mut self, torrent: TorrentId, name: &str) {
        name.clone_into(&mut self.torrents.entry(torrent).or_default().name);
    }

    /// What there is to see in at most so many lines; nothing where there is nothing. One torrent that
    /// has a row needs no summary.
    pub(super) fn picture(&self, lines_max: usize) -> Picture {
        let mut under_way = self.under_way();
        let all = self.making.len() + self.torrents.len();
        let is_told = self.torrents.values().any(|torrent| torrent.status.is_some());
        if lines_max == 0 || (self.making.is_empty() && !is_told) {
            return Picture::default();
        }
        let has_summary = all > 1 || under_way.is_empty();
        let rows_max = lines_max - usize::from(has_summary);
        let hidden = under_way.len().saturating_sub(rows_max);
        under_way.sort_by_key(|(rank, _)| *rank);
        let rows = under_way.into_iter().take(rows_max).map(|(_, row)| row).collect();
        let summaries = if has_summary { self.summaries(all, hidden) } else { Vec::new() };
        Picture { rows, summaries }
    }

    /// What is made, and every torrent that is not complete.
    fn under_way(&self) -> Vec<(Rank, Row)> {
        let making = self.making.iter().map(|(command, progress)| {
            let fraction = progress.done as f64 / progress.total.max(1) as f64;
            let row = Row { name: shown(last_name(command)), fraction, says: "making".to_owned() };
            (Rank::Active, row)
        });
        let torrents = self.torrents.values().filter_map(Torrent::under_way);
        making.chain(torrents).collect()
    }

    /// How all stands, from all that can be said to the least that says something.
    fn summaries(&self, all: usize, hidden: usize) -> Vec<String> {
        let more = if hidden == 0 { String::new() } else { format!("and {hidden} more; ") };
        let statuses = || self.torrents.values().filter_map(|torrent| torrent.status.as_ref());
        let down: f64 = statuses().map(|status| status.down_rate).sum();
        let up: f64 = statuses().map(|status| status.up_rate).sum();
        let left: u64 = statuses().map(|status| status.wanted_left).sum();
        let rest = (down >= 1.0).then(|| Duration::from_secs_f64(left as f64 / down));
        let rest =
            rest.map_or_else(String::new, |rest| format!(", {:#} left", HumanDuration(rest)));
        let (counts, rates) = (self.counts(), format!("{} in, {} out", Rate(down), Rate(up)));
        vec![
            format!("{more}{all} in all: {counts}; {rates}{rest}"),
            format!("{more}{all} in all: {counts}; {rates}"),
            format!("{more}{all} in all; {rates}"),
            format!("{all} in all; {rates}"),
            rates,
        ]
    }

    /// How many do what, in the order in which torrents do these things.
    fn counts(&self) -> String {
        let does = |torrent: &Torrent| match &torrent.status {
            None => "new",
            Some(status) if status.is_complete() => "complete",
            Some(status) => status.activity.word(),
        };
        let mut does: Vec<_> = self.torrents.values().map(does).collect();
        does.extend(self.making.keys().map(|_| "making"));
        let order =
            ["making", "new", "metadata", "checking", "downloading", "paused", "waiting", "failed"];
        let count = |word: &&str| does.iter().filter(|does| *does == word).count();
        let known = order.iter().chain(&["finished", "complete"]).map(|word| (word, count(word)));
        let told = known.filter(|(_, count)| *count > 0);
        told.map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
    }
}

impl Torrent {
    fn under_way(&self) -> Option<(Rank, Row)> {
        let status = self.status.as_ref().filter(|status| !status.is_complete())?;
        let fraction = status.checked.unwrap_or(status.fraction_done);
        Some((rank(status), Row { name: shown(&self.name), fraction, says: says(status) }))
    }
}

fn rank(status: &Status) -> Rank {
    match status.activity {
        Activity::Checking => Rank::Active,
        Activity::Downloading if status.down_rate >= 1.0 => Rank::Active,
        Activity::Downloading | Activity::FindingMetadata | Activity::Seeding => Rank::Waiting,
        _ => Rank::Resting,
    }
}

fn says(status: &Status) -> String {
    let peers = match status.num_peers {
        0 => "no peers".to_owned(),
        1 => "1 peer".to_owned(),
        peers => format!("{peers} peers"),
    };
    match &status.activity {
        Activity::Checking => "checking".to_owned(),
        Activity::FindingMetadata => format!("finding metadata, {peers}"),
        Activity::Downloading if status.down_rate >= 1.0 => {
            let left = status.time_left.map(|left| format!(", {:#} left", HumanDuration(left)));
            format!("{} from {peers}{}", Rate(status.down_rate), left.unwrap_or_default())
        }
        Activity::Downloading => peers,
        other => shown(&other.to_string()),
    }
}

/// Bytes a second.
struct Rate(f64);

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", HumanBytes(self.0 as u64))
    }
}

/// The name at the end of a command such as `file:/music/song.ogg`.
fn last_name(command: &str) -> &str {
    let path = command.trim_end_matches('/');
    path.rsplit('/').next().and_then(|name| name.rsplit("file:").next()).unwrap_or(path)
}

/// Names come from strangers, and some characters would move a terminal's cursor.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests;
