//! A chooser joined to a carousel.
//!
//! **What it is.** Plays one thing after another: the chooser says what, the carousel makes it run, and
//! asks for the next when it has ended.
//!
//! **How to use it.** [`playlist`] with any chooser, such as a [`Chooser`](super::Chooser) or a
//! [`ForwardChooser`](super::ForwardChooser), and a [`Carousel`]. The result is a section with the
//! carousel's inbox and outbox. To let somebody else choose too, link a remote control to the
//! chooser's `steps` before it is joined.
//!
//! **How it works.** Two links: the chooser's outbox to `next`, and `request_next` to the chooser's
//! inbox.
//!
//! **When it stops.** When the chooser has ended, and then the last thing that plays. Asked to finish,
//! the chooser ends at once.

use super::graphline::Graphline;
use super::plan::{self, To};
use super::section::{Ends, Section};
use super::{Carousel, Next};
use crate::boxes::{InboxKey, OutboxKey};
use crate::component::{Gives, Takes};

/// Joins whatever answers [`Next`] with an item to a carousel that makes something of the item.
///
/// ```
/// use axon_core::{Carousel, Chooser, Section, Step, playlist};
/// # use axon_core::{Closed, Component, Graphline, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Remote { pub outbox: Outbox<Step> }
/// # impl Remote { async fn main(self) {} }
/// # #[derive(Component, Default)] struct Loudspeaker { pub inbox: Inbox<String> }
/// # impl Loudspeaker { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// # #[derive(Component)] struct Song { name: String, pub outbox: Outbox<String> }
/// # impl Song { async fn main(mut self) -> Result<(), Closed> { self.outbox.send(self.name).await } }
///
/// let chooser = Chooser::new(["one.ogg", "two.ogg"]);
/// let carousel = Carousel::new(|name: &'static str| {
///     Section::source(Song { name: name.to_owned(), outbox: Outbox::new() })
/// });
/// let remote = Remote::default();
/// Graphline::new()
///     .link(&remote.outbox, &chooser.steps)
///     .add("remote", remote)
///     .nest("songs", playlist(chooser, carousel))
///     .add("loudspeaker", Loudspeaker::default())
///     .link("songs.outbox", "loudspeaker.inbox")
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
pub fn playlist<C, N, A, B>(chooser: C, carousel: Carousel<N, A, B>) -> Section<A, B>
where
    C: Takes<Message = Next> + Gives<Message = N>,
    N: Send + 'static,
    A: Send + 'static,
    B: Send + 'static,
{
    let ends = Ends {
        inbox: Some(To::Box(InboxKey::of(&carousel.inbox))),
        outboxes: vec![plan::From::Box(OutboxKey::of(&carousel.outbox))],
    };
    let graph = Graphline::new()
        .link(chooser.outbox(), &carousel.next)
        .link(&carousel.request_next, chooser.inbox())
        .add("chooser", chooser)
        .add("carousel", carousel);
    Section::new("playlist", graph, ends)
}
