//! Keeps `docs/reliability.md` true: the counts of its rows are those of the cases.

use std::fs;
use std::path::PathBuf;

use crate::reliability::row;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Compares the row of hostile torrents with how many there are.
pub(crate) fn check(torrents: usize, links: usize, obstacles: usize) {
    let counted = format!("{torrents} files, {links} links, {obstacles} obstacles");
    assert_eq!(row("hostile torrents"), Some([counted, "all".to_owned()]));
}

/// Compares the row of strangers' bytes with the fuzz targets and the seeds that there are.
pub(crate) fn check_formats() {
    let entries = |folder: &str| -> Vec<PathBuf> {
        let entries = fs::read_dir(root().join(folder)).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path()).collect()
    };
    let targets = entries("fuzz/fuzz_targets").len();
    let corpus = entries("fuzz/corpus");
    assert_eq!(corpus.len(), targets, "each target begins with something");
    let seeds: usize =
        corpus.iter().map(|folder| fs::read_dir(folder).expect("a folder").count()).sum();
    let counted = format!("{targets} formats, {seeds} seeds");
    assert_eq!(row("strangers' bytes"), Some([counted, "all".to_owned()]));
}
