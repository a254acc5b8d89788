//! A function as a component.
//!
//! What is it: each message goes through a function; what it returns is sent on.
//!
//! How to use it: `PureTransformer::map(|line: String| line + "\n")`, or `PureTransformer::new`
//! with a function that returns an `Option`, to leave some messages out.
//!
//! How it works: whatever waits is taken, turned and sent together, in order. The function runs on
//! the worker that the component shares with others, so it should neither wait nor take long.
//!
//! When it stops: when no more can come, after the last message is turned and sent; at once when
//! nobody is left to take what it sends; when the graph is asked to stop.

use std::future::pending;

use axon_core::{Closed, Component, Either, Inbox, Outbox, either};

/// Messages that are taken together at most.
const BATCH: usize = 64;

/// Sends what a function makes of each message; where the function makes nothing, nothing.
///
/// ```
/// use kamaelia_io::PureTransformer;
///
/// let numbers = PureTransformer::new(|line: String| line.parse::<u32>().ok());
/// let doubled = PureTransformer::map(|number: u32| number * 2);
/// # let _ = (numbers.outbox, doubled.inbox);
/// ```
#[derive(Component)]
pub struct PureTransformer<A: Send + 'static, B: Send + 'static> {
    /// What the function gets.
    pub inbox: Inbox<A>,
    /// What it returns.
    pub outbox: Outbox<B>,
    function: Box<dyn FnMut(A) -> Option<B> + Send>,
}

impl<A: Send + 'static, B: Send + 'static> PureTransformer<A, B> {
    /// Drops messages for which the function returns `None`.
    pub fn new(function: impl FnMut(A) -> Option<B> + Send + 'static) -> Self {
        PureTransformer { inbox: Inbox::new(), outbox: Outbox::new(), function: Box::new(function) }
    }

    /// Sends one message for each it gets.
    pub fn map(mut function: impl FnMut(A) -> B + Send + 'static) -> Self {
        PureTransformer::new(move |message| Some(function(message)))
    }

    async fn main(mut self) -> Result<(), Closed> {
        let mut batch = Vec::new();
        // A box that was left loose is not one that nobody takes from any more.
        let is_linked = self.outbox.is_taken();
        loop {
            let deserted = async {
                match is_linked {
                    true => self.outbox.until_closed().await,
                    false => pending().await,
                }
            };
            // Whoever comes before this one may wait for something else than messages, and has no
            // other way to hear that nobody needs them any more.
            match either(self.inbox.recv_many(&mut batch, BATCH), deserted).await {
                Either::First(0) | Either::Second(()) => return Ok(()),
                Either::First(_) => {}
            }
            let turned = batch.drain(..).filter_map(&mut self.function);
            self.outbox.send_many(turned).await?;
        }
    }
}
