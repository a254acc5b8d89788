//! Where the files of a torrent are, and how they are opened there.

use crate::metainfo::Layout;
use crate::storage::below::{Below, check_name, open_named, stamp_of_named};
use crate::storage::error::{Action, StorageError};
use crate::storage::stamp::Stamp;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Where the files are.
pub(super) enum Place {
    /// Below a directory, under the names in the layout, not trusting them.
    Download { root: PathBuf },
    /// Each where its owner has it; as many as the layout has files.
    InPlace(Vec<PathBuf>),
}

impl Place {
    /// Fails when a name would lead out of `root`.
    pub(super) fn download(root: &Path, layout: &Layout) -> Result<Self, StorageError> {
        for file in layout.files() {
            match file.path.as_slice() {
                [] => check_name("")?,
                names => names.iter().try_for_each(|name| check_name(name))?,
            }
        }
        Ok(Place::Download { root: absolute(root)? })
    }

    pub(super) fn in_place(paths: &[PathBuf]) -> Result<Self, StorageError> {
        let paths: Result<_, _> = paths.iter().map(|path| absolute(path)).collect();
        Ok(Place::InPlace(paths?))
    }

    pub(super) fn path(&self, layout: &Layout, file: usize) -> PathBuf {
        match self {
            Place::Download { root } => below(root, layout, file).path(),
            Place::InPlace(paths) => paths[file].clone(),
        }
    }

    /// `writable` also makes it.
    pub(super) fn open(
        &self,
        layout: &Layout,
        file: usize,
        writable: bool,
    ) -> Result<File, StorageError> {
        match (self, writable) {
            (Place::Download { root }, true) => below(root, layout, file).open_or_create(),
            (Place::Download { root }, false) => below(root, layout, file).open(),
            (Place::InPlace(paths), true) => {
                Err(StorageError::ReadOnly { path: paths[file].clone() })
            }
            (Place::InPlace(paths), false) => open_named(&paths[file]),
        }
    }

    pub(super) fn stamp(
        &self,
        layout: &Layout,
        file: usize,
    ) -> Result<Option<Stamp>, StorageError> {
        match self {
            Place::Download { root } => below(root, layout, file).stamp(),
            Place::InPlace(paths) => match stamp_of_named(&paths[file]) {
                Err(StorageError::Missing { .. }) => Ok(None),
                stamp => stamp.map(Some),
            },
        }
    }

    pub(super) fn remove(&self, layout: &Layout, file: usize) -> Result<(), StorageError> {
        match self {
            Place::Download { root } => below(root, layout, file).remove(),
            Place::InPlace(paths) => Err(StorageError::ReadOnly { path: paths[file].clone() }),
        }
    }

    pub(super) fn refuse_longer(
        &self,
        layout: &Layout,
        file: usize,
        length: u64,
    ) -> Result<(), StorageError> {
        let expected = layout.files()[file].length;
        if length <= expected {
            return Ok(());
        }
        let path = self.path(layout, file);
        Err(match self {
            Place::Download { .. } => StorageError::TooLong { path, length, expected },
            Place::InPlace(_) => StorageError::Changed { path, length, expected },
        })
    }
}

fn below<'a>(root: &'a Path, layout: &'a Layout, file: usize) -> Below<'a> {
    let path = &layout.files()[file].path;
    Below { root, names: path.iter().map(String::as_str).collect() }
}

fn absolute(path: &Path) -> Result<PathBuf, StorageError> {
    std::path::absolute(path).map_err(|error| StorageError::from_io(Action::Examine, path, &error))
}
