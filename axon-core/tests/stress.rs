//! Graphs of every shape under load, drawn from seeds: nothing is lost or doubled, and every run
//! ends, whoever asks, fails, leaves or joins at whatever moment.
//!
//! A failure names its seed. Threads are not seeded, so it may take some tries to come back.

mod common;

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use axon_core::{
    Asked, Closed, Component, Control, Graphline, Inbox, Outbox, Outboxes, RunError,
    ThreadedComponent, TryRecvError,
};
use common::in_time;
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
