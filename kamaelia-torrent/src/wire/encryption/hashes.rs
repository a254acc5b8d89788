//! What both sides derive from the shared secret and the torrent.

use super::keys::KEY_LENGTH;
use crate::hash::Sha1;
use crate::metainfo::InfoHash;

/// The secret two sides share, and all that follows from it.
#[derive(Clone)]
pub(crate) struct Shared(pub(crate) [u8; KEY_LENGTH]);

impl Shared {
    /// What `A` sends before anything that depends on the secret: where the padding ends.
    pub(crate) fn mark(&self) -> [u8; 20] {
        hash(&[b"req1", &self.0])
    }

    /// A torrent's [`hidden_name`] as it is sent, or that name again from what was sent.
    pub(crate) fn veil(&self, name: [u8; 20]) -> [u8; 20] {
        let veil = hash(&[b"req3", &self.0]);
        std::array::from_fn(|i| name[i] ^ veil[i])
    }

    /// The key of what `A` sends.
    pub(super) fn key_a(&self, torrent: InfoHash) -> [u8; 20] {
        hash(&[b"keyA", &self.0, &torrent.0])
    }

    /// The key of what `B` sends.
    pub(super) fn key_b(&self, torrent: InfoHash) -> [u8; 20] {
        hash(&[b"keyB", &self.0, &torrent.0])
    }
}

/// What a torrent is called in a negotiation: whoever has the torrent recognises it, and nobody
/// can tell from it which torrent it is.
pub fn hidden_name(torrent: InfoHash) -> [u8; 20] {
    hash(&[b"req2", &torrent.0])
}

fn hash(parts: &[&[u8]]) -> [u8; 20] {
    let mut hash = Sha1::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finish()
}
