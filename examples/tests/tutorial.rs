//! The tutorial ends with a component whose tests run here, in the file that the page shows.

#![allow(missing_docs, unreachable_pub)]

#[path = "../tutorial/settle.rs"]
mod settle;

const PAGE: &str = include_str!("../../docs/tutorial.md");

#[test]
fn the_page_shows_the_file_that_is_tested() {
    let file = include_str!("../tutorial/settle.rs");
    let (header, code) = file.split_once("\n\n").expect("a header and code");
    assert!(header.starts_with("//!"));
    assert!(PAGE.contains(code), "docs/tutorial.md does not show this:\n{code}");
}
