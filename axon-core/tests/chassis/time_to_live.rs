//! Components with a limited time to live.

use axon_core::{
    Asked, Closed, Component, Control, Graphline, Inbox, Outbox, Section, TimeToLive, now, sleep,
};

use super::common::*;
use super::parts::*;

/// Ticks each second; ends when asked to finish, or only when asked to stop.
#[derive(Component)]
struct Ticks {
    outbox: Outbox<u64>,
    control: Control,
    heeds: Asked,
}

impl Ticks {
    fn heeding(heeds: Asked) -> Section<std::convert::Infallible, u64> {
        Section::source(Ticks { outbox: Outbox::new(), control: Control::default(), heeds })
    }

    async fn main(mut self) -> Result<(), Closed> {
        for tick in 1.. {
            sleep(seconds(1)).await;
            if self.control.asked() >= self.heeds {
                return self.outbox.send(0).await;
            }
            self.outbox.send(tick).await?;
        }
        Ok(())
    }
}

fn into_end<A: Send + 'static>(ttl: TimeToLive<A, u64>, into: Collected) -> Graphline {
    let end = collect(into);
    Graphline::new().link(&ttl.outbox, &end.inbox).add("ttl", ttl).add("collect", end)
}

#[test]
fn a_section_that_heeds_it_is_asked_to_finish_when_its_time_is_up() {
    for_seeds(
        0..50,
        |into| {
            let ttl = TimeToLive::new(Ticks::heeding(Asked::Finish), seconds(3) + seconds(1) / 2);
            into_end(ttl, into)
        },
        |got| assert_eq!(got, [1, 2, 3, 0]),
    );
}

#[test]
fn one_that_does_not_is_stopped_when_patience_is_at_its_end() {
    let into = Collected::default();
    let ttl = TimeToLive::new(Ticks::heeding(Asked::Stop), seconds(3) + seconds(1) / 2);
    let graph = into_end(ttl.patience(seconds(10)), into.clone());
    let run = in_time(move || graph.run_seeded(1));
    run.result.unwrap();
    // Its last word comes after it was asked to stop, and goes nowhere.
    assert_eq!(contents(&into), (1..=13).collect::<Vec<_>>());
    assert_eq!(run.trace.elapsed, seconds(14));
}

#[test]
fn one_that_ends_by_itself_is_not_waited_for() {
    let into = Collected::default();
    let ttl = TimeToLive::new(Section::source(Count::to(3)), seconds(1_000));
    let run = into_end(ttl, into.clone()).run_seeded(1);
    run.result.unwrap();
    assert_eq!(contents(&into), [0, 1, 2]);
    assert_eq!(run.trace.elapsed, seconds(0));
}

/// Takes a message each second, and remembers when.
#[derive(Component, Default)]
struct Slow {
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
}

impl Slow {
    async fn main(mut self) -> Result<(), Closed> {
        let start = now();
        while self.inbox.recv().await.is_some() {
            sleep(seconds(1)).await;
            self.outbox.send(now().duration_since(start).as_secs()).await?;
        }
        Ok(())
    }
}

#[test]
fn what_has_gone_in_is_worked_off_but_nothing_more_goes_in() {
    let graph = |into| {
        let ttl = TimeToLive::new(Slow::default(), seconds(10)).patience(seconds(1_000));
        let count = Count::to(u64::MAX);
        let graph = Graphline::new().link(&count.outbox, &ttl.inbox).add("count", count);
        graph.nest("rest", Graphline::new()).nest("end", into_end(ttl, into))
    };
    for_seeds(0..50, graph, |got| {
        // Ten in ten seconds, one in its hands or not yet, and as many as its box holds.
        assert!((74..=75).contains(&got.len()), "{}", got.len());
        assert_eq!(got, (1..=got.len() as u64).collect::<Vec<_>>());
    });
}
