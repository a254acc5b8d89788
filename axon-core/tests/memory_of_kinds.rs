//! Components of every kind come and go by the thousand, and leave no memory behind.
//!
//! `AXON_STRESS=10 cargo test --release -p axon-core --test memory_of_kinds` makes a million of each kind.

mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axon_core::{
    Address, Closed, Component, Control, Graphline, Inbox, Outbox, Part, Restarts, Services,
    ThreadedComponent,
};
use common::{in_stress_time, stress};

/// How many are adopted at a time.
const TURN: u64 = 1_000;

/// More than the process may have grown by since it had seen a fifth of them.
const GROWTH_MAX: u64 = 1 << 20;

/// Counts for as long as it is anywhere.
struct Alive(Arc<AtomicU64>);

impl Alive {
    fn new(count: &Arc<AtomicU64>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Alive(count.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Sends one message.
#[derive(Component)]
struct Once {
    pub outbox: Outbox<Alive>,
    alive: Alive,
}

/// Takes what comes.
#[derive(Component)]
struct Takes {
    pub inbox: Inbox<Alive>,
    _alive: Alive,
}

impl Once {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send(Alive::new(&self.alive.0)).await
    }
}

impl Takes {
    async fn main(mut self) {
        while self.inbox.recv().await.is_some() {}
    }
}

/// Fails, having left a message unread.
#[derive(Component)]
struct Fails {
    pub inbox: Inbox<Alive>,
    _alive: Alive,
}

impl Fails {
    async fn main(self) -> Result<(), String> {
        Err("it never works".to_owned())
    }
}

/// Offers a service under a name of its own.
#[derive(Component)]
struct Serves {
    inbox: Inbox<Alive>,
    services: Services,
    name: String,
    alive: Alive,
}

impl Serves {
    async fn main(mut self) -> Result<(), axon_core::ServiceError> {
        let address: Address<Alive> = self.inbox.address();
        self.services.register(&self.name, &address)?;
        let _ = address.try_send(Alive::new(&self.alive.0));
        Ok(())
    }
}

/// Fails once.
#[derive(Component)]
struct Flaky {
    lives: Arc<AtomicU64>,
    _alive: Alive,
}

impl Flaky {
    async fn main(self) -> Result<(), &'static str> {
        match self.lives.fetch_add(1, Ordering::Relaxed) {
            0 => Err("at first"),
            _ => Ok(()),
        }
    }
}

/// Takes one message, on a thread.
#[derive(ThreadedComponent)]
struct Thread {
    pub inbox: Inbox<Alive>,
    _alive: Alive,
}

impl Thread {
    fn main(mut self) {
        self.inbox.recv_blocking();
    }
}

/// A graph with one of a kind in it, named by a number.
type Kind = fn(u64, &Arc<AtomicU64>, &Services) -> Graphline;

fn pair(alive: &Arc<AtomicU64>) -> Graphline {
    let once = Once { outbox: Outbox::new(), alive: Alive::new(alive) };
    let takes = Takes { inbox: Inbox::new(), _alive: Alive::new(alive) };
    Graphline::new().link(&once.outbox, &takes.inbox).add("once", once).add("takes", takes)
}

fn linked(_: u64, alive: &Arc<AtomicU64>, _: &Services) -> Graphline {
    pair(alive)
}

fn nested(_: u64, alive: &Arc<AtomicU64>, _: &Services) -> Graphline {
    Graphline::new().nest("inner", pair(alive)).nest("empty", Graphline::new()).isolated()
}

fn failing(_: u64, alive: &Arc<AtomicU64>, _: &Services) -> Graphline {
    let once = Once { outbox: Outbox::new(), alive: Alive::new(alive) };
    let fails = Fails { inbox: Inbox::new(), _alive: Alive::new(alive) };
    let graph = Graphline::new().link(&once.outbox, &fails.inbox);
    graph.add("once", once).add("fails", fails).isolated()
}

fn serving(number: u64, alive: &Arc<AtomicU64>, services: &Services) -> Graphline {
    let (mut inbox, name) = (Inbox::new(), format!("service {number}"));
    drop(inbox.address());
    let (services, alive) = (services.clone(), Alive::new(alive));
    Graphline::new().add("serves", Serves { inbox, services, name, alive })
}

fn flaky(_: u64, alive: &Arc<AtomicU64>, _: &Services) -> Graphline {
    let (lives, alive) = (Arc::default(), alive.clone());
    let make = move || Flaky { lives: Arc::clone(&lives), _alive: Alive::new(&alive) };
    Graphline::new().add("flaky", Part::restarting(Restarts::at_most(1), make)).isolated()
}

fn elsewhere(_: u64, alive: &Arc<AtomicU64>, _: &Services) -> Graphline {
    pair(alive).on("there")
}

fn on_thread(_: u64, alive: &Arc<AtomicU64>, _: &Services) -> Graphline {
    let once = Once { outbox: Outbox::new(), alive: Alive::new(alive) };
    let thread = Thread { inbox: Inbox::new(), _alive: Alive::new(alive) };
    let graph = Graphline::new().link(&once.outbox, &thread.inbox);
    graph.add("once", once).add("thread", thread)
}

/// Adopts so many of a kind, a turn at a time, and says how much the process grew meanwhile.
#[derive(Component)]
struct Adopts {
    control: Control,
    kind: Kind,
    count: u64,
    grown: Arc<AtomicU64>,
}

impl Adopts {
    async fn main(self) -> Result<(), axon_core::WiringErrors> {
        let (alive, services) = (Arc::default(), Services::new());
        let (mut before, turn) = (0, TURN.min(self.count / 10));
        for first in (0..self.count).step_by(usize::try_from(turn).expect("it is a thousand")) {
            let mut all = Vec::new();
            for number in first..first + turn {
                all.push(self.control.adopt((self.kind)(number, &alive, &services))?);
            }
            for mut children in all {
                children.all_ended().await;
            }
            assert_eq!(alive.load(Ordering::Relaxed), 0, "nothing of them is left");
            if first <= self.count / 5 {
                before = resident();
            }
        }
        self.grown.store(resident().saturating_sub(before), Ordering::Relaxed);
        Ok(())
    }
}

/// Bytes of memory that the process has; 0 where that cannot be read.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4_096
}

