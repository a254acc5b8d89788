//! The form for components that only answer: a message comes in, messages go out.
//!
//! A handler says what to do with one message and never waits. [`Handling`] makes a component of
//! it, with a box on each side, and moves messages in batches.

mod function;
mod handling;
mod out;

pub use function::{Handle, TryHandle, handle, try_handle};
pub use handling::Handling;
pub use out::Out;

use std::convert::Infallible;
use std::error::Error;

/// Messages a handler is given from one look into its inbox, and messages that wait in [`Out`]
/// before they are sent on. Enough that moving them costs little beside handling them, little
/// enough that they stay in the processor's nearest cache.
const BATCH: usize = 128;

/// Answers each message, at once and without waiting.
///
/// Where messages come faster than one by one, the runtime moves them in batches, and passing one
/// costs a third of what it costs a `main` that receives and sends singly.
///
/// [`Handling`] makes a component of it. What `on` sends goes out in the order it was sent, and all
/// of it: see [`Handling`] for when that is, and [`Out`] for how much may wait. Whoever must wait
/// between two messages, or reads several boxes, is a [`Component`](crate::Component) with a `main`
/// instead; whoever can fail is a [`TryHandler`].
///
/// ```
/// use axon_core::{Handler, Handling, Out, Pipeline};
/// # use axon_core::{Component, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Lines { pub outbox: Outbox<String> }
/// # impl Lines { async fn main(mut self) { let _ = self.outbox.send("a b".into()).await; } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<String> }
/// # impl Print { async fn main(mut self) { while let Some(_word) = self.inbox.recv().await {} } }
///
/// /// Cuts lines into words, and tells their number when the lines have ended.
/// #[derive(Default)]
/// struct Words {
///     count: usize,
/// }
///
/// impl Handler for Words {
///     type In = String;
///     type Out = String;
///
///     fn on(&mut self, line: String, out: &mut Out<String>) {
///         for word in line.split_whitespace() {
///             self.count += 1;
///             out.send(word.to_owned());
///         }
///     }
///
///     fn at_end(&mut self, out: &mut Out<String>) {
///         out.send(format!("{} words", self.count));
///     }
/// }
///
/// Pipeline::new(Lines::default())
///     .then(Handling::new(Words::default()))
///     .then(Print::default())
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
pub trait Handler: Send + 'static {
    /// What comes in.
    type In: Send + 'static;
    /// What goes out; [`Infallible`] for a handler that sends nothing, whose outbox a graph may
    /// then leave loose.
    type Out: Send + 'static;

    /// Answers one message. Runs on the worker that the component shares with others, so it should
    /// not take long and must not block. A panic is the component's.
    fn on(&mut self, message: Self::In, out: &mut Out<Self::Out>);

    /// After the last message, once; also when the component was asked to stop. Not called when
    /// there is nowhere to send to: nobody takes the output any more, or there is no room for what
    /// was sent before and the component was asked to stop. What must happen in any case belongs
    /// into `Drop`.
    fn at_end(&mut self, out: &mut Out<Self::Out>) {
        let _ = out;
    }
}

/// A [`Handler`] that can fail.
///
/// What it sent before it failed is sent on; then the component ends as
/// [`Failed`](crate::Outcome::Failed) with the error. As everywhere, the error
/// [`Closed`](crate::Closed) counts as a normal end. Every `Handler` is one that never fails.
///
/// ```
/// use std::num::ParseIntError;
///
/// use axon_core::{Out, TryHandler};
///
/// struct Parse;
///
/// impl TryHandler for Parse {
///     type In = String;
///     type Out = u64;
///     type Error = ParseIntError;
///
///     fn try_on(&mut self, text: String, out: &mut Out<u64>) -> Result<(), ParseIntError> {
///         out.send(text.parse()?);
///         Ok(())
///     }
/// }
///
/// // The decision can be tested without a graph.
/// let mut out = Out::new();
/// assert!(Parse.try_on("12".into(), &mut out).is_ok());
/// assert!(Parse.try_on("twelve".into(), &mut out).is_err());
/// assert_eq!(out.take(), [12]);
/// ```
pub trait TryHandler: Send + 'static {
    /// What comes in.
    type In: Send + 'static;
    /// What goes out: see [`Handler::Out`].
    type Out: Send + 'static;
    /// Why it failed.
    type Error: Into<Box<dyn Error + Send + Sync>>;

    /// Answers one message, or ends the component: see [`Handler::on`].
    fn try_on(&mut self, message: Self::In, out: &mut Out<Self::Out>) -> Result<(), Self::Error>;

    /// After the last message, once: see [`Handler::at_end`]. Not called after a failure.
    fn try_at_end(&mut self, out: &mut Out<Self::Out>) -> Result<(), Self::Error> {
        let _ = out;
        Ok(())
    }
}

impl<H: Handler> TryHandler for H {
    type In = H::In;
    type Out = H::Out;
    type Error = Infallible;

    #[inline]
    fn try_on(&mut self, message: H::In, out: &mut Out<H::Out>) -> Result<(), Infallible> {
        self.on(message, out);
        Ok(())
    }

    fn try_at_end(&mut self, out: &mut Out<H::Out>) -> Result<(), Infallible> {
        self.at_end(out);
        Ok(())
    }
}
