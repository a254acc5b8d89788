//! Torrents made here come back as they were, and damaged ones are refused without harm.

use kamaelia_torrent::hash::sha1;
use kamaelia_torrent::metainfo::{
    FileEntry, InfoHash, Layout, Metainfo, PIECE_LENGTH_DEFAULT, PieceHasher, TorrentDraft,
    TorrentFileError, check_paths, magnet_link,
};
use proptest::prelude::*;

fn file(path: &[&str], length: usize) -> FileEntry {
    FileEntry {
        path: path.iter().map(|&name| name.to_owned()).collect(),
        length: length as u64,
        padding: false,
    }
}

fn bytes(length: usize) -> Vec<u8> {
    let mut chance = fastrand::Rng::with_seed(length as u64);
    (0..length).map(|_| chance.u8(..)).collect()
}

/// A torrent of these files, filled with bytes of no meaning.
fn draft(files: Vec<FileEntry>) -> TorrentDraft {
    let layout = Layout::new(PIECE_LENGTH_DEFAULT.into(), files).expect("sizes of a torrent");
    let mut hasher = PieceHasher::new(layout.piece_length());
    for portion in bytes(layout.total_length() as usize).chunks(65_521) {
        hasher.update(portion);
    }
    TorrentDraft {
        announce: Some("http://127.0.0.1:6969/announce".into()),
        comment: "Created by Kamaelia".into(),
        creation_date: Some(1_700_000_000),
        ..TorrentDraft::new(layout, hasher.finish())
    }
}

/// What must hold of every torrent that is accepted, wherever it came from.
fn check_accepted(torrent: &Metainfo) {
    assert_eq!(torrent.info_hash(), InfoHash(sha1(torrent.info_bytes())));
    check_paths(torrent.layout().files()).expect("safe paths");
    for piece in torrent.layout().pieces() {
        let _ = torrent.piece_hash(piece);
    }
    assert!(magnet_link(torrent).is_ascii());
}

#[test]
fn a_made_torrent_comes_back_at_the_edges_of_a_piece() {
    for length in [0, 1, 262_143, 262_144, 262_145] {
        let draft = draft(vec![file(&["Größe: 1.ogg"], length)]);
        let made = draft.encode().expect("a torrent");
        assert_eq!(draft.encode().as_ref(), Ok(&made), "made twice");

        let torrent = Metainfo::parse(&made).expect("our own torrent");
        check_accepted(&torrent);
        assert_eq!(torrent.name(), "Größe: 1.ogg");
        assert_eq!(**torrent.layout(), draft.layout);
        let hashes: Vec<[u8; 20]> =
            torrent.layout().pieces().map(|piece| *torrent.piece_hash(piece)).collect();
        let independent: Vec<[u8; 20]> = bytes(length)
            .chunks(262_144)
            .map(|piece| sha1_smol::Sha1::from(piece).digest().bytes())
            .collect();
        assert_eq!(hashes, independent, "{length} bytes");
        assert_eq!(torrent.announce(), Some("http://127.0.0.1:6969/announce"));
        assert_eq!(torrent.comment(), Some("Created by Kamaelia"));
        assert_eq!(torrent.creation_date(), Some(1_700_000_000));
        assert_eq!(torrent.created_by(), None);
    }
}

#[test]
fn a_made_directory_comes_back_file_by_file() {
    let files = vec![
        file(&["my album", "01 one.ogg"], 300_000),
        file(&["my album", "empty"], 0),
        file(&["my album", "sub", "02 two.ogg"], 1),
    ];
    let draft = TorrentDraft {
        private: true,
        tiers: vec![vec!["http://a".into(), "http://b".into()], vec!["udp://c".into()]],
        ..draft(files)
    };
    let torrent = Metainfo::parse(&draft.encode().expect("a torrent")).expect("our own torrent");
    check_accepted(&torrent);
    assert_eq!(**torrent.layout(), draft.layout);
    assert_eq!(torrent.tiers(), draft.tiers);
    assert!(torrent.is_private());
}

#[test]
fn a_directory_of_one_file_stays_a_directory() {
    let draft = draft(vec![file(&["top", "a"], 5)]);
    let torrent = Metainfo::parse(&draft.encode().expect("a torrent")).expect("our own torrent");
    assert_eq!(**torrent.layout(), draft.layout);
}

#[test]
fn a_torrent_cut_off_anywhere_is_refused() {
    let files = vec![file(&["top", "a"], 300_000), file(&["top", "b", "c"], 7)];
    let made = draft(files).encode().expect("a torrent");
    for length in 0..made.len() {
        let error = Metainfo::parse(&made[..length]).expect_err("a torrent cut off");
        let expected = match length {
            0 => error == TorrentFileError::Empty,
            _ => matches!(error, TorrentFileError::Malformed(_)),
        };
        assert!(expected, "cut at {length}: {error}");
    }
}

#[test]
fn a_torrent_with_anything_behind_it_is_refused() {
    let mut made = draft(vec![file(&["a"], 1)]).encode().expect("a torrent");
    made.push(b'\n');
    let error = Metainfo::parse(&made).expect_err("a line break at the end");
    assert!(matches!(error, TorrentFileError::Malformed(_)), "{error}");
}

proptest! {
    #[test]
    fn random_bytes_are_never_a_torrent(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Metainfo::parse(&bytes).is_err());
    }

    /// Single bytes of a good torrent changed, taken out or put in.
    #[test]
    fn a_damaged_torrent_is_refused_or_keeps_every_promise(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..3, any::<u8>()), 1..4),
    ) {
        let files = vec![file(&["top", "a"], 20), file(&["top", "b", "c"], 7)];
        let mut bytes = draft(files).encode().expect("a torrent");
        for (place, kind, byte) in changes {
            let place = place.index(bytes.len());
            match kind {
                0 => bytes[place] = byte,
                1 => drop(bytes.remove(place)),
                _ => bytes.insert(place, byte),
            }
        }
        if let Ok(torrent) = Metainfo::parse(&bytes) {
            check_accepted(&torrent);
        }
    }
}
