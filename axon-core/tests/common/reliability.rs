//! The table of `docs/reliability.md`, which tests keep true: it tells how many cases there are.

use std::fs;
use std::path::Path;

/// That the page has so many cases of this class, all of which passed.
pub(crate) fn assert_row(class: &str, cases: usize) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reliability.md");
    let page = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{page:?}: {error}"));
    let row = page.lines().find(|line| line.starts_with(&format!("| {class} |")));
    let row = row.unwrap_or_else(|| panic!("the page has a row for: {class}"));
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let cases = cases.to_string();
    assert_eq!((cells[2], cells[3]), (&*cases, &*cases));
}
