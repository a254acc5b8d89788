//! Components that do what a test tells them, and every order of events in which they do it.
#![allow(dead_code, unreachable_pub)]

use std::future::poll_fn;
use std::ops::Range;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use axon_core::{
    About, Address, Arrange, Closed, Component, Control, Graph, GraphHandle, Graphline, Inbox,
    MainResult, Outbox, Part, Place, Report, RunError, Start, Visitor, yield_now,
};

use crate::common::{Collected, in_time};

/// Enough to meet every order of a few events many times over.
const SEEDS: Range<u64> = 0..40;

/// In which order a graph's components have their turns.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// As in any program.
    AsItComes,
    /// As chance has it.
    Seed(u64),
}

impl Order {
    pub fn run(self, graph: Graphline) -> Result<Report, RunError> {
        self.run_built(graph.build()?)
    }

    /// Of a graph whose handle was wanted.
    pub fn run_built(self, graph: Graph) -> Result<Report, RunError> {
        match self {
            Order::AsItComes => graph.run(),
            Order::Seed(seed) => graph.run_seeded(seed).result,
        }
    }

    /// One of these, a different one in each order.
    pub fn pick<T: Clone>(self, among: &[T]) -> T {
        let at = match self {
            Order::AsItComes => 0,
            Order::Seed(seed) => usize::try_from(seed).unwrap(),
        };
        among[at % among.len()].clone()
    }
}

/// Does this in ordinary runs and by many seeds; the order is told where it fails.
pub fn in_any_order(trial: impl Fn(Order) + Send + 'static) {
    in_time(move || {
        for order in [Order::AsItComes; 3].into_iter().chain(SEEDS.map(Order::Seed)) {
            let told = Told(order);
            trial(order);
            std::mem::forget(told);
        }
    });
}

struct Told(Order);

impl Drop for Told {
    fn drop(&mut self) {
        eprintln!("the order was {:?}", self.0);
    }
}

/// Where a component lives.
#[derive(Clone, Copy, Debug)]
pub enum Where {
    Here,
    There,
    OwnThread,
}

pub const ANYWHERE: [Where; 3] = [Where::Here, Where::There, Where::OwnThread];

impl Where {
    pub fn put(self, component: impl Component) -> Part {
        match self {
            Where::Here => component.into(),
            Where::There => component.on("there"),
            Where::OwnThread => component.on_thread(),
        }
    }
}

/// How many turns a component has had.
pub type Turns = Arc<AtomicU64>;

/// What a component has for its own. All boxes may be left loose.
#[derive(Default)]
pub struct Own {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    pub control: Control,
}

/// A component that lives as the test says.
pub struct Acts<F> {
    pub own: Own,
    act: F,
    turns: Turns,
}

/// A component that awaits.
pub fn acts<R: MainResult, F: AsyncFnOnce(Own) -> R>(act: F) -> Acts<F> {
    Acts { own: Own::default(), act, turns: Turns::default() }
}

impl<F> Acts<F> {
    /// Counts its turns here.
    pub fn counted(self, turns: &Turns) -> Self {
        Acts { turns: turns.clone(), ..self }
    }
}

fn show(own: &mut Own, visitor: &mut dyn Visitor) {
    visitor.inbox(About::new("inbox", "").optional(), &mut own.inbox);
    visitor.outbox(About::new("outbox", "").optional(), &mut own.outbox);
    visitor.control(&mut own.control);
}

impl<R, F> Component for Acts<F>
where
    R: MainResult + 'static,
    F: AsyncFnOnce(Own) -> R + Send + 'static,
{
    fn boxes(&mut self, visitor: &mut dyn Visitor) {
        show(&mut self.own, visitor);
    }

    fn start(self: Box<Self>) -> Start {
        let Acts { own, act, turns } = *self;
        let life = async move { act(own).await.into_result() };
        Start::Polled(Box::pin(async move { count_turns(&turns, pin!(life)).await }))
    }
}

