//! Text to standard output.
//!
//! What is it: the last node of most graphs; it writes what it gets, for people or programs.
//!
//! How to use it: `ConsoleEchoer::new()` for standard output, `ConsoleEchoer::to_writer` for
//! anything else. It adds no newlines: whoever makes the messages decides, unless it is told to write
//! [`lines`](ConsoleEchoer::lines). Linked onwards, it passes on each message after it is written.
//!
//! How it works: messages that wait are put together, written and flushed in one go by a thread
//! that may block, while the component awaits it. So a reader that is slow holds back the graph,
//! message by message, and nothing is written out of order.
//!
//! When it stops: when no more can come, after everything that came is written and flushed; at
//! once when the graph is asked to stop, even if whoever should read is not reading; with
//! [`ConsoleError`](super::ConsoleError) when what it writes to is closed: with the next write, or as
//! soon as that happens if it was told what to watch.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};
#[cfg(unix)]
use std::os::fd::{AsFd, OwnedFd};

use axon_core::{Component, ComponentResult, Either, Inbox, Outbox, either};

use super::ConsoleError;
#[cfg(unix)]
use super::departure::Watch;
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
    /// Private: that nobody is left who reads what is written.
    #[optional]
    gone: Inbox<()>,
    #[cfg(unix)]
    watched: Option<io::Result<OwnedFd>>,
    output: &'static str,
    /// After each message.
    end: &'static str,
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
            gone: Inbox::new(),
            #[cfg(unix)]
            watched: None,
            output: "the output",
            end: "",
            writer: Box::new(writer),
        }
    }

    /// Writes each message as a line: with a newline after it.
    pub fn lines(mut self) -> Self {
        self.end = "\n";
        self
    }

    /// What the output is called in sentences about it.
    pub fn named(mut self, output: &'static str) -> Self {
        self.output = output;
        self
    }

    /// Ends as soon as nobody is left to read what is written, not only when there is something to
    /// write: a program that is driven by another should not outlive it. What is watched is a pipe or
    /// a socket, and the writer writes into it; Linux tells of its end, elsewhere the next write does.
    /// In a [seeded](axon_core::Graph::run_seeded) run nothing is watched.
    #[cfg(unix)]
    pub fn watching(mut self, output: &impl AsFd) -> Self {
        self.watched = Some(output.as_fd().try_clone_to_owned());
        self
    }

    async fn main(mut self) -> ComponentResult {
        #[cfg(unix)]
        let watch = match self.watched.take() {
            Some(output) if !axon_core::time_jumps() => {
                Some(Watch::start(output?, self.gone.address())?)
            }
            _ => None,
        };
        #[cfg(unix)]
        let is_watched = watch.is_some();
        #[cfg(not(unix))]
        let is_watched = false;
        let mut writer = self.writer;
        let write = move |text: String| {
            writer.write_all(text.as_bytes())?;
            writer.flush()
        };
        let mut errands = Errands::start("console echoer", &mut self.written, write)?;
        let mut batch = Vec::new();
        loop {
            let gone = async {
                if !is_watched || self.gone.recv().await.is_none() {
                    std::future::pending::<()>().await;
                }
            };
            match either(gone, self.inbox.recv_many(&mut batch, BATCH)).await {
                Either::First(()) => Err(ConsoleError::Closed { output: self.output })?,
                Either::Second(0) => return Ok(()),
                Either::Second(_) => {}
            }
            let written = errands.run(text_of(&batch, self.end), &mut self.written).await?;
            written.map_err(|error| ConsoleError::writing(self.output, error))?;
            // Writing is worth doing whether or not somebody still listens further on.
            let _ = self.outbox.send_many(batch.drain(..)).await;
        }
    }
}

impl<T: Display + Send + 'static> Default for ConsoleEchoer<T> {
    fn default() -> Self {
        ConsoleEchoer::new()
    }
}

fn text_of<T: Display>(batch: &[T], end: &str) -> String {
    let mut text = String::new();
    for message in batch {
        // Only a message that refuses to be shown can fail here, and then it shows less.
        let _ = write!(text, "{message}{end}");
    }
    text
}
