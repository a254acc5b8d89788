//! Keeps what `docs/reliability.md` says of this true: as many cases as it counts are here.

use crate::cell::Cell;
use crate::reliability::assert_row;

#[test]
fn the_page_counts_as_many_cells_as_the_table_has() {
    assert_row("panics in components", Cell::all().len());
}
