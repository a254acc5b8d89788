//! What is known of each piece and each file, and what follows from it.
//!
//! A file's stamp alone cannot tell our own last writes from those of another program. So the stamp
//! is taken again after every piece that is written, and a file that is later found with another
//! stamp was changed by somebody else, with one exception: a piece whose writing began and is not
//! known to have ended. That one explains a newer stamp if the file has grown no further than the
//! piece reaches, and was last written to no later than shortly after the last word of the journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use super::record::{Record, Snapshot};
use crate::metainfo::{InfoHash, Layout, PieceIndex};
use crate::storage::{Stamp, Storage};

/// How long after it was announced a piece may still be written, in nanoseconds: a disk thread that
/// has not come to it by then was held up longer than any disk does.
const WRITE_WITHIN: i64 = 5_000_000_000;

/// What is known of one torrent's pieces and files.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Ledger {
    layout: Arc<Layout>,
    /// Right and safe.
    durable: FixedBitSet,
    /// Neither missing nor safe.
    in_flight: BTreeMap<PieceIndex, Flight>,
    /// Each place as we left it; as many as the storage has.
    stamps: Vec<Option<Stamp>>,
}

/// How far a piece has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Flight {
    /// Its writing has begun.
    Open,
    /// Its writing has ended well; it is not known to be safe.
    Written,
    /// Its writing has ended, and parts may be missing.
    Torn,
}

/// Which pieces are to be believed in, and which to be looked at. All others are missing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Survey {
    pub(crate) trusted: FixedBitSet,
    pub(crate) doubtful: FixedBitSet,
    /// Places that somebody else has changed.
    pub(crate) changed: usize,
}

impl Ledger {
    /// These pieces are there and safe, in files that look like this.
    pub(crate) fn new(
        layout: Arc<Layout>,
        durable: FixedBitSet,
        stamps: Vec<Option<Stamp>>,
    ) -> Self {
        Ledger { layout, durable, in_flight: BTreeMap::new(), stamps }
    }

    /// Reads a journal, as far as it is whole; and how many bytes were added to its beginning, if all of
    /// them are. `None` if its beginning is damaged, or about another torrent.
    pub(crate) fn read(
        layout: &Arc<Layout>,
        places: usize,
        info_hash: InfoHash,
        journal: &[u8],
    ) -> Option<(Self, Option<u64>)> {
        let mut rest = journal;
        let snapshot = Snapshot::decode(&mut rest)?;
        let fits = snapshot.info_hash == info_hash
            && snapshot.durable.len() == layout.piece_count() as usize
            && snapshot.stamps.len() == places;
        if !fits {
            return None;
        }
        let appended = rest.len() as u64;
        let mut ledger = Ledger::new(layout.clone(), snapshot.durable, snapshot.stamps);
        while let Some(record) = Record::decode(&mut rest) {
            ledger.note(&record)?;
        }
        Some((ledger, rest.is_empty().then_some(appended)))
    }

    /// A whole journal that says the same.
    pub(crate) fn write(&self, info_hash: InfoHash) -> Vec<u8> {
        let (durable, stamps) = (self.durable.clone(), self.stamps.clone());
        let mut journal = Snapshot { info_hash, durable, stamps }.encode();
        for (piece, flight) in &self.in_flight {
            let piece = piece.get();
            journal.extend(Record::Writing(piece).encode());
            if *flight != Flight::Open {
                let whole = *flight == Flight::Written;
                journal.extend(Record::Ended { piece, whole, stamps: Vec::new() }.encode());
            }
        }
        journal
    }

    /// Something happened. `None` if it cannot have: it names what the torrent does not have.
    pub(crate) fn note(&mut self, record: &Record) -> Option<()> {
        match record {
            Record::Writing(piece) => {
                let piece = self.layout.piece(*piece)?;
                self.durable.remove(piece.as_usize());
                self.in_flight.insert(piece, Flight::Open);
            }
            Record::Ended { piece, whole, stamps } => {
                let piece = self.layout.piece(*piece)?;
                self.durable.remove(piece.as_usize());
                let flight = if *whole { Flight::Written } else { Flight::Torn };
                self.in_flight.insert(piece, flight);
                for (file, stamp) in stamps {
                    *self.stamps.get_mut(*file as usize)? = *stamp;
                }
            }
            Record::Durable(pieces) => {
                for piece in pieces {
                    let piece = self.layout.piece(*piece)?;
                    self.in_flight.remove(&piece);
                    self.durable.insert(piece.as_usize());
                }
            }
        }
        Some(())
    }

