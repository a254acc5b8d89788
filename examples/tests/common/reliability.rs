//! The table of `docs/reliability.md`, which tells how many cases there are.

use std::fs;
use std::path::Path;

use super::names;

/// How many cases of this class the page says there are.
pub fn cases_of(class: &str) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it lies in a workspace");
    let page = fs::read_to_string(root.join("docs/reliability.md")).expect("the page");
    let row = page.lines().find(|row| row.starts_with(&format!("| {class} |"))).expect("a row");
    row.split('|').nth(2).expect("a cell").trim().parse().expect("a number")
}

/// How many cases the files of a folder have, without the one that counts them.
pub fn tests_below(folder: &Path) -> usize {
    let mut files = names(folder);
    files.retain(|file| file != "page.rs");
    files.iter().map(|file| tests_in(&folder.join(file))).sum()
}

/// How many tests a file has.
pub fn tests_in(file: &Path) -> usize {
    let source = fs::read_to_string(file).expect("a source file");
    source.lines().filter(|line| line.trim() == "#[test]").count()
}
