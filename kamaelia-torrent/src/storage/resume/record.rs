//! How a journal is spelled: a snapshot of everything known, then records of what happened since.
//!
//! Both are framed alike: the length of the body, the body, and the beginning of its SHA-1. A frame
//! that is cut off or does not agree ends the reading, so what a crash tore is as if it had never
//! been written.

use fixedbitset::FixedBitSet;

use crate::hash::sha1;
use crate::metainfo::InfoHash;
use crate::storage::Stamp;

/// What a journal begins with. The digit counts changes of the spelling.
pub(crate) const MAGIC: &[u8; 8] = b"KMRESUM1";

/// Bytes of the SHA-1 that are kept.
const CHECK_LENGTH: usize = 8;

/// What a journal begins with, after its first eight bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) info_hash: InfoHash,
    /// Pieces that are right and safe: one bit for each piece.
    pub(crate) durable: FixedBitSet,
    /// Each file as we left it.
    pub(crate) stamps: Vec<Option<Stamp>>,
}

/// What happened since.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Record {
    /// This piece is about to be written.
    Writing(u32),
    /// Writing it has ended.
    Ended {
        piece: u32,
        /// All of it was written.
        whole: bool,
        /// The files it lies in, as they were left.
        stamps: Vec<(u32, Option<Stamp>)>,
    },
    /// These pieces would survive a loss of power.
    Durable(Vec<u32>),
}

impl Snapshot {
    /// The beginning of a journal.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut body = self.info_hash.0.to_vec();
        put_u32(&mut body, self.durable.len());
        put_u32(&mut body, self.stamps.len());
        self.stamps.iter().for_each(|stamp| put_stamp(&mut body, *stamp));
        let mut bytes = vec![0; self.durable.len().div_ceil(8)];
        self.durable.ones().for_each(|piece| bytes[piece / 8] |= 1 << (piece % 8));
        body.extend(bytes);
        let mut journal = MAGIC.to_vec();
        put_frame(&mut journal, &body);
        journal
    }

    /// Takes the snapshot off the front of a journal. `None` if it is damaged.
    pub(crate) fn decode(journal: &mut &[u8]) -> Option<Self> {
        let mut rest = journal.strip_prefix(MAGIC)?;
        let mut body = take_frame(&mut rest)?;
        *journal = rest;
        let body = &mut body;
        let info_hash = InfoHash(*take(body)?);
        let pieces = take_u32(body)? as usize;
        let files = take_u32(body)?;
        let stamps = (0..files).map(|_| take_stamp(body)).collect::<Option<_>>()?;
        if body.len() != pieces.div_ceil(8) {
            return None;
        }
        let mut durable = FixedBitSet::with_capacity(pieces);
        durable.extend((0..pieces).filter(|piece| body[piece / 8] >> (piece % 8) & 1 == 1));
        Some(Snapshot { info_hash, durable, stamps })
    }
}

impl Record {
    /// As it is appended to a journal.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut body = Vec::new();
        match self {
            Record::Writing(piece) => {
                body.push(1);
                put_u32(&mut body, *piece as usize);
            }
            Record::Ended { piece, whole, stamps } => {
                body.push(2);
                put_u32(&mut body, *piece as usize);
                body.push(u8::from(*whole));
                for (file, stamp) in stamps {
                    put_u32(&mut body, *file as usize);
                    put_stamp(&mut body, *stamp);
                }
            }
            Record::Durable(pieces) => {
                body.push(3);
                pieces.iter().for_each(|piece| put_u32(&mut body, *piece as usize));
            }
        }
        let mut frame = Vec::new();
        put_frame(&mut frame, &body);
        frame
    }

    /// Takes the next record off the front. `None` at the end, and where the end is torn.
    pub(crate) fn decode(journal: &mut &[u8]) -> Option<Self> {
        let mut body = take_frame(journal)?;
        let body = &mut body;
        let record = match take::<1>(body)? {
            [1] => Record::Writing(take_u32(body)?),
            [2] => {
                let piece = take_u32(body)?;
                let whole = take::<1>(body)? != &[0];
                let mut stamps = Vec::new();
                while !body.is_empty() {
                    stamps.push((take_u32(body)?, take_stamp(body)?));
                }
                Record::Ended { piece, whole, stamps }
            }
            [3] => {
                let mut pieces = Vec::new();
                while !body.is_empty() {
                    pieces.push(take_u32(body)?);
                }
                Record::Durable(pieces)
            }
            _ => return None,
        };
        body.is_empty().then_some(record)
    }
}

