//! Keeps the page true: as many cases as it says are here.

use super::*;

#[test]
fn the_page_on_reliability_counts_the_cases_there_are() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strangers");
    assert_eq!(cases_of("strangers over sockets"), tests_below(&here));
}
