//! A link that is read is written so that it is read as the same.

use crate::metainfo::{
    FILES_MAX, MAGNET_BYTES_MAX, MAGNET_PLACES_MAX, Magnet, NAME_BYTES_MAX, URL_BYTES_MAX,
};

pub(super) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match text.parse::<Magnet>() {
        Ok(magnet) => check_read(&magnet),
        Err(error) => super::assert_sentence(&error.to_string()),
    }
}

fn check_read(magnet: &Magnet) {
    let Magnet { name, trackers, web_seeds, peers, select, .. } = magnet;
    assert!(name.as_ref().is_none_or(|name| (1..=NAME_BYTES_MAX).contains(&name.len())));
    for urls in [trackers, web_seeds] {
        assert!(urls.len() <= MAGNET_PLACES_MAX);
        assert!(urls.iter().all(|url| (1..=URL_BYTES_MAX).contains(&url.len())));
    }
    assert!(peers.len() <= MAGNET_PLACES_MAX);
    assert!(select.iter().all(|range| range.start() <= range.end() && *range.end() < FILES_MAX));
    let written = magnet.to_string();
    // Escaped it may be longer than any that is read.
    if written.len() <= MAGNET_BYTES_MAX {
        assert_eq!(written.parse().as_ref(), Ok(magnet), "{written}");
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let hash = "0123456789abcdef0123456789abcdef01234567";
    [
        format!("magnet:?xt=urn:btih:{hash}"),
        "MAGNET:?xt.1=urn:btih:ORUGKIDUO5SW45DZEBRHS5DFEBUGC43I&xt=urn:btmh:1220aa".to_owned(),
        format!("magnet:?xt=urn:btih:{hash}&dn=a+b%2F%C3%A9&tr=udp%3A%2F%2Ft:1&tr.1=http://u/a"),
        format!("magnet:?xt=urn:btih:{hash}&ws=http://w/&x.pe=1.2.3.4:5&x.pe=[::1]:6&so=0,2-4"),
        format!("magnet:?xt=urn:btih:{hash}&x.pe=[fe80::1%2525]:80&amp;dn=%FF"),
        "magnet:?xt=urn:btmh:1220".to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec()
}
