//! Replies, read from datagrams.

use std::net::IpAddr;

use super::action;
use super::request::{Question, SCRAPED_MAX};
use crate::tracker::peers::{unpack_ipv4, unpack_ipv6, usable};
use crate::tracker::reply::{AnnounceReply, INTERVAL_MAX, ScrapeReply, Scraped, clamped, readable};

/// An answer to a question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// To an announce.
    Announced(AnnounceReply),
    /// To a scrape.
    Scraped(ScrapeReply),
}

/// A reply as it came, with the number of what it replies to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Reply<'a> {
    pub(super) transaction: u32,
    pub(super) action: u32,
    /// What follows, whose meaning depends on the question.
    body: &'a [u8],
}

impl<'a> Reply<'a> {
    /// `None` for what is too short to be one.
    pub(super) fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        let (action, rest) = bytes.split_first_chunk()?;
        let (transaction, body) = rest.split_first_chunk()?;
        let number = |bytes: &[u8; 4]| u32::from_be_bytes(*bytes);
        Some(Reply { transaction: number(transaction), action: number(action), body })
    }

    /// The connection id, of a reply to a connect.
    pub(super) fn connection(&self) -> Option<u64> {
        let id = self.body.first_chunk().filter(|_| self.action == action::CONNECT)?;
        Some(u64::from_be_bytes(*id))
    }

    /// The reason, of a refusal.
    pub(super) fn refusal(&self) -> Option<String> {
        (self.action == action::ERROR).then(|| readable(self.body))
    }

    /// The answer to this question, asked of a tracker at this address. `None` where it answers
    /// another one or is cut short.
    pub(super) fn answer(&self, question: &Question, from: IpAddr) -> Option<Answer> {
        match (question, self.action) {
            (Question::Announce { .. }, action::ANNOUNCE) => self.announced(from),
            (Question::Scrape(torrents), action::SCRAPE) => {
                let (sizes, _) = self.body.as_chunks::<12>();
                let asked = torrents.iter().take(SCRAPED_MAX);
                let torrents = asked.copied().zip(sizes.iter().map(scraped)).collect();
                Some(Answer::Scraped(ScrapeReply { torrents }))
            }
            _ => None,
        }
    }

    /// BEP 15: how addresses are packed is told by how the tracker was reached.
    fn announced(&self, from: IpAddr) -> Option<Answer> {
        let (numbers, peers) = self.body.split_first_chunk::<12>()?;
        let [interval, incomplete, complete] = three(numbers);
        let peers = if from.is_ipv4() { unpack_ipv4(peers) } else { unpack_ipv6(peers) };
        Some(Answer::Announced(AnnounceReply {
            interval: clamped(interval.into(), INTERVAL_MAX),
            min_interval: None,
            complete: Some(complete),
            incomplete: Some(incomplete),
            peers: usable(peers),
            warning: None,
            tracker_id: None,
            external_ip: None,
        }))
    }
}

fn scraped(bytes: &[u8; 12]) -> Scraped {
    let [complete, downloaded, incomplete] = three(bytes);
    Scraped { complete, downloaded, incomplete }
}

fn three(bytes: &[u8; 12]) -> [u32; 3] {
    let (numbers, _) = bytes.as_chunks::<4>();
    std::array::from_fn(|i| u32::from_be_bytes(numbers[i]))
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::metainfo::{InfoHash, PeerId};
    use crate::tracker::announce::Announce;

    const FOUR: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const SIX: IpAddr = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);

    /// A question that says as little as may be.
    pub(in crate::tracker::udp) fn announce() -> Question {
        let announce = Announce {
            info_hash: InfoHash([1; 20]),
            peer_id: PeerId([2; 20]),
            port: 1,
            uploaded: 0,
            downloaded: 0,
            left: 0,
            event: None,
            peers_wanted: 50,
            key: 0,
            ipv6: None,
            tracker_id: None,
        };
        Question::Announce { announce, url_data: vec![] }
    }

    fn announced(bytes: &[u8], from: IpAddr) -> Option<AnnounceReply> {
        match Reply::from_bytes(bytes)?.answer(&announce(), from)? {
            Answer::Announced(reply) => Some(reply),
            Answer::Scraped(_) => None,
        }
    }

    #[test]
    fn an_announce_is_answered_with_peers_of_the_family_it_was_asked_by() {
        let head = b"\0\0\0\x01\0\0\0\x09\0\0\x03\x84\0\0\0\x02\0\0\0\x03";
        let four = b"\x01\x02\x03\x04\x1a\xe1\x05\x06\x07\x08\0\0\x09";
        let reply = announced(&[&head[..], four].concat(), FOUR).expect("a reply");
        assert_eq!(
            reply,
            AnnounceReply {
                interval: Duration::from_secs(900),
                min_interval: None,
                complete: Some(3),
                incomplete: Some(2),
                peers: vec!["1.2.3.4:6881".parse().expect("an address")],
                warning: None,
                tracker_id: None,
                external_ip: None,
            }
        );
        let six = b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09\x1a\xe1";
        let reply = announced(&[&head[..], six].concat(), SIX).expect("a reply");
        assert_eq!(reply.peers, ["[2001:db8::9]:6881".parse().expect("an address")]);
    }

    #[test]
    fn a_scrape_is_answered_in_the_order_it_was_asked() {
        let torrents: Vec<InfoHash> = [1, 2, 3].map(|byte| InfoHash([byte; 20])).to_vec();
        let bytes =
            b"\0\0\0\x02\0\0\0\x09\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05\0\0\0\x06\0";
        let reply = Reply::from_bytes(bytes).expect("a reply");
        let expected = BTreeMap::from([
            (torrents[0], Scraped { complete: 1, downloaded: 2, incomplete: 3 }),
            (torrents[1], Scraped { complete: 4, downloaded: 5, incomplete: 6 }),
        ]);
        let answer = reply.answer(&Question::Scrape(torrents), FOUR);
        assert_eq!(answer, Some(Answer::Scraped(ScrapeReply { torrents: expected })));
    }

    #[test]
    fn what_is_cut_short_or_answers_something_else_is_no_answer() {
        let whole = b"\0\0\0\x01\0\0\0\x09\0\0\x03\x84\0\0\0\x02\0\0\0\x03";
        for length in 0..whole.len() {
            assert_eq!(announced(&whole[..length], FOUR), None, "{length}");
        }
        let scraped = b"\0\0\0\x02\0\0\0\x09\0\0\x03\x84\0\0\0\x02\0\0\0\x03";
        assert_eq!(announced(scraped, FOUR), None);
    }

    #[test]
    fn connection_ids_and_refusals_are_read() {
        let connected = b"\0\0\0\0\0\0\0\x07\x01\x02\x03\x04\x05\x06\x07\x08more";
        let reply = Reply::from_bytes(connected).expect("a reply");
        assert_eq!((reply.transaction, reply.connection()), (7, Some(0x0102_0304_0506_0708)));
        let refused = Reply::from_bytes(b"\0\0\0\x03\0\0\0\x07go\naway").expect("a reply");
        assert_eq!(refused.refusal().as_deref(), Some("go away"));
        assert_eq!(refused.connection(), None);
    }
}
