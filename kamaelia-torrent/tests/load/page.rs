//! Keeps what `docs/reliability.md` tells of these tests true.

use std::path::Path;

use crate::alone::LOADS;

#[test]
fn the_page_tells_how_many_loads_there_are() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    if !docs.exists() {
        return; // The package has no pages.
    }
    let page = std::fs::read_to_string(docs.join("reliability.md")).expect("the page");
    let row = format!("| load | {0} | {0} |", LOADS.len());
    assert!(page.contains(&row), "the page has no row that begins with {row}");
}
