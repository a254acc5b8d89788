//! One file for each row of the table of what we aim for (docs/performance.md).

mod bare;
mod idle;
mod leech;
mod make;
mod many;
mod seed;
mod start;
mod tracker;

use crate::options::Options;

/// A row: the word that asks for it, and what measures and prints it.
pub(crate) struct Row {
    pub(crate) word: &'static str,
    pub(crate) measure: fn(&Options),
}

pub(crate) const ROWS: &[Row] = &[
    Row { word: "leech", measure: leech::measure },
    Row { word: "seed", measure: seed::measure_one },
    Row { word: "seed8", measure: seed::measure_eight },
    Row { word: "make", measure: make::measure_making },
    Row { word: "check", measure: make::measure_checking },
    Row { word: "many", measure: many::measure },
    Row { word: "idle", measure: idle::measure },
    Row { word: "start", measure: start::measure },
    Row { word: "tracker", measure: tracker::measure },
];

pub(crate) use bare::did as did_bare;

/// Where files of a row lie: in `TMPDIR`, and best in memory (`TMPDIR=/dev/shm`).
fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}
