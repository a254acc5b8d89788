//! What passes the scanner means the same to a reader that somebody else wrote.

use std::collections::HashMap;

use serde_bencode::value::Value as Tree;

use crate::bencode::{Limits, Scan, Value, scan, scan_prefix};

pub(super) fn check(bytes: &[u8]) {
    match scan(bytes, Limits::default()) {
        Ok(found) => check_found(bytes, &found),
        Err(error) => assert_sentence_of(&error),
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

fn assert_sentence_of(error: &crate::bencode::BencodeError) {
    super::assert_sentence(&error.to_string());
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
