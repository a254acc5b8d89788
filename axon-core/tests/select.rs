//! Waiting for whichever comes first.

mod common;

use axon_core::{
    Component, Either, Graphline, Inbox, Outbox, any_of, either, either_of, handle, yield_now,
};
use common::*;

/// Notes what it gets as hundreds of the box it came by and the number.
#[derive(Component, Default)]
struct Two {
    pub first: Inbox<u64>,
    pub second: Inbox<u64>,
    into: Collected,
    /// Turns it leaves to others before it looks.
    turns: u64,
    /// Gives up each wait that another future ends.
    is_impatient: bool,
}

impl Two {
    async fn main(mut self) {
        for _ in 0..self.turns {
            yield_now().await;
        }
        loop {
            let inboxes = &mut [&mut self.first, &mut self.second];
            let (at, number) = if self.is_impatient {
                match either(any_of(inboxes), yield_now()).await {
                    Either::First(Some(message)) => message,
                    Either::First(None) => return,
                    Either::Second(()) => continue,
                }
            } else {
                let Some(message) = any_of(inboxes).await else { return };
                message
            };
            self.into.lock().unwrap().push(at as u64 * 100 + number);
        }
    }
}

/// The numbers below `limits` went into the two boxes.
fn run(two: Two, limits: [u64; 2]) -> Vec<u64> {
    let into = two.into.clone();
    let (first, second) = (Count::to(limits[0]), Count::to(limits[1]));
    let graph = Graphline::new()
        .link(&first.outbox, &two.first)
        .link(&second.outbox, &two.second)
        .add("first", first)
        .add("second", second)
        .add("two", two);
    in_time(|| graph.run().map(drop)).unwrap();
    contents(&into)
}

#[test]
fn any_of_takes_what_comes_by_every_inbox_until_all_have_finished() {
    for is_impatient in [false, true] {
        let mut got = run(Two { is_impatient, ..Two::default() }, [10, 90]);
        got.sort_unstable();
        assert_eq!(got, (0..10).chain(100..190).collect::<Vec<_>>());
    }
    assert!(run(Two::default(), [0, 0]).is_empty());
}

/// Notes what it gets, of two types.
#[derive(Component, Default)]
struct TwoKinds {
    pub numbers: Inbox<u64>,
    pub words: Inbox<&'static str>,
    into: Collected,
}

impl TwoKinds {
    async fn main(mut self) {
        while let Some(message) = either_of(&mut self.numbers, &mut self.words).await {
            self.into.lock().unwrap().push(match message {
                Either::First(number) => number,
                Either::Second(word) => 100 * word.len() as u64,
            });
        }
    }
}

#[test]
fn either_of_takes_from_two_inboxes_of_two_types_until_both_have_finished() {
    for (numbers, words) in [(0, 0), (0, 3), (3, 0), (40, 70)] {
        let two = TwoKinds::default();
        let into = two.into.clone();
        let count = Count::to(numbers);
        let speak = handle(|(): (), out: &mut axon_core::Out<_>| out.send("word"));
        let mut graph = Graphline::new()
            .link(&count.outbox, &two.numbers)
            .link("self.cues", "speak.inbox")
            .link("speak.outbox", "two.words")
            .add("count", count)
            .add("speak", speak)
            .add("two", two)
            .build()
            .unwrap();
        let cues = graph.inbox::<()>("cues").unwrap();
        let running = graph.start().unwrap();
        (0..words).for_each(|_| cues.send_blocking(()).unwrap());
        drop(cues);
        in_time(|| running.join().map(drop)).unwrap();
        let mut got = contents(&into);
        got.sort_unstable();
        let wanted: Vec<u64> = (0..numbers).chain(vec![400; words]).collect();
        assert_eq!(got, wanted);
    }
}

#[test]
fn any_of_takes_from_the_earliest_that_has_a_message() {
    let got = run(Two { turns: 3, ..Two::default() }, [5, 5]);
    assert_eq!(got, (0..5).chain(100..105).collect::<Vec<_>>());
}

#[test]
fn any_of_threads_loses_nothing() {
    let two = Two::default();
    let into = two.into.clone();
    let (first, second) = (ThreadedCount::to(100), ThreadedCount::to(100));
    let graph = Graphline::new()
        .link_with(1, &first.outbox, &two.first)
        .link_with(1, &second.outbox, &two.second)
        .add("first", first)
        .add("second", second)
        .add("two", two);
    in_time(|| graph.run().map(drop)).unwrap();
    let got = contents(&into);
    assert_eq!(
        got.iter().copied().filter(|n| *n < 100).collect::<Vec<_>>(),
        (0..100).collect::<Vec<_>>()
    );
    assert_eq!(
        got.iter().copied().filter(|n| *n >= 100).collect::<Vec<_>>(),
        (100..200).collect::<Vec<_>>()
    );
}

#[test]
fn any_of_nothing_is_finished_at_once() {
    #[derive(Component, Default)]
    struct Nothing {
        #[optional]
        outbox: Outbox<u64>,
    }
    impl Nothing {
        async fn main(self) -> Result<(), String> {
            match any_of::<u64>(&mut []).await {
                None => Ok(()),
                Some(message) => Err(format!("{message:?} {:?}", self.outbox)),
            }
        }
    }
    in_time(|| Graphline::new().add("nothing", Nothing::default()).run()).unwrap();
}