/// One test at a time: they would see each other's memory.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn components_of_every_kind_leave_no_memory_behind() {
    let _alone = ALONE.lock();
    let usual = if cfg!(debug_assertions) { 6_000 } else { 100_000 };
    let kinds: [(&str, Kind, u64); 7] = [
        ("linked", linked, usual),
        ("nested", nested, usual),
        ("failing", failing, usual),
        ("serving", serving, usual),
        ("flaky", flaky, usual),
        ("elsewhere", elsewhere, usual),
        ("on a thread", on_thread, usual / 10),
    ];
    for (name, kind, count) in kinds {
        let (grown, count) = (Arc::new(AtomicU64::new(0)), stress(count));
        let adopts = Adopts { control: Control::default(), kind, count, grown: grown.clone() };
        let report = in_stress_time(move || Graphline::new().add("adopts", adopts).run()).unwrap();
        assert!(report.outcomes().count() <= 2_001, "{name}");
        assert!(report.components() > count, "{name}");
        let grown = grown.load(Ordering::Relaxed);
        println!("{name}: grown by {grown} bytes");
        assert!(grown < GROWTH_MAX, "{name}: the process has grown by {grown} bytes");
    }
}

#[test]
fn asking_a_graph_that_has_ended_keeps_nothing() {
    let _alone = ALONE.lock();
    let graph = Graphline::new().build().unwrap();
    let handle = graph.handle();
    graph.run().unwrap();
    let before = resident();
    (0..stress(100_000)).for_each(|_| handle.finish());
    let grown = resident().saturating_sub(before);
    assert!(grown < GROWTH_MAX, "the process has grown by {grown} bytes");
}

#[test]
fn graphs_leave_no_memory_behind_whether_they_run_or_not() {
    let _alone = ALONE.lock();
    in_stress_time(|| {
        let (alive, services) = (Arc::default(), Services::new());
        let (count, mut before) = (stress(2_000), 0);
        for number in 0..count {
            drop(nested(number, &alive, &services).build().unwrap());
            let graph = elsewhere(number, &alive, &services).build().unwrap();
            let handle = graph.handle();
            graph.run().unwrap();
            handle.finish();
            assert_eq!(alive.load(Ordering::Relaxed), 0);
            if number == count / 5 {
                before = resident();
            }
        }
        let grown = resident().saturating_sub(before);
        println!("graphs: grown by {grown} bytes");
        assert!(grown < GROWTH_MAX, "the process has grown by {grown} bytes");
    });
}
