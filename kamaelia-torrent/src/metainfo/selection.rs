//! Which files of a torrent somebody wants, and what that means for its pieces.
//!
//! A person chooses files; peers deal in pieces, and a piece may hold the end of one file and the
//! beginning of the next. So a piece is wanted as much as the most wanted file with bytes in it.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use fixedbitset::FixedBitSet;

use super::{Layout, PieceIndex};

/// How much a file is wanted. Later ones are wanted more.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Priority {
    /// Not at all. Pieces it shares with wanted files are fetched all the same.
    Skip,
    /// When nothing else can be had.
    Low,
    /// Like most.
    #[default]
    Normal,
    /// Before all others.
    High,
}

impl Priority {
    /// All of them, the least wanted first.
    pub const ALL: [Priority; 4] =
        [Priority::Skip, Priority::Low, Priority::Normal, Priority::High];

    /// Whether it is wanted at all.
    pub fn is_wanted(self) -> bool {
        self != Priority::Skip
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Priority::Skip => "skip",
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
        })
    }
}

/// The text names no priority.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a priority is skip, low, normal or high")]
pub struct ParsePriorityError;

impl FromStr for Priority {
    type Err = ParsePriorityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Priority::ALL.into_iter().find(|priority| priority.to_string() == text);
        named.ok_or(ParsePriorityError)
    }
}

/// The torrent has no file of this number.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the torrent has {count} files, and none with the number {file}, counting from 0")]
pub struct NoSuchFile {
    /// The number asked for.
    pub file: usize,
    /// How many files there are.
    pub count: usize,
}

/// How much each file of one torrent is wanted.
///
/// Padding files (BEP 47) go with the file they follow: nobody chooses them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selection {
    /// As many as the layout has files.
    files: Vec<Priority>,
}

impl Selection {
    /// Every file, none before another.
    pub fn all(layout: &Layout) -> Self {
        Selection { files: vec![Priority::Normal; layout.files().len()] }
    }

    /// One priority for each file; `None` if there are more or fewer than the torrent has files.
    pub fn from_priorities(layout: &Layout, files: Vec<Priority>) -> Option<Self> {
        (files.len() == layout.files().len()).then_some(Selection { files })
    }

    /// These files (indices into [`Layout::files`]), and no others.
    pub fn only(
        layout: &Layout,
        files: impl IntoIterator<Item = usize>,
    ) -> Result<Self, NoSuchFile> {
        let mut selection = Selection { files: vec![Priority::Skip; layout.files().len()] };
        files.into_iter().try_for_each(|file| selection.set(file, Priority::Normal))?;
        Ok(selection)
    }

    /// Wants a file more or less than before.
    pub fn set(&mut self, file: usize, priority: Priority) -> Result<(), NoSuchFile> {
        let count = self.files.len();
        *self.files.get_mut(file).ok_or(NoSuchFile { file, count })? = priority;
        Ok(())
    }

    /// What was chosen for each file, in the order of the layout.
    pub fn priorities(&self) -> &[Priority] {
        &self.files
    }

    /// Whether this file (an index into [`Layout::files`]) is wanted.
    ///
    /// # Panics
    ///
    /// When the layout has no such file.
    pub fn wants(&self, file: usize) -> bool {
        self.files[file].is_wanted()
    }

    /// Whether no file is skipped.
    pub fn is_everything(&self) -> bool {
        self.files.iter().all(|priority| priority.is_wanted())
    }

    /// How much each piece is wanted.
    ///
    /// # Panics
    ///
    /// When the layout is another torrent's, with another number of files.
    pub fn pieces(&self, layout: &Layout) -> PiecePriorities {
        let mut pieces = vec![Priority::Skip; layout.piece_count() as usize];
        for (priority, touched, _) in self.stretches(layout) {
            for piece in &mut pieces[touched] {
                *piece = priority.max(*piece);
            }
        }
        PiecePriorities { pieces }
    }

    /// The pieces that hold bytes of wanted files and of skipped ones too. Padding is neither.
    ///
    /// # Panics
    ///
    /// When the layout is another torrent's, with another number of files.
    pub fn edges(&self, layout: &Layout) -> FixedBitSet {
        let count = layout.piece_count() as usize;
        let mut wanted = FixedBitSet::with_capacity(count);
        let mut skipped = FixedBitSet::with_capacity(count);
        for (priority, touched, padding) in self.stretches(layout) {
            match priority.is_wanted() {
                _ if padding => {}
                true => wanted.insert_range(touched),
                false => skipped.insert_range(touched),
            }
        }
        wanted.intersect_with(&skipped);
        wanted
    }

    /// For each file with bytes: how much it is wanted, the pieces it touches, and whether it is
    /// padding.
    fn stretches<'a>(
        &'a self,
        layout: &'a Layout,
    ) -> impl Iterator<Item = (Priority, Range<usize>, bool)> + 'a {
        assert_eq!(self.files.len(), layout.files().len(), "a priority for each file");
        let mut before = Priority::default();
        layout.files().iter().zip(&self.files).enumerate().filter_map(move |(i, (file, chosen))| {
            let priority = if file.padding { before } else { *chosen };
            before = priority;
            (file.length > 0).then(|| (priority, layout.file_pieces(i), file.padding))
        })
    }
}

