//! Choosers, and a carousel that asks them.

use axon_core::{
    Carousel, Chooser, Closed, Component, ForwardChooser, Graphline, Inbox, Next, Outbox, Section,
    Step, playlist, sleep,
};

use super::common::*;
use super::parts::*;

/// Plays a number for as many seconds.
fn player(clock: Clock) -> Carousel<u64, std::convert::Infallible, u64> {
    Carousel::new(move |number| {
        let (outbox, clock) = (Outbox::new(), clock.clone());
        Section::source(Lives { number, seconds: number, outbox, clock })
    })
}

#[test]
fn one_thing_plays_after_another_to_the_end_of_the_list() {
    for forward in [false, true] {
        let graph = move |into| {
            let (list, player) = ([3, 1, 2], player(Clock::default()));
            let songs = match forward {
                true => playlist(ForwardChooser::new(list), player),
                false => playlist(Chooser::new(list), player),
            };
            Graphline::from(songs.then(Section::sink(collect(into))))
        };
        for_seeds(0..100, graph, |got| assert_eq!(got, [3, 1, 2]));
    }
}

/// Says at which second to step where.
#[derive(Component)]
struct Remote {
    outbox: Outbox<Step>,
    steps: Vec<(u64, Step)>,
}

impl Remote {
    async fn main(mut self) -> Result<(), Closed> {
        for (second, step) in self.steps {
            sleep(seconds(second)).await;
            self.outbox.send(step).await?;
        }
        Ok(())
    }
}

#[test]
fn a_remote_control_steps_in_and_the_list_goes_on_from_there() {
    let clock = Clock::default();
    let chooser = Chooser::new([10, 20, 30]);
    let steps = vec![(5, Step::Last), (5, Step::Previous), (5, Step::Same), (60, Step::First)];
    let remote = Remote { outbox: Outbox::new(), steps };
    let collected = Collected::default();
    let graph = Graphline::new()
        .link(&remote.outbox, &chooser.steps)
        .add("remote", remote)
        .nest("songs", playlist(chooser, player(clock.clone())))
        .add("collect", collect(collected.clone()))
        .link("songs.outbox", "collect.inbox");
    in_time(move || graph.run_seeded(1).result.map(drop)).unwrap();
    assert_eq!(
        noted(&clock.log),
        [
            " 0 10 begins",
            " 5 10 ends",
            " 5 30 begins",
            "10 30 ends",
            "10 20 begins",
            "15 20 ends",
            "15 20 begins",
            "35 20 ends",
            "35 30 begins",
            // Nothing follows, but somebody could still step back, and does at 75.
            "65 30 ends",
            "75 10 begins",
            "85 10 ends",
            "85 20 begins",
            "105 20 ends",
            "105 30 begins",
            "135 30 ends",
        ]
    );
    assert_eq!(contents(&collected), [10, 30, 20, 20, 30, 10, 20, 30]);
}

/// Asks as often as it is told, and keeps what it gets.
#[derive(Component)]
struct Asks {
    count: u64,
    inbox: Inbox<u64>,
    outbox: Outbox<Next>,
    into: Collected,
}

impl Asks {
    async fn main(mut self) {
        for _ in 0..self.count {
            let Some(number) = self.inbox.recv().await else { break };
            self.into.lock().unwrap().push(number);
            let _ = self.outbox.send(Next).await;
        }
    }
}

#[test]
fn items_are_made_only_when_they_are_asked_for_and_a_loop_has_no_end() {
    for forward in [false, true] {
        let graph = move |into| {
            let asks = Asks { count: 7, inbox: Inbox::new(), outbox: Outbox::new(), into };
            let graph = Graphline::new();
            let endless = (0..).map(|number: u64| {
                assert!(number < 8, "nobody asked for more");
                number % 3
            });
            let (forward_chooser, chooser) =
                (ForwardChooser::new(endless), Chooser::new([0, 1, 2]).looping());
            match forward {
                true => graph
                    .link(&forward_chooser.outbox, &asks.inbox)
                    .link(&asks.outbox, &forward_chooser.inbox)
                    .add("chooser", forward_chooser),
                false => graph
                    .link(&chooser.outbox, &asks.inbox)
                    .link(&asks.outbox, &chooser.inbox)
                    .add("chooser", chooser),
            }
            .add("asks", asks)
        };
        for_seeds(0..50, graph, |got| assert_eq!(got, [0, 1, 2, 0, 1, 2, 0]));
    }
}

#[test]
fn finishing_lets_the_last_thing_play_to_its_end() {
    let clock = Clock::default();
    let songs = playlist(Chooser::new([2, 3]).looping(), player(clock.clone()));
    let graph = Graphline::from(songs.then(Section::sink(Collect::default()))).build().unwrap();
    graph.handle().finish();
    in_time(move || graph.run_seeded(1).result.map(drop)).unwrap();
    assert_eq!(noted(&clock.log), [" 0 2 begins", " 2 2 ends"]);
}

#[test]
fn a_chooser_of_nothing_ends_when_it_is_asked_for_something() {
    for_seeds(
        0..50,
        |into| {
            let nothing = Chooser::new([]);
            let player = player(Clock::default()).asking_first();
            Graphline::from(playlist(nothing, player).then(Section::sink(collect(into))))
        },
        |got| assert!(got.is_empty()),
    );
}
