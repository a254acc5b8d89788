//! What a simulated swarm shares.

use crate::metainfo::{
    FileEntry, Layout, LayoutError, PathError, PieceLengthError, TORRENT_BYTES_MAX, check_paths,
    check_piece_length, piece_length_for,
};

/// The most pieces of a torrent: more hashes than these would not fit into a torrent file that
/// clients read.
const PIECES_MAX: u64 = TORRENT_BYTES_MAX as u64 / 20;

/// The torrent of a simulation: one file, of which nothing but its size is ever stored. Its bytes
/// follow from this description, and so does its identity: the same description is the same torrent
/// in every swarm.
///
/// ```
/// use kamaelia_torrent::simulation::Torrent;
///
/// let film = Torrent::new(4 << 30).piece_length(1 << 20).name("film");
/// assert!(film.check().is_ok());
/// let error = Torrent::new(1 << 30).piece_length(100_000).check().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "a piece length of 100000 bytes is not a power of two from 16384 to 134217728",
/// );
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Torrent {
    size: u64,
    piece_length: Option<u64>,
    name: String,
}

/// Why a description cannot be a torrent.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TorrentError {
    /// There is nothing to share.
    #[error("a torrent of 0 bytes has nothing to share; it needs at least 1")]
    Empty,
    /// Pieces that no maker makes.
    #[error(transparent)]
    PieceLength(#[from] PieceLengthError),
    /// A name that no client would create a file of.
    #[error(transparent)]
    Name(#[from] PathError),
    /// Hashes that fit into no torrent file.
    #[error(
        "{size} bytes in pieces of {piece_length} are {pieces} pieces, more than {PIECES_MAX}; \
         choose longer pieces"
    )]
    TooManyPieces {
        /// Bytes of the torrent.
        size: u64,
        /// Bytes of a piece.
        piece_length: u32,
        /// How many pieces that makes.
        pieces: u64,
    },
    /// Sizes beyond those of files.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

impl Default for Torrent {
    /// 16 MiB.
    fn default() -> Self {
        Torrent::new(16 << 20)
    }
}

impl Torrent {
    /// A torrent of so many bytes, cut as the maker of torrents would cut it (see
    /// [`piece_length_for`]).
    pub fn new(size_bytes: u64) -> Self {
        Torrent { size: size_bytes, piece_length: None, name: "content".to_owned() }
    }

    /// Bytes of a piece: a power of two, from 16 KiB to 128 MiB.
    pub fn piece_length(mut self, bytes: u64) -> Self {
        self.piece_length = Some(bytes);
        self
    }

    /// The name of its file. Torrents of other names hold other bytes.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Bytes in all.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether there can be such a torrent. A simulation asks this before it begins.
    pub fn check(&self) -> Result<(), TorrentError> {
        self.layout().map(drop)
    }

    /// How it is cut. Takes no longer for a terabyte than for a byte.
    pub(super) fn layout(&self) -> Result<Layout, TorrentError> {
        if self.size == 0 {
            return Err(TorrentError::Empty);
        }
        let length = self.piece_length.unwrap_or_else(|| piece_length_for(self.size).into());
        let piece_length = check_piece_length(length)?;
        let pieces = self.size.div_ceil(length);
        if pieces > PIECES_MAX {
            return Err(TorrentError::TooManyPieces { size: self.size, piece_length, pieces });
        }
        let file = FileEntry { path: vec![self.name.clone()], length: self.size, padding: false };
        let files = vec![file];
        check_paths(&files)?;
        Ok(Layout::new(length, files)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(torrent: &Torrent) -> String {
        torrent.check().expect_err("a torrent that cannot be").to_string()
    }

    #[test]
    fn pieces_are_as_long_as_the_maker_would_make_them() {
        for (size, length) in [(1, 256 << 10), (1 << 30, 512 << 10), (1 << 40, 16 << 20)] {
            let layout = Torrent::new(size).layout().expect("a torrent");
            assert_eq!((layout.total_length(), layout.piece_length()), (size, length));
        }
    }

    #[test]
    fn a_length_and_a_name_may_be_chosen() {
        let layout = Torrent::new(100_000).piece_length(16_384).name("film").layout();
        let layout = layout.expect("a torrent");
        assert_eq!((layout.piece_count(), &*layout.files()[0].path[0]), (7, "film"));
    }

    #[test]
    fn what_cannot_be_is_refused_in_a_sentence() {
        assert_eq!(
            refused(&Torrent::new(0)),
            "a torrent of 0 bytes has nothing to share; it needs at least 1"
        );
        assert_eq!(
            refused(&Torrent::new(1).name("a/b")),
            "the path `a/b` in this torrent is refused: one of its names contains `/`"
        );
        assert_eq!(
            refused(&Torrent::new(1 << 40).piece_length(16_384)),
            "1099511627776 bytes in pieces of 16384 are 67108864 pieces, more than 3355443; \
             choose longer pieces"
        );
    }
}
