//! Functions as handlers.

use std::error::Error;
use std::marker::PhantomData;

use super::{Handler, Handling, Out, TryHandler};

/// A component that gives each message to a function, together with a place for its answers.
///
/// ```
/// use axon_core::{Out, Pipeline, handle};
/// # use axon_core::{Component, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<String> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
///
/// Pipeline::new(Count::default())
///     .then(handle(|number: u32, out| {
///         if number % 2 == 1 {
///             out.send(format!("{number} is odd"));
///         }
///     }))
///     .then(Print::default())
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
pub fn handle<A, B, F>(function: F) -> Handling<Handle<A, B, F>>
where
    A: Send + 'static,
    B: Send + 'static,
    F: FnMut(A, &mut Out<B>) + Send + 'static,
{
    Handling::new(Handle { function, handles: PhantomData })
}

/// As [`handle`], for a function that can fail, which ends the component as [`TryHandler`] says.
///
/// ```
/// use std::num::ParseIntError;
///
/// use axon_core::{Gives, try_handle};
///
/// let parse = try_handle(|text: String, out| -> Result<(), ParseIntError> {
///     out.send(text.parse::<u64>()?);
///     Ok(())
/// });
/// # let _ = parse.outbox();
/// ```
pub fn try_handle<A, B, E, F>(function: F) -> Handling<TryHandle<A, B, E, F>>
where
    A: Send + 'static,
    B: Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
    F: FnMut(A, &mut Out<B>) -> Result<(), E> + Send + 'static,
{
    Handling::new(TryHandle { function, handles: PhantomData })
}

/// The handler that [`handle`] makes of a function.
pub struct Handle<A, B, F> {
    function: F,
    handles: PhantomData<fn(A) -> B>,
}

/// The handler that [`try_handle`] makes of a function.
pub struct TryHandle<A, B, E, F> {
    function: F,
    handles: PhantomData<fn(A) -> Result<B, E>>,
}

impl<A, B, F> Handler for Handle<A, B, F>
where
    A: Send + 'static,
    B: Send + 'static,
    F: FnMut(A, &mut Out<B>) + Send + 'static,
{
    type In = A;
    type Out = B;

    #[inline]
    fn on(&mut self, message: A, out: &mut Out<B>) {
        (self.function)(message, out);
    }
}

impl<A, B, E, F> TryHandler for TryHandle<A, B, E, F>
where
    A: Send + 'static,
    B: Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
    F: FnMut(A, &mut Out<B>) -> Result<(), E> + Send + 'static,
{
    type In = A;
    type Out = B;
    type Error = E;

    #[inline]
    fn try_on(&mut self, message: A, out: &mut Out<B>) -> Result<(), E> {
        (self.function)(message, out)
    }
}
