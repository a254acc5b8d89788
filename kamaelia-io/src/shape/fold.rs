//! One message of many.
//!
//! What is it: a sum, a count, a table: what comes of all messages together, sent when the last is in.
//!
//! How to use it: `Fold::new(0, |sum, number: u64| *sum += number)`. Where something before it can go wrong,
//! and what comes of the rest would be taken for the whole, have it send what went wrong as a message, and
//! use [`Fold::trying`]. To fail there would be too late: a part that failed has ended like any other, and
//! that the graph is asked to stop is known a moment later.
//!
//! How it works: the function is given what has come of the messages so far, and one more. It runs on the
//! worker that the component shares with others, so it should neither wait nor take long. What it keeps
//! is its own to bound.
//!
//! When it stops: when no more can come, after the one message it sends, also if nothing came. It sends
//! nothing when the function fails, which is its failure then, nor when the graph is asked to stop: what it
//! has is not of all messages.

use std::error::Error;

use axon_core::{Asked, Component, ComponentResult, Control, Inbox, Outbox};

/// Sends one message when all have come: what a function made of them together.
///
/// ```
/// use axon_core::Pipeline;
/// use kamaelia_io::{ConsoleEchoer, ConsoleReader, Fold};
///
/// Pipeline::new(ConsoleReader::from_reader(&b"three\nlittle\nlines\n"[..]))
///     .then(Fold::new(0, |letters: &mut usize, line: String| *letters += line.len()))
///     .then(ConsoleEchoer::new())
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Component)]
pub struct Fold<A: Send + 'static, B: Send + 'static> {
    /// What the function gets.
    pub inbox: Inbox<A>,
    /// What came of all, once.
    pub outbox: Outbox<B>,
    control: Control,
    so_far: B,
    function: Step<A, B>,
}

/// Takes one more message in.
type Step<A, B> = Box<dyn FnMut(&mut B, A) -> ComponentResult + Send>;

impl<A: Send + 'static, B: Send + 'static> Fold<A, B> {
    /// Begins with this, and changes it with each message.
    pub fn new(first: B, mut function: impl FnMut(&mut B, A) + Send + 'static) -> Self {
        Fold::with(first, move |so_far, message| {
            function(so_far, message);
            Ok(())
        })
    }

    /// The same with a function that can fail.
    pub fn trying<E: Into<Box<dyn Error + Send + Sync>>>(
        first: B,
        mut function: impl FnMut(&mut B, A) -> Result<(), E> + Send + 'static,
    ) -> Self {
        Fold::with(first, move |so_far, message| function(so_far, message).map_err(Into::into))
    }

    fn with(first: B, function: impl FnMut(&mut B, A) -> ComponentResult + Send + 'static) -> Self {
        Fold {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            control: Control::default(),
            so_far: first,
            function: Box::new(function),
        }
    }

    async fn main(mut self) -> ComponentResult {
        while let Some(message) = self.inbox.recv().await {
            (self.function)(&mut self.so_far, message)?;
        }
        match self.control.asked() {
            Asked::Stop => {}
            Asked::GoOn | Asked::Finish => self.outbox.send(self.so_far).await?,
        }
        Ok(())
    }
}
