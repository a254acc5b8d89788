//! Text to standard output.
//!
//! What is it: the last node of most graphs; it writes what it gets, for people or programs.
//!
//! How to use it: `ConsoleEchoer::new()` for standard output, `ConsoleEchoer::to_writer` for
//! anything else. It adds no newlines: whoever makes the messages decides. Linked onwards, it
//! passes on each message after it is written.
//!
//! How it works: messages that wait are put together, written and flushed in one go by a thread
//! that may block, while the component awaits it. So a reader that is slow holds back the graph,
//! message by message, and nothing is written out of order.
//!
//! When it stops: when no more can come, after everything that came is written and flushed; at
//! once when the graph is asked to stop, even if whoever should read is not reading; with
//! [`ConsoleError`](super::ConsoleError) when what it writes to is closed.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};

use axon_core::{Component, ComponentResult, Inbox, Outbox};

use super::ConsoleError;
use crate::errand::{Done, Errands};

/// Messages that are written together at most.
const BATCH: usize = 64;

/// Writes each message to standard output, without adding anything, and flushes.
///
/// ```
/// use axon_core::Pipeline;
/// use kamaelia_io::{ConsoleEchoer, ConsoleReader};
///
/// let echoer = ConsoleEchoer::to_writer(std::io::stderr());
/// Pipeline::new(ConsoleReader::from_reader(&b"to the log\n"[..])).then(echoer).run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Component)]
pub struct ConsoleEchoer<T: Display + Send + 'static> {
    /// What to write.
    pub inbox: Inbox<T>,
    /// The same, once it is written.
    #[optional]
    pub outbox: Outbox<T>,
    /// Private: what became of each write.
    #[optional]
    written: Inbox<Done<io::Result<()>>>,
    output: &'static str,
    writer: Box<dyn Write + Send>,
}

impl<T: Display + Send + 'static> ConsoleEchoer<T> {
    /// Writes to standard output.
    pub fn new() -> Self {
        ConsoleEchoer::to_writer(io::stdout()).named("standard output")
    }

    /// Writes to something else, from a thread that may outlive the graph if a write blocks.
    pub fn to_writer(writer: impl Write + Send + 'static) -> Self {
        ConsoleEchoer {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            written: Inbox::new(),
            output: "the output",
            writer: Box::new(writer),
        }
    }

    /// What the output is called in sentences about it.
    pub fn named(mut self, output: &'static str) -> Self {
        self.output = output;
        self
    }

    async fn main(mut self) -> ComponentResult {
        let mut writer = self.writer;
        let write = move |text: String| {
            writer.write_all(text.as_bytes())?;
            writer.flush()
        };
        let mut errands = Errands::start("console echoer", &mut self.written, write)?;
        let mut batch = Vec::new();
        while self.inbox.recv_many(&mut batch, BATCH).await > 0 {
            let written = errands.run(text_of(&batch), &mut self.written).await?;
            written.map_err(|error| ConsoleError::writing(self.output, error))?;
            // Writing is worth doing whether or not somebody still listens further on.
            let _ = self.outbox.send_many(batch.drain(..)).await;
        }
        Ok(())
    }
}

impl<T: Display + Send + 'static> Default for ConsoleEchoer<T> {
    fn default() -> Self {
        ConsoleEchoer::new()
    }
}

fn text_of<T: Display>(batch: &[T]) -> String {
    let mut text = String::new();
    for message in batch {
        // Only a message that refuses to be shown can fail here, and then it shows less.
        let _ = write!(text, "{message}");
    }
    text
}
