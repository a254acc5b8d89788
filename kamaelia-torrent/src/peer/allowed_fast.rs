//! Pieces that a newcomer may have before it has anything to trade with (BEP 6, *allowed fast*).
//!
//! Which ones follows from the torrent and the newcomer's network: every client offers it the same
//! few pieces, so nobody gets a whole torrent for free by asking many.

use std::net::IpAddr;

use fixedbitset::FixedBitSet;

use crate::hash::sha1;
use crate::metainfo::{Block, InfoHash, Layout, PieceIndex};

/// Pieces offered to a newcomer, as BEP 6 proposes. One that has more is a newcomer no longer.
pub(crate) const PIECES_MAX: u32 = 10;

/// Bytes given to a newcomer that nothing is known to come back from. Of large pieces it is offered
/// fewer.
const BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What one peer may ask for while it is choked.
#[derive(Debug, Default)]
pub(crate) struct Grant {
    pieces: Vec<PieceIndex>,
    /// Each byte is given once.
    bytes_left: u64,
}

impl Grant {
    /// What is offered to a peer at this address.
    pub(super) fn new(layout: &Layout, info_hash: InfoHash, ip: IpAddr) -> Self {
        let affordable = BYTES_MAX / u64::from(layout.piece_length());
        let count = affordable.clamp(1, u64::from(PIECES_MAX)) as usize;
        let pieces = allowed_fast_set(layout, info_hash, ip, count);
        let bytes_left = pieces.iter().map(|piece| u64::from(layout.piece_size(*piece))).sum();
        Grant { pieces, bytes_left }
    }

    pub(super) fn pieces(&self) -> &[PieceIndex] {
        &self.pieces
    }

    pub(super) fn covers(&self, block: Block) -> bool {
        self.pieces.contains(&block.piece())
    }

    /// Takes a block out of what is left; false when it is not offered, or no longer.
    pub(super) fn spend(&mut self, block: Block) -> bool {
        let length = u64::from(block.length());
        if !self.covers(block) || self.bytes_left < length {
            return false;
        }
        self.bytes_left -= length;
        true
    }
}

/// The pieces that every client offers to a peer at this address, the first `count` of them.
///
/// BEP 6 says how for IPv4, where a network is 24 bits; it has nothing for IPv6, where we take the
/// 64 bits that one customer has at least.
fn allowed_fast_set(
    layout: &Layout,
    info_hash: InfoHash,
    ip: IpAddr,
    count: usize,
) -> Vec<PieceIndex> {
    let piece_count = layout.piece_count();
    if piece_count as usize <= count {
        return layout.pieces().collect();
    }
    let mut seen = FixedBitSet::with_capacity(piece_count as usize);
    let mut chosen = Vec::with_capacity(count);
    let mut x = [&network(ip)[..], &info_hash.0].concat();
    while chosen.len() < count {
        let hash = sha1(&x);
        for word in hash.as_chunks::<4>().0 {
            let index = u32::from_be_bytes(*word) % piece_count;
            if chosen.len() < count
                && !seen.put(index as usize)
                && let Some(piece) = layout.piece(index)
            {
                chosen.push(piece);
            }
        }
        x = hash.to_vec();
    }
    chosen
}

fn network(ip: IpAddr) -> Vec<u8> {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            vec![a, b, c, 0]
        }
        IpAddr::V6(ip) => ip.octets()[..8].to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::FileEntry;

    fn layout(pieces: u64, piece_length: u64) -> Layout {
        let path = vec!["f".into()];
        let length = pieces * piece_length;
        Layout::new(piece_length, vec![FileEntry { path, length, padding: false }])
            .expect("sizes of a torrent")
    }

    fn numbers(pieces: &[PieceIndex]) -> Vec<u32> {
        pieces.iter().map(|piece| piece.get()).collect()
    }

    #[test]
    fn the_examples_of_bep_6_come_out() {
        let layout = layout(1_313, 16);
        let (info_hash, ip) = (InfoHash([0xaa; 20]), IpAddr::from([80, 4, 4, 200]));
        let seven = [1_059, 431, 808, 1_217, 287, 376, 1_188];
        assert_eq!(numbers(&allowed_fast_set(&layout, info_hash, ip, 7)), seven);
        let nine = [1_059, 431, 808, 1_217, 287, 376, 1_188, 353, 508];
        assert_eq!(numbers(&allowed_fast_set(&layout, info_hash, ip, 9)), nine);
    }

    #[test]
    fn a_network_gets_one_set_and_another_network_another() {
        let layout = layout(1_000, 16);
        let set = |ip: &str| {
            let ip = ip.parse().expect("an address");
            numbers(Grant::new(&layout, InfoHash([1; 20]), ip).pieces())
        };
        assert_eq!(set("10.0.0.1"), set("10.0.0.200"));
        assert_eq!(set("10.0.0.1"), set("::ffff:10.0.0.9"));
        assert_ne!(set("10.0.0.1"), set("10.0.1.1"));
        assert_eq!(set("2001:db8::1"), set("2001:db8::ffff:1"));
        assert_ne!(set("2001:db8::1"), set("2001:db8:0:1::1"));
    }

    #[test]
    fn small_torrents_are_offered_whole_and_large_pieces_in_small_number() {
        let grant = |pieces, length| {
            let ip = IpAddr::from([10, 0, 0, 1]);
            Grant::new(&layout(pieces, length), InfoHash([1; 20]), ip).pieces().len()
        };
        assert_eq!(grant(3, 16), 3);
        assert_eq!(grant(11, 16), 10);
        assert_eq!(grant(100, 1024 * 1024), 4);
        assert_eq!(grant(100, 16 * 1024 * 1024), 1);
    }

    #[test]
    fn each_byte_is_given_once() {
        let layout = layout(1, 32);
        let mut grant = Grant::new(&layout, InfoHash([1; 20]), IpAddr::from([10, 0, 0, 1]));
        let block = layout.block(0, 0, 16).expect("half of the piece");
        assert!(grant.spend(block) && grant.spend(block));
        assert!(!grant.spend(block));
    }
}
