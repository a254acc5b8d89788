//! One component at a time, made anew for each message.
//!
//! **What it is.** A place in a graph where what stands there changes: each message on `next` is made
//! into a section, which takes the place of the one before and has the carousel's inbox and outbox.
//!
//! **How to use it.** [`Carousel::new`] with a function that makes a section of a message. Link `next`
//! to whoever chooses; link `request_next` back to it if it wants to be asked. A
//! [`playlist`](super::playlist) is both.
//!
//! **How it works.** It adopts the section and passes messages to it and from it, as a
//! [`Seq`](super::Seq) does. A message on `next` while one runs stops that one; the new one is made
//! when the old one has ended. When one ends by itself and nothing waits on `next`, the carousel asks
//! for more.
//!
//! **When it stops.** When no more can come on `next`, what came is worked off and the last section has
//! ended; at once if there is none. Asked to stop, it makes no more, and waits for the one that runs.

use std::future::poll_fn;

use super::seat::{Seat, about};
use super::section::{IntoSection, Section};
use crate::boxes::{Inbox, Outbox, TryRecvError};
use crate::component::{About, Component, ComponentResult, Gives, Start, Takes, Visitor};
use crate::control::{Asked, Control};
use crate::scheduler::yield_now;

/// Asks for whatever comes next.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Next;

/// Runs one section at a time, made from each message of type `N`, with this component's boxes.
///
/// ```
/// # use axon_core::{Carousel, Closed, Component, Graphline, Inbox, Outbox, Section};
/// # #[derive(Component, Default)] struct Names { pub outbox: Outbox<String> }
/// # impl Names { async fn main(mut self) { let _ = self.outbox.send("ogg".into()).await; } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<String> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// /// Tells what is in a file.
/// #[derive(Component)]
/// struct Reader {
///     name: String,
///     pub outbox: Outbox<String>,
/// }
/// # impl Reader { async fn main(mut self) -> Result<(), Closed> { self.outbox.send(self.name).await } }
///
/// let reader = |name: String| Section::source(Reader { name, outbox: Outbox::new() });
/// Graphline::new()
///     .add("names", Names::default())
///     .add("carousel", Carousel::new(reader))
///     .add("print", Print::default())
///     .link("names.outbox", "carousel.next")
///     .link("carousel.outbox", "print.inbox")
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
///
/// Everything a section gave is sent on before the next is made; what it gives after it was stopped for
/// the next is not. While none runs, messages wait in
/// `inbox`; what one section has not taken is there for the next, as in a [`Seq`](super::Seq). The end of
/// `inbox` is told to each section and ends the carousel no sooner.
///
/// A failure in a section fails whatever the carousel is part of, unless it is
/// [isolated](Self::isolated). Components inside are called by the carousel's name and their own, such
/// as `carousel/Reader`.
#[must_use = "a carousel runs where it is put into a graph"]
pub struct Carousel<N: Send + 'static, A: Send + 'static, B: Send + 'static> {
    /// Each makes the section that takes the place of the one before.
    pub next: Inbox<N>,
    /// Asks for the next when one has ended by itself; may be left loose.
    pub request_next: Outbox<Next>,
    /// For the section that runs.
    pub inbox: Inbox<A>,
    /// From the section that runs.
    pub outbox: Outbox<B>,
    control: Control,
    make: Box<dyn FnMut(N) -> Section<A, B> + Send>,
    asks_first: bool,
    is_isolated: bool,
}

impl<N: Send + 'static, A: Send + 'static, B: Send + 'static> Carousel<N, A, B> {
    /// With nothing in it. `make` runs on the worker that the carousel shares with others and must not
    /// block.
    pub fn new<S: IntoSection<In = A, Out = B>>(
        mut make: impl FnMut(N) -> S + Send + 'static,
    ) -> Self {
        Carousel {
            next: Inbox::new(),
            request_next: Outbox::new(),
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            control: Control::default(),
            make: Box::new(move |message| make(message).into_section()),
            asks_first: false,
            is_isolated: false,
        }
    }

    /// Asks for the next also before the first: for a chooser that waits to be asked.
    pub fn asking_first(self) -> Self {
        Carousel { asks_first: true, ..self }
    }

    /// The failure of a section ends nothing else: the report tells of it, and the carousel goes on as
    /// if the section had ended well.
    pub fn isolated(self) -> Self {
        Carousel { is_isolated: true, ..self }
    }

    async fn main(self) -> ComponentResult {
        let Carousel { mut next, mut request_next, mut make, is_isolated, .. } = self;
        let mut seat = Seat::new(self.control, self.inbox, self.outbox);
        let mut wanted = None;
        if self.asks_first {
            // Where nobody can be asked, somebody may still say what is next.
            let _ = request_next.send(Next).await;
        }
        loop {
            let Some(message) = wanted_or_next(&mut wanted, &mut next).await else { break };
            if seat.control().asked() == Asked::Stop {
                break;
            }
            let section = make(message);
            let section = if is_isolated { section.isolated() } else { section };
            let name = section.label().to_owned();
            seat.start(&name, section)?;
            poll_fn(|context| {
                if wanted.is_none()
                    && let Ok(message) = next.try_recv()
                {
                    wanted = Some(message);
                    seat.stop();
                }
                seat.poll_ended(context)
            })
            .await;
            if wanted.is_none() {
                // In a new turn, a box that seems empty is.
                yield_now().await;
                match next.try_recv() {
                    Ok(message) => wanted = Some(message),
                    Err(TryRecvError::Empty) => drop(request_next.send(Next).await),
                    Err(TryRecvError::Finished) => break,
                }
            }
        }
        Ok(())
    }
}

async fn wanted_or_next<N>(wanted: &mut Option<N>, next: &mut Inbox<N>) -> Option<N> {
    match wanted.take() {
        Some(message) => Some(message),
        None => next.recv().await,
    }
}

#[diagnostic::do_not_recommend]
impl<N: Send + 'static, A: Send + 'static, B: Send + 'static> Component for Carousel<N, A, B> {
    fn boxes(&mut self, visitor: &mut dyn Visitor) {
        visitor.inbox(About::new("next", "What is to run next."), &mut self.next);
        let request_next = About::new("request_next", "Asks for the next.").optional();
        visitor.outbox(request_next, &mut self.request_next);
        visitor.inbox(about::<A>("inbox", "For the section that runs."), &mut self.inbox);
        visitor.outbox(about::<B>("outbox", "From the section that runs."), &mut self.outbox);
        visitor.control(&mut self.control);
    }

    fn start(self: Box<Self>) -> Start {
        Start::Polled(Box::pin(self.main()))
    }
}

#[diagnostic::do_not_recommend]
impl<N: Send + 'static, A: Send + 'static, B: Send + 'static> Takes for Carousel<N, A, B> {
    type Message = A;

    fn inbox(&self) -> &Inbox<A> {
        &self.inbox
    }
}

#[diagnostic::do_not_recommend]
impl<N: Send + 'static, A: Send + 'static, B: Send + 'static> Gives for Carousel<N, A, B> {
    type Message = B;

    fn outbox(&self) -> &Outbox<B> {
        &self.outbox
    }
}
