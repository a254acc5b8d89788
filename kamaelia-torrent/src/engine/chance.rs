//! Where chance comes from that nobody may guess.

use crate::metainfo::PeerId;
use crate::wire::encryption::{SECRET_LENGTH, Secret};

/// How a client of this kind begins its peer id (BEP 20).
const CLIENT_PREFIX: &[u8; 8] = b"-KM0100-";

/// A private key for one conversation. A generator with a seed would do for everything else here,
/// but its next key could be told from others it gave. `None` if the system has no chance to give.
pub(super) fn secret() -> Option<Secret> {
    let mut bytes = [0; SECRET_LENGTH];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Some(Secret::new(bytes)),
        Err(error) => {
            log::warn!("the system gives no random numbers to make a key of: {error}");
            None
        }
    }
}

/// Our name for as long as we run.
pub(super) fn peer_id(chance: &mut fastrand::Rng) -> PeerId {
    let mut id = [0; 20];
    id[..8].copy_from_slice(CLIENT_PREFIX);
    id[8..].fill_with(|| chance.alphanumeric() as u8);
    PeerId(id)
}
