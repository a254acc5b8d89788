//! Values of other kinds, keys that are missing, double or in disorder, and depth.

use kamaelia_torrent::bencode::DEPTH_MAX;

use crate::case::{Case, accepted, damaged, position, refused, refused_bytes};
use crate::generator::{Torrent, dictionary, entry, hashes, list, nested, number, string};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = no_torrents();
    cases.extend(kinds());
    cases.extend(missing());
    cases.extend(double());
    cases.extend(disorder());
    cases.extend(depth());
    cases.extend(version_2());
    cases.extend(behind());
    cases
}

fn no_torrents() -> Vec<Case> {
    let begins = |bytes: &[u8], shown: &str| {
        let reason = format!("this is not a torrent file: it begins with `{shown}`");
        refused_bytes(format!("bytes that begin with {shown}"), bytes.to_vec(), reason)
    };
    let whole = Torrent::file("a", 3).bytes();
    vec![
        refused_bytes("no bytes", vec![], "this is not a torrent file: it is empty"),
        begins(b"<!DOCTYPE html><html>", "<!DOCTYPE"),
        begins(b"{\"info\": {}}", "{\"info\":"),
        begins(
            b"magnet:?xt=urn:btih:0123456789012345678901234567890123456789",
            "magnet:?xt=urn:btih:0123",
        ),
        begins(b"\x1f\x8b\x08\0\0", "\\u{1f}\u{fffd}\\u{8}\\u{0}\\u{0}"),
        begins(b"PK\x03\x04", "PK\\u{3}\\u{4}"),
        begins(b"\x7fELF", "\\u{7f}ELF"),
        begins(b"\x1b[2J\x1b]0;owned\x07", "\\u{1b}[2J\\u{1b}]0;owned\\u{7}"),
        begins(b"le", "le"),
        begins(b"i1e", "i1e"),
        begins(b"4:info", "4:info"),
        begins(&[b"\xef\xbb\xbf", &*whole].concat(), "\u{feff}d4:infod6:lengthi3e4:na"),
        begins(&[b"\n", &*whole].concat(), "d4:infod6:lengthi3e4:nam"),
        begins(&[b"l", &*whole, b"e"].concat(), "ld4:infod6:lengthi3e4:na"),
    ]
}

/// Every key that is needed, with a value of another kind.
fn kinds() -> Vec<Case> {
    let good = Torrent::file("a", 3);
    let dict = dictionary([]);
    let mut cases = Vec::new();
    for (key, expected, others) in [
        ("name", "a string", [number(1), list(&[]), dict.clone()]),
        ("pieces", "a string", [number(1), list(&[string("twenty bytes of hash")]), dict.clone()]),
        ("piece length", "a number", [string("16384"), list(&[number(16_384)]), dict.clone()]),
        ("length", "a number", [string("3"), list(&[]), dict.clone()]),
    ] {
        for other in others {
            let about = format!("{key} is {}", other.escape_ascii());
            let reason = format!("`info.{key}` in this torrent file is not {expected}");
            cases.push(refused(about, &good.clone().info(key, other), reason));
        }
    }
    let files = |value: Vec<u8>| Torrent::file("a", 3).without("length").info("files", value);
    for other in [number(1), string("b"), dict.clone()] {
        let reason = "`info.files` in this torrent file is not a list";
        cases.push(refused("files that are no list", &files(other), reason));
    }
    for other in [number(1), string("b"), list(&[])] {
        let second = files(list(&[entry(&["b"], 3), other]));
        let reason = "`info.files[1]` in this torrent file is not a dictionary";
        cases.push(refused("a file that is no dictionary", &second, reason));
    }
    let no_number = files(list(&[b"d6:length1:34:pathl1:bee".to_vec()]));
    let reason = "`info.files[0].length` in this torrent file is not a number";
    cases.push(refused("the length of a file is a string", &no_number, reason));
    for info in ["i1e", "le", "3:abc"] {
        let bytes = format!("d4:info{info}e").into_bytes();
        let reason = "`info` in this torrent file is not a dictionary";
        cases.push(refused_bytes(format!("info is {info}"), bytes, reason));
    }
    cases
}

fn missing() -> Vec<Case> {
    let mut cases = Vec::new();
    for key in ["length", "name", "piece length", "pieces"] {
        let reason = format!("this torrent file has no `info.{key}`");
        cases.push(refused(format!("no {key}"), &Torrent::file("a", 3).without(key), reason));
    }
    let no_length = Torrent::files("a", &[b"d4:pathl1:bee".to_vec()], 3);
    let reason = "this torrent file has no `info.files[0].length`";
    cases.push(refused("a file without a length", &no_length, reason));
    let reason = "this torrent file has no `info`";
    cases.push(refused_bytes("an empty dictionary", b"de".to_vec(), reason));
    let bytes = Torrent::file("a", 3).info_bytes();
    cases.push(refused_bytes("the info alone", bytes, reason));
    cases.push(refused_bytes("info in another case", b"d4:Infodee".to_vec(), reason));
    cases
}

