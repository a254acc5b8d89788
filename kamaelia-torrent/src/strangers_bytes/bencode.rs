//! What passes the scanner means the same to a reader that somebody else wrote, and what that one would
//! write itself passes the scanner.

use std::collections::HashMap;

use serde_bencode::value::Value as Tree;

use crate::bencode::{DEPTH_MAX, Limits, Scan, Value, scan, scan_prefix};

pub(super) fn check(bytes: &[u8]) {
    match scan(bytes, Limits::default()) {
        Ok(found) => check_found(bytes, &found),
        Err(error) => {
            super::assert_sentence(&error.to_string());
            assert!(!is_spelled_so_elsewhere(bytes), "{}", bytes.escape_ascii());
        }
    }
    // A value with more behind it is the same value as without.
    if let Ok((found, rest)) = scan_prefix(bytes, Limits::default()) {
        let value = &bytes[..bytes.len() - rest.len()];
        let alone = scan(value, Limits::default()).expect("a value by itself");
        assert_eq!(alone.unsorted_at(), found.unsorted_at());
    }
    let shallow = Limits { depth: 3, ..Limits::default() };
    assert!(scan(bytes, shallow).is_err() || scan(bytes, Limits::default()).is_ok());
}

/// Whether somebody else's reader takes this and spells it the same again. Only asked of what can do it no
/// harm: it recurses as deep as there are lists, and takes as much memory as a length says.
fn is_spelled_so_elsewhere(bytes: &[u8]) -> bool {
    let opened = bytes.iter().filter(|byte| matches!(byte, b'l' | b'd')).count();
    let is_long = |digits: &[u8]| digits.iter().all(u8::is_ascii_digit);
    if opened > DEPTH_MAX || bytes.windows(6).any(is_long) {
        return false;
    }
    let tree = serde_bencode::from_bytes::<Tree>(bytes);
    tree.is_ok_and(|tree| serde_bencode::to_bytes(&tree).is_ok_and(|again| again == bytes))
}

fn check_found(bytes: &[u8], found: &Scan<'_>) {
    let tree: Tree = serde_bencode::from_bytes(bytes).expect("the scan is the stricter");
    assert_eq!(built(found.value()), tree);
    let again = serde_bencode::to_bytes(&tree).expect("a value with a form");
    assert_eq!(found.is_canonical(), again == bytes);
    assert_eq!(found.is_canonical(), scan(bytes, Limits::default().canonical()).is_ok());
    let Some(dict) = found.dict() else { return };
    for (key, _) in dict.entries().take(10) {
        let range = found.range_of(key).expect("a key that is there");
        assert!(scan(&bytes[range], Limits::default()).is_ok());
    }
}

fn built(value: Value<'_>) -> Tree {
    match value {
        Value::Integer(value) => Tree::Int(value),
        Value::Bytes(bytes) => Tree::Bytes(bytes.to_vec()),
        Value::List(list) => Tree::List(list.items().map(built).collect()),
        Value::Dict(dict) => {
            let entries = dict.entries().map(|(key, value)| (key.to_vec(), built(value)));
            Tree::Dict(entries.collect::<HashMap<_, _>>())
        }
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        "i0e",
        "i-9223372036854775808e",
        "0:",
        "4:spam",
        "le",
        "de",
        "l4:spami42eli1e1:aee",
        "d1:ai1e1:bl1:xe1:cd0:i7eee",
        "d1:bi1e1:ai2ee",
        "d1:ai1e1:ai2ee",
        "i03e",
        "99999999999999999999:a",
        "lllllllleeeeeeee",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