    /// Whether a piece was written whole.
    pub(crate) fn has(&self, piece: PieceIndex) -> bool {
        self.durable.contains(piece.as_usize())
            || self.in_flight.get(&piece) == Some(&Flight::Written)
    }

    /// Pieces that were written and are not known to be safe.
    pub(crate) fn written(&self) -> Vec<PieceIndex> {
        let written = self.in_flight.iter().filter(|(_, flight)| **flight == Flight::Written);
        written.map(|(piece, _)| *piece).collect()
    }

    /// Whether a place that looks like this was changed by somebody else while we were at it. Only
    /// what cannot be a file system's lateness counts.
    pub(crate) fn is_changed_meanwhile(
        &self,
        storage: &dyn Storage,
        place: usize,
        now: Option<Stamp>,
    ) -> bool {
        /// Some file systems tell of our own writes only a little later, in nanoseconds.
        const LATENESS: i64 = 2_000_000_000;
        let same = match (self.stamps[place], now) {
            (Some(known), Some(now)) => {
                let late = known.modified..=known.modified.saturating_add(LATENESS);
                known.length == now.length && late.contains(&now.modified)
            }
            (known, now) => known == now,
        };
        let in_use = || self.open_ends(storage).contains_key(&place);
        self.is_cut(place, now) || (!same && !in_use())
    }

    /// Whether a place is gone or shorter than we left it, which no write of ours makes it.
    pub(crate) fn is_cut(&self, place: usize, now: Option<Stamp>) -> bool {
        let length = |stamp: Option<Stamp>| stamp.map(|stamp| stamp.length);
        length(now) < length(self.stamps[place])
    }

    /// What to believe, given how the places look now. `last_word` is when the journal was last
    /// written to, in nanoseconds since 1970, if that is known.
    pub(crate) fn survey(
        &self,
        storage: &dyn Storage,
        now: &[Option<Stamp>],
        last_word: Option<i64>,
    ) -> Survey {
        let open_ends = self.open_ends(storage);
        let mut doubtful = FixedBitSet::with_capacity(self.durable.len());
        doubtful.extend(self.in_flight.keys().map(|piece| piece.as_usize()));
        let mut changed = 0;
        for (place, (known, now)) in self.stamps.iter().zip(now).enumerate() {
            let explained = || {
                let (end, last_word) = open_ends.get(&place).copied().zip(last_word)?;
                is_explained(*known, (*now)?, end, last_word).then_some(())
            };
            if now.is_some() && (known == now || explained().is_some()) {
                continue;
            }
            // Nobody cares for what holds no bytes, and files without any are made at any time.
            let mut pieces = storage.pieces_in(place);
            changed += usize::from(known != now && !pieces.is_empty());
            if known.is_none() && now.is_none() {
                // Nothing is there, and nothing is known to be.
                pieces.retain(|pieces| self.durable.count_ones(pieces.clone()) > 0);
            }
            pieces.into_iter().for_each(|pieces| doubtful.insert_range(pieces));
        }
        let mut trusted = self.durable.clone();
        trusted.difference_with(&doubtful);
        Survey { trusted, doubtful, changed }
    }

    /// How far pieces reach into places whose writing is not known to have ended.
    fn open_ends(&self, storage: &dyn Storage) -> BTreeMap<usize, u64> {
        let mut ends = BTreeMap::new();
        let open = self.in_flight.iter().filter(|(_, flight)| **flight == Flight::Open);
        for (place, end) in open.flat_map(|(piece, _)| storage.places_of(*piece)) {
            let farthest = ends.entry(place).or_insert(0);
            *farthest = end.max(*farthest);
        }
        ends
    }
}

fn is_explained(known: Option<Stamp>, now: Stamp, end: u64, last_word: i64) -> bool {
    let (length, modified) = known.map_or((0, i64::MIN), |known| (known.length, known.modified));
    (length..=length.max(end)).contains(&now.length)
        && (modified..=last_word.saturating_add(WRITE_WITHIN)).contains(&now.modified)
}

#[cfg(test)]
mod tests;
