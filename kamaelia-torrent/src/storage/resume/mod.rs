//! What we know of the bytes on a disk, kept so that nothing is hashed twice without need.
//!
//! Every piece is announced before it is written, noted when its writing has ended, and noted again
//! when the disk has said that it is safe. Files are recognised by their [`Stamp`]s. So after a
//! crash, or after trouble with the disk, what is safe in files that look as we left them is taken
//! as it is; pieces that were just being written are looked at, and so are all pieces of files that
//! somebody else has changed. Everything else is missing.
//!
//! - [`Resume`]: the pieces and files of one torrent, in memory or in a journal too.
//!
//! A journal can be lost, torn or out of date: that costs looking at more, and never makes a piece
//! out of bytes that are not one. Everything here blocks, and is called from disk threads.

mod journal;
pub(crate) mod ledger;
pub(crate) mod record;

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fixedbitset::FixedBitSet;

use super::verify::verify_some;
use super::{Progress, Stamp, Storage, StorageError};
use crate::metainfo::{InfoHash, Layout, PieceIndex, Selection};
use journal::Journal;
pub use journal::{replace_file, replace_files, save_directory_of};
use ledger::{Ledger, Survey};
use record::Record;

/// What is known of one torrent's pieces and files.
pub struct Resume {
    inner: Mutex<Inner>,
}

struct Inner {
    layout: Arc<Layout>,
    info_hash: InfoHash,
    /// `None` until the first [`Resume::recall`].
    ledger: Option<Ledger>,
    /// When the journal that the ledger was read from was last written to, in nanoseconds since
    /// 1970; until the first recall is done.
    last_word: Option<i64>,
    journal: Option<Journal>,
    /// The journal could not be written, and that was logged.
    complained: bool,
}

/// What [`Resume::recall`] found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recalled {
    /// One bit for each piece that is there and right.
    pub have: FixedBitSet,
    /// How many of them were taken as they are.
    pub trusted: usize,
    /// How many pieces had to be looked at.
    pub checked: usize,
    /// How many files had been changed by somebody else.
    pub changed: usize,
}

impl fmt::Display for Recalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recalled { trusted, checked, changed, .. } = self;
        write!(f, "{trusted} pieces are known, {checked} were checked")?;
        match changed {
            0 => Ok(()),
            1 => write!(f, ", since 1 file was changed"),
            _ => write!(f, ", since {changed} files were changed"),
        }
    }
}

impl Resume {
    /// Knows nothing yet, and forgets everything when it is dropped.
    pub fn in_memory(info_hash: InfoHash, layout: Arc<Layout>) -> Self {
        Self::new(info_hash, layout, None)
    }

    /// Keeps what it knows in this file. Nothing is touched yet.
    pub fn in_file(info_hash: InfoHash, layout: Arc<Layout>, path: PathBuf) -> Self {
        Self::new(info_hash, layout, Some(Journal::new(path)))
    }

    fn new(info_hash: InfoHash, layout: Arc<Layout>, journal: Option<Journal>) -> Self {
        let inner =
            Inner { layout, info_hash, ledger: None, last_word: None, journal, complained: false };
        Resume { inner: Mutex::new(inner) }
    }

