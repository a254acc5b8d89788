//! Busses: many publishers, many subscribers, one name.

use axon_core::{
    Arrange, Backplane, Component, Control, Graphline, Inbox, MemberOf, PublishTo, Section,
    ServiceError, Services, SubscribeTo, sleep,
};

use super::common::*;
use super::parts::*;

fn publish(services: &Services) -> PublishTo<u64> {
    PublishTo::new(services, "numbers").unwrap()
}

fn subscribe(services: &Services) -> SubscribeTo<u64> {
    SubscribeTo::new(services, "numbers").unwrap()
}

/// A source that publishes.
fn publisher(services: &Services, from: impl axon_core::Gives<Message = u64>) -> Graphline {
    Graphline::from(Section::source(from).then(Section::sink(publish(services))))
}

fn subscriber(services: &Services, into: &Collected) -> Graphline {
    let subscribed = Section::source(subscribe(services));
    Graphline::from(subscribed.then(Section::sink(collect(into.clone()))))
}

/// Adds a number to all that pass.
fn marked(mark: u64, limit: u64) -> impl axon_core::Gives<Message = u64> {
    Script::of(&(0..limit).map(|number| (0, mark + number)).collect::<Vec<_>>(), 0)
}

#[test]
fn every_subscriber_gets_everything_of_every_publisher_in_one_order() {
    // Whoever is made first brings the bus along; the threads have it run between others.
    for subscribers_first in [false, true] {
        in_time(move || {
            for seed in 0..50 {
                let services = Services::new();
                let (one, other) = (Collected::default(), Collected::default());
                let both = |graph: Graphline| {
                    graph
                        .nest("one", subscriber(&services, &one))
                        .nest("other", subscriber(&services, &other).on("there"))
                };
                let graph = Graphline::new();
                let graph = if subscribers_first { both(graph) } else { graph };
                let graph = graph
                    .nest("a", publisher(&services, marked(0, 300)))
                    .nest("b", publisher(&services, marked(1_000, 200)).on("elsewhere"))
                    .nest("c", publisher(&services, ThreadedCount::to(0)));
                let graph = if subscribers_first { graph } else { both(graph) };
                graph.run_seeded(seed).result.unwrap_or_else(|error| panic!("{seed}: {error}"));
                let got = contents(&one);
                assert_eq!(got, contents(&other), "seed {seed}");
                let (a, b): (Vec<u64>, Vec<u64>) = got.into_iter().partition(|n| *n < 1_000);
                assert_eq!(a, (0..300).collect::<Vec<_>>());
                assert_eq!(b, (1_000..1_200).collect::<Vec<_>>());
            }
        });
    }
}

/// Adopts subscribers that go again after some messages, and publishers, as the graph runs.
#[derive(Component)]
struct ComesAndGoes {
    services: Services,
    control: Control,
    into: Collected,
}

impl ComesAndGoes {
    async fn main(self) -> Result<(), axon_core::WiringErrors> {
        for round in 0..5 {
            sleep(seconds(10)).await;
            let few = Section::source(subscribe(&self.services))
                .then(Take::only(3, 0))
                .then(Section::sink(collect(self.into.clone())));
            let more = publisher(&self.services, marked(100 * (round + 1), 1));
            let graph = Graphline::new().nest("few", few).nest("more", more);
            self.control.adopt(graph)?;
        }
        Ok(())
    }
}

