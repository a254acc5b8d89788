//! What the loop can ask of the disk threads, and what they answer.

use crate::metainfo::{Block, PieceIndex, Selection};
use crate::storage::{Progress, Recalled, Resume, Storage, StorageError};
use fixedbitset::FixedBitSet;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Whom an answer is for. The numbers are the asker's own; the disk only returns them.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct JobOrigin {
    /// The torrent.
    pub torrent: u32,
    /// The connection, where one is waiting.
    pub connection: u64,
}

/// One thing to do with one torrent's bytes.
pub struct Job {
    /// Whom the answer is for.
    pub origin: JobOrigin,
    /// Where the bytes lie.
    pub storage: Arc<dyn Storage>,
    /// What is known of them.
    pub resume: Arc<Resume>,
    /// What to do.
    pub work: Work,
}

/// What to do. Each is answered once, whatever happens; only reads are dropped when the disk stops.
pub enum Work {
    /// Read a block: [`Outcome::Read`].
    Read(Block),
    /// Hash a piece and, if it is the right one, write it: [`Outcome::Stored`],
    /// [`Outcome::Corrupt`] or [`Outcome::NotStored`].
    Store {
        /// Which piece.
        piece: PieceIndex,
        /// All its bytes.
        data: Vec<u8>,
        /// The SHA-1 it must have.
        expected: [u8; 20],
    },
    /// Prepare the storage and find out which pieces are there ([`Resume::recall`]):
    /// [`Outcome::Checking`] now and then, at the end [`Outcome::Checked`] or
    /// [`Outcome::CheckStopped`].
    Check {
        /// The SHA-1 of every piece.
        hashes: Arc<[[u8; 20]]>,
        /// Which files are wanted, if somebody has chosen.
        selection: Option<Selection>,
        /// Set to give the check up.
        cancel: Arc<AtomicBool>,
    },
    /// Note that these pieces are there, and how their files look now: [`Outcome::Remembered`].
    Remember(FixedBitSet),
    /// Have the storage keep apart what is skipped ([`Resume::select`]): [`Outcome::Arranged`].
    Arrange(Selection),
    /// See whether the files look as they were left ([`Resume::look`]): [`Outcome::Looked`].
    Look,
    /// Do this, which is not about the torrent's bytes: [`Outcome::Done`].
    Do(Arc<dyn Fn() -> io::Result<()> + Send + Sync>),
    /// Wait until all that was answered as stored before is safe ([`Resume::sync`]):
    /// [`Outcome::Synced`].
    Sync,
}

/// What became of a job.
#[derive(Debug, Eq, PartialEq)]
pub struct Answer {
    /// Whom it is for.
    pub origin: JobOrigin,
    /// What happened.
    pub outcome: Outcome,
}

/// What happened.
#[derive(Debug, Eq, PartialEq)]
pub enum Outcome {
    /// A block was read, or not.
    Read {
        /// The block that was asked for.
        block: Block,
        /// Exactly its bytes.
        result: Result<Vec<u8>, StorageError>,
    },
    /// The piece is the right one and was written.
    Stored(PieceIndex),
    /// The piece has another hash than it must have. Nothing was written.
    Corrupt {
        /// The piece.
        piece: PieceIndex,
        /// The bytes it should have been.
        data: Vec<u8>,
    },
    /// The piece is the right one, but could not be written, or only in part.
    NotStored {
        /// The piece.
        piece: PieceIndex,
        /// Why not.
        error: StorageError,
    },
    /// A check has come so far. Told when the percentage changes; more answers follow.
    Checking(Progress),
    /// A check is done: the pieces that are there.
    Checked(Result<Recalled, StorageError>),
    /// A check was given up.
    CheckStopped,
    /// It was noted, or the files could not be looked at.
    Remembered(Result<(), StorageError>),
    /// What is skipped is kept apart, or not all of it.
    Arranged(Result<(), StorageError>),
    /// The files are as they were left, or one is not.
    Looked(Result<(), StorageError>),
    /// It was done, or not.
    Done(Result<(), String>),
    /// What was stored is safe, or is not known to be.
    Synced(Result<(), StorageError>),
}

impl Work {
    /// The bytes of a piece to be stored; none for anything else.
    pub(super) fn piece_bytes(&self) -> &[u8] {
        match self {
            Work::Store { data, .. } => data,
            _ => &[],
        }
    }

    /// The answer when it could not be done.
    pub(super) fn failed(&self, error: StorageError) -> Outcome {
        match self {
            Work::Read(block) => Outcome::Read { block: *block, result: Err(error) },
            Work::Store { piece, .. } => Outcome::NotStored { piece: *piece, error },
            Work::Check { .. } => Outcome::Checked(Err(error)),
            Work::Remember(_) => Outcome::Remembered(Err(error)),
            Work::Arrange(_) => Outcome::Arranged(Err(error)),
            Work::Look => Outcome::Looked(Err(error)),
            Work::Do(_) => Outcome::Done(Err(error.to_string())),
            Work::Sync => Outcome::Synced(Err(error)),
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = match &self.work {
            Work::Read(block) => format!("Read({block:?})"),
            Work::Store { piece, data, .. } => format!("Store({piece:?}, {} bytes)", data.len()),
            Work::Check { .. } => "Check".into(),
            Work::Remember(_) => "Remember".into(),
            Work::Arrange(_) => "Arrange".into(),
            Work::Look => "Look".into(),
            Work::Do(_) => "Do".into(),
            Work::Sync => "Sync".into(),
        };
        write!(f, "Job {{ {:?}, {work} }}", self.origin)
    }
}
