//! C53 to C62: Pipeline, Graphline, Carousel, Seq and PAR.

use axon_core::{
    Asked, Carousel, Closed, Component, Control, Graphline, Inbox, Outbox, Par, Pipeline, Section,
    Seq, sleep,
};

use super::chassis_parts::*;
use super::common::*;

/// Notes its name when it begins and ends, and passes everything on.
#[derive(Component)]
struct Noting {
    name: &'static str,
    log: Log,
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
}

impl Noting {
    fn called(name: &'static str, log: &Log) -> Self {
        Noting { name, log: log.clone(), inbox: Inbox::new(), outbox: Outbox::new() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        note(&self.log, format!("{} begins", self.name));
        while let Some(number) = self.inbox.recv().await {
            self.outbox.send(number).await?;
        }
        note(&self.log, format!("{} ends", self.name));
        Ok(())
    }
}

#[test]
fn c53_a_pipeline_begins_when_it_runs_passes_data_and_its_end_along_and_ends_after_its_last() {
    let (log, collected) = (Log::default(), Collected::default());
    let graph = {
        let line = Pipeline::open(Noting::called("first", &log))
            .then(Noting::called("second", &log))
            .then(Noting::called("third", &log));
        Graphline::new()
            .add("count", Count::to(100))
            .nest("line", line)
            .add("collect", collect(collected.clone()))
            .link("count.outbox", "line.inbox")
            .link("line.outbox", "collect.inbox")
            .build()
            .unwrap()
    };
    assert!(noted(&log).is_empty(), "nothing has begun");
    graph.run().unwrap();
    assert_eq!(contents(&collected), (0..100).collect::<Vec<_>>());
    assert_eq!(noted(&log)[3..], ["first ends", "second ends", "third ends"]);
}

#[test]
fn c54_a_graph_leads_data_where_its_links_do_and_nowhere_else_and_ends_after_its_last() {
    for seed in 0..100 {
        let collected: [Collected; 3] = Default::default();
        let [a, b, loose] = collected.clone();
        let log = Log::default();
        // Two lines that cross: the even ones change sides, the others do not.
        Graphline::new()
            .add("count", Count::to(20))
            .add("more", Count::to(10))
            .add("left", Noting::called("left", &log))
            .add("right", Noting::called("right", &log))
            .add("a", collect(a))
            .add("b", collect(b))
            .add("unlinked", Unlinked { into: loose })
            .link("count.outbox", "left.inbox")
            .link("left.outbox", "b.inbox")
            .link("more.outbox", "right.inbox")
            .link("right.outbox", "a.inbox")
            .run_seeded(seed)
            .result
            .unwrap();
        let [a, b, loose] = collected.map(|collected| contents(&collected));
        assert_eq!(a, (0..10).collect::<Vec<_>>());
        assert_eq!(b, (0..20).collect::<Vec<_>>());
        assert_eq!(loose, [1], "what has no links runs too");
        assert_eq!(noted(&log).iter().filter(|line| line.ends_with("ends")).count(), 2);
    }
}

/// Has no boxes.
#[derive(Component)]
struct Unlinked {
    into: Collected,
}

impl Unlinked {
    async fn main(self) {
        self.into.lock().unwrap().push(1);
    }
}

#[test]
fn c55_boxes_of_the_graph_stand_for_boxes_inside_under_usual_and_other_names() {
    for (into, out) in [("inbox", "outbox"), ("letters", "parcels")] {
        let collected = Collected::default();
        let inner = Graphline::new()
            .add("pass", Take::only(100, 7))
            .link(&*format!("self.{into}"), "pass.inbox")
            .link("pass.outbox", &*format!(".{out}"));
        Graphline::new()
            .add("count", Count::to(3))
            .nest("inner", inner)
            .add("collect", collect(collected.clone()))
            .link("count.outbox", &*format!("inner.{into}"))
            .link(&*format!("inner.{out}"), "collect.inbox")
            .run()
            .unwrap();
        assert_eq!(contents(&collected), [7, 8, 9]);
    }
}

#[test]
fn c56_unknown_names_are_refused_by_name_and_a_graphs_boxes_are_its_own() {
    let one = Graphline::new().add("pass", Pass::default()).link("self.special", "pass.inbox");
    let other = Graphline::new().add("pass", Pass::default()).link("self.inbox", "pass.inbox");
    let errors = Graphline::new()
        .nest("one", one)
        .nest("other", other)
        .add("count", Count::to(1))
        .add("more", Count::to(1))
        .add("last", Count::to(1))
        .link("count.outbox", "one.special")
        .link("more.outbox", "other.special")
        .link("last.outbox", "unknown.inbox")
        .build()
        .unwrap_err();
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(errors[0].starts_with("`other.special`: there is no such inbox"), "{errors:?}");
    assert!(errors[1].starts_with("`unknown.inbox`: there is no such component"), "{errors:?}");
}

/// Waits until it is asked for something, and notes it.
#[derive(Component)]
struct Asks {
    name: &'static str,
    log: Log,
    control: Control,
}

impl Asks {
    fn called(name: &'static str, log: &Log) -> Self {
        Asks { name, log: log.clone(), control: Control::default() }
    }

