//! The scanner against `serde_bencode` and against random bytes.

use std::collections::HashMap;

use kamaelia_torrent::bencode::{BencodeError, Limits, Value, decode, encode, scan};
use proptest::prelude::*;
use serde_bencode::value::Value as Tree;

/// Any value that bencode has a form for.
fn tree() -> impl Strategy<Value = Tree> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..12);
    let leaf = prop_oneof![any::<i64>().prop_map(Tree::Int), bytes().prop_map(Tree::Bytes)];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::List),
            prop::collection::hash_map(bytes(), inner, 0..6).prop_map(Tree::Dict),
        ]
    })
}

/// Bytes that look more like bencode than random ones.
fn almost_bencode() -> impl Strategy<Value = Vec<u8>> {
    let letter = prop::sample::select(b"ilde0123:-ab\xff".as_slice());
    prop::collection::vec(letter, 0..40)
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

proptest! {
    #[test]
    fn what_serde_bencode_writes_is_canonical_and_reads_the_same(tree in tree()) {
        let bytes = serde_bencode::to_bytes(&tree).expect("a value with a form");
        prop_assert_eq!(encode(&tree), Ok(bytes.clone()));
        let found = scan(&bytes, Limits::default().canonical()).expect("a canonical value");
        prop_assert_eq!(built(found.value()), tree.clone());
        prop_assert_eq!(decode::<Tree>(&bytes), Ok(tree));
    }

    #[test]
    fn what_passes_the_scan_serde_bencode_reads_the_same(bytes in almost_bencode()) {
        if let Ok(found) = scan(&bytes, Limits::default()) {
            let tree: Tree = serde_bencode::from_bytes(&bytes).expect("the scan is the stricter");
            prop_assert_eq!(built(found.value()), tree.clone());
            let again = serde_bencode::to_bytes(&tree).expect("a value with a form");
            prop_assert_eq!(found.is_canonical(), again == bytes);
        }
    }

    #[test]
    fn random_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = scan(&bytes, Limits::default());
        let _ = decode::<Tree>(&bytes);
    }

    #[test]
    fn a_value_cut_short_is_refused_as_that(
        tree in tree(),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = serde_bencode::to_bytes(&tree).expect("a value with a form");
        let cut = &bytes[..cut.index(bytes.len())];
        let error = scan(cut, Limits::default()).expect_err("a value cut short");
        let expected = matches!(
            error,
            BencodeError::CutOff { .. } | BencodeError::StringTooLong { .. }
        );
        prop_assert!(expected, "{} gives {error:?}", cut.escape_ascii());
    }
}

#[test]
fn a_hostile_value_does_not_exhaust_a_small_stack() {
    let nested = [&b"d1:a"[..], &[b'l'; 16_000]].concat();
    let deepest = [[b'l'; 100], [b'e'; 100]].concat();
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    let handle = thread.spawn(move || {
        assert!(decode::<Tree>(&nested).is_err());
        assert!(decode::<Tree>(&deepest).is_ok());
    });
    handle.expect("a thread").join().expect("both values are survived");
}