pub(crate) fn put_frame(bytes: &mut Vec<u8>, body: &[u8]) {
    put_u32(bytes, body.len());
    bytes.extend(body);
    bytes.extend(&sha1(body)[..CHECK_LENGTH]);
}

fn take_frame<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut rest = *bytes;
    let length = take_u32(&mut rest)? as usize;
    let body = rest.split_off(..length)?;
    let check = take::<CHECK_LENGTH>(&mut rest)?;
    if !sha1(body).starts_with(check) {
        return None;
    }
    *bytes = rest;
    Some(body)
}

/// Counts of pieces and files, and lengths of bodies, fit: a torrent has fewer of each.
fn put_u32(bytes: &mut Vec<u8>, number: usize) {
    let number = u32::try_from(number).expect("a count that a torrent can have");
    bytes.extend(number.to_le_bytes());
}

fn put_stamp(bytes: &mut Vec<u8>, stamp: Option<Stamp>) {
    bytes.push(u8::from(stamp.is_some()));
    if let Some(stamp) = stamp {
        bytes.extend(stamp.length.to_le_bytes());
        bytes.extend(stamp.modified.to_le_bytes());
    }
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(first)
}

fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes).map(|number| u32::from_le_bytes(*number))
}

fn take_stamp(bytes: &mut &[u8]) -> Option<Option<Stamp>> {
    Some(match take::<1>(bytes)? {
        [0] => None,
        [1] => Some(Stamp {
            length: u64::from_le_bytes(*take(bytes)?),
            modified: i64::from_le_bytes(*take(bytes)?),
        }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(length: u64) -> Option<Stamp> {
        Some(Stamp { length, modified: -7 })
    }

    fn snapshot() -> Snapshot {
        let mut durable = FixedBitSet::with_capacity(11);
        durable.extend([0, 3, 10]);
        let stamps = vec![None, stamp(u64::MAX), stamp(0)];
        Snapshot { info_hash: InfoHash([5; 20]), durable, stamps }
    }

    fn records() -> Vec<Record> {
        vec![
            Record::Writing(7),
            Record::Ended { piece: 7, whole: true, stamps: vec![(1, stamp(9)), (2, None)] },
            Record::Ended { piece: 8, whole: false, stamps: vec![] },
            Record::Durable(vec![7, u32::MAX]),
            Record::Durable(vec![]),
        ]
    }

    fn journal() -> Vec<u8> {
        let records = records().into_iter().flat_map(|record| record.encode());
        snapshot().encode().into_iter().chain(records).collect()
    }

    fn read(mut journal: &[u8]) -> (Option<Snapshot>, Vec<Record>) {
        let snapshot = Snapshot::decode(&mut journal);
        let records = std::iter::from_fn(|| Record::decode(&mut journal));
        (snapshot, records.collect())
    }

    #[test]
    fn a_journal_reads_back_as_it_was_written() {
        assert_eq!(read(&journal()), (Some(snapshot()), records()));
    }

    #[test]
    fn cut_at_any_byte_it_reads_back_as_far_as_it_is_whole() {
        let journal = journal();
        let all = records();
        for end in 0..journal.len() {
            let mut cut = &journal[..end];
            let Some(found) = Snapshot::decode(&mut cut) else {
                assert!(end < snapshot().encode().len());
                continue;
            };
            assert_eq!(found, snapshot());
            let found: Vec<Record> = std::iter::from_fn(|| Record::decode(&mut cut)).collect();
            assert_eq!(found, all[..found.len()]);
            let written = all.iter().scan(snapshot().encode().len(), |at, record| {
                *at += record.encode().len();
                Some(*at)
            });
            assert_eq!(found.len(), written.filter(|at| *at <= end).count());
        }
    }

    #[test]
    fn a_byte_changed_anywhere_is_noticed() {
        let journal = journal();
        for at in 0..journal.len() {
            let mut changed = journal.clone();
            changed[at] ^= 0x10;
            let (found, records_found) = read(&changed);
            if at < snapshot().encode().len() {
                assert_eq!(found, None, "{at}");
            } else {
                assert!(records_found.len() < records().len(), "{at}");
                assert_eq!(records_found, records()[..records_found.len()]);
            }
        }
    }

    #[test]
    fn random_bytes_are_no_journal() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..2_000 {
            let mut bytes = vec![0; random.usize(..200)];
            random.fill(&mut bytes);
            assert_eq!(read(&bytes), (None, vec![]));
            let with_magic = [&MAGIC[..], &bytes].concat();
            assert_eq!(read(&with_magic).0, None);
        }
        // A file system may leave zeros where a crash came between a length and its bytes.
        assert_eq!(Record::decode(&mut &[0; 64][..]), None);
    }
}