#[test]
fn publishers_and_subscribers_come_and_go_while_a_bus_runs() {
    in_time(|| {
        for seed in 0..50 {
            let services = Services::new();
            let bus = Backplane::<u64>::new(&services, "numbers").unwrap();
            let (all, some) = (Collected::default(), Collected::default());
            // A number at each second that ends with five, for a while.
            let lines: Vec<_> = (0..10).map(|number| (10 * number + 5, number)).collect();
            let guests = ComesAndGoes {
                services: services.clone(),
                control: Control::default(),
                into: some.clone(),
            };
            let graph = Graphline::new()
                .add("ends bus", EndsAfter::of(bus, seconds(200)))
                .nest("all", subscriber(&services, &all))
                .nest("script", publisher(&services, Script::of(&lines, 0)))
                .add("guests", guests);
            let run = graph.run_seeded(seed);
            run.result.unwrap();
            assert_eq!(run.trace.elapsed, seconds(200), "it outlived everybody");
            let expected = [0, 100, 1, 200, 2, 300, 3, 400, 4, 500, 5, 6, 7, 8, 9];
            assert_eq!(contents(&all), expected);
            let mut got = contents(&some);
            got.sort_unstable();
            // Each got the three messages that came after it had joined.
            let mut each: Vec<u64> = [100, 200, 300, 400, 500]
                .into_iter()
                .flat_map(|first| {
                    let at = expected.iter().position(|number| *number == first).unwrap();
                    expected[at..at + 3].to_vec()
                })
                .collect();
            each.sort_unstable();
            assert_eq!(got, each, "seed {seed}");
        }
    });
}

#[test]
fn names_are_of_one_bus_with_one_kind_of_message() {
    let services = Services::new();
    let _bus = Backplane::<u64>::new(&services, "numbers").unwrap();
    let taken = Backplane::<u64>::new(&services, "numbers").map(drop).unwrap_err();
    assert!(matches!(taken, ServiceError::Taken { .. }), "{taken}");
    let other = PublishTo::<String>::new(&services, "numbers").map(drop).unwrap_err();
    assert!(matches!(other, ServiceError::OtherMessage { .. }), "{other}");
    let _other_bus = SubscribeTo::<String>::new(&services, "texts").unwrap();
}

/// Takes nothing before it is a hundred seconds old.
#[derive(Component)]
struct Late {
    inbox: Inbox<u64>,
    into: Collected,
}

impl Late {
    async fn main(mut self) {
        sleep(seconds(100)).await;
        while let Some(number) = self.inbox.recv().await {
            self.into.lock().unwrap().push(number);
        }
    }
}

/// What a prompt and a late subscriber get of a thousand numbers.
fn prompt_and_late(late: fn(&Services) -> SubscribeTo<u64>) -> (Vec<u64>, Vec<u64>) {
    let services = Services::new();
    let (prompt, some) = (Collected::default(), Collected::default());
    let end = Late { inbox: Inbox::new(), into: some.clone() };
    let graph = Graphline::new()
        .nest("publish", publisher(&services, Count::to(1_000)))
        .nest("prompt", subscriber(&services, &prompt))
        .nest("late", Section::source(late(&services)).then(Section::sink(end)));
    in_time(move || graph.run_seeded(1).result.map(drop)).unwrap();
    (contents(&prompt), contents(&some))
}

