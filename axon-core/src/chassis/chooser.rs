//! Steps through a list as it is told.
//!
//! **What it is.** The hand on a [`Carousel`](super::Carousel): it sends one item of a list, and another
//! for each step.
//!
//! **How to use it.** Link `steps` to whoever chooses, and `inbox` to whoever only asks for the next
//! one, such as a carousel; either may be left loose. [`playlist`](super::playlist) joins it to a
//! carousel.
//!
//! **How it works.** It sends the first item when it starts. A step past either end sends nothing,
//! unless the list is a [loop](Chooser::looping).
//!
//! **When it stops.** When nobody can step any more; when someone who can only ask for the next has
//! asked past the end, and nobody is left who could step back; when the graph is asked to finish; when
//! nobody takes the items.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};

use super::Next;
use crate::Component;
use crate::boxes::{Closed, Inbox, Outbox, TryRecvError};
use crate::control::{Asked, Control};

/// Where to go in a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// To the item after this one.
    Next,
    /// To the item before this one.
    Previous,
    /// To the beginning.
    First,
    /// To the end.
    Last,
    /// Nowhere: the same item is sent again.
    Same,
}

/// Sends the items of a list, one for each step.
///
/// ```
/// use axon_core::{Chooser, Step};
/// # use axon_core::{Closed, Component, Graphline, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Remote { pub outbox: Outbox<Step> }
/// # impl Remote { async fn main(mut self) -> Result<(), Closed> { self.outbox.send(Step::Last).await } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<&'static str> }
/// # impl Print { async fn main(mut self) {
/// #     assert_eq!(self.inbox.recv().await, Some("first"));
/// #     assert_eq!(self.inbox.recv().await, Some("last")); } }
///
/// Graphline::new()
///     .add("remote", Remote::default())
///     .add("chooser", Chooser::new(["first", "second", "last"]))
///     .add("print", Print::default())
///     .link("remote.outbox", "chooser.steps")
///     .link("chooser.outbox", "print.inbox")
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Component)]
#[must_use = "a chooser runs where it is put into a graph"]
pub struct Chooser<T: Clone + Send + 'static> {
    /// Each is a step.
    #[optional]
    pub steps: Inbox<Step>,
    /// Each is a step to the next item.
    #[optional]
    pub inbox: Inbox<Next>,
    /// The items.
    pub outbox: Outbox<T>,
    control: Control,
    list: List<T>,
}

/// A list, and where in it.
struct List<T> {
    items: Vec<T>,
    at: usize,
    is_loop: bool,
}

/// What a chooser is told.
enum Told {
    Step(Step),
    /// By one who cannot step back.
    Next,
    End,
}

impl<T: Clone + Send + 'static> Chooser<T> {
    /// Of these items, which may be none.
    pub fn new(items: impl IntoIterator<Item = T>) -> Self {
        Chooser {
            steps: Inbox::new(),
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            control: Control::default(),
            list: List { items: items.into_iter().collect(), at: 0, is_loop: false },
        }
    }

    /// The last item is followed by the first.
    pub fn looping(mut self) -> Self {
        self.list.is_loop = true;
        self
    }

    async fn main(mut self) -> Result<(), Closed> {
        self.send().await?;
        let mut is_past_end = false;
        loop {
            let told = poll_fn(|context| self.poll_told(context, is_past_end)).await;
            let moved = match told {
                Told::End => return Ok(()),
                Told::Step(step) => self.list.step(step),
                Told::Next => self.list.step(Step::Next),
            };
            if moved {
                is_past_end = false;
                self.send().await?;
            } else if matches!(told, Told::Next) {
                is_past_end = true;
            }
        }
    }

    async fn send(&mut self) -> Result<(), Closed> {
        match self.list.items.get(self.list.at) {
            Some(item) => self.outbox.send(item.clone()).await,
            None => Ok(()),
        }
    }

    fn poll_told(&mut self, context: &mut Context<'_>, is_past_end: bool) -> Poll<Told> {
        let is_over = self.control.asked() >= Asked::Finish;
        if is_over || pin!(self.outbox.until_closed()).poll(context).is_ready() {
            return Poll::Ready(Told::End);
        }
        let step = match self.steps.try_recv() {
            Ok(step) => return Poll::Ready(Told::Step(step)),
            Err(none) => none,
        };
        let next = match self.inbox.try_recv() {
            Ok(Next) => return Poll::Ready(Told::Next),
            Err(none) => none,
        };
        match (step, next) {
            (TryRecvError::Finished, TryRecvError::Finished) => Poll::Ready(Told::End),
            (TryRecvError::Finished, _) if is_past_end => Poll::Ready(Told::End),
            _ => Poll::Pending,
        }
    }
}

impl<T> List<T> {
    /// Whether there was somewhere to go.
    fn step(&mut self, step: Step) -> bool {
        let Some(last) = self.items.len().checked_sub(1) else { return false };
        let to = match step {
            Step::Same => Some(self.at),
            Step::First => Some(0),
            Step::Last => Some(last),
            Step::Next if self.at < last => Some(self.at + 1),
            Step::Next => self.is_loop.then_some(0),
            Step::Previous if self.at > 0 => Some(self.at - 1),
            Step::Previous => self.is_loop.then_some(last),
        };
        self.at = to.unwrap_or(self.at);
        to.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::Step::{First, Last, Next, Previous, Same};
    use super::{List, Step};

    /// What is sent for each of these steps; nothing where there is nowhere to go.
    fn sent(is_loop: bool, items: &str, steps: &[Step]) -> String {
        let mut list = List { items: items.chars().collect(), at: 0, is_loop };
        let step = |step: &Step| if list.step(*step) { list.items[list.at] } else { '-' };
        steps.iter().map(step).collect()
    }

    #[test]
    fn steps_go_where_they_say_and_nowhere_past_the_ends() {
        let steps = [Same, Previous, Next, Next, Next, Same, Previous, First, Last, Last];
        assert_eq!(sent(false, "abc", &steps), "a-bc-cbacc");
    }

    #[test]
    fn a_loop_has_no_ends() {
        assert_eq!(sent(true, "abc", &[Previous, Next, Next, Next, Next]), "cabca");
        assert_eq!(sent(true, "a", &[Next, Previous]), "aa");
    }

    #[test]
    fn in_an_empty_list_there_is_nowhere_to_go() {
        assert_eq!(sent(true, "", &[Next, Previous, First, Last, Same]), "-----");
    }
}
