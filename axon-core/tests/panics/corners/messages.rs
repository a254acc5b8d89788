//! Messages, and what is done with each: copied, weighed, written down, replaced, put in by the many.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axon_core::inspect::{ComponentStatus, Recorder};
use axon_core::{
    Asked, Closed, Component, Control, Graph, Graphline, Inbox, Latest, LinkPolicy, Outbox, Part,
    Report, RunError, Tap,
};

use super::{HOMES, fails_alone, run_each};
use crate::books::{Books, Message, ON_PURPOSE, be_quiet};
use crate::common::in_time;

/// Sends what it is given.
#[derive(Component)]
struct Sends<T: Send + 'static> {
    pub outbox: Outbox<T>,
    messages: Vec<T>,
}

impl<T: Send + 'static> Sends<T> {
    fn new(messages: Vec<T>) -> Self {
        Sends { outbox: Outbox::new(), messages }
    }

    async fn main(mut self) -> Result<(), Closed> {
        for message in self.messages {
            self.outbox.send(message).await?;
        }
        Ok(())
    }
}

/// Takes whatever comes.
#[derive(Component, Default)]
struct Takes<T: Send + 'static> {
    pub inbox: Inbox<T>,
    taken: Arc<Mutex<Vec<T>>>,
}

impl<T: Send + 'static> Takes<T> {
    async fn main(mut self) {
        while let Some(message) = self.inbox.recv().await {
            self.taken.lock().unwrap().push(message);
        }
    }
}

/// Never looks at its box.
#[derive(Component, Default)]
struct Deaf {
    pub inbox: Inbox<Message>,
    control: Control,
}

impl Deaf {
    async fn main(self) {
        self.control.until_asked(Asked::Finish).await;
    }
}

/// A number that cannot always be copied.
#[derive(Debug)]
struct Copied(u64);

impl Clone for Copied {
    fn clone(&self) -> Self {
        assert!(self.0 != 3, "{ON_PURPOSE}");
        Copied(self.0)
    }
}

/// Five messages through a link with this policy, and what arrives of them.
fn five<T: Send + Sync + 'static>(
    home: fn(Part) -> Part,
    policy: impl Into<LinkPolicy>,
    message: fn(u64) -> T,
    look: impl FnOnce(&Graph),
) -> (Result<Report, RunError>, Arc<Mutex<Vec<T>>>) {
    be_quiet();
    let (sends, takes) = (Sends::new((0..5).map(message).collect()), Takes::new());
    let taken = takes.taken.clone();
    let graph = Graphline::new()
        .link_with(policy, &sends.outbox, &takes.inbox)
        .add("sends", home(Part::from(sends)).isolated())
        .add("takes", takes)
        .build()
        .unwrap();
    look(&graph);
    (in_time(|| graph.run()), taken)
}

impl<T: Send + 'static> Takes<T> {
    fn new() -> Self {
        Takes { inbox: Inbox::new(), taken: Arc::default() }
    }
}

#[test]
fn a_message_that_cannot_be_copied_for_a_tap_is_the_failure_of_its_sender() {
    for home in HOMES {
        be_quiet();
        // It taps itself when it runs, so the third is always copied.
        let taps: Arc<Mutex<Option<Tap<Copied>>>> = Arc::default();
        run_each(
            || {
                let (talks, takes) = (TapsItself::new(taps.clone()), Takes::<Copied>::new());
                Graphline::new()
                    .link(&talks.outbox, &takes.inbox)
                    .add("talks", home(Part::from(talks)).isolated())
                    .add("takes", takes)
            },
            fails_alone("talks"),
        );
        let tap = taps.lock().unwrap().take().unwrap();
        let copies: Vec<u64> = tap.drain().iter().map(|copied| copied.0).collect();
        assert_eq!(copies, [0, 1, 2]);
    }
}

/// Has copies of its messages made.
#[derive(Component)]
struct TapsItself {
    pub outbox: Outbox<Copied>,
    control: Control,
    tap: Arc<Mutex<Option<Tap<Copied>>>>,
}

impl TapsItself {
    fn new(tap: Arc<Mutex<Option<Tap<Copied>>>>) -> Self {
        TapsItself { outbox: Outbox::new(), control: Control::default(), tap }
    }

    async fn main(mut self) -> Result<(), Closed> {
        let graph = self.control.graph().expect("it runs");
        *self.tap.lock().unwrap() = Some(graph.tap("talks.outbox").expect("it is there"));
        for number in 0..5 {
            self.outbox.send(Copied(number)).await?;
        }
        Ok(())
    }
}

#[test]
fn a_message_that_cannot_be_weighed_is_the_failure_of_its_sender_and_those_before_arrive() {
    for home in HOMES {
        for policy in [LinkPolicy::wait(1), LinkPolicy::wait(9), LinkPolicy::fail(9)] {
            let weigh = |number: &u64| {
                assert!(*number != 3, "{ON_PURPOSE}");
                1
            };
            let (result, taken) = five(home, policy.max_bytes(9, weigh), |number| number, |_| ());
            fails_alone("sends")(result);
            assert_eq!(*taken.lock().unwrap(), [0, 1, 2]);
        }
    }
}

/// Writes into nothing, until it breaks.
struct Paper(u64);