#[test]
fn a_late_subscriber_holds_up_the_others_unless_it_would_rather_miss_messages() {
    let all: Vec<u64> = (0..1_000).collect();
    assert_eq!(prompt_and_late(subscribe), (all.clone(), all.clone()));
    let (prompt, late) =
        prompt_and_late(|services| SubscribeTo::lossy(services, "numbers").unwrap());
    assert_eq!(prompt, all);
    assert!((128..1_000).contains(&late.len()), "{}", late.len());
    assert!(late.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn many_subscribers_may_join_before_a_bus_runs() {
    let services = Services::new();
    let collected = Collected::default();
    let mut graph = Graphline::new();
    for number in 0..200 {
        graph = graph.nest(number.to_string(), subscriber(&services, &collected));
    }
    // What is published before the last have joined they do not get.
    let graph = graph.nest("publish", publisher(&services, Script::of(&[(1, 7)], 2)));
    in_time(move || graph.run_seeded(1).result.map(drop)).unwrap();
    assert_eq!(contents(&collected), [7; 200]);
}

#[test]
fn a_subscriber_alone_ends_at_once() {
    let graph = |into: Collected| {
        let services = Services::new();
        Graphline::new().nest("alone", subscriber(&services, &into))
    };
    for_seeds(0..20, graph, |got| assert!(got.is_empty()));
}

#[test]
fn a_bus_whose_bringer_never_runs_ends_those_who_found_it() {
    let services = Services::new();
    let bringer = publish(&services);
    let graph = Graphline::new()
        .nest("publish", publisher(&services, Count::to(1_000)))
        .nest("subscribe", subscriber(&services, &Collected::default()));
    drop(bringer);
    in_time(move || graph.run().map(drop)).unwrap();
}

#[test]
fn asked_to_stop_a_bus_ends_whatever_is_on_it() {
    let graph = |into| {
        let services = Services::new();
        let bus = Backplane::<u64>::new(&services, "numbers").unwrap();
        let subscribed = Section::source(subscribe(&services));
        let inner = Graphline::new()
            .add("bus", bus.on("there"))
            .nest("publish", publisher(&services, Count::to(u64::MAX)))
            .nest("subscribe", subscribed.then(Section::sink(Enough::of(into))))
            .nest("other", subscriber(&services, &Collected::default()));
        Graphline::new().nest("inner", inner.isolated())
    };
    for_seeds(0..50, graph, |got| assert_eq!(got, (0..100).collect::<Vec<_>>()));
}

fn member(services: &Services) -> MemberOf<u64> {
    MemberOf::new(services, "numbers").unwrap()
}

fn talks(
    services: &Services,
    says: impl axon_core::Gives<Message = u64>,
    hears: &Collected,
) -> Graphline {
    let seat = Section::source(says).then(member(services));
    Graphline::from(seat.then(Section::sink(collect(hears.clone()))))
}

#[test]
fn a_member_hears_what_is_said_by_whomever_until_it_has_no_more_to_say_itself() {
    in_time(|| {
        for seed in 0..50 {
            let services = Services::new();
            let bus = Backplane::<u64>::new(&services, "numbers").unwrap();
            let (one, other) = (Collected::default(), Collected::default());
            let graph = Graphline::new()
                .add("ends bus", EndsAfter::of(bus, seconds(100)))
                .nest("one", talks(&services, Script::of(&[(1, 1)], 10), &one))
                .nest("other", talks(&services, Script::of(&[(2, 2), (15, 3)], 20), &other));
            graph.run_seeded(seed).result.unwrap_or_else(|error| panic!("{seed}: {error}"));
            assert_eq!((contents(&one), contents(&other)), (vec![1, 2], vec![1, 2, 3]));
        }
    });
}

#[test]
fn members_that_say_more_than_the_bus_holds_do_not_wait_for_each_other_for_ever() {
    let graph = |into: Collected| {
        let services = Services::new();
        Graphline::new()
            .nest("one", talks(&services, Count::to(1_000), &Collected::default()))
            .nest("other", talks(&services, Count::to(1_000), &Collected::default()).on("there"))
            .nest("listens", subscriber(&services, &into))
    };
    for_seeds(0..50, graph, |got| assert_eq!(got.len(), 2_000));
}

#[test]
fn a_member_whom_nobody_hears_any_more_ends() {
    let graph = |into: Collected| {
        let services = Services::new();
        let seat = Section::source(Count::to(u64::MAX)).then(member(&services));
        let seat = seat.then(Take::only(5, 0)).then(Section::sink(collect(into)));
        Graphline::new().nest("seat", seat)
    };
    for_seeds(0..50, graph, |got| assert_eq!(got, [0, 1, 2, 3, 4]));
}

#[test]
fn a_member_that_would_rather_miss_messages_holds_up_nobody() {
    let services = Services::new();
    let heard = Collected::default();
    let end = Late { inbox: Inbox::new(), into: heard.clone() };
    let lossy = MemberOf::<u64>::lossy(&services, "numbers").unwrap();
    let seat = Section::source(Script::of(&[], 200)).then(lossy).then(Section::sink(end));
    let all = Collected::default();
    let graph = Graphline::new()
        .nest("publish", publisher(&services, Count::to(1_000)))
        .nest("prompt", subscriber(&services, &all))
        .nest("seat", seat);
    in_time(move || graph.run_seeded(1).result.map(drop)).unwrap();
    assert_eq!(contents(&all), (0..1_000).collect::<Vec<_>>());
    assert!((128..1_000).contains(&contents(&heard).len()), "{}", contents(&heard).len());
}
