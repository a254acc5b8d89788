//! Saying something when nobody may be left to hear it.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a line to standard error, if that is still read: the exit status says as much.
pub fn complain(sentence: impl Display) {
    let _ = writeln!(io::stderr(), "{sentence}");
}

/// A writer for what is worth saying but not worth ending for: what nobody reads is dropped.
pub struct Unminded<W>(pub W);

impl<W: Write> Write for Unminded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush();
        Ok(())
    }
}
