//! Keeps what `docs/reliability.md` tells of these tests true.

use super::reliability::assert_row;
use super::{answers, datagrams, redirects, replies, web_seeds};

#[test]
fn the_page_tells_how_many_cases_there_are() {
    let cases = [answers::count(), replies::count(), redirects::count()].iter().sum::<usize>();
    assert_row("hostile trackers and web servers", cases + datagrams::count() + web_seeds::count());
}
