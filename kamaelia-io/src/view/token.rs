//! The secret by which the page, and nobody else, reads and gives commands.

use std::fmt;
use std::io;

use subtle::ConstantTimeEq;

/// Bytes nobody can guess.
const LENGTH: usize = 16;

/// A random secret, made anew for each run. It is shown only where it is asked for.
#[derive(Clone)]
pub(super) struct Token(String);

impl Token {
    pub(super) fn random() -> io::Result<Self> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Token(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Whether this is the token. How long that takes tells nothing of where they differ.
    pub(super) fn is(&self, guess: &str) -> bool {
        self.0.as_bytes().ct_eq(guess.as_bytes()).into()
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_itself_is_the_token() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert!(one.is(one.reveal()) && !one.is(other.reveal()));
        assert_eq!(one.reveal().len(), 2 * LENGTH);
        for guess in ["", &one.reveal()[1..], &format!("{}0", one.reveal())] {
            assert!(!one.is(guess), "{guess}");
        }
        assert!(!format!("{one:?}").contains(one.reveal()));
    }
}