/// How much each piece of one torrent is wanted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PiecePriorities {
    pieces: Vec<Priority>,
}

impl PiecePriorities {
    /// Every piece, none before another.
    pub fn all(layout: &Layout) -> Self {
        PiecePriorities { pieces: vec![Priority::Normal; layout.piece_count() as usize] }
    }

    /// How much this piece is wanted.
    ///
    /// # Panics
    ///
    /// When the piece is of another torrent's layout.
    pub fn of(&self, piece: PieceIndex) -> Priority {
        self.pieces[piece.as_usize()]
    }

    /// The same for all of them, in order.
    pub fn as_slice(&self) -> &[Priority] {
        &self.pieces
    }

    /// One bit for each piece that is wanted at all.
    pub fn wanted(&self) -> FixedBitSet {
        let mut wanted = FixedBitSet::with_capacity(self.pieces.len());
        wanted.extend((0..self.pieces.len()).filter(|piece| self.pieces[*piece].is_wanted()));
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::Priority::{High, Low, Normal, Skip};
    use super::*;
    use crate::metainfo::FileEntry;

    /// Files of these lengths in pieces of ten bytes; those with these indices are padding.
    fn layout(lengths: &[u64], padding: &[usize]) -> Layout {
        let files = lengths
            .iter()
            .enumerate()
            .map(|(i, length)| FileEntry {
                path: vec![i.to_string()],
                length: *length,
                padding: padding.contains(&i),
            })
            .collect();
        Layout::new(10, files).expect("sizes of a torrent")
    }

    fn selection(layout: &Layout, files: &[Priority]) -> Selection {
        Selection::from_priorities(layout, files.to_vec()).expect("a priority for each file")
    }

    fn ones(bits: &FixedBitSet) -> Vec<usize> {
        bits.ones().collect()
    }

    #[test]
    fn everything_is_wanted_unless_somebody_says_otherwise() {
        let layout = layout(&[15, 0, 10], &[]);
        let all = Selection::all(&layout);
        assert!(all.is_everything());
        assert_eq!(all.pieces(&layout), PiecePriorities::all(&layout));
        assert_eq!(ones(&all.edges(&layout)), [0; 0]);
    }

    #[test]
    fn a_piece_is_wanted_as_much_as_the_most_wanted_file_in_it() {
        let layout = layout(&[15, 10, 20, 3], &[]);
        let chosen = selection(&layout, &[Low, Skip, High, Skip]);
        let pieces = chosen.pieces(&layout);
        assert_eq!(pieces.as_slice(), [Low, Low, High, High, High]);
        let chosen = selection(&layout, &[Skip, Low, Skip, Normal]);
        let pieces = chosen.pieces(&layout);
        assert_eq!(pieces.as_slice(), [Skip, Low, Low, Skip, Normal]);
        assert_eq!(ones(&pieces.wanted()), [1, 2, 4]);
    }

    #[test]
    fn edges_are_the_pieces_shared_by_wanted_and_skipped_files() {
        let layout = layout(&[15, 10, 20, 3], &[]);
        let chosen = selection(&layout, &[Skip, Low, Skip, Normal]);
        assert_eq!(ones(&chosen.edges(&layout)), [1, 2, 4]);
        let chosen = selection(&layout, &[Skip, Skip, Skip, Skip]);
        assert_eq!(ones(&chosen.edges(&layout)), [0; 0]);
    }

    #[test]
    fn files_without_bytes_make_no_piece_wanted() {
        let layout = layout(&[10, 0, 10], &[]);
        let chosen = Selection::only(&layout, [1]).expect("there is such a file");
        assert_eq!(chosen.priorities(), [Skip, Normal, Skip]);
        assert_eq!(ones(&chosen.pieces(&layout).wanted()), [0; 0]);
        assert_eq!(ones(&chosen.edges(&layout)), [0; 0]);
    }

    #[test]
    fn padding_goes_with_the_file_before_it_and_makes_no_edge() {
        let layout = layout(&[15, 15, 5, 5, 10], &[1, 3]);
        let chosen = selection(&layout, &[High, Skip, Skip, High, Skip]);
        assert_eq!(chosen.pieces(&layout).as_slice(), [High, High, High, Skip, Skip]);
        assert_eq!(ones(&chosen.edges(&layout)), [0; 0]);
    }

    #[test]
    fn a_file_that_is_not_there_cannot_be_chosen() {
        let layout = layout(&[1, 1], &[]);
        let refused = Err(NoSuchFile { file: 2, count: 2 });
        assert_eq!(Selection::only(&layout, [0, 2]), refused);
        assert_eq!(Selection::all(&layout).set(2, High), Err(NoSuchFile { file: 2, count: 2 }));
        assert_eq!(Selection::from_priorities(&layout, vec![Normal]), None);
    }

    #[test]
    fn priorities_are_read_from_the_words_they_are_written_in() {
        for priority in Priority::ALL {
            assert_eq!(priority.to_string().parse(), Ok(priority));
        }
        assert_eq!("HIGH".parse::<Priority>(), Err(ParsePriorityError));
    }
}
