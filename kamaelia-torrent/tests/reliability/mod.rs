//! The table of `docs/reliability.md`, which tests keep true: it tells how many cases there are.
#![allow(dead_code)]

use std::fs;
use std::path::Path;

/// What was tried of this class, and what of it passed, as the page has it. None in a package, which has
/// no pages.
pub(crate) fn row(class: &str) -> Option<[String; 2]> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it lies somewhere");
    if !root.join("docs").exists() && !root.join("CONTRIBUTING.md").exists() {
        return None;
    }
    let page = fs::read_to_string(root.join("docs/reliability.md")).expect("the page");
    let row = page.lines().find(|line| line.starts_with(&format!("| {class} |")));
    let row = row.unwrap_or_else(|| panic!("the page has no row for: {class}"));
    let mut cells = row.split('|').skip(2).map(|cell| cell.trim().to_owned());
    Some(std::array::from_fn(|_| cells.next().expect("what was tried, and what passed")))
}

/// That the page has so many cases of this class, all of which passed.
pub(crate) fn assert_row(class: &str, cases: usize) {
    if let Some(row) = row(class) {
        assert_eq!(row, [cases.to_string(), cases.to_string()], "{class}");
    }
}
