//! Progress bars for a person at a terminal.
//!
//! They are drawn on standard error, and only if that is a terminal; then everything else that is
//! written there, or on a terminal's standard output, makes them step aside for a moment.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};

use axon_core::{Component, Inbox};
use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressStyle};
use kamaelia_torrent::components::messages::{TorrentMessage, TorrentStatusUpdate};
use kamaelia_torrent::engine::TorrentId;

/// The screen that all bars share. Clones share it too. The default shows none.
#[derive(Clone, Default)]
pub struct Screen {
    bars: Option<MultiProgress>,
}

impl Screen {
    /// A screen that shows bars if standard error is a terminal.
    pub fn on_standard_error() -> Self {
        Screen { bars: io::stderr().is_terminal().then(MultiProgress::new) }
    }

    /// Writes without smearing the bars.
    pub fn beside<W: Write>(&self, writer: W) -> Beside<W> {
        Beside { screen: self.clone(), writer }
    }
}

/// A writer that makes the bars step aside.
pub struct Beside<W> {
    screen: Screen,
    writer: W,
}

impl<W: Write> Write for Beside<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let writer = &mut self.writer;
        match &self.screen.bars {
            Some(bars) => bars.suspend(|| writer.write_all(bytes).and_then(|()| writer.flush()))?,
            None => writer.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Shows a bar for each torrent that is not complete.
#[derive(Component)]
pub struct Bars {
    /// What the patron says.
    pub inbox: Inbox<TorrentMessage>,
    screen: Screen,
    shown: HashMap<TorrentId, ProgressBar>,
    names: HashMap<TorrentId, String>,
}

impl Bars {
    /// Bars on this screen, or none.
    pub fn new(screen: &Screen) -> Self {
        Bars {
            inbox: Inbox::new(),
            screen: screen.clone(),
            shown: HashMap::new(),
            names: HashMap::new(),
        }
    }

    async fn main(mut self) {
        while let Some(message) = self.inbox.recv().await {
            let Some(screen) = self.screen.bars.clone() else { continue };
            match message {
                TorrentMessage::Created(created) => {
                    self.names.insert(created.torrentid, created.name);
                }
                TorrentMessage::MetadataFound(found) => {
                    // The next one has the torrent's own name, and knows how long it is.
                    self.hide(found.torrentid);
                    self.names.insert(found.torrentid, found.name);
                }
                TorrentMessage::Changed(update) | TorrentMessage::Status(update) => {
                    self.show(&screen, &update);
                }
                TorrentMessage::Closed(closed) => self.hide(closed.torrentid),
                _ => {}
            }
        }
    }

    fn show(&mut self, screen: &MultiProgress, update: &TorrentStatusUpdate) {
        let stats = &update.stats;
        if stats.is_complete() {
            return self.hide(update.torrentid);
        }
        let name = self.names.get(&update.torrentid).cloned().unwrap_or_default();
        let bar = self.shown.entry(update.torrentid).or_insert_with(|| {
            // Of a magnet link's torrent nothing is known, so that nothing of it is there.
            screen.add(ProgressBar::new(stats.total.max(1)).with_style(style()).with_prefix(name))
        });
        bar.set_position(stats.total - stats.left);
        let rate = HumanBytes(stats.down_rate as u64);
        bar.set_message(format!("{} {rate}/s, peers: {}", stats.activity, stats.num_peers));
    }

    fn hide(&mut self, torrent: TorrentId) {
        if let Some(bar) = self.shown.remove(&torrent) {
            bar.finish_and_clear();
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix:30!} {wide_bar} {percent:>3}% {msg}")
        .expect("the template is a constant that parses")
}
