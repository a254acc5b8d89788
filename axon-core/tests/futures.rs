//! Boxes as streams and sinks, and futures of others inside a component.
#![cfg(feature = "futures")]

mod common;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use axon_core::{
    About, Closed, Component, Graphline, Inbox, MainResult, Outbox, Pipeline, Start, Visitor,
    woken_as_one, yield_now,
};
use common::*;
use futures_channel::{mpsc, oneshot};
use futures_util::future::{Either, join, join_all, select};
use futures_util::stream::{FuturesUnordered, StreamExt, select_all};
use futures_util::{FutureExt, SinkExt};

/// Passes on the squares of the odd numbers, two at a time.
#[derive(Component, Default)]
struct Squares {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl Squares {
    async fn main(self) -> Result<(), Closed> {
        let odd = self.inbox.filter(|number| std::future::ready(number % 2 == 1));
        let pairs = odd.map(|number| number * number).chunks(2);
        let squares = pairs.flat_map(|pair| futures_util::stream::iter(pair.into_iter().map(Ok)));
        squares.forward(self.outbox).await
    }
}

#[test]
fn a_component_may_be_written_with_combinators_of_streams_and_sinks() {
    let squares = || (0..999).filter(|n| n % 2 == 1).map(|n| n * n).collect::<Vec<u64>>();
    for capacity in [1, 64] {
        let (count, pass, collect) = (Count::to(999), Squares::default(), Collect::default());
        let into = collect.into.clone();
        Graphline::new()
            .link_with(capacity, &count.outbox, &pass.inbox)
            .link_with(capacity, &pass.outbox, &collect.inbox)
            .add("count", count)
            .add("pass", pass)
            .add("collect", collect)
            .run()
            .unwrap();
        assert_eq!(contents(&into), squares(), "boxes of {capacity}");
    }
    let collect = ThreadedCollect::default();
    let into = collect.into.clone();
    Pipeline::new(ThreadedCount::to(999)).then(Squares::default()).then(collect).run().unwrap();
    assert_eq!(contents(&into), squares(), "between threads");
}

/// Sends by the sink, closes it, and waits.
#[derive(Component, Default)]
struct Closes {
    pub outbox: Outbox<u64>,
    pub answers: Inbox<u64>,
}

impl Closes {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.feed(1).await?;
        self.outbox.send_all(&mut futures_util::stream::iter([Ok(2), Ok(3)])).await?;
        SinkExt::close(&mut self.outbox).await?;
        while self.answers.next().await.is_some() {}
        Ok(())
    }
}