    async fn main(self) {
        self.control.until_asked(Asked::Finish).await;
        note(&self.log, format!("{} {:?}", self.name, self.control.asked()));
    }
}

/// Adopts two graphs, asks the first to finish, and when that has ended the second to stop.
#[derive(Component)]
struct AsksTwo {
    log: Log,
    control: Control,
}

impl AsksTwo {
    async fn main(self) -> Result<(), axon_core::WiringErrors> {
        let both = Graphline::new()
            .add("a", Asks::called("a", &self.log))
            .nest("inner", Graphline::new().add("b", Asks::called("b", &self.log)));
        let one = Graphline::new().add("c", Asks::called("c", &self.log));
        let (mut both, mut one) = (self.control.adopt(both)?, self.control.adopt(one)?);
        both.finish();
        both.all_ended().await;
        note(&self.log, "first ended");
        one.stop();
        one.all_ended().await;
        note(&self.log, "second ended");
        Ok(())
    }
}

/// Kamaelia hands a shutdown message to every child whose control is not linked. Here there is no link
/// to control: what is asked of a graph is asked of all in it, however deep, and of nobody else.
#[test]
fn c57_what_is_asked_of_a_graph_is_asked_of_everyone_in_it_and_of_nobody_else() {
    for seed in 0..100 {
        let log = Log::default();
        let asks = AsksTwo { log: log.clone(), control: Control::default() };
        Graphline::new().add("asks", asks).run_seeded(seed).result.unwrap();
        let mut lines = noted(&log);
        lines[..2].sort();
        assert_eq!(lines, ["a Finish", "b Finish", "first ended", "c Stop", "second ended"]);
    }
}

/// Kamaelia's control may be linked to one child alone. Here whoever adopts components asks those alone.
#[test]
fn c58_one_child_is_asked_without_the_others() {
    let log = Log::default();
    let stops_one = StopsOne { log: log.clone(), control: Control::default() };
    in_time(|| Graphline::new().add("stops one", stops_one).run().map(drop)).unwrap();
    assert_eq!(noted(&log), ["one Stop", "the other goes on", "other Finish"]);
}

/// Adopts two children, and stops one before it asks the other to finish.
#[derive(Component)]
struct StopsOne {
    log: Log,
    control: Control,
}

impl StopsOne {
    async fn main(self) -> Result<(), axon_core::WiringErrors> {
        let child = |name| Graphline::new().add(name, Asks::called(name, &self.log));
        let mut one = self.control.adopt(child("one"))?;
        let mut other = self.control.adopt(child("other"))?;
        one.stop();
        one.all_ended().await;
        if !other.have_ended() {
            note(&self.log, "the other goes on");
        }
        other.finish();
        other.all_ended().await;
        Ok(())
    }
}

/// Kamaelia sends one message of its own when the last child has ended. Here the end is no message: the
/// inbox behind a graph finishes once, after the last message of the last component that feeds it, be
/// it that they finished or were stopped.
#[test]
fn c59_what_follows_a_graph_hears_one_end_after_the_last_component_however_it_ended() {
    for_seeds(
        0..100,
        |into| {
            let inner = Graphline::new()
                .add("early", Script::of(&[(1, 1)], 1))
                .add("late", Script::of(&[(2, 2), (9, 3)], 10))
                .link("early.outbox", "self.outbox")
                .link("late.outbox", "self.outbox");
            Graphline::new()
                .nest("inner", inner)
                .add("end", CountsEnds { inbox: Inbox::new(), into })
                .link("inner.outbox", "end.inbox")
        },
        |got| assert_eq!(got, [1, 2, 3, u64::MAX]),
    );
    for_seeds(
        0..100,
        |into| {
            let stopped = Graphline::new()
                .add("early", Script::of(&[(1, 1)], 1))
                .add("late", Script::of(&[(2, 2), (9, 3)], 10))
                .add("fails", FailsAt { second: 5 })
                .link("early.outbox", "self.outbox")
                .link("late.outbox", "self.outbox")
                .isolated();
            Graphline::new()
                .nest("stopped", stopped)
                .add("end", CountsEnds { inbox: Inbox::new(), into })
                .link("stopped.outbox", "end.inbox")
        },
        |got| {
            // A sleeper hears of the stop when it wakes, and what it then sends still finds room.
            assert!(got == [1, 2, u64::MAX] || got == [1, 2, 3, u64::MAX], "{got:?}");
        },
    );
}

/// Keeps what it gets, and a mark for each time it is told of the end.
#[derive(Component)]
struct CountsEnds {
    inbox: Inbox<u64>,
    into: Collected,
}

impl CountsEnds {
    async fn main(mut self) {
        while let Some(number) = self.inbox.recv().await {
            self.into.lock().unwrap().push(number);
        }
        self.into.lock().unwrap().push(u64::MAX);
    }
}

/// A carousel whose children give their number and live ten times that in seconds.
fn carousel(clock: &Clock, made: &Collected) -> Carousel<u64, std::convert::Infallible, u64> {
    let (clock, made) = (clock.clone(), made.clone());
    Carousel::new(move |number| {
        made.lock().unwrap().push(number);
        let (outbox, clock) = (Outbox::new(), clock.clone());
        Section::source(Lives { number, seconds: 10 * number, outbox, clock })
    })
}

/// What a carousel of these makes of a script, by a seed: what was made, what came out, what happened.
fn carousel_of(script: Script, asks_first: bool, seed: u64) -> (Vec<u64>, Vec<u64>, Vec<String>) {
    let (clock, made, collected) = (Clock::default(), Collected::default(), Collected::default());
    let start = Starts { clock: clock.clone() };
    let carousel = carousel(&clock, &made);
    let carousel = if asks_first { carousel.asking_first() } else { carousel };
    let requests = Requests { inbox: Inbox::new(), clock: clock.clone() };
    let end = CountsEnds { inbox: Inbox::new(), into: collected.clone() };
    let graph = Graphline::new()
        .link(&script.outbox, &carousel.next)
        .link(&carousel.request_next, &requests.inbox)
        .link(&carousel.outbox, &end.inbox)
        .add("start", start)
        .add("script", script)
        .add("carousel", carousel)
        .add("requests", requests)
        .add("end", end);
    in_time(move || graph.run_seeded(seed).result.map(drop)).unwrap();
    (contents(&made), contents(&collected), noted(&clock.log))
}

/// Starts the clock.
#[derive(Component)]
struct Starts {
    clock: Clock,
}

impl Starts {
    async fn main(self) {
        self.clock.start();
    }
}

#[test]
fn c60_a_carousel_makes_a_child_of_each_message_when_the_one_before_has_ended() {
    for seed in 0..200 {
        let script = || Script::of(&[(5, 9), (10, 8), (20, 1), (50, 2)], 80);
        let (made, collected, log) = carousel_of(script(), false, seed);
        assert_eq!(made, [9, 8, 1, 2]);
        // That a child ends is no end to those behind the carousel.
        assert_eq!(collected, [9, 8, 1, 2, u64::MAX]);
        let expected = [
            " 5 9 begins",
            "10 9 ends",
            "10 8 begins",
            "20 8 ends",
            "20 1 begins",
            "30 1 ends",
            "30 next?",
            "50 2 begins",
            "70 2 ends",
            "70 next?",
        ];
        assert_eq!(log, expected, "seed {seed}");
        let (_, _, log) = carousel_of(script(), true, seed);
        assert_eq!(log[0], " 0 next?");
        assert_eq!(log[1..], expected);
    }
}

#[test]
fn c61_the_end_of_next_is_worked_towards_and_a_stop_discards_what_waits() {
    for seed in 0..200 {
        // The end with messages queued: each is made, and each but the last is ended for the next.
        let (made, collected, log) =
            carousel_of(Script::of(&[(1, 1), (2, 2), (2, 3)], 2), false, seed);
        assert_eq!(made, [1, 2, 3]);
        assert_eq!(collected.last(), Some(&u64::MAX));
        assert_eq!(log.last().map(String::as_str), Some("32 3 ends"), "seed {seed}");
        assert!(!log.iter().any(|line| line.ends_with("next?")), "nobody is left to ask");
        // Idle, it ends at once.
        assert_eq!(carousel_of(Script::of(&[], 0), false, seed), (vec![], vec![u64::MAX], vec![]));
    }
}

/// Gives its number, and lives ten seconds whatever it is asked.
#[derive(Component)]
struct Stubborn {
    number: u64,
    outbox: Outbox<u64>,
    clock: Clock,
}

impl Stubborn {
    async fn main(mut self) {
        let _ = self.outbox.send(self.number).await;
        sleep(seconds(10)).await;
        self.clock.note(format!("{} ends", self.number));
    }
}

#[test]
fn c61_a_carousel_that_is_stopped_waits_for_its_child_and_makes_no_other() {
    for seed in 0..200 {
        let (clock, collected) = (Clock::default(), Collected::default());
        let carousel = Carousel::new({
            let clock = clock.clone();
            move |number| {
                let (outbox, clock) = (Outbox::new(), clock.clone());
                Section::source(Stubborn { number, outbox, clock })
            }
        });
        let stopped = Graphline::new()
            .add("start", Starts { clock: clock.clone() })
            .add("script", Script::of(&[(1, 7), (2, 8), (2, 9)], 20))
            .add("carousel", carousel)
            .add("fails", FailsAt { second: 5 })
            .link("script.outbox", "carousel.next")
            .link("carousel.outbox", "self.outbox");
        let graph = Graphline::new()
            .nest("stopped", stopped.isolated())
            .add("end", CountsEnds { inbox: Inbox::new(), into: collected.clone() })
            .link("stopped.outbox", "end.inbox");
        in_time(move || graph.run_seeded(seed).result.map(drop)).unwrap();
        assert_eq!(noted(&clock.log), ["11 7 ends"], "seed {seed}");
        assert_eq!(contents(&collected), [7, u64::MAX]);
    }
}

#[test]
fn c62_seq_runs_members_one_after_another_and_ends_once_par_runs_them_together_and_merges() {
    let life = |clock: &Clock, number| {
        let (outbox, clock) = (Outbox::new(), clock.clone());
        Section::source(Lives { number, seconds: number, outbox, clock })
    };
    for seed in 0..100 {
        let (clock, collected) = (Clock::default(), Collected::default());
        let seq = Seq::new().then(life(&clock, 3)).then(life(&clock, 1)).then(life(&clock, 2));
        let end = CountsEnds { inbox: Inbox::new(), into: collected.clone() };
        Pipeline::new(seq).then(end).into_graphline().run_seeded(seed).result.unwrap();
        assert_eq!(contents(&collected), [3, 1, 2, u64::MAX]);
        assert_eq!(
            noted(&clock.log),
            [" 0 3 begins", " 3 3 ends", " 3 1 begins", " 4 1 ends", " 4 2 begins", " 6 2 ends"]
        );

        let (clock, collected) = (Clock::default(), Collected::default());
        let par = Par::new().with(life(&clock, 3)).with(life(&clock, 1)).with(life(&clock, 2));
        let end = CountsEnds { inbox: Inbox::new(), into: collected.clone() };
        let graph = Graphline::new().nest("par", par).add("end", end);
        graph.link("par.outbox", "end.inbox").run_seeded(seed).result.unwrap();
        let mut got = contents(&collected);
        assert_eq!(got.pop(), Some(u64::MAX), "one end, after all of them");
        got.sort_unstable();
        assert_eq!(got, [1, 2, 3]);
        assert_eq!(noted(&clock.log)[3..], [" 1 1 ends", " 2 2 ends", " 3 3 ends"]);
    }
}
