//! What peers say who are none of ours.

/// The handshake of the peer of this number, without any extensions.
pub fn greeting(info_hash: &[u8], number: u8) -> Vec<u8> {
    [b"\x13BitTorrent protocol", &[0; 8][..], info_hash, &[b'p'; 19], &[number]].concat()
}