async fn count_turns<T>(turns: &Turns, mut life: Pin<&mut impl Future<Output = T>>) -> T {
    poll_fn(|context| {
        turns.fetch_add(1, Ordering::SeqCst);
        life.as_mut().poll(context)
    })
    .await
}

/// Sends each number it is told to.
pub fn speaker() -> (impl Component + use<>, Address<u64>) {
    counted_speaker(&Turns::default())
}

/// The same, and counts its turns here.
pub fn counted_speaker(turns: &Turns) -> (impl Component + use<>, Address<u64>) {
    let mut speaks = acts(async |mut mine: Own| {
        while let Some(number) = mine.inbox.recv().await {
            mine.outbox.send(number).await?;
        }
        Ok::<(), Closed>(())
    });
    let address = speaks.own.inbox.address();
    (speaks.counted(turns), address)
}

/// Notes what comes, and stays while nobody is linked to it.
pub fn listener(into: &Collected) -> Acts<impl AsyncFnOnce(Own) -> () + Send + 'static> {
    let into = into.clone();
    acts(async move |mut mine: Own| {
        let _open = mine.inbox.address();
        while let Some(number) = mine.inbox.recv().await {
            into.lock().unwrap().push(number);
        }
    })
}

/// The same on a thread of its own, where it blocks.
pub struct Blocks<F> {
    pub own: Own,
    act: F,
}

/// A component that blocks.
pub fn blocks<R: MainResult, F: FnOnce(Own) -> R>(act: F) -> Blocks<F> {
    Blocks { own: Own::default(), act }
}

impl<R, F> Component for Blocks<F>
where
    R: MainResult + 'static,
    F: FnOnce(Own) -> R + Send + 'static,
{
    fn boxes(&mut self, visitor: &mut dyn Visitor) {
        show(&mut self.own, visitor);
    }

    fn start(self: Box<Self>) -> Start {
        let Blocks { own, act } = *self;
        Start::Blocking(Box::new(move || act(own).into_result()))
    }

    fn place(&self) -> Place {
        Place::OwnThread
    }
}

/// Something that one component tells the others, once.
#[derive(Clone, Default)]
pub struct Flag(Arc<AtomicBool>);

impl Flag {
    pub fn raise(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Lets others have their turns until it is raised.
    pub async fn raised(&self) {
        while !self.is_raised() {
            yield_now().await;
        }
    }
}

/// Lets others have their turns until this holds.
pub async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        yield_now().await;
    }
}

/// Many turns for everybody.
pub async fn a_while() {
    for _ in 0..200 {
        yield_now().await;
    }
}

/// A graph's handle, for components that are in it.
#[derive(Clone, Default)]
pub struct Inside(Arc<OnceLock<GraphHandle>>);

impl Inside {
    /// Builds the graph, whose handle this is from now on.
    pub fn build(&self, graph: Graphline) -> Graph {
        let graph = graph.build().unwrap();
        assert!(self.0.set(graph.handle()).is_ok(), "one graph for each handle");
        graph
    }

    /// Whether a component of this name has begun and not ended.
    pub fn lives(&self, name: &str) -> bool {
        let snapshot = self.handle().snapshot();
        snapshot.component(name).is_some_and(|component| !component.has_ended())
    }

    pub fn handle(&self) -> &GraphHandle {
        self.0.get().expect("it was built")
    }
}

/// What is written down in the order in which it happens.
pub struct Notes<T>(Arc<Mutex<Vec<T>>>);

impl<T> Notes<T> {
    pub fn new() -> Self {
        Notes(Arc::default())
    }

    pub fn add(&self, note: T) {
        self.0.lock().unwrap().push(note);
    }

    pub fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl<T> Clone for Notes<T> {
    fn clone(&self) -> Self {
        Notes(self.0.clone())
    }
}

/// Turns so far.
pub fn so_far(turns: &Turns) -> u64 {
    turns.load(Ordering::SeqCst)
}
