//! Whoever accepts a torrent file accepts only what it can stand for.

use crate::hash::sha1;
use crate::metainfo::{InfoHash, Magnet, Metainfo, URLS_MAX, check_paths, magnet_link};

/// The bytes are a file, and an `info` dictionary in one.
pub(super) fn check(bytes: &[u8]) {
    check_file(bytes);
    check_file(&[b"d4:info", bytes, b"e"].concat());
}

fn check_file(bytes: &[u8]) {
    match Metainfo::parse(bytes) {
        Ok(torrent) => check_accepted(&torrent),
        Err(error) => super::assert_sentence(&error.to_string()),
    }
}

fn check_accepted(torrent: &Metainfo) {
    let layout = torrent.layout();
    check_paths(layout.files()).expect("safe paths");
    assert_eq!(torrent.info_hash(), InfoHash(sha1(torrent.info_bytes())));
    assert_eq!(torrent.piece_hashes().len(), layout.piece_count() as usize);
    let pieces: u64 = layout.pieces().map(|piece| u64::from(layout.piece_size(piece))).sum();
    assert_eq!(pieces, layout.total_length());
    let spans: u64 = layout.spans(0..layout.total_length()).map(|span| span.length).sum();
    assert_eq!(spans, layout.total_length());
    assert!(torrent.tiers().iter().flatten().count() <= URLS_MAX);
    assert!(torrent.web_seeds().len() <= URLS_MAX);

    let link = magnet_link(torrent);
    assert!(link.is_ascii());
    // A link with everything in it may be longer than any that is read.
    let Ok(link) = link.parse::<Magnet>() else { return };
    let again = link.torrent_file(torrent.info_bytes()).expect("the info it is a link to");
    let again = Metainfo::parse(&again).expect("what we make we read");
    assert_eq!(again.layout(), layout);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let pieces = "12:piece lengthi16384e6:pieces20:twenty bytes of hash";
    let one = format!("6:lengthi3e4:name1:a{pieces}");
    let files =
        "5:filesld6:lengthi2e4:pathl1:aeed4:attr1:p6:lengthi1e4:pathl4:.pad1:1eee4:name3:top";
    [
        format!("d4:infod{one}ee"),
        format!("d8:announce8:http://t13:announce-listll8:udp://u:1ee7:comment1:c4:infod{one}ee"),
        format!("d4:infod{files}{pieces}e8:url-listl8:http://wee"),
        format!("d{files}{pieces}e"),
        format!("d{one}7:privatei1e6:source1:se"),
        format!("d5:filesld4:attr1:l6:lengthi0e4:pathl1:aeee4:name1:t{pieces}e"),
        format!("d6:lengthi3e4:name2:..10:name.utf-81:a{pieces}e"),
        "d4:name1:a6:lengthi0e6:pieces0:12:piece lengthi1ee".to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec()
}
