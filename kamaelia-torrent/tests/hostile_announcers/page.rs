//! Keeps what `docs/reliability.md` tells of these tests true.

use super::reliability::assert_row;
use super::{datagrams, floods, queries};

#[test]
fn the_page_tells_how_many_cases_there_are() {
    let cases = queries::count() + datagrams::count() + floods::count();
    assert_row("strangers at our tracker", cases);
}
