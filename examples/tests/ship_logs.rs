//! What `copy/ship_logs.rs` says of lines that are missing.

#![allow(dead_code)]

#[path = "../copy/ship_logs.rs"]
mod ship_logs;

use axon_core::Out;

#[test]
fn what_was_dropped_before_it_is_told_of_where_it_was() {
    let (mut gaps, mut out) = (ship_logs::gaps(), Out::new());
    for number in [1, 2, 6, 7] {
        gaps((number, format!("line {number}")), &mut out);
    }
    let text = String::from_utf8(out.take().into_iter().flatten().collect()).expect("text");
    assert_eq!(text, "line 1\nline 2\n(3 lines were dropped here)\nline 6\nline 7\n");
}
