//! Keeps `docs/reliability.md` true: the counts of its rows are those of the cases.

use std::fs;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The cells of the row of this class: what was tried, and what of it passed.
fn row(class: &str) -> (String, String) {
    let page = fs::read_to_string(root().join("docs/reliability.md")).expect("the page");
    let row = page.lines().find(|line| line.starts_with(&format!("| {class} |")));
    let cells: Vec<&str> = row.expect("a row").split('|').map(str::trim).collect();
    (cells[2].to_owned(), cells[3].to_owned())
}

/// Compares the row of hostile torrents with how many there are.
pub(crate) fn check(torrents: usize, links: usize, obstacles: usize) {
    let counted = format!("{torrents} files, {links} links, {obstacles} obstacles");
    assert_eq!(row("hostile torrents"), (counted, "all".to_owned()));
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
    assert_eq!(row("strangers' bytes"), (counted, "all".to_owned()));
}
