//! Lines, however their bytes were cut on the way.
//!
//! What is it: pieces of bytes go in, as a connection gives them; whole lines come out.
//!
//! How to use it: behind a [`TCPClient`](crate::TCPClient), or first in a protocol of a
//! [`ServerCore`](crate::ServerCore).
//!
//! How it works: a line is sent without the carriage returns and newlines at its end. Bytes that are not
//! UTF-8 become `U+FFFD`. A line longer than [`LINE_BYTES_MAX`](crate::LINE_BYTES_MAX) is passed over,
//! with a warning in the log: memory must not depend on what a stranger sends.
//!
//! When it stops: when no more can come, after the last line, which need not have a line end; when
//! nobody is left to take lines; when the graph is asked to stop.

use axon_core::{Closed, Component, Inbox, Outbox};

use crate::LINE_BYTES_MAX;

/// Makes lines of pieces.
///
/// ```
/// use axon_core::Workbench;
/// use kamaelia_io::ChunksToLines;
///
/// let lines = ChunksToLines::new();
/// let mut bench = Workbench::new();
/// let pieces = bench.feed(&lines.inbox);
/// let whole = bench.watch(&lines.outbox);
/// bench.start(lines);
/// pieces.send(b"one\r\ntw".to_vec());
/// pieces.send(b"o\nthree".to_vec());
/// bench.until_idle();
/// assert_eq!(whole.drain(), ["one", "two"]);
/// drop(pieces);
/// bench.until_idle();
/// assert_eq!(whole.drain(), ["three"]);
/// # bench.finish()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Component, Default)]
pub struct ChunksToLines {
    /// Pieces of any size.
    pub inbox: Inbox<Vec<u8>>,
    /// One line each.
    pub outbox: Outbox<String>,
    begun: Begun,
}

/// A line of which the end has not come.
#[derive(Default)]
struct Begun {
    bytes: Vec<u8>,
    /// It has grown beyond the limit, and is dropped up to its end.
    is_too_long: bool,
}

impl ChunksToLines {
    /// With nothing begun.
    pub fn new() -> Self {
        ChunksToLines::default()
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(piece) = self.inbox.recv().await {
            let mut parts = piece.split(|byte| *byte == b'\n');
            self.begun.grow(parts.next().unwrap_or_default());
            for part in parts {
                if let Some(line) = self.begun.end() {
                    self.outbox.send(line).await?;
                }
                self.begun.grow(part);
            }
        }
        match self.begun.bytes.is_empty() {
            true => Ok(()),
            false => self.outbox.send_many(self.begun.end()).await,
        }
    }
}

impl Begun {
    fn grow(&mut self, part: &[u8]) {
        if self.bytes.len() + part.len() > LINE_BYTES_MAX {
            self.is_too_long = true;
            self.bytes = Vec::new();
        }
        if !self.is_too_long {
            self.bytes.extend_from_slice(part);
        }
    }

    /// The line, if it was not too long; the next one begins.
    fn end(&mut self) -> Option<String> {
        let Begun { bytes, is_too_long } = std::mem::take(self);
        if is_too_long {
            log::warn!("a line of more than {LINE_BYTES_MAX} bytes is passed over");
            return None;
        }
        let text = String::from_utf8_lossy(&bytes);
        Some(text.trim_end_matches('\r').to_owned())
    }
}
