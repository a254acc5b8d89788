//! Graphs of anything: components on all homes, links of all policies, adoption, panics, pauses and
//! stops from outside at any moment, drawn from seeds. They always end, and every message is
//! accounted for: it is dropped once, its sender's are taken in order, and none is missing where
//! nothing went wrong.
//!
//! A failure names its seed. Where the run is seeded too, it comes back at once.

mod common;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use axon_core::{
    Asked, Closed, Component, Control, GraphHandle, Graphline, Inbox, LinkPolicy, Outbox, Outboxes,
    Part, RunError, ThreadedComponent, sleep, yield_now,
};
use common::{in_stress_time, stress};
use fastrand::Rng;

/// What all components of a graph share, to account for every message.
#[derive(Clone, Default)]
struct Books {
    /// Messages that are anywhere now.
    there: Arc<AtomicI64>,
    sent: Arc<AtomicU64>,
    taken: Arc<AtomicU64>,
    /// The last number that came from each sender.
    last: Arc<Mutex<HashMap<u64, u64>>>,
}

/// Counts for as long as it is anywhere.
struct Message {
    sender: u64,
    number: u64,
    there: Arc<AtomicI64>,
}

impl Drop for Message {
    fn drop(&mut self) {
        self.there.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Books {
    fn message(&self, sender: u64, number: u64) -> Message {
        self.there.fetch_add(1, Ordering::Relaxed);
        Message { sender, number, there: self.there.clone() }
    }

    fn take(&self, message: &Message) {
        self.taken.fetch_add(1, Ordering::Relaxed);
        let before = self.last.lock().unwrap().insert(message.sender, message.number);
        assert!(before.is_none_or(|before| before < message.number), "in order, and once");
    }
}

/// When it goes wrong, and how.
#[derive(Clone, Copy)]
enum Mishap {
    None,
    Panics { at: u64 },
    Fails { at: u64 },
    Leaves { at: u64 },
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Closed(#[from] Closed),
    #[error("on purpose")]
    Failure,
}

impl Mishap {
    fn strike(self, seen: u64) -> Result<(), Trouble> {
        match self {
            Mishap::Panics { at } if at == seen => panic!("on purpose"),
            Mishap::Fails { at } if at == seen => Err(Trouble::Failure),
            Mishap::Leaves { at } if at == seen => Err(Trouble::Closed(Closed)),
            _ => Ok(()),
        }
    }
}

/// Trouble that is only an end is none.
fn told(result: Result<(), Trouble>) -> Result<(), Trouble> {
    match result {
        Err(Trouble::Closed(_)) => Ok(()),
        result => result,
    }
}

/// Sends so many, and adopts others on its way.
#[derive(Component)]
struct Source {
    pub outbox: Outbox<Message>,
    control: Control,
    sender: u64,
    count: u64,
    adopts: Vec<Graphline>,
    mishap: Mishap,
    books: Books,
}

impl Source {
    async fn main(self) -> Result<(), Trouble> {
        told(self.work().await)
    }

    async fn work(mut self) -> Result<(), Trouble> {
        for number in 0..self.count {
            if self.control.asked() > Asked::GoOn {
                break;
            }
            self.mishap.strike(number)?;
            if let Some(graph) = self.adopts.pop() {
                let mut children = self.control.adopt(graph).expect("it is whole");
                if number % 2 == 0 {
                    children.all_ended().await;
                }
            }
            self.outbox.send(self.books.message(self.sender, number)).await?;
            self.books.sent.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Passes each on along the one of its boxes that is for its sender.
#[derive(Component)]
struct Node {
    pub inbox: Inbox<Message>,
    pub outboxes: Outboxes<Message>,
    mishap: Mishap,
    sleeps: bool,
}

#[derive(ThreadedComponent)]
struct ThreadedNode {
    pub inbox: Inbox<Message>,
    pub outboxes: Outboxes<Message>,
    mishap: Mishap,
}

impl Node {
    async fn main(self) -> Result<(), Trouble> {
        told(self.work().await)
    }

    async fn work(mut self) -> Result<(), Trouble> {
        let mut outboxes: Vec<_> = self.outboxes.iter_mut().map(|(_, outbox)| outbox).collect();
        let (ways, mut seen) = (outboxes.len() as u64, 0);
        while let Some(message) = self.inbox.recv().await {
            self.mishap.strike(seen)?;
            seen += 1;
            if self.sleeps && seen % 8 == 0 {
                sleep(Duration::from_micros(seen)).await;
            }
            outboxes[(message.sender % ways) as usize].send(message).await?;
        }
        Ok(())
    }
}

impl ThreadedNode {
    fn main(self) -> Result<(), Trouble> {
        told(self.work())
    }

    fn work(mut self) -> Result<(), Trouble> {
        let mut outboxes: Vec<_> = self.outboxes.iter_mut().map(|(_, outbox)| outbox).collect();
        let (ways, mut seen) = (outboxes.len() as u64, 0);
        while let Some(message) = self.inbox.recv_blocking() {
            self.mishap.strike(seen)?;
            seen += 1;
            outboxes[(message.sender % ways) as usize].send_blocking(message)?;
        }
        Ok(())
    }
}

#[derive(Component)]
struct Sink {
    pub inbox: Inbox<Message>,
    mishap: Mishap,
    books: Books,
}

impl Sink {
    async fn main(self) -> Result<(), Trouble> {
        told(self.work().await)
    }

    async fn work(mut self) -> Result<(), Trouble> {
        let mut seen = 0;
        while let Some(message) = self.inbox.recv().await {
            self.mishap.strike(seen)?;
            seen += 1;
            self.books.take(&message);
        }
        Ok(())
    }
}

/// Draws graphs.
struct Artist {
    chance: Rng,
    books: Books,
    /// Nothing may go wrong.
    is_calm: bool,
    senders: u64,
}

impl Artist {
    fn new(seed: u64) -> Self {
        let mut chance = Rng::with_seed(seed);
        let is_calm = chance.u8(..3) == 0;
        Artist { chance, books: Books::default(), is_calm, senders: 0 }
    }

    fn mishap(&mut self) -> Mishap {
        let at = self.chance.u64(..20);
        match self.chance.u8(..15) {
            _ if self.is_calm => Mishap::None,
            0 => Mishap::Panics { at },
            1 => Mishap::Fails { at },
            2 => Mishap::Leaves { at },
            _ => Mishap::None,
        }
    }

    fn home(&mut self, part: impl Into<Part>) -> Part {
        let part = part.into();
        let part = match self.chance.u8(..6) {
            0 => part.on("one"),
            1 => part.on("another"),
            2 => part.on_thread(),
            _ => part,
        };
        if self.chance.u8(..3) == 0 { part.isolated() } else { part }
    }

    fn policy(&mut self) -> LinkPolicy {
        let limit = [1, 2, 5, 64][self.chance.usize(..4)];
        match self.chance.u8(..8) {
            _ if self.is_calm => LinkPolicy::wait(limit),
            0 => LinkPolicy::drop_oldest(limit),
            1 => LinkPolicy::latest(),
            2 => LinkPolicy::fail(64),
            3 => LinkPolicy::wait(limit).max_bytes(40, |message: &Message| {
                usize::try_from(message.number % 50).unwrap_or(0)
            }),
            _ => LinkPolicy::wait(limit),
        }
    }

    fn source(&mut self, depth: u8) -> Part {
        self.senders += 1;
        let (sender, count) = (self.senders, self.chance.u64(..40));
        let adopted = if depth > 0 { self.chance.usize(..3) } else { 0 };
        let source = Source {
            outbox: Outbox::new(),
            control: Control::default(),
            sender,
            count,
            adopts: (0..adopted).map(|_| self.graph(depth - 1)).collect(),
            mishap: self.mishap(),
            books: self.books.clone(),
        };
        self.home(source)
    }

    fn node(&mut self, ways: &[String]) -> Part {
        let (inbox, outboxes, mishap) = (Inbox::new(), Outboxes::new(ways), self.mishap());
        if self.chance.u8(..5) == 0 {
            return ThreadedNode { inbox, outboxes, mishap }.into();
        }
        let sleeps = self.chance.u8(..4) == 0;
        self.home(Node { inbox, outboxes, mishap, sleeps })
    }

    /// Sources, some nodes after them, and sinks.
    fn graph(&mut self, depth: u8) -> Graphline {
        let mut graph = Graphline::new();
        let (sources, nodes, sinks) =
            (self.chance.usize(1..4), self.chance.usize(..4), self.chance.usize(1..3));
        // Who sends from which box, and how far on it is.
        let mut loose = Vec::new();
        for at in 0..sources {
            graph = graph.add(format!("source {at}"), self.source(depth));
            loose.push((format!("source {at}.outbox"), 0));
        }
        for at in 0..nodes {
            let ways: Vec<String> =
                (0..self.chance.u8(1..3)).map(|way| format!("o{way}")).collect();
            graph = graph.add(format!("node {at}"), self.node(&ways));
            loose.extend(ways.iter().map(|way| (format!("node {at}.{way}"), at + 1)));
        }
        for at in 0..sinks {
            let (mishap, books) = (self.mishap(), self.books.clone());
            let sink = self.home(Sink { inbox: Inbox::new(), mishap, books });
            graph = graph.add(format!("sink {at}"), sink);
        }
        let mut fed = vec![false; nodes + sinks];
        for (from, first) in loose {
            let to = self.chance.usize(first..nodes + sinks);
            fed[to] = true;
            graph = graph.link_with(self.policy(), &*from, &*inbox(to, nodes));
        }
        for (to, _) in fed.iter().enumerate().filter(|(_, fed)| !**fed) {
            let name = format!("feeder of {to}");
            let from = format!("{name}.outbox");
            graph = graph.add(name, self.source(0)).link(&*from, &*inbox(to, nodes));
        }
        if self.chance.bool() { graph.isolated() } else { graph }
    }
}

fn inbox(at: usize, nodes: usize) -> String {
    if at < nodes { format!("node {at}.inbox") } else { format!("sink {}.inbox", at - nodes) }
}

/// Lets some rest for a while, and at last, sometimes, asks all to end.
struct Meddler {
    chance: Rng,
    handle: GraphHandle,
    may_stop: bool,
}

impl Meddler {
    /// Whom it has paused.
    fn pause(&mut self) -> Option<String> {
        let snapshot = self.handle.snapshot();
        let names: Vec<String> = snapshot
            .components
            .into_iter()
            .filter(|it| !it.has_ended() && it.name != "meddles")
            .map(|it| it.name)
            .collect();
        let name = self.chance.choice(names)?;
        self.handle.pause(&name).ok()?;
        Some(name)
    }

    /// Several may have the name, and another one now than before.
    fn resume_all(&mut self) {
        for component in self.handle.snapshot().components {
            let _ = self.handle.resume(&component.name);
        }
    }

    fn stop(&mut self) {
        let patience = Duration::from_secs(1_000);
        match self.chance.u8(..8) {
            _ if !self.may_stop => {}
            0 => self.handle.stop(),
            1 => self.handle.finish(),
            2 => self.handle.stop_within(patience),
            3 => self.handle.finish_within(patience),
            _ => {}
        }
    }
}

/// The same within the graph.
#[derive(Component)]
struct Meddles {
    control: Control,
    seed: u64,
    may_stop: bool,
}

impl Meddles {
    async fn main(self) {
        let handle = self.control.graph().expect("it runs");
        let chance = Rng::with_seed(self.seed);
        let mut meddler = Meddler { chance, handle, may_stop: self.may_stop };
        for _ in 0..meddler.chance.u8(..4) {
            meddler.pause();
            for _ in 0..meddler.chance.u8(..20) {
                yield_now().await;
            }
            meddler.resume_all();
        }
        meddler.stop();
    }
}

/// Whether the run ended as it may, and every message is accounted for.
fn check(seed: u64, artist: &Artist, result: Result<(), RunError>) {
    let books = &artist.books;
    match result {
        Ok(()) => {}
        Err(RunError::Component { .. }) if !artist.is_calm => {}
        Err(error) => panic!("seed {seed}: {error}"),
    }
    assert_eq!(books.there.load(Ordering::Relaxed), 0, "seed {seed}: all are gone");
    let (sent, taken) = (books.sent.load(Ordering::Relaxed), books.taken.load(Ordering::Relaxed));
    assert!(taken <= sent, "seed {seed}: {taken} of {sent}");
    if artist.is_calm {
        assert_eq!(taken, sent, "seed {seed}");
    }
}

/// Panics that are meant would fill the screen.
fn be_quiet() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref() != Some(&"on purpose") {
            tell(info);
        }
    }));
}

#[test]
fn graphs_of_anything_end_and_account_for_every_message() {
    be_quiet();
    in_stress_time(|| {
        for seed in 0..stress(400) {
            let mut artist = Artist::new(seed);
            let graph = artist.graph(2).build().unwrap();
            let (chance, handle) = (artist.chance.fork(), graph.handle());
            let mut meddler = Meddler { chance, handle, may_stop: !artist.is_calm };
            let meddling = thread::spawn(move || {
                for _ in 0..meddler.chance.u8(..4) {
                    thread::sleep(Duration::from_micros(meddler.chance.u64(..400)));
                    meddler.pause();
                    thread::sleep(Duration::from_micros(meddler.chance.u64(..200)));
                    meddler.resume_all();
                }
                meddler.stop();
            });
            let result = graph.run().map(drop);
            meddling.join().unwrap();
            check(seed, &artist, result);
        }
    });
}

#[test]
fn seeded_graphs_of_anything_end_and_account_for_every_message() {
    be_quiet();
    in_stress_time(|| {
        for seed in 0..stress(1_000) {
            let mut artist = Artist::new(seed);
            let graph = artist.graph(1);
            let meddles = Meddles {
                control: Control::default(),
                seed: artist.chance.u64(..),
                may_stop: !artist.is_calm,
            };
            let graph = graph.add("meddles", meddles);
            let result = graph.run_seeded(seed).result.map(drop);
            check(seed, &artist, result);
        }
    });
}
