//! An engine that knows thousands of torrents.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kamaelia_torrent::engine::{Activity, Content, Engine, NewTorrent, TorrentId};
use kamaelia_torrent::metainfo::{FileEntry, Layout, Metainfo, TorrentDraft};
use tempfile::TempDir;

use crate::alone::{alone, is_full};
use crate::content::{engine, turn_until};
use crate::size::{Course, Size};

/// After each of which a tenth of the torrents are others.
const ROUNDS: u32 = 20;

/// What a torrent that rests may take, in bytes.
const TORRENT_BYTES_MAX: u64 = 16 * 1024;

/// A torrent that nobody else has, of a hundred pieces.
fn torrent(number: u32) -> Arc<Metainfo> {
    let path = vec![format!("song {number}.ogg")];
    let file = FileEntry { path, length: 100 * 16_384, padding: false };
    let layout = Layout::new(16_384, vec![file]).expect("sizes of a torrent");
    let made = TorrentDraft::new(layout, vec![[7; 20]; 100]).encode().expect("a torrent");
    Arc::new(Metainfo::parse(&made).expect("our own torrent"))
}

fn add(engine: &mut Engine, place: &Path, number: u32) -> TorrentId {
    let content = Content::Download(place.to_path_buf());
    let new = NewTorrent { metainfo: torrent(number), content, known: None };
    engine.add(new).expect("a torrent is taken on")
}

#[test]
fn ten_thousand_torrents_are_known_and_come_and_go() {
    alone(module_path!(), || {
        let count: u32 = if is_full() { 10_000 } else { 500 };
        let home = TempDir::new().expect("a directory");
        let mut engine = engine(|_| {});
        let before = Size::now().memory;
        let mut known: Vec<TorrentId> = Vec::new();
        let mut numbers = 0..;
        let mut course = Course::default();
        for round in 0..ROUNDS {
            let lacking = count as usize - known.len();
            for number in numbers.by_ref().take(lacking) {
                known.push(add(&mut engine, home.path(), number));
            }
            for id in &known {
                turn_until(&mut engine, *id, |status| status.activity == Activity::Downloading);
            }
            assert_eq!(engine.torrents().count(), count as usize);
            if round == 0 {
                let each = (Size::now().memory - before) / u64::from(count);
                println!("load: a torrent of 100 pieces: {each} bytes");
                assert!(each <= TORRENT_BYTES_MAX, "{each} bytes for a torrent");
            }
            course.note();
            for id in known.drain(..count as usize / 10) {
                assert!(engine.remove(id));
            }
            engine.turn(Duration::ZERO).expect("sockets can be waited for");
        }
        course.tell(&format!("{count} torrents, a tenth of them new in each of {ROUNDS} rounds"));
        engine.stop();
        course.assert_flat(4 << 20);
    });
}
