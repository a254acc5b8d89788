//! Keeps what `docs/reliability.md` says of this true: as many cases as it counts are here.

use std::fs;
use std::path::Path;

use crate::cell::Cell;

/// Whatever stands between two vertical lines in the row of this class.
fn row(class: &str) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reliability.md");
    let page = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{page:?}: {error}"));
    let row = page.lines().find(|line| line.starts_with(&format!("| {class} |")));
    let row = row.unwrap_or_else(|| panic!("the page has a row for: {class}"));
    row.split('|').map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn the_page_counts_as_many_cells_as_the_table_has() {
    let row = row("panics in components");
    let cells = Cell::all().len().to_string();
    assert_eq!((&*row[2], &*row[3]), (&*cells, &*cells));
}
