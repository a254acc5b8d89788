//! What stands around `info`, and in it beside what is needed: advice, which never refuses a torrent.

use kamaelia_torrent::metainfo::{Metainfo, TEXT_BYTES_MAX, URL_BYTES_MAX, URLS_MAX};

use crate::case::{Case, accepted};
use crate::generator::{Torrent, dictionary, list, nested, number, string};

/// Keys that are advice, and values that nobody should write for them.
fn odd_values() -> Vec<(&'static str, Vec<u8>)> {
    let url = |url: &str| string(url);
    let tier = |urls: &[&str]| list(&urls.iter().map(string).collect::<Vec<_>>());
    let long = "x".repeat(URL_BYTES_MAX + 1);
    let many: Vec<String> = (0..2 * URLS_MAX).map(|host| format!("udp://{host}")).collect();
    let many = list(&many.iter().map(string).collect::<Vec<_>>());
    vec![
        ("announce", number(1)),
        ("announce", list(&[])),
        ("announce", url("")),
        ("announce", url("javascript:alert(1)")),
        ("announce", url("file:///etc/passwd")),
        ("announce", url("http://t/a\r\nHost: other\r\n\r\n")),
        ("announce", url("http://t/\u{1b}]0;x\u{7}")),
        ("announce", url(&long)),
        ("announce", string(b"http://\xff\xfe/")),
        ("announce-list", number(1)),
        ("announce-list", dictionary([])),
        ("announce-list", list(&[tier(&[]), number(1), tier(&["", "udp://t"]), nested(50)])),
        ("announce-list", list(std::slice::from_ref(&many))),
        ("announce-list", many.clone()),
        ("announce-list", list(&vec![many.clone(); 20])),
        ("url-list", number(-1)),
        ("url-list", many),
        ("url-list", url("http://user:password@w/../../x")),
        ("url-list", nested(90)),
        ("comment", number(1)),
        ("comment", string("x".repeat(1 << 20))),
        ("comment", string(b"\xff\xfe\x1b[2J")),
        ("comment.utf-8", list(&[])),
        ("created by", string("x".repeat(1 << 20))),
        ("created by", dictionary([])),
        ("creation date", number(i64::MIN)),
        ("creation date", number(i64::MAX)),
        ("creation date", string("today")),
        ("encoding", string("../../etc/passwd")),
        ("nodes", list(&[number(1)])),
        ("info hash", string("x".repeat(20))),
        ("piece layers", dictionary([(&b"x"[..], &b"1:x"[..])])),
    ]
}

/// The same for keys of `info`.
fn odd_parts() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("private", string("1")),
        ("private", number(2)),
        ("private", number(-1)),
        ("private", nested(50)),
        ("source", number(1)),
        ("source", string("x".repeat(1 << 20))),
        ("source", string(b"\xff\n\x1b[2J")),
        ("attr", number(1)),
        ("attr", string("xh")),
        ("attr", string("x".repeat(1 << 20))),
        ("md5sum", string("not a sum")),
        ("name.utf-16", string(b"\xff\xfe.\0.\0")),
        ("root hash", string("x".repeat(20))),
        ("symlink path", list(&[string(".."), string("etc")])),
    ]
}

pub(crate) fn cases() -> Vec<Case> {
    let good = Torrent::file("a", 3);
    let shown = |value: &[u8]| value[..value.len().min(40)].escape_ascii().to_string();
    let around = odd_values().into_iter().map(|(key, value)| {
        let about = format!("{key} is {}", shown(&value));
        accepted(about, &good.clone().around(key, value), &["a"])
    });
    let within = odd_parts().into_iter().map(|(key, value)| {
        let about = format!("info.{key} is {}", shown(&value));
        accepted(about, &good.clone().info(key, value), &["a"])
    });
    around.chain(within).collect()
}

/// What is kept of all that is bounded.
pub(crate) fn check_bounds(cases: &[Case]) {
    for Case { about, bytes, .. } in cases {
        let torrent = Metainfo::parse(bytes).expect(about);
        let tiers = torrent.tiers();
        assert!(tiers.iter().flatten().count() <= URLS_MAX, "{about}");
        assert!(tiers.iter().all(|tier| !tier.is_empty()), "{about}");
        assert!(torrent.web_seeds().len() <= URLS_MAX, "{about}");
        for url in tiers.iter().flatten().chain(torrent.web_seeds()) {
            // What is no text gets longer as text: three bytes for one.
            assert!(url.len() <= 3 * URL_BYTES_MAX && !url.is_empty(), "{about}");
        }
        for text in [torrent.comment(), torrent.created_by(), torrent.source()] {
            assert!(text.is_none_or(|text| text.len() <= 3 * TEXT_BYTES_MAX), "{about}");
        }
        assert!(!torrent.is_private(), "{about}");
    }
}
