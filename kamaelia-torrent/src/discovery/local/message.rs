//! The one message of BEP 14: an HTTP header that asks for nothing.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::metainfo::InfoHash;

/// Torrents named in one message, so that it stays below 1,400 bytes.
pub(super) const TORRENTS_PER_MESSAGE: usize = 23;

/// The longest message that is read, in bytes.
const LENGTH_MAX: usize = 2048;

const METHOD: &str = "BT-SEARCH * HTTP/1.1";

/// What a neighbour says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Message<'a> {
    pub(super) port: u16,
    /// At most [`TORRENTS_PER_MESSAGE`].
    pub(super) torrents: Vec<InfoHash>,
    pub(super) cookie: Option<&'a str>,
}

impl<'a> Message<'a> {
    /// `None` for what is no such message, or names no port or no torrent. Headers that are unknown
    /// are left out.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= LENGTH_MAX)?;
        let mut lines = text.split("\r\n");
        if lines.next() != Some(METHOD) {
            return None;
        }
        let mut message = Message { port: 0, torrents: Vec::new(), cookie: None };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "port" => message.port = value.parse().ok()?,
                "infohash" if message.torrents.len() < TORRENTS_PER_MESSAGE => {
                    message.torrents.extend(value.parse::<InfoHash>());
                }
                "cookie" => message.cookie = Some(value),
                _ => {}
            }
        }
        (message.port != 0 && !message.torrents.is_empty()).then_some(message)
    }
}

pub(super) fn spell(group: SocketAddr, port: u16, torrents: &[InfoHash], cookie: &str) -> Vec<u8> {
    let mut text = format!("{METHOD}\r\nHost: {group}\r\nPort: {port}\r\n");
    for torrent in torrents.iter().take(TORRENTS_PER_MESSAGE) {
        write!(text, "Infohash: {torrent}\r\n").expect("a string takes what is written to it");
    }
    write!(text, "cookie: {cookie}\r\n\r\n\r\n").expect("a string takes what is written to it");
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_spelled_as_the_specification_has_it_and_reads_back() {
        let torrents = [InfoHash([0xab; 20]), InfoHash([1; 20])];
        let group = "239.192.152.143:6771".parse().expect("an address");
        let bytes = spell(group, 6881, &torrents, "me");
        let expected = format!(
            "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\n\
             Infohash: {}\r\nInfohash: {}\r\ncookie: me\r\n\r\n\r\n",
            "ab".repeat(20),
            "01".repeat(20)
        );
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
        let read = Message { port: 6881, torrents: torrents.to_vec(), cookie: Some("me") };
        assert_eq!(Message::read(&bytes), Some(read));
    }

    #[test]
    fn a_full_message_arrives_in_one_piece() {
        let group = super::super::GROUPS[1];
        let torrents = [InfoHash([1; 20]); 100];
        let bytes = spell(group, 65535, &torrents, "km-0123456789abcdef");
        assert!(bytes.len() <= 1400, "{}", bytes.len());
        let torrents = Message::read(&bytes).map(|message| message.torrents.len());
        assert_eq!(torrents, Some(TORRENTS_PER_MESSAGE));
    }

    #[test]
    fn other_spellings_are_read_and_other_things_are_not() {
        let hash = "AB".repeat(20);
        let loose = format!(
            "BT-SEARCH * HTTP/1.1\r\nX: y\r\ninfohash:{hash}\r\nPORT: 1 \r\nInfohash: x\r\n\r\n"
        );
        let read = Message { port: 1, torrents: vec![InfoHash([0xab; 20])], cookie: None };
        assert_eq!(Message::read(loose.as_bytes()), Some(read));
        let whole = |port: &str, hash: &str| {
            format!("BT-SEARCH * HTTP/1.1\r\nPort: {port}\r\nInfohash: {hash}\r\n\r\n")
        };
        for text in [
            String::new(),
            whole("0", &hash),
            whole("65536", &hash),
            whole("1", "ab"),
            whole("1", &hash).replace("BT-SEARCH", "M-SEARCH"),
            whole("1", &hash) + &" ".repeat(LENGTH_MAX),
        ] {
            assert_eq!(Message::read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fall_over() {
        let mut random = fastrand::Rng::with_seed(1);
        let group = super::super::GROUPS[0];
        let sound = spell(group, 6881, &[InfoHash([7; 20])], "me");
        for _ in 0..20_000 {
            let mut bytes = sound.clone();
            for _ in 0..random.usize(1..6) {
                let at = random.usize(..bytes.len());
                bytes[at] = random.u8(..);
            }
            bytes.truncate(random.usize(..=bytes.len()));
            let _ = Message::read(&bytes);
        }
    }
}
