//! One graph with every chassis in it, by many seeds.

use std::cell::RefCell;
use std::convert::Infallible;

use axon_core::{
    Backplane, Carousel, ForwardChooser, Graphline, Par, Pipeline, PublishTo, Section, Seq,
    Services, SubscribeTo, TPipe, TimeToLive, playlist, try_seeds,
};

use super::common::*;
use super::parts::*;

/// Seeds of the usual run, and the variable that says how many to try instead.
const SEEDS: u64 = 1_000;
const SEEDS_VARIABLE: &str = "AXON_SEEDS";

/// What went the side path has this added to it.
const ASIDE: u64 = 10_000;

type Source = Section<Infallible, u64>;

/// Two things of a list play one after the other, and each has something on its way.
fn songs() -> Source {
    let carousel = Carousel::new(|length| {
        Section::source(Count::to(length)).then(Take::only(length, 100 * length))
    });
    playlist(ForwardChooser::new([2, 3]), carousel)
}

/// One component after another takes its share of some numbers, or gives some of its own.
fn shares() -> Source {
    let shares = Seq::new()
        .then(Take::only(3, 1_000))
        .then_with(|| Section::source(ThreadedCount::to(2)).taking_no())
        .then_with(|| Pipeline::open(Take::only(4, 2_000)).then(Pass::default()).on("there"));
    Section::source(Count::to(12)).then(shares)
}

/// A number each second for three and a half.
fn ticks() -> Source {
    let lines: Vec<(u64, u64)> = (1..100).map(|second| (second, 5_000 + second)).collect();
    let live = TimeToLive::new(Section::source(Script::of(&lines, 100)), seconds(7) / 2);
    Section::source(live.patience(seconds(0)))
}

/// All of that on a bus, and what two subscribers make of it.
fn everything(here: Collected, there: Collected) -> Graphline {
    let services = Services::new();
    let bus = Backplane::<u64>::new(&services, "bus").expect("the name is free");
    let publish = PublishTo::<u64>::new(&services, "bus").expect("it is there");
    let subscribe = || {
        let subscribe = SubscribeTo::<u64>::new(&services, "bus").expect("it is there");
        Section::source(subscribe)
    };
    let doubled = TPipe::split(|number| number % 2 == 0).around(Take::only(100, ASIDE));
    let sources = Pipeline::open(Par::new().with(songs()).with(shares()).with(ticks()));
    let end = ThreadedCollect { into: there, ..ThreadedCollect::default() };
    Graphline::new()
        .add("ends bus", EndsAfter::of(bus, seconds(10)))
        .nest("published", sources.then(doubled).then(Section::sink(publish)))
        .nest("here", subscribe().then(Section::sink(collect(here))))
        .nest("there", subscribe().then(Pass::default()).on("there").then(Section::sink(end)))
}

#[test]
fn every_chassis_does_what_it_says_in_whatever_order_things_happen() {
    let seeds = std::env::var(SEEDS_VARIABLE).ok().map_or(SEEDS, |seeds| {
        seeds.parse().unwrap_or_else(|_| panic!("{SEEDS_VARIABLE} is a number of seeds"))
    });
    let try_all = move || {
        let got = RefCell::new((Collected::default(), Collected::default()));
        let make = || {
            let (here, there) = (Collected::default(), Collected::default());
            got.replace((here.clone(), there.clone()));
            everything(here, there)
        };
        try_seeds(0..seeds, make, |run| {
            assert_eq!(run.result.unwrap().failures().count(), 0);
            assert_eq!(run.trace.elapsed, seconds(10));
            let (here, there) = &*got.borrow();
            check(&contents(here));
            assert_eq!(contents(there), contents(here));
        });
    };
    match seeds {
        SEEDS => in_time(try_all),
        _ => try_all(),
    }
}

/// Compares what came of each source, straight on and by the side path, with what should.
fn check(got: &[u64]) {
    let of_songs = [200, 201, 300, 301, 302];
    let of_shares = [1_000, 1_001, 1_002, 0, 1, 2_003, 2_004, 2_005, 2_006];
    let of_ticks = [5_001, 5_002, 5_003];
    for expected in [&of_songs[..], &of_shares[..], &of_ticks[..]] {
        let of_these = |from: u64| -> Vec<u64> {
            let numbers = got.iter().filter_map(|number| number.checked_sub(from));
            numbers.filter(|number| expected.contains(number)).collect()
        };
        assert_eq!(of_these(0), expected);
        let even: Vec<u64> = expected.iter().copied().filter(|number| number % 2 == 0).collect();
        assert_eq!(of_these(ASIDE), even);
    }
    assert_eq!(got.len(), 17 + 9);
}
