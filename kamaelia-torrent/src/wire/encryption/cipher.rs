//! The cipher, one for each direction.

use rc4::{KeyInit, Rc4, StreamCipher};

use super::hashes::Shared;
use crate::metainfo::InfoHash;

/// Bytes of the key stream that are thrown away, since they tell too much of the key.
const DISCARDED: usize = 1024;

/// One direction: RC4, as far along as the bytes that went through it.
pub(super) struct Cipher(Rc4);

impl Cipher {
    pub(super) fn new(key: &[u8; 20]) -> Self {
        let mut cipher =
            Cipher(Rc4::new_from_slice(key).expect("RC4 takes keys of 1 to 256 bytes"));
        cipher.apply(&mut [0; DISCARDED]);
        cipher
    }

    /// Encrypts or decrypts in place: both are the same.
    pub(super) fn apply(&mut self, bytes: &mut [u8]) {
        self.0.apply_keystream(bytes);
    }

    /// What eight zeros become next.
    pub(super) fn proof(&mut self) -> [u8; super::PROOF.len()] {
        let mut proof = super::PROOF;
        self.apply(&mut proof);
        proof
    }
}

/// Both directions of one connection. Bytes go through in the order they travel in.
pub struct Ciphers {
    pub(super) incoming: Cipher,
    pub(super) outgoing: Cipher,
}

impl Ciphers {
    /// For who connected.
    pub(crate) fn of_caller(shared: &Shared, torrent: InfoHash) -> Self {
        Ciphers {
            incoming: Cipher::new(&shared.key_b(torrent)),
            outgoing: Cipher::new(&shared.key_a(torrent)),
        }
    }

    /// For who was connected to.
    pub(crate) fn of_responder(shared: &Shared, torrent: InfoHash) -> Self {
        let Ciphers { incoming, outgoing } = Ciphers::of_caller(shared, torrent);
        Ciphers { incoming: outgoing, outgoing: incoming }
    }

    /// Makes readable, in place, what has just been received.
    pub fn decrypt(&mut self, bytes: &mut [u8]) {
        self.incoming.apply(bytes);
    }

    /// Makes unreadable, in place, what is sent next.
    pub fn encrypt(&mut self, bytes: &mut [u8]) {
        self.outgoing.apply(bytes);
    }
}

impl std::fmt::Debug for Ciphers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ciphers(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::Secret;
    use super::*;

    #[test]
    fn the_key_streams_are_those_of_an_implementation_elsewhere() {
        let secret = |from: u8| Secret::new(std::array::from_fn(|i| from + i as u8));
        let (a, b) = (secret(1), secret(101));
        let shared = Shared(a.shared_with(&b.public_key()).expect("a key of the group"));
        let torrent = InfoHash([7; 20]);
        let mut ciphers = Ciphers::of_caller(&shared, torrent);
        let (mut sent, mut received) = ([0; 8], [0; 8]);
        ciphers.encrypt(&mut sent);
        ciphers.decrypt(&mut received);
        assert_eq!(u64::from_be_bytes(sent), 0x6001_a24d_f82b_edd6);
        assert_eq!(u64::from_be_bytes(received), 0x1f11_7523_9bd8_2cb0);
        assert_eq!(shared.mark()[..4], [0x78, 0xff, 0xfb, 0x0f]);
        assert_eq!(shared.veil([0; 20])[..4], [0x3b, 0x47, 0x15, 0x2f]);
        assert_eq!(super::super::hidden_name(torrent)[..4], [0x4a, 0x90, 0x94, 0x7f]);
    }
}
