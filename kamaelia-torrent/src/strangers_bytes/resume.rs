//! What is kept between runs: a journal and an entry that were damaged, or written by somebody else,
//! are refused or mean what they say.

use std::sync::Arc;

use fixedbitset::FixedBitSet;

use crate::engine::Content;
use crate::engine::keeping::session::entry::{self, Entry};
use crate::hash::sha1;
use crate::metainfo::{FileEntry, InfoHash, Layout, Priority};
use crate::storage::resume::ledger::Ledger;
use crate::storage::resume::record::{self, Record, Snapshot};
use crate::storage::{MemoryStorage, Stamp, Storage};

const TORRENT: InfoHash = InfoHash([5; 20]);

/// The first byte says what the rest is: an entry, a journal, or the frames of a journal with good
/// check sums.
pub(super) fn check(bytes: &[u8]) {
    let (kind, rest) = super::first(bytes);
    match kind % 4 {
        0 => check_entry(rest),
        1 => check_entry(&[&entry::MAGIC[..], &sha1(rest), rest].concat()),
        2 => check_journal(rest),
        _ => check_journal(&framed(rest)),
    }
}

fn framed(bytes: &[u8]) -> Vec<u8> {
    let mut journal = record::MAGIC.to_vec();
    super::messages(bytes).for_each(|body| record::put_frame(&mut journal, body));
    journal
}

fn check_entry(bytes: &[u8]) {
    if let Some(entry) = Entry::decode(bytes) {
        assert_eq!(Entry::decode(&entry.encode()), Some(entry));
    }
}

/// Three files, and eleven pieces of 16 bytes.
fn layout() -> Arc<Layout> {
    let file =
        |(name, length): (&str, u64)| FileEntry { path: vec![name.into()], length, padding: false };
    let files = [("a", 20), ("b", 0), ("c", 150)].map(file).to_vec();
    Arc::new(Layout::new(16, files).expect("sizes of a torrent"))
}

fn check_journal(bytes: &[u8]) {
    let mut rest = bytes;
    if let Some(snapshot) = Snapshot::decode(&mut rest) {
        assert_eq!(Snapshot::decode(&mut &snapshot.encode()[..]), Some(snapshot));
        while let Some(record) = Record::decode(&mut rest) {
            assert_eq!(Record::decode(&mut &record.encode()[..]), Some(record));
        }
    }
    let layout = layout();
    let storage = MemoryStorage::new(layout.clone());
    let Some((ledger, _)) = Ledger::read(&layout, storage.places(), TORRENT, bytes) else {
        return;
    };
    let written = ledger.write(TORRENT);
    let again = Ledger::read(&layout, storage.places(), TORRENT, &written);
    assert_eq!(again.map(|(ledger, _)| ledger).as_ref(), Some(&ledger));
    // Whatever it says, what is believed is known to be safe, and what is doubted is looked at.
    let now = vec![Some(Stamp { length: 20, modified: 7 }), None, None];
    let survey = ledger.survey(&storage, &now, Some(i64::MAX));
    assert!(survey.trusted.is_disjoint(&survey.doubtful));
    assert!(survey.changed <= storage.places());
    assert_eq!(survey.trusted.len(), layout.piece_count() as usize);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut durable = FixedBitSet::with_capacity(11);
    durable.extend([0, 3, 10]);
    let stamps = vec![Some(Stamp { length: 20, modified: 7 }), None, None];
    let snapshot = Snapshot { info_hash: TORRENT, durable, stamps }.encode();
    let ended = |piece, whole| {
        let stamps = vec![(0, None), (2, Some(Stamp { length: 9, modified: -1 }))];
        Record::Ended { piece, whole, stamps }
    };
    let records = [
        Record::Writing(1),
        ended(1, true),
        Record::Writing(2),
        ended(4, false),
        // What was safe, and was never said to be written again.
        ended(3, true),
        Record::Durable(vec![1, 5]),
    ];
    let records: Vec<Vec<u8>> = records.iter().map(Record::encode).collect();
    let journal = [&snapshot[..], &records.concat()].concat();
    // Without length and check sum, which are made anew.
    let body = |frame: &[u8]| frame[4..frame.len() - 8].to_vec();
    let mut bodies = vec![body(&snapshot[record::MAGIC.len()..])];
    bodies.extend(records.iter().map(|record| body(record)));
    let bodies: Vec<&[u8]> = bodies.iter().map(|body| &body[..]).collect();
    let entries = entries().map(|entry| entry.encode());
    let [download, in_place] = &entries;
    let beginning = entry::MAGIC.len() + 20;
    vec![
        [&[0], &download[..]].concat(),
        [&[1], &download[beginning..]].concat(),
        [&[1], &in_place[beginning..]].concat(),
        [&[2], &journal[..]].concat(),
        [&[2], &journal[..journal.len() - 3]].concat(),
        [&[3], &super::joined(&bodies)[..]].concat(),
    ]
}

fn entries() -> [Entry; 2] {
    let download = Entry {
        info_hash: TORRENT,
        magnet: Some("magnet:?xt=urn:btih:05".into()),
        place: 3,
        content: Content::Download("/a b/ü".into()),
        selection: Priority::ALL.to_vec(),
        uploaded: 1 << 50,
        downloaded: 12,
        is_held: true,
    };
    let content = Content::InPlace(vec!["/odd\n".into(), "/b".into()]);
    [download.clone(), Entry { content, magnet: None, selection: Vec::new(), ..download }]
}