/// Says how many there were when no more can come.
#[derive(Component, Default)]
struct Total {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl Total {
    async fn main(mut self) -> Result<(), Closed> {
        let total = self.inbox.by_ref().count().await;
        SinkExt::send(&mut self.outbox, total as u64).await
    }
}

#[test]
fn closing_a_sink_tells_the_other_side_that_no_more_will_come() {
    let (closes, total) = (Closes::default(), Total::default());
    let graph = Graphline::new()
        .link(&closes.outbox, &total.inbox)
        .link(&total.outbox, &closes.answers)
        .add("closes", closes)
        .add("total", total);
    in_time(|| graph.run().map(drop)).unwrap();
}

/// Sends without end by the sink.
#[derive(Component, Default)]
struct Endless {
    #[optional]
    pub outbox: Outbox<u64>,
}

impl Endless {
    async fn main(self) -> Result<(), Closed> {
        futures_util::stream::repeat(1).map(Ok).forward(self.outbox).await
    }
}

#[derive(Component, Default)]
struct FirstOnly {
    pub inbox: Inbox<u64>,
}

impl FirstOnly {
    async fn main(mut self) {
        self.inbox.next().await;
    }
}

#[test]
fn a_sink_is_closed_when_its_receiver_has_ended() {
    in_time(|| Pipeline::new(Endless::default()).then(FirstOnly::default()).run()).unwrap();
}

#[test]
fn a_sink_that_nobody_takes_from_leaves_turns_to_others_and_ends_when_asked_to_stop() {
    let graph = Graphline::new().add("endless", Endless::default()).build().unwrap();
    let handle = graph.handle();
    let run = thread::spawn(|| graph.run().map(drop));
    handle.stop();
    in_time(|| run.join()).unwrap().unwrap();
}

/// Awaits what another thread sends by a channel of another crate, and messages besides.
#[derive(Component)]
struct Foreign {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    answer: Option<oneshot::Receiver<u64>>,
    many: mpsc::Receiver<u64>,
}

impl Foreign {
    async fn main(mut self) -> Result<(), Closed> {
        let answer = self.answer.take().unwrap();
        let (number, answer) = join(self.inbox.next(), answer).await;
        let sum = number.unwrap() + answer.unwrap();
        self.outbox.send(sum).await?;
        // Whichever comes, until both have ended.
        let mut either = futures_util::stream::select(&mut self.inbox, &mut self.many);
        while let Some(number) = either.next().await {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

#[test]
fn a_component_awaits_what_comes_from_other_threads_by_other_crates() {
    let (answer, awaited) = oneshot::channel();
    let (mut to, many) = mpsc::channel(3);
    let foreign =
        Foreign { inbox: Inbox::new(), outbox: Outbox::new(), answer: Some(awaited), many };
    let collect = Collect::default();
    let into = collect.into.clone();
    let other = thread::spawn(move || {
        answer.send(1_000).unwrap();
        for number in 100..200 {
            while to.try_send(number).is_err() {
                thread::yield_now();
            }
        }
    });
    in_time(|| Pipeline::new(Count::to(100)).then(foreign).then(collect).run()).unwrap();
    other.join().unwrap();
    let mut got = contents(&into);
    assert_eq!(got.remove(0), 1_000);
    got.sort_unstable();
    assert_eq!(got, (1..200).collect::<Vec<_>>());
}

#[test]
fn a_component_chooses_between_a_message_and_a_future_of_another_crate() {
    /// Ends when it is told to from outside.
    #[derive(Component)]
    struct Until {
        pub inbox: Inbox<u64>,
        over: oneshot::Receiver<()>,
        taken: Arc<AtomicU64>,
    }
    impl Until {
        async fn main(mut self) {
            let mut over = self.over;
            while let Either::Left((Some(_), _)) = select(self.inbox.next(), &mut over).await {
                self.taken.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    let (end, over) = oneshot::channel();
    let taken = Arc::new(AtomicU64::new(0));
    let mut until = Until { inbox: Inbox::new(), over, taken: taken.clone() };
    let address = until.inbox.address();
    let run = thread::spawn(|| Graphline::new().add("until", until).run().map(drop));
    address.send_blocking(1).unwrap();
    while taken.load(Ordering::Relaxed) == 0 {
        thread::yield_now();
    }
    end.send(()).unwrap();
    in_time(|| run.join()).unwrap().unwrap();
}

/// Takes from many boxes, with combinators that poll only what was woken.
struct Many {
    inboxes: Vec<Inbox<u64>>,
    outbox: Outbox<u64>,
    form: Form,
    polls: Arc<AtomicU64>,
}

/// More than those for which `join_all` polls all whoever was woken.
const MANY: u64 = 40;

#[derive(Clone, Copy, Debug)]
enum Form {
    SelectAll,
    FuturesUnordered,
    JoinAll,
    Nested,
}

impl Many {
    async fn work(inboxes: Vec<Inbox<u64>>, outbox: Outbox<u64>, form: Form) -> Result<(), Closed> {
        match form {
            Form::SelectAll => select_all(inboxes).map(Ok).forward(outbox).await,
            Form::FuturesUnordered => {
                let mut outbox = outbox;
                let mut nexts: FuturesUnordered<_> =
                    inboxes.into_iter().map(StreamExt::into_future).collect();
                while let Some((message, rest)) = nexts.next().await {
                    let Some(message) = message else { continue };
                    SinkExt::send(&mut outbox, message).await?;
                    nexts.push(rest.into_future());
                }
                Ok(())
            }
            Form::JoinAll => {
                let sums = inboxes.into_iter().map(StreamExt::collect::<Vec<u64>>);
                let all = join_all(sums).await.into_iter().flatten();
                futures_util::stream::iter(all.map(Ok)).forward(outbox).await
            }
            Form::Nested => {
                let inner = woken_as_one(select_all(inboxes).map(Ok).forward(outbox)).boxed_local();
                let mut outer: FuturesUnordered<_> = [inner].into_iter().collect();
                outer.next().await.unwrap()
            }
        }
    }
}

impl Component for Many {
    fn boxes(&mut self, visitor: &mut dyn Visitor) {
        for (at, inbox) in self.inboxes.iter_mut().enumerate() {
            visitor.inbox(About::new(format!("inbox {at}"), "Numbers."), inbox);
        }
        visitor.outbox(About::new("outbox", "All of them."), &mut self.outbox);
    }

    fn start(self: Box<Self>) -> Start {
        let Many { inboxes, outbox, form, polls } = *self;
        Start::Polled(Box::pin(async move {
            let mut work = pin!(woken_as_one(Many::work(inboxes, outbox, form)));
            std::future::poll_fn(|context| {
                polls.fetch_add(1, Ordering::Relaxed);
                work.as_mut().poll(context)
            })
            .await
            .into_result()
        }))
    }
}

/// Sends the numbers below its limit after so many turns.
#[derive(Component)]
struct Late {
    outbox: Outbox<u64>,
    limit: u64,
    turns: u64,
}

impl Late {
    async fn main(mut self) -> Result<(), Closed> {
        for _ in 0..self.turns {
            yield_now().await;
        }
        self.outbox.send_many(0..self.limit).await
    }
}

/// Runs `Many` behind so many of these, and says what came out and how often it was polled.
fn run_many(form: Form, limit: u64, turns: impl Fn(u64) -> u64) -> (Vec<u64>, u64) {
    let polls = Arc::new(AtomicU64::new(0));
    let inboxes = (0..MANY).map(|_| Inbox::new()).collect();
    let many = Many { inboxes, outbox: Outbox::new(), form, polls: polls.clone() };
    let collect = Collect::default();
    let into = collect.into.clone();
    let mut graph = Graphline::new();
    for (at, inbox) in (0..).zip(&many.inboxes) {
        let late = Late { outbox: Outbox::new(), limit, turns: turns(at) };
        graph = graph.link_with(3, &late.outbox, inbox).add(format!("late {at}"), late);
    }
    let graph =
        graph.link_with(3, &many.outbox, &collect.inbox).add("many", many).add("collect", collect);
    in_time(|| graph.run().map(drop)).unwrap();
    (contents(&into), polls.load(Ordering::Relaxed))
}

#[test]
fn what_polls_only_its_woken_parts_hears_of_every_message_when_woken_as_one() {
    for form in [Form::SelectAll, Form::FuturesUnordered, Form::JoinAll, Form::Nested] {
        let (mut got, _) = run_many(form, 20, |at| at * 7);
        got.sort_unstable();
        let expected: Vec<u64> =
            (0..20).flat_map(|number| std::iter::repeat_n(number, MANY as usize)).collect();
        assert_eq!(got, expected, "{form:?}");
    }
}

#[test]
fn a_future_that_is_woken_as_one_takes_no_turn_while_nothing_happens() {
    for form in [Form::SelectAll, Form::FuturesUnordered, Form::JoinAll, Form::Nested] {
        let (got, polls) = run_many(form, 0, |_| 10_000);
        assert!(got.is_empty());
        assert!(polls <= 3 * MANY, "{form:?}: {polls} polls");
    }
}

/// Wakes another component of the same worker by a channel of another crate, while both are woken
/// as one.
#[derive(Component)]
struct PingPong {
    to: mpsc::UnboundedSender<u64>,
    from: mpsc::UnboundedReceiver<u64>,
}

impl PingPong {
    async fn main(self) {
        let (to, mut from) = (self.to, self.from);
        woken_as_one(async {
            while let Some(number) = from.next().await {
                if number == 0 || to.unbounded_send(number - 1).is_err() {
                    break;
                }
            }
        })
        .await;
    }
}

#[test]
fn a_wake_of_another_component_goes_to_that_one() {
    let ((to_a, at_a), (to_b, at_b)) = (mpsc::unbounded(), mpsc::unbounded());
    to_a.unbounded_send(1_000).unwrap();
    let graph = Graphline::new()
        .add("a", PingPong { to: to_b, from: at_a })
        .add("b", PingPong { to: to_a, from: at_b });
    in_time(|| graph.run().map(drop)).unwrap();
}
