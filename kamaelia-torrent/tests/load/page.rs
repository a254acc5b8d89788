//! Keeps what `docs/reliability.md` tells of these tests true.

use crate::alone::LOADS;
use crate::reliability::assert_row;

#[test]
fn the_page_tells_how_many_loads_there_are() {
    assert_row("load", LOADS.len());
}
