//! Numbers and lengths that are none, that could be read in two ways, or that fit no memory.

use crate::case::{Case, accepted, damaged, position, refused, refused_bytes};
use crate::generator::{Torrent, number, string};

/// What is spelled where a number should be, and what is said of it from its position on.
const INTEGERS: &[(&str, &str)] = &[
    ("i-0e", SHORTEST),
    ("i03e", SHORTEST),
    ("i00e", SHORTEST),
    ("i-03e", SHORTEST),
    ("i+3e", SHORTEST),
    ("ie", SHORTEST),
    ("i-e", SHORTEST),
    ("i--3e", SHORTEST),
    ("i3.0e", SHORTEST),
    ("i3,0e", SHORTEST),
    ("i 3e", SHORTEST),
    ("i3 e", SHORTEST),
    ("i0x3e", SHORTEST),
    ("i3\0e", SHORTEST),
    ("i\u{663}e", SHORTEST),
    ("i9223372036854775808e", TOO_LARGE),
    ("i-9223372036854775809e", TOO_LARGE),
    ("i18446744073709551616e", TOO_LARGE),
    ("i340282366920938463463374607431768211456e", TOO_LARGE),
];

const SHORTEST: &str = "is not a whole number in its shortest form";
const TOO_LARGE: &str = "does not fit 64 bits";

/// What is spelled where a string should be, and what is said of it.
const STRINGS: &[(&str, &str)] = &[
    ("01:a", UNREADABLE),
    ("00:", UNREADABLE),
    ("1a", UNREADABLE),
    ("1;a", UNREADABLE),
    ("1 :a", UNREADABLE),
    ("99999999999999999999:a", UNREADABLE),
    ("340282366920938463463374607431768211456:a", UNREADABLE),
];

const UNREADABLE: &str = "is not a number that can be read";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![];
    let good = Torrent::file("a", 3);
    for (spelled, fault) in INTEGERS {
        for key in ["length", "x"] {
            let torrent = good.clone().info(key, *spelled);
            let at = value_of(&torrent, key, spelled);
            let reason = damaged(format_args!("the number at byte {at} {fault}"));
            cases.push(refused(format!("the number {spelled:?} for {key}"), &torrent, reason));
        }
    }
    for (spelled, fault) in STRINGS {
        for key in ["name", "x"] {
            let torrent = good.clone().info(key, *spelled);
            let at = value_of(&torrent, key, spelled);
            let reason = damaged(format_args!("the length of the string at byte {at} {fault}"));
            cases.push(refused(format!("the string {spelled:?} for {key}"), &torrent, reason));
        }
    }
    cases.extend(at_the_edges(&good));
    cases.extend(beyond_the_end(&good));
    cases.extend(no_values(&good));
    cases.extend(cut_off(&good));
    cases
}

/// Where the value of a key begins, which is spelled like this.
fn value_of(torrent: &Torrent, key: &str, value: &str) -> usize {
    let key = string(key);
    position(torrent, &[&*key, value.as_bytes()].concat()) + key.len()
}

fn at_the_edges(good: &Torrent) -> Vec<Case> {
    let with = |value: i64| good.clone().info("x", number(value)).around("x", number(value));
    vec![
        accepted("the greatest number", &with(i64::MAX), &["a"]),
        accepted("the smallest number", &with(i64::MIN), &["a"]),
        accepted("zero", &with(0), &["a"]),
    ]
}

fn beyond_the_end(good: &Torrent) -> Vec<Case> {
    let mut cases = Vec::new();
    for claimed in ["200", "4294967296", "9223372036854775807", "18446744073709551615"] {
        let torrent = good.clone().info("pieces", format!("{claimed}:twenty bytes of hash"));
        let at = position(&torrent, claimed.as_bytes());
        let left = torrent.bytes().len() - at - claimed.len() - 1;
        let reason = damaged(format_args!(
            "the string at byte {at} claims {claimed} bytes where {left} are left: \
             the data is cut off or damaged"
        ));
        cases.push(refused(format!("a string of {claimed} bytes"), &torrent, reason));
    }
    cases
}

fn no_values(good: &Torrent) -> Vec<Case> {
    let mut cases = Vec::new();
    for byte in ["-", " ", "f", "n", "\0", "D", "L", "I", "{", "\u{1b}"] {
        let torrent = good.clone().info("length", format!("{byte}1:x"));
        let at = position(&torrent, b"6:length") + "6:length".len();
        let shown = byte.as_bytes().escape_ascii();
        let reason = damaged(format_args!("byte {at} is `{shown}`, which begins no value"));
        cases.push(refused(format!("{byte:?} instead of a value"), &torrent, reason));
    }
    cases
}

fn cut_off(good: &Torrent) -> Vec<Case> {
    let whole = good.bytes();
    let cut = |ends: &[u8]| position(good, ends) + ends.len();
    let inside = |end: usize| {
        let reason = format!("the data is cut off: it ends after {end} bytes, inside a value");
        refused_bytes(format!("cut off after {end} bytes"), whole[..end].to_vec(), damaged(reason))
    };
    let mut cases: Vec<Case> =
        [1, cut(b"d4:infod"), cut(b"i3"), cut(b"i3e"), whole.len() - 1].map(inside).into();
    let end = cut(b"twenty");
    let reason = "the string at byte 58 claims 20 bytes where 6 are left: \
        the data is cut off or damaged";
    cases.push(refused_bytes("cut off in a hash", whole[..end].to_vec(), damaged(reason)));
    cases
}
