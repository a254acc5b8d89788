//! Message stream encryption: how two peers agree on a key in front of everybody, and hide from
//! those who slow BitTorrent down what they are talking about.
//!
//! Comes in: what the other side sends, in any split, a [`Secret`] from a good source of chance,
//! and a lesser source for the length of padding. Goes out: bytes to send, and in the end an
//! [`Agreement`] or [`Introduction`] with the [`Ciphers`] for everything that follows. A
//! [`Caller`] opens the talk; a [`Reception`] hears strangers, who may as well speak plainly.
//!
//! There is no BEP for this; the rules are those of the *Message Stream Encryption* page that
//! Azureus and µTorrent published in 2006. In five steps, `A` being who connects:
//!
//! 1. `A` sends a public key of 96 bytes and up to 512 bytes of padding.
//! 2. `B` does the same.
//! 3. `A` proves that it knows the shared secret, names the torrent in a form that only those who
//!    have it can recognise, and says, encrypted, which ways to go on it offers. Its handshake
//!    comes with it.
//! 4. `B` proves that it has the torrent, and chooses.
//! 5. Both go on in the way chosen: RC4, or plainly.
//!
//! The keys and the cipher are weak by today's measure. They keep middlemen from recognising the
//! protocol; they are no promise of secrecy.

mod caller;
mod cipher;
pub(crate) mod hashes;
mod intake;
mod keys;
mod policy;
mod reception;
mod responder;
mod stages;

pub use caller::{Agreement, Caller};
pub use cipher::Ciphers;
pub use hashes::hidden_name;
pub use keys::{SECRET_LENGTH, Secret};
pub use policy::{Encryption, NoSuchEncryption};
pub use reception::{Introduction, Reception, ReceptionError};

/// The most padding either side may put behind its key, and in each of the two places meant for
/// later use.
const PADDING_MAX: usize = 512;

/// The verification constant: what both sides encrypt to show that they have the same key.
const PROOF: [u8; 8] = [0; 8];

/// How a negotiation fails. The connection is of no use; nothing else is harmed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NegotiationError {
    /// Its public key would make the shared secret known to everyone.
    #[error("its public key gives the secret away")]
    WeakKey,
    /// What proves the key was not where it had to be.
    #[error("{limit} bytes after its key there is still no sign that it knows the shared secret")]
    NoProof {
        /// How far was looked.
        limit: usize,
    },
    /// It has the right key and does not begin as it must.
    #[error("what it encrypted does not begin with eight zeros")]
    WrongProof,
    /// It wants a torrent that is not here.
    #[error("it wants a torrent that is not here")]
    NoSuchTorrent,
    /// It left no way to go on that we would take, or chose one that was not offered.
    #[error("it named the ways {theirs:#x} to go on, and ours are {ours:#x}")]
    NoCommonWay {
        /// What it offered or chose, one bit for each way: 1 plain, 2 RC4.
        theirs: u32,
        /// What we offer or accept, likewise.
        ours: u32,
    },
    /// Padding longer than the rules allow.
    #[error("it announced {length} bytes of padding, and {PADDING_MAX} is the most")]
    PaddingTooLong {
        /// What it announced.
        length: usize,
    },
}

/// Padding of any length, with anything in it.
fn padding(chance: &mut fastrand::Rng, out: &mut Vec<u8>) {
    let length = chance.usize(..=PADDING_MAX);
    out.extend(std::iter::repeat_with(|| chance.u8(..)).take(length));
}

#[cfg(test)]
mod tests;
