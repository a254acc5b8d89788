//! Bytes of a negotiation that have come and are not used up.

use super::cipher::Cipher;

/// A short queue of bytes. Each stage of a negotiation takes what it needs or waits for more, and
/// none waits for more than about a kilobyte, save for the first words of a caller.
#[derive(Default)]
pub(super) struct Intake(Vec<u8>);

impl Intake {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The first bytes, when there are so many.
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let first = *self.0.first_chunk::<N>()?;
        self.0.drain(..N);
        Some(first)
    }

    /// The first bytes made readable, when there are so many.
    pub(super) fn decrypt<const N: usize>(&mut self, cipher: &mut Cipher) -> Option<[u8; N]> {
        let mut first = self.take::<N>()?;
        cipher.apply(&mut first);
        Some(first)
    }

    /// The first `length` bytes made readable, when there are so many.
    pub(super) fn decrypt_some(&mut self, length: usize, cipher: &mut Cipher) -> Option<Vec<u8>> {
        let rest = (self.0.len() >= length).then(|| self.0.split_off(length))?;
        let mut first = std::mem::replace(&mut self.0, rest);
        cipher.apply(&mut first);
        Some(first)
    }

    /// Lets go of everything up to the end of `mark`. False if it is not there; what cannot be
    /// the start of it is let go then, up to `limit` bytes in all, beyond which there is an error.
    pub(super) fn skip_past(&mut self, mark: &[u8], skipped: &mut usize, limit: usize) -> Skip {
        if let Some(at) = self.0.windows(mark.len()).position(|window| window == mark) {
            if *skipped + at > limit {
                return Skip::Beyond;
            }
            self.0.drain(..at + mark.len());
            return Skip::Found;
        }
        let useless = (self.0.len() + 1).saturating_sub(mark.len());
        self.0.drain(..useless);
        *skipped += useless;
        if *skipped > limit { Skip::Beyond } else { Skip::Missing }
    }

    /// What is left.
    pub(super) fn into_rest(self) -> Vec<u8> {
        self.0
    }
}

/// What became of a search.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Skip {
    Found,
    /// It may still come.
    Missing,
    /// It can no longer be where it had to be.
    Beyond,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_up_to_the_limit_and_not_beyond_in_any_split() {
        for (before, found) in [(0, Skip::Found), (7, Skip::Found), (8, Skip::Beyond)] {
            let mut stream = vec![1; before];
            stream.extend(b"markrest");
            for split in 0..stream.len() {
                let (mut intake, mut skipped) = (Intake::default(), 0);
                intake.add(&stream[..split]);
                let mut outcome = intake.skip_past(b"mark", &mut skipped, 7);
                if outcome == Skip::Missing {
                    intake.add(&stream[split..]);
                    outcome = intake.skip_past(b"mark", &mut skipped, 7);
                }
                assert_eq!(outcome, found, "{before} bytes before it, split at {split}");
            }
        }
    }
}
