//! Requests that come in datagrams, and the answers in kind (BEP 15).
//!
//! The sender of a datagram may be anyone who writes another's address on it. So nothing is sent
//! that is longer than what came until the connection id shows that the address is the sender's
//! own; and who names no such id has no answer.

use std::net::IpAddr;

use super::asked::{Asked, AskedEvent};
use super::torrent::{Given, Size};
use crate::compact::pack;
use crate::metainfo::{InfoHash, PeerId};
use crate::tracker::udp::{PROTOCOL_ID, SCRAPED_MAX, action, event};

/// The longest answer, in bytes: what arrives in one piece everywhere, IPv6 included.
const ANSWER_LENGTH_MAX: usize = 1232;

/// The first part of every request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Header {
    connection: u64,
    action: u32,
    pub(super) transaction: u32,
}

/// What is asked by whom has shown where it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Request {
    Announce(Asked),
    Scrape(Vec<InfoHash>),
}

impl Header {
    /// The header, and what follows. `None` for what is too short to be a request.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (connection, rest) = bytes.split_first_chunk()?;
        let (action, rest) = rest.split_first_chunk()?;
        let (transaction, body) = rest.split_first_chunk()?;
        let header = Header {
            connection: u64::from_be_bytes(*connection),
            action: u32::from_be_bytes(*action),
            transaction: u32::from_be_bytes(*transaction),
        };
        Some((header, body))
    }

    pub(super) fn is_connect(&self) -> bool {
        (self.connection, self.action) == (PROTOCOL_ID, action::CONNECT)
    }

    /// The id it names; only that of a request that is no connect means anything.
    pub(super) fn connection(&self) -> u64 {
        self.connection
    }

    /// What is asked; the error is for the asker. `None` where we do not know what it is.
    pub(super) fn request(&self, body: &[u8]) -> Option<Result<Request, &'static str>> {
        match self.action {
            action::ANNOUNCE => Some(announce(body).map(Request::Announce)),
            action::SCRAPE => {
                let (hashes, _) = body.as_chunks::<20>();
                let hashes = hashes.iter().take(SCRAPED_MAX).map(|hash| InfoHash(*hash));
                Some(Ok(Request::Scrape(hashes.collect())))
            }
            _ => None,
        }
    }
}

fn announce(body: &[u8]) -> Result<Asked, &'static str> {
    let Some((fields, _)) = body.split_first_chunk::<82>() else {
        return Err("an announce has 98 bytes");
    };
    // Where each field begins is counted from the end of the header, 16 less than in BEP 15.
    let twenty = |at: usize| std::array::from_fn(|i| fields[at + i]);
    let four = |at: usize| u32::from_be_bytes(std::array::from_fn(|i| fields[at + i]));
    let left = u64::from_be_bytes(std::array::from_fn(|i| fields[48 + i]));
    let event = match four(64) {
        event::NONE => AskedEvent::None,
        event::STARTED => AskedEvent::Started,
        event::COMPLETED => AskedEvent::Completed,
        event::STOPPED => AskedEvent::Stopped,
        // BEP 21: "paused" has a number of its own with some clients. It is one more peer to us.
        _ => AskedEvent::None,
    };
    let port = u16::from_be_bytes([fields[80], fields[81]]);
    if port == 0 {
        return Err("port has to be a number from 1 to 65535");
    }
    Ok(Asked {
        info_hash: InfoHash(twenty(0)),
        peer_id: PeerId(twenty(20)),
        port,
        left,
        event,
        // A negative number, or rather all bits, stands for "as you like".
        peers_wanted: i32::try_from(four(76)).ok().and_then(|wanted| wanted.try_into().ok()),
    })
}

/// How many peers fit into an answer to an asker of this family.
pub(super) fn peers_max(asker: IpAddr) -> usize {
    let each = if asker.is_ipv4() { 6 } else { 18 };
    (ANSWER_LENGTH_MAX - 20) / each
}

/// The connection id that the asker has to name from now on.
pub(super) fn connected(transaction: u32, connection: u64) -> Vec<u8> {
    let mut bytes = head(action::CONNECT, transaction).to_vec();
    bytes.extend(connection.to_be_bytes());
    bytes
}

/// The peers are of the asker's own family.
pub(super) fn announced(transaction: u32, interval: u32, size: Size, given: &[Given]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(20 + 18 * given.len());
    let numbers = [interval, count(size.others), count(size.seeds)];
    bytes.extend(head(action::ANNOUNCE, transaction));
    bytes.extend(numbers.map(u32::to_be_bytes).as_flattened());
    given.iter().for_each(|peer| pack(peer.address, &mut bytes));
    bytes
}

/// The swarms' sizes, in the order they were asked for.
pub(super) fn scraped(transaction: u32, sizes: impl Iterator<Item = Size>) -> Vec<u8> {
    let mut bytes = head(action::SCRAPE, transaction).to_vec();
    for size in sizes {
        let downloaded = size.downloaded.try_into().unwrap_or(u32::MAX);
        let numbers = [count(size.seeds), downloaded, count(size.others)];
        bytes.extend(numbers.map(u32::to_be_bytes).as_flattened());
    }
    bytes
}

pub(super) fn refused(transaction: u32, reason: &str) -> Vec<u8> {
    let mut bytes = head(action::ERROR, transaction).to_vec();
    bytes.extend(reason.as_bytes());
    bytes
}

fn head(action: u32, transaction: u32) -> [u8; 8] {
    (u64::from(action) << 32 | u64::from(transaction)).to_be_bytes()
}

fn count(number: usize) -> u32 {
    number.try_into().unwrap_or(u32::MAX)
}
