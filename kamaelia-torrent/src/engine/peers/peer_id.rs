//! Our name for as long as we run.

use crate::metainfo::PeerId;

/// How a client of this kind begins its peer id (BEP 20).
const CLIENT_PREFIX: &[u8; 8] = b"-KM0100-";

pub(in crate::engine) fn new_peer_id(chance: &mut fastrand::Rng) -> PeerId {
    let mut id = [0; 20];
    id[..8].copy_from_slice(CLIENT_PREFIX);
    id[8..].fill_with(|| chance.alphanumeric() as u8);
    PeerId(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_we_are_and_is_like_no_other() {
        let mut chance = fastrand::Rng::with_seed(1);
        let [one, other] = [new_peer_id(&mut chance), new_peer_id(&mut chance)];
        assert_eq!(one.0[..8], *b"-KM0100-");
        assert_ne!(one, other);
    }
}
