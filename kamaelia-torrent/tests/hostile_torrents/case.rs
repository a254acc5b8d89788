//! One torrent, and the answer that is expected.

use kamaelia_torrent::hash::sha1;
use kamaelia_torrent::metainfo::{InfoHash, Magnet, Metainfo, check_paths, magnet_link};

use crate::generator::Torrent;

pub(crate) struct Case {
    /// What is tried.
    pub(crate) about: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) answer: Answer,
}

pub(crate) enum Answer {
    /// In these words.
    Refused(String),
    /// As the torrent of this name, which are its files.
    Accepted { info_hash: InfoHash, files: Vec<String> },
}

/// A torrent that is refused in these words.
pub(crate) fn refused(
    about: impl Into<String>,
    torrent: &Torrent,
    reason: impl Into<String>,
) -> Case {
    refused_bytes(about, torrent.bytes(), reason)
}

/// Bytes that are refused in these words.
pub(crate) fn refused_bytes(
    about: impl Into<String>,
    bytes: Vec<u8>,
    reason: impl Into<String>,
) -> Case {
    Case { about: about.into(), bytes, answer: Answer::Refused(reason.into()) }
}

/// A torrent that is accepted with these files, under the hash of its `info` as it is spelled.
pub(crate) fn accepted(about: impl Into<String>, torrent: &Torrent, files: &[&str]) -> Case {
    accepted_all(about, torrent, files.iter().map(ToString::to_string).collect())
}

pub(crate) fn accepted_all(
    about: impl Into<String>,
    torrent: &Torrent,
    files: Vec<String>,
) -> Case {
    // By an implementation of somebody else.
    let info_hash = InfoHash(sha1_smol::Sha1::from(torrent.info_bytes()).digest().bytes());
    let answer = Answer::Accepted { info_hash, files };
    Case { about: about.into(), bytes: torrent.bytes(), answer }
}

/// What a file that goes wrong within the bencode says.
pub(crate) fn damaged(what: impl std::fmt::Display) -> String {
    format!("this is not a torrent file, or a damaged one: {what}")
}

/// Where these bytes stand in a torrent file.
pub(crate) fn position(torrent: &Torrent, part: &[u8]) -> usize {
    let bytes = torrent.bytes();
    bytes.windows(part.len()).position(|window| window == part).expect("a part of it")
}

/// Gives each torrent to the reader, and compares.
pub(crate) fn check(cases: &[Case]) {
    for Case { about, bytes, answer } in cases {
        match (Metainfo::parse(bytes), answer) {
            (Err(error), Answer::Refused(reason)) => {
                let said = error.to_string();
                assert_eq!(said, *reason, "{about}");
                assert!(!said.chars().any(char::is_control), "{about}: {said:?}");
                assert!(said.len() < 2_000, "{about}: a sentence of {} bytes", said.len());
            }
            (Ok(torrent), Answer::Accepted { info_hash, files }) => {
                assert_eq!(torrent.info_hash(), *info_hash, "{about}");
                let entries = torrent.layout().files();
                let paths: Vec<String> = entries.iter().map(|file| file.path.join("/")).collect();
                assert!(paths == *files, "{about}: {:?}", &paths[..paths.len().min(9)]);
                check_promises(about, &torrent);
            }
            (Ok(torrent), Answer::Refused(reason)) => {
                panic!("{about}: {torrent:?} should be refused: {reason}")
            }
            (Err(error), Answer::Accepted { .. }) => panic!("{about}: refused: {error}"),
        }
    }
}

/// What holds of every torrent that is accepted.
fn check_promises(about: &str, torrent: &Metainfo) {
    check_paths(torrent.layout().files()).expect(about);
    assert_eq!(torrent.info_hash(), InfoHash(sha1(torrent.info_bytes())), "{about}");
    assert_eq!(torrent.piece_hashes().len() as u32, torrent.layout().piece_count(), "{about}");
    let layout = torrent.layout();
    let pieces: u64 = layout.pieces().map(|piece| u64::from(layout.piece_size(piece))).sum();
    assert_eq!(pieces, layout.total_length(), "{about}");
    // Whoever has only the link gets the same torrent from the bytes that we serve.
    let link: Magnet = magnet_link(torrent).parse().expect(about);
    let again = link.torrent_file(torrent.info_bytes()).expect(about);
    let again = Metainfo::parse(&again).expect(about);
    assert_eq!(again.layout(), torrent.layout(), "{about}");
}