    /// Finds out which pieces are there, reading only what has to be read, on at most so many threads;
    /// `None` if `on_progress` broke it off. Prepares the storage first. No piece may be written
    /// meanwhile.
    ///
    /// # Panics
    ///
    /// When there are not as many hashes as pieces: a torrent file is checked for that when it is
    /// loaded.
    pub fn recall(
        &self,
        storage: &dyn Storage,
        hashes: &[[u8; 20]],
        threads: usize,
        on_progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Recalled>, StorageError> {
        storage.prepare()?;
        // Before anything is read: what changes from here on will show.
        let stamps = stamps_of(storage)?;
        let Survey { trusted, doubtful, changed } = self.inner().survey(storage, &stamps);
        let Some(found) = verify_some(storage, hashes, &doubtful, threads, on_progress)? else {
            return Ok(None);
        };
        let pieces = found.ones().filter_map(|piece| piece_of(storage, piece));
        for place in places_with(storage, pieces) {
            storage.sync(place)?;
        }
        let mut have = found;
        have.union_with(&trusted);
        self.inner().begin(have.clone(), stamps);
        let (trusted, checked) = (trusted.count_ones(..), doubtful.count_ones(..));
        Ok(Some(Recalled { have, trusted, checked, changed }))
    }

    /// These pieces are known to be there and right, since somebody has just read them; the files
    /// looked like this before. Whatever was known is replaced.
    pub fn begin_with(&self, have: FixedBitSet, stamps: Vec<Option<Stamp>>) {
        self.inner().begin(have, stamps);
    }

    /// Writes a piece. Refuses if somebody else has changed a file it lies in: then it is to be
    /// found out first what is left ([`recall`](Self::recall)).
    pub fn write(
        &self,
        storage: &dyn Storage,
        piece: PieceIndex,
        data: &[u8],
    ) -> Result<(), StorageError> {
        self.inner().announce(storage, piece)?;
        let result = storage.write_at(storage.layout().piece_start(piece), data);
        let ended = self.inner().end(storage, piece, result.is_ok());
        result.and(ended)
    }

    /// Has the storage keep what is skipped elsewhere ([`Storage::select`]). Pieces that are moved
    /// count as being written meanwhile.
    pub fn select(&self, storage: &dyn Storage, selection: &Selection) -> Result<(), StorageError> {
        let moving = self.inner().known(storage.moving(selection));
        let mut places = places_with(storage, moving.iter().copied());
        moving.iter().for_each(|piece| self.inner().note(Record::Writing(piece.get())));
        let result = storage.select(selection);
        places.extend(places_with(storage, moving.iter().copied()));
        for piece in moving {
            self.inner().end_with(storage, piece, result.is_ok(), places.iter().copied());
        }
        result
    }

    /// Whether every file is as we left it. If somebody else has changed one, it is to be found out
    /// what is left ([`recall`](Self::recall)).
    pub fn look(&self, storage: &dyn Storage) -> Result<(), StorageError> {
        // One at a time, so that whoever writes need not wait for a look at thousands.
        (0..storage.places()).try_for_each(|place| self.inner().look_at(storage, place))
    }

    /// Keeps nothing in a file from now on; the file itself stays as it is.
    pub fn abandon(&self) {
        self.inner().journal = None;
    }

    /// Waits until all pieces that were written before are safe, and notes that.
    pub fn sync(&self, storage: &dyn Storage) -> Result<(), StorageError> {
        let pieces = self.inner().written();
        for place in places_with(storage, pieces.iter().copied()) {
            storage.sync(place)?;
        }
        self.inner().on_safe(&pieces);
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A journal that does not agree with the ledger costs a check, and no more.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn survey(&mut self, storage: &dyn Storage, stamps: &[Option<Stamp>]) -> Survey {
        if self.ledger.is_none() {
            (self.ledger, self.last_word) = self.read_journal(storage.places());
        }
        match &self.ledger {
            Some(ledger) => ledger.survey(storage, stamps, self.last_word),
            None => {
                let pieces = self.layout.piece_count() as usize;
                let trusted = FixedBitSet::with_capacity(pieces);
                let mut doubtful = trusted.clone();
                doubtful.insert_range(..);
                Survey { trusted, doubtful, changed: 0 }
            }
        }
    }

    fn read_journal(&mut self, places: usize) -> (Option<Ledger>, Option<i64>) {
        let Some(journal) = &mut self.journal else { return (None, None) };
        let read = journal.read();
        let path = journal.path().display();
        match read {
            Ok(None) => (None, None),
            Ok(Some((bytes, last_word))) => {
                match Ledger::read(&self.layout, places, self.info_hash, &bytes) {
                    Some((ledger, appended)) => {
                        appended.into_iter().for_each(|appended| journal.go_on_after(appended));
                        (Some(ledger), last_word)
                    }
                    None => {
                        log::warn!("{path} is damaged: everything is checked");
                        (None, last_word)
                    }
                }
            }
            Err(error) => {
                log::warn!("cannot read {path}: {error}; everything is checked");
                (None, None)
            }
        }
    }

    fn begin(&mut self, have: FixedBitSet, stamps: Vec<Option<Stamp>>) {
        let found = Some(Ledger::new(self.layout.clone(), have, stamps));
        self.last_word = None;
        let is_news = found != self.ledger;
        self.ledger = found;
        // A journal that says all this already stays as it is.
        if is_news || self.journal.as_ref().is_some_and(Journal::is_due) {
            self.rewrite();
        }
    }

    fn announce(&mut self, storage: &dyn Storage, piece: PieceIndex) -> Result<(), StorageError> {
        if self.ledger.is_none() {
            return Ok(());
        }
        storage.places_of(piece).iter().try_for_each(|(place, _)| self.look_at(storage, *place))?;
        self.note(Record::Writing(piece.get()));
        Ok(())
    }

    fn look_at(&self, storage: &dyn Storage, place: usize) -> Result<(), StorageError> {
        let Some(ledger) = &self.ledger else { return Ok(()) };
        match ledger.is_changed_meanwhile(storage, place, storage.stamp(place)?) {
            true => Err(StorageError::ChangedMeanwhile { path: storage.path(place) }),
            false => Ok(()),
        }
    }

    /// Refuses if it was written to a place that somebody has cut or taken away meanwhile.
    fn end(
        &mut self,
        storage: &dyn Storage,
        piece: PieceIndex,
        whole: bool,
    ) -> Result<(), StorageError> {
        let Some(ledger) = &self.ledger else { return Ok(()) };
        let mut stamps = Vec::new();
        for (place, _) in storage.places_of(piece) {
            let stamp = storage.stamp(place)?;
            if ledger.is_cut(place, stamp) {
                // How it was left stays noted: that tells what is to be looked at.
                self.end_with(storage, piece, false, std::iter::empty());
                let path = storage.path(place);
                return Err(StorageError::ChangedMeanwhile { path });
            }
            // There are no more places than files, and one: their number fits in 32 bits.
            stamps.push((place as u32, stamp));
        }
        self.note(Record::Ended { piece: piece.get(), whole, stamps });
        Ok(())
    }

    fn end_with(
        &mut self,
        storage: &dyn Storage,
        piece: PieceIndex,
        whole: bool,
        places: impl Iterator<Item = usize>,
    ) {
        if self.ledger.is_none() {
            return;
        }
        let stamps = places.map(|place| {
            // There are no more places than files, and one: their number fits in 32 bits.
            storage.stamp(place).map(|stamp| (place as u32, stamp))
        });
        match stamps.collect() {
            Ok(stamps) => self.note(Record::Ended { piece: piece.get(), whole, stamps }),
            // It stays announced, so it will be looked at.
            Err(error) => log::debug!("cannot note that a piece was written: {error}"),
        }
    }

    /// Those of these pieces that are there.
    fn known(&self, mut pieces: Vec<PieceIndex>) -> Vec<PieceIndex> {
        pieces.retain(|piece| self.ledger.as_ref().is_some_and(|ledger| ledger.has(*piece)));
        pieces
    }

    fn written(&self) -> Vec<PieceIndex> {
        self.ledger.as_ref().map(Ledger::written).unwrap_or_default()
    }

    fn on_safe(&mut self, pieces: &[PieceIndex]) {
        // What is being written again meanwhile is not safe.
        let still: Vec<PieceIndex> = self.written();
        let safe = pieces.iter().filter(|piece| still.binary_search(piece).is_ok());
        let safe: Vec<u32> = safe.map(|piece| piece.get()).collect();
        if !safe.is_empty() {
            self.note(Record::Durable(safe));
        }
        let is_due = self.journal.as_ref().is_some_and(Journal::is_due);
        if is_due {
            self.rewrite();
        }
        if is_due || !pieces.is_empty() {
            self.save();
        }
    }

    fn note(&mut self, record: Record) {
        if let Some(ledger) = &mut self.ledger {
            let noted = ledger.note(&record);
            debug_assert!(noted.is_some(), "{record:?} is about a piece of this torrent");
        }
        if let Some(journal) = &mut self.journal {
            let appended = journal.append(&record.encode());
            self.complain(appended);
        }
    }

    fn rewrite(&mut self) {
        if let (Some(ledger), Some(journal)) = (&self.ledger, &mut self.journal) {
            let replaced = journal.replace(&ledger.write(self.info_hash));
            self.complain(replaced);
        }
    }

    fn save(&mut self) {
        // One that could not be written anew waits for the next time.
        if let Some(journal) = self.journal.as_mut().filter(|journal| !journal.is_due()) {
            let saved = journal.save();
            journal.close();
            self.complain(saved);
        }
    }

    /// Says once that the journal cannot be kept. The torrent goes on: the next start will have to
    /// look at more.
    fn complain(&mut self, result: io::Result<()>) {
        let Some(journal) = &self.journal else { return };
        match result {
            Ok(()) => self.complained = false,
            Err(error) => {
                if !std::mem::replace(&mut self.complained, true) {
                    let path = journal.path().display();
                    log::warn!("cannot write {path}: {error}; the next start will check more");
                }
            }
        }
    }
}

/// How every place looks.
pub fn stamps_of(storage: &dyn Storage) -> Result<Vec<Option<Stamp>>, StorageError> {
    (0..storage.places()).map(|place| storage.stamp(place)).collect()
}

fn piece_of(storage: &dyn Storage, piece: usize) -> Option<PieceIndex> {
    storage.layout().piece(u32::try_from(piece).ok()?)
}

/// The places that hold bytes of these pieces.
fn places_with(
    storage: &dyn Storage,
    pieces: impl IntoIterator<Item = PieceIndex>,
) -> BTreeSet<usize> {
    let places = pieces.into_iter().flat_map(|piece| storage.places_of(piece));
    places.map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests;