fn double() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut twice = |key: &str, torrent: &Torrent| {
        let end = torrent.bytes().len() - 2;
        let reason = format!("the dictionary that ends at byte {end} has the key `{key}` twice");
        cases.push(refused(format!("{key} twice"), torrent, damaged(reason)));
    };
    let good = Torrent::file("a", 3);
    twice("name", &good.clone().info_again("name", string("b")));
    twice("length", &good.clone().info_again("length", number(3)));
    twice("pieces", &good.clone().info_again("pieces", hashes(1)));
    twice("piece length", &good.clone().info_again("piece length", number(1)));
    twice("private", &good.clone().info("private", number(0)).info_again("private", number(1)));
    twice("", &good.clone().info("", number(0)).info_again("", number(1)));
    twice(
        "\\x1b[2J",
        &good.clone().info("\u{1b}[2J", number(0)).info_again("\u{1b}[2J", number(1)),
    );
    let info = good.info_bytes();
    let two = dictionary([(&b"info"[..], &*info), (b"info", &info)]);
    let reason =
        format!("the dictionary that ends at byte {} has the key `info` twice", two.len() - 1);
    cases.push(refused_bytes("two infos", two, damaged(reason)));
    let file = b"d6:lengthi3e4:pathl1:be4:pathl2:..ee".to_vec();
    let torrent = Torrent::files("a", &[file], 3);
    let end = position(&torrent, b"2:..e") + "2:..e".len();
    let reason = format!("the dictionary that ends at byte {end} has the key `path` twice");
    cases.push(refused("a file with two paths", &torrent, damaged(reason)));
    cases
}

fn disorder() -> Vec<Case> {
    let good = Torrent::file("a", 3);
    let file = b"d4:pathl1:be6:lengthi3ee".to_vec();
    let around = |torrent: Torrent| torrent.around("zzz", number(1));
    vec![
        accepted("the keys of info the wrong way round", &good.clone().reversed(), &["a"]),
        accepted("the keys of a file in disorder", &Torrent::files("a", &[file], 3), &["a/b"]),
        accepted("a key too late", &good.clone().info_again("aaa", number(1)), &["a"]),
        accepted("a key behind info", &around(good.clone()), &["a"]),
        accepted("an empty key", &good.clone().info("", number(1)), &["a"]),
        accepted("a key of no text", &good.clone().info("\u{80}\u{ff}", number(1)), &["a"]),
        refused_bytes(
            "a key that is a number",
            b"di1e1:ae".to_vec(),
            damaged("the dictionary key at byte 1 is not a string"),
        ),
        refused_bytes(
            "a key that is a list",
            b"dle1:ae".to_vec(),
            damaged("the dictionary key at byte 1 is not a string"),
        ),
        refused_bytes(
            "a key without a value",
            b"d4:infoe".to_vec(),
            damaged("the dictionary that ends at byte 7 has a key without a value"),
        ),
    ]
}

/// `info` lies in one dictionary, and its keys in two.
fn depth() -> Vec<Case> {
    let good = Torrent::file("a", 3);
    let deepest = DEPTH_MAX - 2;
    let too_deep = |torrent: &Torrent, before: usize, at: &[u8]| {
        let at = position(torrent, at) + at.len() + DEPTH_MAX - before;
        damaged(format_args!("the value at byte {at} is nested deeper than {DEPTH_MAX} levels"))
    };
    let in_info = |levels| good.clone().info("x", nested(levels));
    let around = |levels| good.clone().around("a", nested(levels));
    let dicts = [&b"d1:a".repeat(60)[..], b"i1e", &b"e".repeat(60)].concat();
    vec![
        accepted("98 lists in info", &in_info(deepest), &["a"]),
        accepted("99 lists beside info", &around(deepest + 1), &["a"]),
        accepted("60 dictionaries", &good.clone().info("x", dicts), &["a"]),
        refused("99 lists in info", &in_info(deepest + 1), too_deep(&in_info(99), 2, b"1:x")),
        refused("100 lists beside info", &around(100), too_deep(&around(100), 1, b"1:a")),
        refused("a million lists", &in_info(1 << 20), too_deep(&in_info(1 << 20), 2, b"1:x")),
        refused(
            "a thousand lists for a name",
            &good.clone().info("name", nested(1_000)),
            too_deep(&good.clone().info("name", nested(1_000)), 2, b"4:name"),
        ),
    ]
}

fn version_2() -> Vec<Case> {
    let only =
        "this torrent is of version 2 only (BEP 52); version 1 and hybrid torrents can be read";
    let leaf = [&b"d6:lengthi3e11:pieces root"[..], &string([7; 32]), b"e"].concat();
    let tree = dictionary([(&b"a"[..], &*dictionary([(&b""[..], &*leaf)]))]);
    let hybrid = Torrent::file("a", 3).info("file tree", tree).info("meta version", number(2));
    vec![
        refused(
            "version 2 without version 1",
            &hybrid.clone().without("pieces").without("length"),
            only,
        ),
        accepted("version 2 beside version 1", &hybrid, &["a"]),
        accepted(
            "a file tree that leads out beside files that do not",
            &Torrent::file("a", 3).info("file tree", b"d2:..d0:d6:lengthi3eeee".to_vec()),
            &["a"],
        ),
        accepted(
            "a version nobody knows",
            &Torrent::file("a", 3).info("meta version", number(i64::MAX)),
            &["a"],
        ),
    ]
}

fn behind() -> Vec<Case> {
    let whole = Torrent::file("a", 3).bytes();
    let with = |about: &str, rest: &[u8]| {
        let (end, count) = (whole.len(), rest.len());
        let reason = format!("the value ends at byte {end}, but {count} more bytes follow");
        refused_bytes(about, [&whole, rest].concat(), damaged(reason))
    };
    vec![
        with("a line break behind it", b"\n"),
        with("an end too many", b"e"),
        with("a second torrent", &whole),
        with("a mebibyte of zeros behind it", &vec![0; 1 << 20]),
    ]
}
