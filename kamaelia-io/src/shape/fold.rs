//! One message of many.
//!
//! What is it: a sum, a count, a table: what comes of all messages together, sent when the last is in.
//!
//! How to use it: `Fold::new(0, |sum, number: u64| *sum += number)`.
//!
//! How it works: the function is given what has come of the messages so far, and one more. It runs on the
//! worker that the component shares with others, so it should neither wait nor take long. What it keeps
//! is its own to bound.
//!
//! When it stops: when no more can come, after the one message it sends, also if nothing came. When the
//! graph is asked to stop it sends nothing: what it has is not of all messages.

use axon_core::{Asked, Closed, Component, Control, Inbox, Outbox};

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
type Step<A, B> = Box<dyn FnMut(&mut B, A) + Send>;

impl<A: Send + 'static, B: Send + 'static> Fold<A, B> {
    /// Begins with this, and changes it with each message.
    pub fn new(first: B, function: impl FnMut(&mut B, A) + Send + 'static) -> Self {
        Fold {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            control: Control::default(),
            so_far: first,
            function: Box::new(function),
        }
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(message) = self.inbox.recv().await {
            (self.function)(&mut self.so_far, message);
        }
        match self.control.asked() {
            Asked::Stop => Ok(()),
            Asked::GoOn | Asked::Finish => self.outbox.send(self.so_far).await,
        }
    }
}
