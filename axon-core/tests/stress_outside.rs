//! Addresses, components that join, and threads that flood, under load: nothing is lost, nobody is
//! starved or called stuck who is not, and every run ends.
//!
//! A failure names its seed. Threads are not seeded, so it may take some tries to come back.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use axon_core::{
    Address, Asked, Closed, Component, Control, Either, Graphline, Inbox, Outbox,
    ThreadedComponent, TrySendError, either, yield_now,
};
use common::{Pass, in_time};
use fastrand::Rng;

/// Adds up what comes by address, until nobody holds one.
#[derive(Component)]
struct Sum {
    inbox: Inbox<u64>,
    total: Arc<AtomicU64>,
}

impl Sum {
    async fn main(mut self) {
        while let Some(number) = self.inbox.recv().await {
            self.total.fetch_add(number, Ordering::Relaxed);
        }
    }
}

/// Sends by address, now from a thread, now from a worker.
#[derive(Component)]
struct Teller {
    to: Address<u64>,
    count: u64,
}

impl Teller {
    async fn main(self) -> Result<(), Closed> {
        for _ in 0..self.count {
            self.to.send(1).await?;
        }
        Ok(())
    }
}

#[test]
fn addresses_that_come_and_go_lose_nothing_and_end_what_they_held_open() {
    for seed in 0..100 {
        let mut chance = Rng::with_seed(seed);
        let total = Arc::new(AtomicU64::new(0));
        let mut sum = Sum { inbox: Inbox::new(), total: total.clone() };
        let address = sum.inbox.address();
        let mut graph = Graphline::new();
        let mut expected = 0;
        for number in 0..chance.u64(..4) {
            let teller = Teller { to: address.clone(), count: chance.u64(..400) };
            expected += teller.count;
            graph = graph.add(format!("teller {number}"), teller);
        }
        let graph = graph.add("sum", sum);
        let threads: Vec<_> = (0..chance.u64(1..4))
            .map(|_| {
                let (mut own, count) = (address.clone(), chance.u64(..400));
                expected += count;
                let mut chance = chance.fork();
                thread::spawn(move || {
                    for _ in 0..count {
                        if chance.bool() {
                            own.send_blocking(1).expect("it is held open");
                        } else {
                            while let Err(TrySendError::Full(_)) = own.try_send(1) {
                                thread::yield_now();
                            }
                        }
                        if chance.u8(..10) == 0 {
                            own = own.downgrade().upgrade().expect("it is held open");
                        }
                    }
                })
            })
            .collect();
        drop(address);
        in_time(move || graph.run().map(drop)).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(total.load(Ordering::Relaxed), expected, "seed {seed}");
    }
}

