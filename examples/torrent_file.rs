//! A `.torrent` named on a command line.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use kamaelia_torrent::metainfo::{Metainfo, TORRENT_BYTES_MAX};

/// Reads a `.torrent`, from a pipe too. The error is a sentence that begins with the path.
pub fn read_torrent(path: &Path) -> Result<Metainfo, String> {
    let named = |problem: &dyn ToString| format!("{}: {}", path.display(), problem.to_string());
    let mut bytes = Vec::new();
    // One byte too many is enough to be refused, also where bytes never end.
    let limit = TORRENT_BYTES_MAX as u64 + 1;
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| named(&error))?;
    Metainfo::parse(&bytes).map_err(|error| named(&error))
}
