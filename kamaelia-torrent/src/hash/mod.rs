//! SHA-1, by the fastest means the processor has.
//!
//! - [`sha1()`] and [`Sha1`]: one message. On the machine this was written on, one core does 0.98 GiB/s
//!   with `sha1_smol`, which is portable, and 1.96 GiB/s with the SHA instructions of the `sha1` crate.
//! - [`sha1_each`] and [`Lanes`]: many messages side by side, up to 12 GiB/s. Each step of SHA-1 waits
//!   for the one before it, so one message keeps a small part of a processor busy: the SHA
//!   instructions take in up to four at no more cost, and wide registers hold one in each lane.
//!   [`lanes`] says how many are worth gathering.
//!
//! All give the same answers. Which is used follows from what the processor reports, which the
//! standard library asks once and remembers.

mod kernel;
mod many;
mod schedule;
// The one file of the workspace with `unsafe` in it.
#[cfg(target_arch = "x86_64")]
mod x86;

pub use many::{Lanes, Way, lanes, sha1_each};

use sha1::Digest;

/// The SHA-1 of these bytes.
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut hash = Sha1::new();
    hash.update(bytes);
    hash.finish()
}

/// A SHA-1 of bytes that arrive in parts.
#[derive(Clone)]
pub struct Sha1(State);

#[derive(Clone)]
enum State {
    Portable(sha1_smol::Sha1),
    Instructions(sha1::Sha1),
}

impl Sha1 {
    /// The hash of nothing yet.
    pub fn new() -> Self {
        Sha1(if has_sha_instructions() {
            State::Instructions(sha1::Sha1::new())
        } else {
            State::Portable(sha1_smol::Sha1::new())
        })
    }

    /// Takes in the next bytes. How they are split makes no difference.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Portable(hash) => hash.update(bytes),
            State::Instructions(hash) => hash.update(bytes),
        }
    }

    /// The hash of everything taken in.
    pub fn finish(self) -> [u8; 20] {
        match self.0 {
            State::Portable(hash) => hash.digest().bytes(),
            State::Instructions(hash) => hash.finalize().into(),
        }
    }
}

impl Default for Sha1 {
    fn default() -> Self {
        Sha1::new()
    }
}

/// Whether the `sha1` crate will use SHA instructions here. It looks for these same features each
/// time it is called, and falls back to code slower than `sha1_smol`.
fn has_sha_instructions() -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let found = std::arch::is_x86_feature_detected!("sha")
        && std::arch::is_x86_feature_detected!("sse2")
        && std::arch::is_x86_feature_detected!("ssse3")
        && std::arch::is_x86_feature_detected!("sse4.1");
    #[cfg(target_arch = "aarch64")]
    let found = std::arch::is_aarch64_feature_detected!("sha2");
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
    let found = false;
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portable() -> Sha1 {
        Sha1(State::Portable(sha1_smol::Sha1::new()))
    }

    fn instructions() -> Sha1 {
        Sha1(State::Instructions(sha1::Sha1::new()))
    }

    fn hex(hash: [u8; 20]) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_examples_of_the_standard_come_out() {
        assert_eq!(hex(sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(hex(sha1(b"")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    }

    #[test]
    fn both_implementations_agree_on_every_length_and_any_split() {
        let mut chance = fastrand::Rng::with_seed(1);
        let bytes: Vec<u8> = (0..300).map(|_| chance.u8(..)).collect();
        for length in 0..bytes.len() {
            let split = chance.usize(..=length);
            let hashes = [portable(), instructions()].map(|mut hash| {
                hash.update(&bytes[..split]);
                hash.update(&bytes[split..length]);
                hash.finish()
            });
            let expected = sha1(&bytes[..length]);
            assert_eq!(hashes, [expected; 2], "{length} bytes cut at {split}");
        }
    }
}
