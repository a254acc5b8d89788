//! A torrent file written again from what was read of it.

use serde::Serialize;

use super::Metainfo;
use crate::bencode::encode;

/// What is kept before `info`, in the order of the keys.
#[derive(Serialize)]
struct Before<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    announce: Option<&'a str>,
    #[serde(rename = "announce-list", skip_serializing_if = "<[_]>::is_empty")]
    tiers: &'a [Vec<String>],
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(rename = "created by", skip_serializing_if = "Option::is_none")]
    created_by: Option<&'a str>,
    #[serde(rename = "creation date", skip_serializing_if = "Option::is_none")]
    creation_date: Option<i64>,
}

/// What is kept after it.
#[derive(Serialize)]
struct After<'a> {
    #[serde(rename = "url-list", skip_serializing_if = "<[_]>::is_empty")]
    web_seeds: &'a [String],
}

impl Metainfo {
    /// The bytes of a `.torrent` that says the same. `info` is what was received, byte for byte;
    /// keys around it that nobody asks for are left out.
    pub fn to_bytes(&self) -> Vec<u8> {
        let before = Before {
            announce: self.announce(),
            tiers: self.tiers(),
            comment: self.comment(),
            created_by: self.created_by(),
            creation_date: self.creation_date(),
        };
        let before = encode(&before).expect("texts and numbers have a form in bencode");
        let after = encode(&After { web_seeds: self.web_seeds() }).expect("so do these");
        // One dictionary of two, with `info` between them: the keys stay in order.
        let (before, after) = (&before[..before.len() - 1], &after[1..]);
        [before, b"4:info", self.info_bytes(), after].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &str =
        "d6:lengthi3e4:name1:a12:piece lengthi16384e6:pieces20:twenty bytes of hashe";

    #[test]
    fn a_torrent_says_the_same_when_it_is_written_again() {
        let all = "8:announce5: one 13:announce-listll3:two5:threeel4:fouree7:comment3:why\
                   10:created by3:who13:creation datei-7e";
        for (before, after) in [(all, "8:url-listl3:webe"), ("", "")] {
            let text = format!("d{before}4:info{INFO}{after}e");
            let metainfo = Metainfo::parse(text.as_bytes()).expect("a torrent");
            let written = metainfo.to_bytes();
            let again = Metainfo::parse(&written).expect("a torrent");
            assert_eq!(again.to_bytes(), written);
            assert_eq!(again.info_hash(), metainfo.info_hash());
            assert_eq!(
                (again.announce(), again.tiers(), again.comment(), again.web_seeds()),
                (metainfo.announce(), metainfo.tiers(), metainfo.comment(), metainfo.web_seeds())
            );
            assert_eq!(
                (again.created_by(), again.creation_date()),
                (metainfo.created_by(), metainfo.creation_date())
            );
        }
    }
}
