//! Components that panic at one stage of their lives, and otherwise pass on what they get.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use axon_core::{
    About, Asked, Closed, Component, ComponentResult, Control, Handler, Handling, Inbox,
    MainResult, Out, Outbox, Part, Restarts, Start, ThreadedComponent, TryHandler, TrySendError,
    Visitor, sleep, sleep_blocking, yield_now,
};

use crate::books::{Books, Message};
use crate::cell::{Cell, Fate, Form, Home, Stage};

/// From here on number the messages that a victim makes itself.
pub(crate) const EXTRA: u64 = 1_000;

/// Short, and never nothing.
const A_MOMENT: Duration = Duration::from_micros(20);

/// What all lives of one victim share.
#[derive(Clone)]
pub(crate) struct Script {
    cell: Cell,
    books: Books,
    pub lives: Arc<AtomicU64>,
}

/// One of its lives.
#[derive(Clone)]
pub(crate) struct Life {
    /// None if all goes well.
    stage: Option<Stage>,
    words: String,
    books: Books,
}

/// Panics when it is dropped, if that is the stage.
struct Fuse(Life);

impl Script {
    pub(crate) fn new(cell: Cell, books: &Books) -> Self {
        Script { cell, books: books.clone(), lives: Arc::default() }
    }

    fn next_life(&self) -> Life {
        let before = self.lives.fetch_add(1, Ordering::Relaxed);
        let is_well = self.cell.fate == Fate::Again && before > 0;
        let stage = Some(self.cell.stage).filter(|_| !is_well);
        Life { stage, words: self.cell.words(), books: self.books.clone() }
    }

    /// The component, and what the cell says of it.
    pub(crate) fn part(&self) -> Part {
        let part = match self.cell.form {
            Form::Awaits => self.part_of(Awaits::new),
            Form::Bare => self.part_of(Bare::new),
            Form::Answers => self.part_of(|life| Handling::new(Answers::new(life))),
            Form::Tries => self.part_of(|life| Handling::new(Tries(Answers::new(life)))),
            Form::Blocks => self.part_of(Blocks::new),
        };
        let part = match (self.cell.form, self.cell.home) {
            (Form::Blocks, _) | (_, Home::Here) => part,
            (_, Home::There) => part.on("there"),
            (_, Home::OwnThread) => part.on_thread(),
        };
        match self.cell.fate {
            Fate::Isolated | Fate::SpentIsolated => part.isolated(),
            _ => part,
        }
    }

    fn part_of<C: Component>(&self, make: impl Fn(Life) -> C + Send + 'static) -> Part {
        let script = self.clone();
        match self.cell.fate {
            Fate::Again | Fate::Spent | Fate::SpentIsolated => {
                Part::restarting(Restarts::at_most(1), move || make(script.next_life()))
            }
            _ => Part::from(make(script.next_life())),
        }
    }
}

impl Life {
    fn is_for(&self, stage: Stage) -> bool {
        self.stage == Some(stage)
    }

    fn reach(&self, stage: Stage) {
        if self.is_for(stage) {
            panic!("{}", self.words);
        }
    }
}

impl Drop for Fuse {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.0.reach(Stage::InDrop);
        }
    }
}

/// What those do who await.
async fn live(
    mut inbox: Inbox<Message>,
    mut outbox: Outbox<Message>,
    control: Control,
    life: Life,
) -> Result<(), Closed> {
    life.reach(Stage::First);
    if life.is_for(Stage::Left) {
        while inbox.waiting() == 0 {
            yield_now().await;
        }
        return Ok(());
    }
    let mut seen = 0;
    while let Some(message) = inbox.recv().await {
        seen += 1;
        if seen == 2 {
            life.reach(Stage::Over);
        }
        outbox.send(message).await?;
        match life.stage {
            Some(Stage::Timer) => sleep(A_MOMENT).await,
            Some(Stage::Full) => until_full(&mut outbox, &life).await,
            Some(Stage::Stopped) => {
                control.graph().expect("it runs").stop();
                control.until_asked(Asked::Stop).await;
            }
            _ => continue,
        }
        life.stage.into_iter().for_each(|stage| life.reach(stage));
    }
    life.reach(Stage::AtEnd);
    Ok(())
}

/// Sends until one has to wait, and panics over that.
async fn until_full(outbox: &mut Outbox<Message>, life: &Life) {
    for number in EXTRA.. {
        let mut send = pin!(outbox.send(life.books.message(number)));
        let polled = poll_fn(|context| Poll::Ready(send.as_mut().poll(context))).await;
        if polled.is_pending() {
            life.reach(Stage::Full);
        }
    }
}

#[derive(Component)]
struct Awaits {
    pub inbox: Inbox<Message>,
    pub outbox: Outbox<Message>,
    control: Control,
    fuse: Fuse,
}

