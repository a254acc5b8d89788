//! One cell as a graph: the victim between one who feeds it and one who collects what comes of it, and
//! others who have nothing to do with it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axon_core::{
    Asked, Closed, Component, Control, Graphline, Inbox, Outbox, Outcome, Report, RunError,
};

use crate::books::{Books, Message};
use crate::cell::{Cell, Fate, Place, Stage};
use crate::common::{Collect, Collected, Count, contents};
use crate::expected::{Expected, FED};
use crate::victims::{EXTRA, Script};

/// What the others send each other.
const BESIDES: u64 = 20;

/// Feeds the victim.
#[derive(Component)]
struct Feeds {
    pub outbox: Outbox<Message>,
    cell: Cell,
    books: Books,
}

impl Feeds {
    async fn main(mut self) -> Result<(), Closed> {
        if self.cell.stage == Stage::Left {
            // The one that is left unread. The link stays open, so nobody else drops it.
            self.outbox.send(self.books.bomb(0, &self.cell.words())).await?;
            self.outbox.until_closed().await;
            return Ok(());
        }
        for number in 0..FED {
            self.outbox.send(self.books.message(number)).await?;
        }
        Ok(())
    }
}

/// Writes down what comes through.
#[derive(Component, Default)]
struct Collects {
    pub inbox: Inbox<Message>,
    into: Collected,
}

impl Collects {
    async fn main(mut self) {
        while let Some(message) = self.inbox.recv().await {
            self.into.lock().unwrap().push(message.number);
        }
    }
}

/// Waits for the stop that the victim's failure brings.
#[derive(Component, Default)]
struct Mate {
    control: Control,
    was_stopped: Arc<AtomicBool>,
}

impl Mate {
    async fn main(self) {
        self.control.until_asked(Asked::Stop).await;
        self.was_stopped.store(true, Ordering::Relaxed);
    }
}

/// Adopts the others, and writes down how they end.
#[derive(Component)]
struct Adopts {
    control: Control,
    graph: Option<Graphline>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Adopts {
    async fn main(mut self) {
        let graph = self.graph.take().expect("given by the test");
        let mut children = self.control.adopt(graph).expect("it is whole");
        while let Some(ended) = children.next_end().await {
            let how = ended.failure.as_deref().unwrap_or("finished");
            self.told.lock().unwrap().push(format!("{} {how}", ended.name));
        }
    }
}

/// A cell, ready to be run.
pub(crate) struct Scene {
    cell: Cell,
    expected: Expected,
    script: Script,
    books: Books,
    arrived: Collected,
    besides: Collected,
    mate_was_stopped: Arc<AtomicBool>,
    /// How the adopted ended, as they are told of it who adopted them.
    told: Arc<Mutex<Vec<String>>>,
}

impl Scene {
    pub(crate) fn new(cell: Cell) -> Self {
        let books = Books::default();
        Scene {
            cell,
            expected: Expected::of(&cell),
            script: Script::new(cell, &books),
            books,
            arrived: Collected::default(),
            besides: Collected::default(),
            mate_was_stopped: Arc::default(),
            told: Arc::default(),
        }
    }

    pub(crate) fn graph(&self) -> Graphline {
        let graph = match self.cell.place {
            Place::Top => self.around(self.with_mate(Graphline::new()), "victim"),
            Place::Nested => {
                let inner = self
                    .isolated(self.with_mate(Graphline::new()))
                    .link("self.inbox", "victim.inbox")
                    .link("victim.outbox", "self.outbox");
                self.around(Graphline::new().nest("inner", inner), "inner")
            }
            Place::Adopted => {
                let adopted = self.around(self.with_mate(Graphline::new()), "victim");
                let graph = Some(self.isolated(adopted));
                let adopts = Adopts { control: Control::default(), graph, told: self.told.clone() };
                Graphline::new().add("adopts", adopts)
            }
        };
        let into = self.besides.clone();
        graph
            .add("besides", Count::to(BESIDES))
            .add("besides too", Collect { into, ..Collect::default() })
            .link_with(1, "besides.outbox", "besides too.inbox")
    }

