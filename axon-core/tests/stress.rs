//! Graphs of every shape under load, drawn from seeds: nothing is lost or doubled, and every run
//! ends, whoever asks, fails, leaves or joins at whatever moment.
//!
//! A failure names its seed. Threads are not seeded, so it may take some tries to come back.

mod common;

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use axon_core::{
    Address, Asked, Closed, Component, Control, Either, Graphline, Inbox, Outbox, Outboxes,
    RunError, ThreadedComponent, TryRecvError, TrySendError, either, yield_now,
};
use common::{Pass, in_time};
use fastrand::Rng;

/// Who sent it, and the how manieth it is.
type Message = (u64, u64);

/// What arrived, by sender.
type Arrived = Arc<Mutex<HashMap<u64, Vec<u64>>>>;

/// How a component goes about its work.
#[derive(Clone, Copy)]
enum Manner {
    OneByOne,
    InBatches,
    /// Looks, and waits for whatever changes.
    Looking,
}

/// What goes wrong in a run, for one component of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mishap {
    None,
    Panics { after: u64 },
    Fails { after: u64 },
    Leaves { after: u64 },
}

impl Mishap {
    fn strike(self, number: u64) -> Result<(), Trouble> {
        match self {
            Mishap::Panics { after } if number == after => panic!("on purpose"),
            Mishap::Fails { after } if number == after => Err(Trouble::Failure),
            Mishap::Leaves { after } if number == after => Err(Trouble::Closed(Closed)),
            _ => Ok(()),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Closed(#[from] Closed),
    #[error("on purpose")]
    Failure,
}

impl Trouble {
    /// Leaving is no failure.
    fn told(result: Result<(), Trouble>) -> Result<(), Trouble> {
        match result {
            Err(Trouble::Closed(_)) => Ok(()),
            result => result,
        }
    }
}

/// Sends so many messages, or until it is asked to finish.
struct Work {
    sender: u64,
    count: u64,
    sent: Arc<AtomicU64>,
}

#[derive(Component)]
struct Source {
    pub outbox: Outbox<Message>,
    control: Control,
    work: Work,
    mishap: Mishap,
}

impl Source {
    async fn main(mut self) -> Result<(), Trouble> {
        for number in 0..self.work.count {
            if self.control.asked() >= Asked::Finish {
                break;
            }
            self.mishap.strike(number).or_else(|trouble| match trouble {
                Trouble::Closed(_) => Ok(()),
                trouble => Err(trouble),
            })?;
            if self.outbox.send((self.work.sender, number)).await.is_err() {
                break;
            }
            self.work.sent.store(number + 1, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[derive(ThreadedComponent)]
struct ThreadedSource {
    pub outbox: Outbox<Message>,
    control: Control,
    work: Work,
}

impl ThreadedSource {
    fn main(mut self) -> Result<(), Closed> {
        for number in 0..self.work.count {
            if self.control.asked() >= Asked::Finish {
                break;
            }
            self.outbox.send_blocking((self.work.sender, number))?;
            self.work.sent.store(number + 1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Passes each message on along the one of its boxes that is for its sender.
#[derive(Component)]
struct Node {
    pub inbox: Inbox<Message>,
    pub outboxes: Outboxes<Message>,
    manner: Manner,
    mishap: Mishap,
}

impl Node {
    async fn main(self) -> Result<(), Trouble> {
        Trouble::told(self.work().await)
    }

    async fn work(mut self) -> Result<(), Trouble> {
        let mut outboxes: Vec<_> = self.outboxes.iter_mut().map(|(_, outbox)| outbox).collect();
        let ways = outboxes.len();
        let (mut batch, mut seen) = (Vec::new(), 0);
        loop {
            match self.manner {
                Manner::OneByOne => batch.extend(self.inbox.recv().await),
                Manner::InBatches => drop(self.inbox.recv_many(&mut batch, 5).await),
                // An empty box promises a turn when it changes.
                Manner::Looking => batch.extend(
                    poll_fn(|_| match self.inbox.try_recv() {
                        Ok(message) => Poll::Ready(Some(message)),
                        Err(TryRecvError::Finished) => Poll::Ready(None),
                        Err(TryRecvError::Empty) => Poll::Pending,
                    })
                    .await,
                ),
            }
            if batch.is_empty() {
                return Ok(());
            }
            for message in batch.drain(..) {
                self.mishap.strike(seen)?;
                seen += 1;
                outboxes[message.0 as usize % ways].send(message).await?;
            }
        }
    }
}

#[derive(ThreadedComponent)]
struct ThreadedNode {
    pub inbox: Inbox<Message>,
    pub outboxes: Outboxes<Message>,
    control: Control,
    manner: Manner,
    mishap: Mishap,
}

impl ThreadedNode {
    fn main(self) -> Result<(), Trouble> {
        Trouble::told(self.work())
    }

    fn work(mut self) -> Result<(), Trouble> {
        let mut outboxes: Vec<_> = self.outboxes.iter_mut().map(|(_, outbox)| outbox).collect();
        let ways = outboxes.len();
        let mut seen = 0;
        loop {
            let next = match (self.manner, self.inbox.try_recv()) {
                (_, Ok(message)) => Some(message),
                (_, Err(TryRecvError::Finished)) => return Ok(()),
                (Manner::Looking, Err(TryRecvError::Empty)) => {
                    self.control.wait_blocking();
                    continue;
                }
                (_, Err(TryRecvError::Empty)) => self.inbox.recv_blocking(),
            };
            let Some(message) = next else { return Ok(()) };
            self.mishap.strike(seen)?;
            seen += 1;
            outboxes[message.0 as usize % ways].send_blocking(message)?;
        }
    }
}

#[derive(Component)]
struct Sink {
    pub inbox: Inbox<Message>,
    arrived: Arrived,
}

impl Sink {
    async fn main(mut self) {
        while let Some((sender, number)) = self.inbox.recv().await {
            self.arrived.lock().unwrap().entry(sender).or_default().push(number);
        }
    }
}

/// A graph in layers: sources, nodes that each lead to some of the next layer, and sinks.
struct Drawn {
    graph: Graphline,
    arrived: Arrived,
    sent: Vec<Arc<AtomicU64>>,
}

fn draw(chance: &mut Rng, count: u64, mishaps: bool) -> Drawn {
    let arrived = Arrived::default();
    let mut graph = Graphline::new();
    let mut links = Vec::new();
    let layers = chance.usize(1..4);
    let widths: Vec<usize> = (0..layers).map(|_| chance.usize(1..4)).collect();
    let sinks = chance.usize(1..3);
    let mut sent = Vec::new();
    for number in 0..chance.u64(1..6) {
        let counter = Arc::new(AtomicU64::new(0));
        sent.push(counter.clone());
        let work = Work { sender: number, count, sent: counter };
        let name = format!("source {number}");
        links.push((format!("{name}.outbox"), 0));
        let (outbox, control) = (Outbox::new(), Control::default());
        graph = if chance.bool() {
            graph.add(name, ThreadedSource { outbox, control, work })
        } else {
            let mishap = if mishaps { mishap(chance, count) } else { Mishap::None };
            graph.add(name, Source { outbox, control, work, mishap })
        };
    }
    let mut ways = Vec::new();
    for (layer, width) in widths.iter().enumerate() {
        for at in 0..*width {
            let name = format!("node {layer} {at}");
            let boxes: Vec<String> = (0..chance.usize(1..4)).map(|way| format!("o{way}")).collect();
            ways.extend(boxes.iter().map(|way| (format!("{name}.{way}"), layer + 1)));
            let manner = [Manner::OneByOne, Manner::InBatches, Manner::Looking][chance.usize(..3)];
            let mishap = if mishaps { mishap(chance, count) } else { Mishap::None };
            let (inbox, outboxes) = (Inbox::new(), Outboxes::new(boxes));
            graph = if chance.u8(..3) == 0 {
                let control = Control::default();
                graph.add(name, ThreadedNode { inbox, outboxes, control, manner, mishap })
            } else {
                graph.add(name, Node { inbox, outboxes, manner, mishap })
            };
        }
    }
    for at in 0..sinks {
        let sink = Sink { inbox: Inbox::new(), arrived: arrived.clone() };
        graph = graph.add(format!("sink {at}"), sink);
    }
    links.extend(ways);
    let mut linked = std::collections::HashSet::new();
    for (from, layer) in links {
        let to = match widths.get(layer) {
            Some(width) => format!("node {layer} {}", chance.usize(..*width)),
            None => format!("sink {}", chance.usize(..sinks)),
        };
        linked.insert(to.clone());
        let capacity = [1, 2, 3, 64][chance.usize(..4)];
        graph = graph.link_with(capacity, &*from, &*format!("{to}.inbox"));
    }
    // Whoever nobody happens to lead to is led to by one more source.
    for (layer, width) in widths.iter().enumerate() {
        for at in 0..*width {
            graph = feed(graph, format!("node {layer} {at}"), &linked);
        }
    }
    for at in 0..sinks {
        graph = feed(graph, format!("sink {at}"), &linked);
    }
    Drawn { graph, arrived, sent }
}

fn feed(graph: Graphline, to: String, linked: &std::collections::HashSet<String>) -> Graphline {
    if linked.contains(&to) {
        return graph;
    }
    let work = Work { sender: 1_000, count: 0, sent: Arc::default() };
    let (outbox, control) = (Outbox::new(), Control::default());
    let source = Source { outbox, control, work, mishap: Mishap::None };
    let name = format!("feeder of {to}");
    let from = format!("{name}.outbox");
    graph.add(name, source).link(&*from, &*format!("{to}.inbox"))
}

fn mishap(chance: &mut Rng, count: u64) -> Mishap {
    let after = chance.u64(..count.min(100));
    match chance.u8(..12) {
        0 => Mishap::Panics { after },
        1 => Mishap::Fails { after },
        2 | 3 => Mishap::Leaves { after },
        _ => Mishap::None,
    }
}

fn assert_in_order(arrived: &Arrived, seed: u64) {
    for (sender, numbers) in arrived.lock().unwrap().iter() {
        let expected: Vec<u64> = (0..numbers.len() as u64).collect();
        assert_eq!(*numbers, expected, "seed {seed}, sender {sender}");
    }
}

#[test]
fn graphs_of_any_shape_deliver_everything_once_and_in_order() {
    for seed in 0..400 {
        let mut chance = Rng::with_seed(seed);
        let count = chance.u64(1..40);
        let Drawn { graph, arrived, sent } = draw(&mut chance, count, false);
        in_time(move || graph.run().map(drop)).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let arrived = arrived.lock().unwrap();
        for sender in 0..sent.len() as u64 {
            let expected: Vec<u64> = (0..count).collect();
            assert_eq!(arrived.get(&sender), Some(&expected), "seed {seed}, sender {sender}");
        }
    }
}

#[test]
fn a_graph_asked_to_finish_at_any_moment_delivers_all_it_began_with() {
    for seed in 0..100 {
        let mut chance = Rng::with_seed(seed);
        let Drawn { graph, arrived, sent } = draw(&mut chance, u64::MAX, false);
        let graph = graph.build().unwrap();
        let handle = graph.handle();
        let early = chance.u8(..5) == 0;
        if early {
            handle.finish();
        }
        let run = thread::spawn(move || graph.run().map(drop));
        thread::sleep(Duration::from_micros(chance.u64(..3_000)));
        handle.finish();
        in_time(|| run.join()).unwrap().unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        assert_in_order(&arrived, seed);
        let arrived = arrived.lock().unwrap();
        for (sender, sent) in sent.iter().enumerate() {
            let got = arrived.get(&(sender as u64)).map_or(0, |numbers| numbers.len() as u64);
            assert_eq!(got, sent.load(Ordering::Relaxed), "seed {seed}, sender {sender}");
        }
    }
}

#[test]
fn a_graph_asked_to_stop_at_any_moment_stops() {
    for seed in 0..120 {
        let mut chance = Rng::with_seed(seed);
        let count = if chance.bool() { u64::MAX } else { 50 };
        let Drawn { graph, arrived, .. } = draw(&mut chance, count, false);
        let graph = graph.build().unwrap();
        let handle = graph.handle();
        if chance.u8(..5) == 0 {
            handle.stop();
        }
        let run = thread::spawn(move || graph.run().map(drop));
        thread::sleep(Duration::from_micros(chance.u64(..2_000)));
        handle.stop();
        in_time(|| run.join()).unwrap().unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        handle.stop();
        assert_in_order(&arrived, seed);
    }
}

#[test]
fn whoever_fails_panics_or_leaves_the_graph_ends_and_says_why() {
    // Panics that are meant would fill the screen.
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref() != Some(&"on purpose") {
            tell(info);
        }
    }));
    for seed in 0..200 {
        let mut chance = Rng::with_seed(seed);
        let Drawn { graph, arrived, .. } = draw(&mut chance, 150, true);
        match in_time(move || graph.run().map(drop)) {
            Ok(()) | Err(RunError::Component { .. }) => assert_in_order(&arrived, seed),
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
}

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