impl std::io::Write for Paper {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        assert!(self.0 != 3, "{ON_PURPOSE}");
        self.0 += 1;
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_recorder_that_breaks_is_the_failure_of_who_sends_and_others_can_use_it_still() {
    for home in HOMES {
        let recorder = Arc::new(Mutex::new(Recorder::new(Paper(0))));
        let recorded = recorder.clone();
        let (result, taken) = five(
            home,
            9,
            |number| number,
            move |graph| {
                graph.record("sends.outbox", &recorded, u64::to_string).unwrap();
            },
        );
        fails_alone("sends")(result);
        assert_eq!(*taken.lock().unwrap(), [0, 1, 2]);

        let words = Arc::new(Mutex::new(Recorder::new(Vec::new())));
        let written = words.clone();
        let (result, taken) = five(
            home,
            9,
            |number| number,
            move |graph| {
                let to_text = |number: &u64| {
                    assert!(*number != 3, "{ON_PURPOSE}");
                    number.to_string()
                };
                graph.record("sends.outbox", &written, to_text).unwrap();
            },
        );
        fails_alone("sends")(result);
        assert_eq!(*taken.lock().unwrap(), [0, 1, 2]);
        // As the next box that writes there finds it.
        let lines = words.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        assert!(format!("{lines:?}").contains("Recorder"));
    }
}

#[test]
fn a_message_that_breaks_when_a_newer_one_takes_its_place_is_the_failure_of_its_sender() {
    for home in HOMES {
        let books = Books::default();
        run_each(
            || {
                let messages = vec![books.bomb(0, ON_PURPOSE), books.message(1), books.message(2)];
                let (sends, deaf) = (Sends::new(messages), Deaf::default());
                Graphline::new()
                    .link_with(LinkPolicy::drop_oldest(2), &sends.outbox, &deaf.inbox)
                    .add("finishes", FinishesAfterIt::default())
                    .add("sends", home(Part::from(sends)).isolated())
                    .add("deaf", deaf)
            },
            fails_alone("sends"),
        );
        assert_eq!(books.dropped(), books.made());
    }
}

/// Asks the graph to finish when `sends` is gone.
#[derive(Component, Default)]
struct FinishesAfterIt {
    control: Control,
}

impl FinishesAfterIt {
    async fn main(self) {
        let graph = self.control.graph().expect("it runs");
        let is_gone = || graph.snapshot().component("sends").is_none_or(ComponentStatus::has_ended);
        while !is_gone() {
            axon_core::yield_now().await;
        }
        graph.finish();
    }
}

/// Keeps the latest.
#[derive(Component)]
struct Keeps {
    pub latest: Latest<Message>,
    has_one: Arc<AtomicBool>,
}

impl Keeps {
    async fn main(mut self) {
        while self.latest.changed().await.is_some() {
            self.has_one.store(true, Ordering::Relaxed);
        }
    }
}

/// Sends one that breaks, and the next when that one was taken.
#[derive(Component)]
struct OneByOne {
    pub outbox: Outbox<Message>,
    is_taken: Arc<AtomicBool>,
    books: Books,
}

impl OneByOne {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send(self.books.bomb(0, ON_PURPOSE)).await?;
        while !self.is_taken.load(Ordering::Relaxed) {
            axon_core::yield_now().await;
        }
        self.outbox.send(self.books.message(1)).await?;
        self.outbox.until_closed().await;
        Ok(())
    }
}

#[test]
fn a_latest_value_that_breaks_when_it_is_replaced_is_the_failure_of_who_keeps_it() {
    for home in HOMES {
        let books = Books::default();
        run_each(
            || {
                let (outbox, is_taken) = <(_, Arc<AtomicBool>)>::default();
                let keeps = Keeps { latest: Latest::new(), has_one: is_taken.clone() };
                let sends = OneByOne { outbox, is_taken, books: books.clone() };
                Graphline::new()
                    .link(&sends.outbox, &keeps.latest)
                    .add("sends", sends)
                    .add("keeps", home(Part::from(keeps)).isolated())
            },
            fails_alone("keeps"),
        );
        assert_eq!(books.dropped(), books.made());
    }
}

/// Puts in many at once, of which one cannot be made.
#[derive(Component)]
struct Many {
    pub outbox: Outbox<Message>,
    books: Books,
}

impl Many {
    async fn main(mut self) -> Result<(), Closed> {
        let books = self.books.clone();
        let messages = (0..50).map(|number| {
            assert!(number != 30, "{ON_PURPOSE}");
            books.message(number)
        });
        self.outbox.send_many(messages).await
    }
}

#[test]
fn of_messages_of_which_one_cannot_be_made_those_before_it_arrive() {
    for home in HOMES {
        for limit in [1, 7, 64] {
            let (books, taken) = <(Books, Arc<Mutex<Vec<Message>>>)>::default();
            run_each(
                || {
                    let many = Many { outbox: Outbox::new(), books: books.clone() };
                    let takes = Takes { inbox: Inbox::new(), taken: taken.clone() };
                    Graphline::new()
                        .link_with(limit, &many.outbox, &takes.inbox)
                        .add("many", home(Part::from(many)).isolated())
                        .add("takes", takes)
                },
                |result| {
                    fails_alone("many")(result);
                    let taken = std::mem::take(&mut *taken.lock().unwrap());
                    assert!(taken.iter().map(|message| message.number).eq(0..30));
                },
            );
            assert_eq!(books.dropped(), books.made());
        }
    }
}
