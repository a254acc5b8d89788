//! A `.torrent` of 1,000 files and 4,000 pieces, read and checked.

use std::hint::black_box;

use kamaelia_torrent::metainfo::{FileEntry, Layout, Metainfo, TorrentDraft};

const PIECE: u64 = 256 << 10;

pub(super) fn parse(rounds: u32) {
    let bytes = torrent();
    for _ in 0..rounds {
        black_box(Metainfo::parse(black_box(&bytes)).expect("what we make we accept"));
    }
}

fn torrent() -> Vec<u8> {
    let file = |number| {
        let path = vec!["album".into(), format!("{number:03}"), "song.ogg".into()];
        FileEntry { path, length: 4 * PIECE, padding: false }
    };
    let layout = Layout::new(PIECE, (0..1_000).map(file).collect()).expect("sizes of a torrent");
    let draft = TorrentDraft::new(layout, vec![[7; 20]; 4_000]);
    draft.encode().expect("it can be made")
}