    /// The victim, and one who shares its group.
    fn with_mate(&self, graph: Graphline) -> Graphline {
        let graph = graph.add("victim", self.script.part());
        if !self.expected.stops_group {
            return graph;
        }
        let was_stopped = self.mate_was_stopped.clone();
        graph.add("mate", Mate { was_stopped, ..Mate::default() })
    }

    /// Its neighbours.
    fn around(&self, graph: Graphline, victim: &str) -> Graphline {
        let (cell, books, into) = (self.cell, self.books.clone(), self.arrived.clone());
        let policy = cell.policy.of_link();
        graph
            .add("feeds", Feeds { outbox: Outbox::new(), cell, books })
            .add("collects", Collects { into, ..Collects::default() })
            .link_with(policy.clone(), "feeds.outbox", &*format!("{victim}.inbox"))
            .link_with(policy, &*format!("{victim}.outbox"), "collects.inbox")
    }

    fn isolated(&self, graph: Graphline) -> Graphline {
        if self.cell.fate == Fate::GroupIsolated { graph.isolated() } else { graph }
    }

    /// Whether the run came to what it must come to.
    pub(crate) fn check(&self, result: Result<Report, RunError>, how: &str) {
        let Scene { cell, expected, .. } = self;
        let place = format!("{cell}, {how}: {expected:?}");
        let report = match result {
            Ok(report) => {
                assert!(!expected.ends_graph, "{place}: it ended well");
                report
            }
            Err(error) => {
                assert!(expected.ends_graph, "{place}: {error}");
                let said = format!("component `{}` panicked: {}", cell.victim(), cell.words());
                assert_eq!(error.to_string(), said, "{place}");
                let RunError::Component { report, .. } = error else { panic!("{place}: {error}") };
                report
            }
        };
        self.check_outcomes(&report, &place);
        drop(report);
        self.check_messages(&place);
        assert_eq!(self.script.lives.load(Ordering::Relaxed), expected.lives, "{place}");
        let was_stopped = self.mate_was_stopped.load(Ordering::Relaxed);
        assert_eq!(was_stopped, expected.stops_group, "{place}: the mate");
    }

    /// The victim has failed with its own words, and nobody else has.
    fn check_outcomes(&self, report: &Report, place: &str) {
        let failure = format!("{} panicked: {}", self.cell.victim(), self.cell.words());
        let failures: Vec<String> =
            report.failures().map(|(name, outcome)| format!("{name} {outcome}")).collect();
        let should: &[String] = if self.expected.fails { &[failure] } else { &[] };
        assert_eq!(failures, should, "{place}");
        let finished = |name| matches!(report.outcome(name), Some(Outcome::Finished));
        assert!(["besides", "besides too"].into_iter().all(finished), "{place}");
        if self.cell.place == Place::Adopted {
            let told = self.told.lock().unwrap();
            let failed: Vec<_> = told.iter().filter(|line| !line.ends_with(" finished")).collect();
            assert_eq!(failed, should.iter().collect::<Vec<_>>(), "{place}: told");
            assert!(told.iter().any(|line| line == "feeds finished"), "{place}: {told:?}");
        }
    }

    /// Each was dropped once, what arrived is what must, and those besides lost nothing.
    fn check_messages(&self, place: &str) {
        assert_eq!(self.books.dropped(), self.books.made(), "{place}: messages that are gone");
        let mut arrived = contents(&self.arrived);
        arrived.retain(|number| *number < EXTRA);
        assert!(self.expected.arrives.allows(&arrived), "{place}: {arrived:?}");
        let besides = contents(&self.besides);
        let all: Vec<u64> = (0..BESIDES).collect();
        match self.expected.spares_others {
            true => assert_eq!(besides, all, "{place}: besides"),
            false => assert!(all.starts_with(&besides), "{place}: besides {besides:?}"),
        }
    }
}