impl Awaits {
    fn new(life: Life) -> Self {
        let (inbox, outbox, control) = Default::default();
        Awaits { inbox, outbox, control, fuse: Fuse(life) }
    }

    async fn main(self) -> Result<(), Closed> {
        let life = self.fuse.0.clone();
        let _until_it_ends = self.fuse;
        live(self.inbox, self.outbox, self.control, life).await
    }
}

/// The same, by hand: it can panic before it has a life, and after it.
struct Bare {
    inbox: Inbox<Message>,
    outbox: Outbox<Message>,
    control: Control,
    fuse: Fuse,
}

struct BareLife {
    main: Pin<Box<dyn Future<Output = Result<(), Closed>>>>,
    _fuse: Fuse,
}

impl Bare {
    fn new(life: Life) -> Self {
        let (inbox, outbox, control) = Default::default();
        Bare { inbox, outbox, control, fuse: Fuse(life) }
    }
}

impl Component for Bare {
    fn boxes(&mut self, visitor: &mut dyn Visitor) {
        visitor.inbox(About::new("inbox", "Anything."), &mut self.inbox);
        visitor.outbox(About::new("outbox", "The same."), &mut self.outbox);
        visitor.control(&mut self.control);
    }

    fn start(self: Box<Self>) -> Start {
        let Bare { inbox, outbox, control, fuse } = *self;
        fuse.0.reach(Stage::Starting);
        let main = Box::pin(live(inbox, outbox, control, fuse.0.clone()));
        Start::Polled(Box::pin(BareLife { main, _fuse: fuse }))
    }
}

impl Future for BareLife {
    type Output = ComponentResult;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<ComponentResult> {
        self.main.as_mut().poll(context).map(MainResult::into_result)
    }
}

#[derive(ThreadedComponent)]
struct Blocks {
    pub inbox: Inbox<Message>,
    pub outbox: Outbox<Message>,
    control: Control,
    fuse: Fuse,
}

impl Blocks {
    fn new(life: Life) -> Self {
        let (inbox, outbox, control) = Default::default();
        Blocks { inbox, outbox, control, fuse: Fuse(life) }
    }

    fn main(mut self) -> Result<(), Closed> {
        let life = self.fuse.0.clone();
        life.reach(Stage::First);
        if life.is_for(Stage::Left) {
            while self.inbox.waiting() == 0 {
                sleep_blocking(A_MOMENT);
            }
            return Ok(());
        }
        let mut seen = 0;
        while let Some(message) = self.inbox.recv_blocking() {
            seen += 1;
            if seen == 2 {
                life.reach(Stage::Over);
            }
            self.outbox.send_blocking(message)?;
            match life.stage {
                Some(Stage::Timer) => sleep_blocking(A_MOMENT),
                Some(Stage::Full) => self.until_full(&life),
                Some(Stage::Stopped) => self.until_stopped(),
                _ => continue,
            }
            life.stage.into_iter().for_each(|stage| life.reach(stage));
        }
        life.reach(Stage::AtEnd);
        Ok(())
    }

    fn until_full(&mut self, life: &Life) {
        for number in EXTRA.. {
            if let Err(TrySendError::Full(_)) = self.outbox.try_send(life.books.message(number)) {
                life.reach(Stage::Full);
            }
        }
    }

    fn until_stopped(&self) {
        self.control.graph().expect("it runs").stop();
        while self.control.asked() < Asked::Stop {
            self.control.wait_blocking();
        }
    }
}

/// The same as a handler.
struct Answers {
    seen: u64,
    fuse: Fuse,
}

impl Answers {
    fn new(life: Life) -> Self {
        Answers { seen: 0, fuse: Fuse(life) }
    }
}

impl Handler for Answers {
    type In = Message;
    type Out = Message;

    fn on(&mut self, message: Message, out: &mut Out<Message>) {
        let life = &self.fuse.0;
        self.seen += 1;
        if self.seen == 2 {
            life.reach(Stage::Over);
        }
        out.send(message);
        if life.is_for(Stage::Full) {
            (EXTRA..EXTRA + 3).for_each(|number| out.send(life.books.message(number)));
            life.reach(Stage::Full);
        }
    }

    fn at_end(&mut self, _out: &mut Out<Message>) {
        self.fuse.0.reach(Stage::AtEnd);
    }
}

/// The same as one that can fail.
struct Tries(Answers);

impl TryHandler for Tries {
    type In = Message;
    type Out = Message;
    type Error = Infallible;

    fn try_on(&mut self, message: Message, out: &mut Out<Message>) -> Result<(), Infallible> {
        self.0.on(message, out);
        Ok(())
    }

    fn try_at_end(&mut self, out: &mut Out<Message>) -> Result<(), Infallible> {
        self.0.at_end(out);
        Ok(())
    }
}