/// Waits for a word from outside and for one from its neighbour, whichever comes first.
#[derive(Component)]
struct Listens {
    outside: Inbox<u64>,
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl Listens {
    async fn main(mut self) {
        loop {
            match either(self.outside.recv(), self.inbox.recv()).await {
                Either::First(Some(_)) => {}
                Either::First(None) | Either::Second(_) => return,
            }
        }
    }
}

#[test]
fn a_graph_that_someone_outside_keeps_going_is_not_called_stuck() {
    for seed in 0..150 {
        let mut chance = Rng::with_seed(seed);
        let mut listens =
            Listens { outside: Inbox::new(), inbox: Inbox::new(), outbox: Outbox::new() };
        let address = listens.outside.address();
        // A circle that waits for the one who listens. Looking through it takes a while, and much
        // can happen outside meanwhile.
        let circle: Vec<Pass> = (0..200).map(|_| Pass::default()).collect();
        let mut graph = Graphline::new();
        for pair in circle.windows(2) {
            graph = graph.link(&pair[0].outbox, &pair[1].inbox);
        }
        graph = graph
            .link(&listens.outbox, &circle[0].inbox)
            .link(&circle[circle.len() - 1].outbox, &listens.inbox);
        for (number, pass) in circle.into_iter().enumerate() {
            graph = graph.add(number.to_string(), pass);
        }
        let graph = graph.add("listens", listens);
        let run = thread::spawn(move || graph.run().map(drop));
        for _ in 0..chance.u8(1..4) {
            thread::sleep(Duration::from_micros(chance.u64(..2_000)));
            let _ = address.try_send(1);
        }
        for _ in 0..chance.u32(..20_000) {
            std::hint::spin_loop();
        }
        drop(address);
        in_time(|| run.join()).unwrap().unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    }
}

/// Brings others into the graph for as long as it may.
#[derive(Component)]
struct Parent {
    control: Control,
    chance: Rng,
    generation: u8,
    alive: Arc<AtomicU64>,
}

impl Parent {
    async fn main(mut self) -> Result<(), axon_core::WiringErrors> {
        let alive = Alive::new(&self.alive);
        for _ in 0..self.chance.u8(..4) {
            if self.generation == 0 || self.control.asked() > Asked::GoOn {
                break;
            }
            let (control, generation) = (Control::default(), self.generation - 1);
            let (chance, alive) = (self.chance.fork(), self.alive.clone());
            let parent = Parent { control, chance, generation, alive };
            let thread = OnThread { control: Control::default(), alive: self.alive.clone() };
            let graph = Graphline::new().add("child", parent);
            let graph = if self.chance.bool() { graph.add("on a thread", thread) } else { graph };
            self.control.adopt(graph)?;
            yield_now().await;
        }
        if self.chance.bool() {
            self.control.until_asked(Asked::Finish).await;
        }
        drop(alive);
        Ok(())
    }
}

/// Waits on a thread until it is asked.
#[derive(ThreadedComponent)]
struct OnThread {
    control: Control,
    alive: Arc<AtomicU64>,
}

impl OnThread {
    fn main(self) {
        let _alive = Alive::new(&self.alive);
        while self.control.asked() < Asked::Finish {
            self.control.wait_blocking();
        }
    }
}

/// Counts who lives.
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

#[test]
fn whoever_joins_while_the_graph_is_asked_to_end_ends_with_it() {
    for seed in 0..150 {
        let mut chance = Rng::with_seed(seed);
        let alive = Arc::new(AtomicU64::new(0));
        let parent = Parent {
            control: Control::default(),
            chance: chance.fork(),
            generation: 4,
            alive: alive.clone(),
        };
        let graph = Graphline::new().add("parent", parent).build().unwrap();
        let handle = graph.handle();
        let run = thread::spawn(move || graph.run());
        thread::sleep(Duration::from_micros(chance.u64(..1_500)));
        match chance.bool() {
            true => handle.finish(),
            false => handle.stop(),
        }
        let report = in_time(|| run.join()).unwrap().unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        assert!(report.outcomes().all(|(_, outcome)| !outcome.is_failure()), "seed {seed}");
        assert_eq!(alive.load(Ordering::Relaxed), 0, "seed {seed}");
    }
}

/// Says when it has had a turn.
#[derive(Component)]
struct Modest {
    had: Arc<AtomicBool>,
}

impl Modest {
    async fn main(self) {
        for _ in 0..100 {
            yield_now().await;
        }
        self.had.store(true, Ordering::Relaxed);
    }
}

#[test]
fn threads_that_flood_a_worker_do_not_keep_its_others_from_their_turns() {
    let total = Arc::new(AtomicU64::new(0));
    let mut sum = Sum { inbox: Inbox::new(), total };
    let address = sum.inbox.address();
    let over = Arc::new(AtomicBool::new(false));
    let floods: Vec<_> = (0..3)
        .map(|_| {
            let (address, over) = (address.clone(), over.clone());
            thread::spawn(move || {
                while !over.load(Ordering::Relaxed) && address.send_blocking(1).is_ok() {}
            })
        })
        .collect();
    drop(address);
    let graph = Graphline::new().add("sum", sum).add("modest", Modest { had: over.clone() });
    in_time(move || graph.run().map(drop)).unwrap();
    assert!(over.load(Ordering::Relaxed));
    floods.into_iter().for_each(|flood| flood.join().unwrap());
}
