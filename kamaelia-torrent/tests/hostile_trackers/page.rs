//! Keeps what `docs/reliability.md` tells of these tests true.

use std::path::Path;

use super::{answers, datagrams, redirects, replies, web_seeds};

/// That the page has this row, with so many cases.
pub(crate) fn assert_row(class: &str, cases: usize) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    if !docs.exists() {
        return; // The package has no pages.
    }
    let page = std::fs::read_to_string(docs.join("reliability.md")).expect("the page");
    let row = format!("| {class} | {cases} | {cases} |");
    assert!(page.contains(&row), "the page has no row that begins with {row}");
}

#[test]
fn the_page_tells_how_many_cases_there_are() {
    let cases = [answers::count(), replies::count(), redirects::count()].iter().sum::<usize>();
    assert_row("hostile trackers and web servers", cases + datagrams::count() + web_seeds::count());
}
