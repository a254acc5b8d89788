//! Chance that strangers cannot foretell.

use std::hash::{BuildHasher as _, RandomState};

use crate::engine::Engine;
use crate::engine::world::World;
use crate::tracker::Secret;
use crate::wire::encryption;

/// A secret that is made anew each time.
///
/// The standard library keys its hash tables from the system's own chance. Hashed with such a key,
/// a number is known to nobody who does not know the key.
pub fn new_secret() -> Secret {
    let hasher = RandomState::new();
    let mut bytes = [0; 32];
    for (number, part) in bytes.chunks_mut(8).enumerate() {
        part.copy_from_slice(&hasher.hash_one(number).to_be_bytes());
    }
    Secret::new(bytes)
}

impl Engine {
    /// A private key for one conversation, from the system itself, since what is encrypted with it is
    /// heard by everybody. `None` if the system has no chance to give. In an imagined world nobody
    /// listens, and all chance comes from one seed.
    pub(super) fn private_key(&mut self) -> Option<encryption::Secret> {
        let mut bytes = [0; encryption::SECRET_LENGTH];
        let filled = match self.config.world {
            World::System => getrandom::fill(&mut bytes),
            World::Imagined(_) => {
                self.chance.fill(&mut bytes);
                Ok(())
            }
        };
        match filled {
            Ok(()) => Some(encryption::Secret::new(bytes)),
            Err(error) => {
                log::warn!("the system gives no random numbers to make a key of: {error}");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_secrets_are_alike() {
        assert_ne!(new_secret(), new_secret());
    }
}
