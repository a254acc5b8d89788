//! Requests, as the datagrams that make them.

use super::{PROTOCOL_ID, action, event};
use crate::metainfo::InfoHash;
use crate::tracker::announce::{Announce, Event};

/// The most torrents scraped at once (BEP 15): a datagram of this many arrives in one piece.
pub const SCRAPED_MAX: usize = 74;

/// The longest part of a URL in one option (BEP 41).
const OPTION_LENGTH_MAX: usize = u8::MAX as usize;

/// The option that carries a part of a URL (BEP 41).
const OPTION_URL_DATA: u8 = 2;

/// What a tracker is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Question {
    /// To take note of us and name peers.
    Announce {
        /// What it is told.
        announce: Announce,
        /// Path and query of its URL.
        url_data: Vec<u8>,
    },
    /// How large these swarms are; those beyond [`SCRAPED_MAX`] are not asked about.
    Scrape(Vec<InfoHash>),
}

impl Question {
    pub(super) fn to_bytes(&self, connection: u64, transaction: u32) -> Vec<u8> {
        match self {
            Question::Announce { announce, url_data } => {
                let mut bytes = header(connection, action::ANNOUNCE, transaction);
                put_announce(&mut bytes, announce);
                put_url_data(&mut bytes, url_data);
                bytes
            }
            Question::Scrape(torrents) => {
                let mut bytes = header(connection, action::SCRAPE, transaction);
                bytes.extend(torrents.iter().take(SCRAPED_MAX).flat_map(|torrent| torrent.0));
                bytes
            }
        }
    }
}

/// Asks for a connection id.
pub(super) fn connect(transaction: u32) -> Vec<u8> {
    header(PROTOCOL_ID, action::CONNECT, transaction)
}

fn header(connection: u64, action: u32, transaction: u32) -> Vec<u8> {
    let mut bytes = connection.to_be_bytes().to_vec();
    bytes.extend(action.to_be_bytes());
    bytes.extend(transaction.to_be_bytes());
    bytes
}

fn put_announce(bytes: &mut Vec<u8>, announce: &Announce) {
    bytes.extend(announce.info_hash.0);
    bytes.extend(announce.peer_id.0);
    for count in [announce.downloaded, announce.left, announce.uploaded] {
        // Some trackers read these as signed.
        bytes.extend(count.min(i64::MAX as u64).to_be_bytes());
    }
    let event = match announce.event {
        None => event::NONE,
        Some(Event::Completed) => event::COMPLETED,
        Some(Event::Started) => event::STARTED,
        Some(Event::Stopped) => event::STOPPED,
    };
    bytes.extend(event.to_be_bytes());
    // No address: the tracker sees where we are.
    bytes.extend([0; 4]);
    bytes.extend(announce.key.to_be_bytes());
    bytes.extend(announce.peers_wanted.min(i32::MAX as u32).to_be_bytes());
    bytes.extend(announce.port.to_be_bytes());
}

fn put_url_data(bytes: &mut Vec<u8>, data: &[u8]) {
    for part in data.chunks(OPTION_LENGTH_MAX) {
        bytes.extend([OPTION_URL_DATA, part.len() as u8]);
        bytes.extend(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::PeerId;

    fn announce() -> Announce {
        Announce {
            info_hash: InfoHash([1; 20]),
            peer_id: PeerId([2; 20]),
            port: 6881,
            uploaded: 7,
            downloaded: 8,
            left: u64::MAX,
            event: Some(Event::Started),
            peers_wanted: 50,
            key: 0xdead_beef,
            ipv6: None,
            tracker_id: None,
        }
    }

    fn bytes_of(url_data: &[u8]) -> Vec<u8> {
        let question = Question::Announce { announce: announce(), url_data: url_data.to_vec() };
        question.to_bytes(0x0102_0304_0506_0708, 9)
    }

    #[test]
    fn a_connect_is_spelled_as_the_specification_has_it() {
        assert_eq!(connect(5), b"\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0\0\0\0\x05");
    }

    #[test]
    fn an_announce_is_spelled_as_the_specification_has_it() {
        let expected = [
            &[1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 1, 0, 0, 0, 9][..],
            &[1; 20],
            &[2; 20],
            &[0, 0, 0, 0, 0, 0, 0, 8, 0x7f, 255, 255, 255, 255, 255, 255, 255],
            &[0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 0],
            &[0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 50, 0x1a, 0xe1],
        ];
        assert_eq!(bytes_of(b""), expected.concat());
    }

    #[test]
    fn path_and_query_follow_in_options_of_at_most_255_bytes() {
        assert_eq!(bytes_of(b"/a?b")[98..], *b"\x02\x04/a?b");
        let long = vec![b'x'; 300];
        let options = [&[2, 255][..], &[b'x'; 255], &[2, 45], &[b'x'; 45]].concat();
        assert_eq!(bytes_of(&long)[98..], options);
    }

    #[test]
    fn a_scrape_names_each_torrent_up_to_the_bound() {
        let torrents = vec![InfoHash([3; 20]); 100];
        let bytes = Question::Scrape(torrents).to_bytes(1, 2);
        assert_eq!(bytes[..16], [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2]);
        assert_eq!(bytes[16..], [3; 20 * SCRAPED_MAX]);
    }
}
