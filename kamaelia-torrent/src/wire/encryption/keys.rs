//! Two sides that hear only each other's public keys come to know the same secret (Diffie and
//! Hellman), in the group of 768 bits that the protocol fixes.

use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
use crypto_bigint::{U192, U768};

/// Bytes of a public key and of the shared secret.
pub(crate) const KEY_LENGTH: usize = 96;

/// Bytes of a private key: more would not make the secret any harder to find.
pub const SECRET_LENGTH: usize = 20;

mod group {
    //! The prime, in the form the arithmetic wants.

    use crypto_bigint::{U768, const_monty_params};

    const_monty_params!(
        Prime,
        U768,
        "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74\
         020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437\
         4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563",
        "The prime of the group."
    );
}

use group::Prime;

type Element = ConstMontyForm<Prime, { U768::LIMBS }>;

/// Bytes that nobody can guess, for one conversation. They come from the caller.
#[derive(Clone)]
pub struct Secret([u8; SECRET_LENGTH]);

impl Secret {
    /// These bytes, which have to come from the system's best source of chance.
    pub fn new(bytes: [u8; SECRET_LENGTH]) -> Self {
        Secret(bytes)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// What the other side is told.
    pub(crate) fn public_key(&self) -> [u8; KEY_LENGTH] {
        self.power_of(&U768::from(2_u8))
    }

    /// What both sides know then; `None` if that would be known to everyone.
    pub(crate) fn shared_with(&self, theirs: &[u8; KEY_LENGTH]) -> Option<[u8; KEY_LENGTH]> {
        let theirs = U768::from_be_slice(theirs);
        let last = Prime::PARAMS.modulus().as_ref().wrapping_sub(&U768::ONE);
        // The powers of 0, 1 and -1 can be guessed; beyond the prime there are no keys.
        (theirs > U768::ONE && theirs < last).then(|| self.power_of(&theirs))
    }

    /// Takes as long for every secret.
    fn power_of(&self, base: &U768) -> [u8; KEY_LENGTH] {
        let mut exponent = [0; U192::BITS as usize / 8];
        let from = exponent.len() - SECRET_LENGTH;
        exponent[from..].copy_from_slice(&self.0);
        let bits = 8 * SECRET_LENGTH as u32;
        let power = Element::new(base).pow_bounded_exp(&U192::from_be_slice(&exponent), bits);
        let mut bytes = [0; KEY_LENGTH];
        bytes.copy_from_slice(power.retrieve().to_be_bytes().as_ref());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(from: u8) -> Secret {
        Secret::new(std::array::from_fn(|i| from + i as u8))
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn both_sides_come_to_the_secret_that_arithmetic_elsewhere_gives() {
        let (a, b) = (secret(1), secret(101));
        let shared = a.shared_with(&b.public_key());
        assert_eq!(shared, b.shared_with(&a.public_key()));
        assert!(hex(&a.public_key()).starts_with("96e112dab29e8c5272accb9b17b26887"));
        assert!(hex(&b.public_key()).ends_with("ee6056f966f9eae732089b6fa46e"));
        let shared = shared.expect("a key of the group");
        assert!(hex(&shared).starts_with("d05ed96a95215a89b44073afe5d0b162"));
    }

    #[test]
    fn a_key_that_gives_the_secret_away_is_refused() {
        let mut one = [0; KEY_LENGTH];
        one[KEY_LENGTH - 1] = 1;
        let prime = Prime::PARAMS.modulus().as_ref();
        let encode = |number: &U768| {
            let mut bytes = [0; KEY_LENGTH];
            bytes.copy_from_slice(number.to_be_bytes().as_ref());
            bytes
        };
        let last = encode(&prime.wrapping_sub(&U768::ONE));
        for weak in [[0; KEY_LENGTH], one, last, encode(prime), [255; KEY_LENGTH]] {
            assert_eq!(secret(1).shared_with(&weak), None);
        }
    }
}
