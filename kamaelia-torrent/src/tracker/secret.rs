//! A key that nobody else knows, and the marks it makes.

use crate::hash::Sha1;

/// Makes numbers that only its holder can make or check, without remembering any.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Keeps these bytes, which strangers must not be able to guess.
    pub fn new(bytes: [u8; 32]) -> Self {
        Secret(bytes)
    }

    /// The mark of these bytes, end to end. Whoever makes marks of things of different kinds sees to
    /// it that no two of them are spelled alike.
    pub(super) fn mark(&self, parts: &[&[u8]]) -> u64 {
        let mut hash = Sha1::new();
        hash.update(&self.0);
        parts.iter().for_each(|part| hash.update(part));
        let [a, b, c, d, e, f, g, h, ..] = hash.finish();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}
