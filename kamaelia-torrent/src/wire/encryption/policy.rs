//! Whether to encrypt: what a person chooses.

use std::str::FromStr;

/// How a connection goes on once its key is agreed on, as the wire has it: one bit for each way.
pub(super) const PLAIN: u32 = 1;
pub(super) const RC4: u32 = 2;

/// Whether conversations with peers are encrypted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Encryption {
    /// Never: those who try are not understood.
    Off,
    /// With everyone who can, to reach those who take no other connection and to hide from those
    /// who look at how connections begin. What follows is encrypted only if the peer wants it so:
    /// the cipher does some 350 MB a second and core, a fraction of what plain connections reach.
    #[default]
    Allowed,
    /// Always, and all of it: who speaks plainly is turned away.
    Required,
}

impl Encryption {
    /// The ways to go on that are offered and accepted.
    pub(super) fn ways(self) -> u32 {
        match self {
            Encryption::Off => 0,
            Encryption::Allowed => PLAIN | RC4,
            Encryption::Required => RC4,
        }
    }

    /// The cheapest of the ways that the other side offers and we accept.
    pub(super) fn choose(self, offered: u32) -> Option<u32> {
        let common = offered & self.ways();
        [PLAIN, RC4].into_iter().find(|way| common & way != 0)
    }
}

/// A word that names no [`Encryption`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is none of off, allowed and required")]
pub struct NoSuchEncryption(String);

impl FromStr for Encryption {
    type Err = NoSuchEncryption;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Encryption::Off),
            "allowed" => Ok(Encryption::Allowed),
            "required" => Ok(Encryption::Required),
            other => Err(NoSuchEncryption(other.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_command_line_are_known() {
        assert_eq!("required".parse(), Ok(Encryption::Required));
        let error = "maybe".parse::<Encryption>().expect_err("no such word");
        assert_eq!(error.to_string(), "`maybe` is none of off, allowed and required");
    }

    #[test]
    fn plain_text_is_chosen_wherever_it_is_allowed_and_the_cipher_elsewhere() {
        assert_eq!(Encryption::Allowed.choose(PLAIN | RC4 | 64), Some(PLAIN));
        assert_eq!(Encryption::Allowed.choose(RC4), Some(RC4));
        assert_eq!(Encryption::Required.choose(PLAIN | RC4), Some(RC4));
        assert_eq!(Encryption::Required.choose(PLAIN), None);
        assert_eq!(Encryption::Allowed.choose(0), None);
    }
}
