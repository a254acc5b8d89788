//! Asking a tracker how large swarms are, without joining them (BEP 48).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::announce::{escaped, with_query};
use super::reply::{ReplyError, not_a_reply, refused};
use crate::bencode::decode;
use crate::metainfo::InfoHash;
use crate::tracker::reply::{ScrapeReply, Scraped};

/// Where to scrape these torrents, if the HTTP tracker's announce URL lets that be told: the text
/// after its last slash has to begin with `announce`.
pub fn scrape_url(tracker: &str, torrents: &[InfoHash]) -> Option<String> {
    let host = tracker.find("://")? + "://".len();
    let slash = host + tracker[host..].rfind('/')?;
    let (path, last) = tracker.split_at(slash + 1);
    let rest = last.strip_prefix("announce")?;
    let url = with_query(&format!("{path}scrape{rest}"));
    let parameters: Vec<String> =
        torrents.iter().map(|torrent| format!("info_hash={}", escaped(&torrent.0))).collect();
    Some(url + &parameters.join("&"))
}

#[derive(Deserialize)]
struct RawReply {
    #[serde(rename = "failure reason")]
    failure: Option<ByteBuf>,
    files: Option<BTreeMap<ByteBuf, RawScraped>>,
}

#[derive(Deserialize)]
struct RawScraped {
    complete: Option<i64>,
    downloaded: Option<i64>,
    incomplete: Option<i64>,
}

impl ScrapeReply {
    /// Reads what a tracker sent, from the first byte to the last. Numbers that are missing or
    /// impossible count as 0.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReplyError> {
        let raw: RawReply = decode(bytes).map_err(|error| not_a_reply(bytes, &error))?;
        if let Some(reason) = raw.failure {
            return Err(refused(&reason));
        }
        let files = raw
            .files
            .ok_or_else(|| ReplyError::NotAReply { reason: "it has no list of files".into() })?;
        let torrents = files
            .into_iter()
            .filter_map(|(hash, raw)| {
                let hash = hash.into_vec().try_into().ok()?;
                Some((InfoHash(hash), raw.checked()))
            })
            .collect();
        Ok(ScrapeReply { torrents })
    }
}

impl RawScraped {
    fn checked(self) -> Scraped {
        let count = |number: Option<i64>| number.and_then(|n| n.try_into().ok()).unwrap_or(0);
        Scraped {
            complete: count(self.complete),
            downloaded: count(self.downloaded),
            incomplete: count(self.incomplete),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scrape_url_is_the_announce_url_where_that_says_so() {
        for (announce, scrape) in [
            ("http://t/announce", Some("http://t/scrape?")),
            ("http://t/x/announce", Some("http://t/x/scrape?")),
            ("http://t/announce.php", Some("http://t/scrape.php?")),
            ("http://t/announce?x=2%0644", Some("http://t/scrape?x=2%0644&")),
            ("http://t/a", None),
            ("http://t/announce?x=2/4", None),
            ("http://announce", None),
        ] {
            let expected = scrape.map(|url| {
                format!("{url}info_hash=%00aaaaaaaaaaaaaaaaaaa&info_hash=%FF{}", "b".repeat(19))
            });
            let torrents =
                [InfoHash(*b"\x00aaaaaaaaaaaaaaaaaaa"), InfoHash(*b"\xffbbbbbbbbbbbbbbbbbbb")];
            assert_eq!(scrape_url(announce, &torrents), expected, "{announce}");
        }
    }

    #[test]
    fn swarms_are_read_by_torrent() {
        let bytes = b"d5:filesd3:abcd8:completei1ee\
            20:aaaaaaaaaaaaaaaaaaaad8:completei5e10:downloadedi50e10:incompletei10ee\
            20:bbbbbbbbbbbbbbbbbbbbd8:completei-1eeee";
        let reply = ScrapeReply::from_bytes(bytes).expect("a reply");
        let expected = [
            (InfoHash([b'a'; 20]), Scraped { complete: 5, downloaded: 50, incomplete: 10 }),
            (InfoHash([b'b'; 20]), Scraped::default()),
        ];
        assert_eq!(reply.torrents, BTreeMap::from(expected));
    }

    #[test]
    fn a_refusal_and_a_page_are_told_apart() {
        assert_eq!(
            ScrapeReply::from_bytes(b"d14:failure reason2:noe"),
            Err(ReplyError::Refused { reason: "no".into() })
        );
        assert_eq!(ScrapeReply::from_bytes(b"<html>"), Err(ReplyError::WebPage));
        assert!(ScrapeReply::from_bytes(b"de").is_err());
    }

    #[test]
    fn no_bytes_make_the_reader_fall_over() {
        let mut random = fastrand::Rng::with_seed(2);
        let sound = b"d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei5eeee";
        for _ in 0..20_000 {
            let mut bytes = sound.to_vec();
            for _ in 0..random.usize(1..6) {
                let at = random.usize(..bytes.len());
                bytes[at] = random.u8(..);
            }
            let _ = ScrapeReply::from_bytes(&bytes);
        }
    }
}
