//! The work for anything that has tasks and bounded channels: a task is a component, a channel its
//! inbox. The components differ only in the types they are written with.

use std::fmt::Debug;
use std::future::Future;
use std::hint::black_box;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::{IDLE_BOX, System, Work, messages, sum_below};
use crate::idle::Waiting;
use crate::measure::{Spent, Stopwatch};

/// An executor with a channel.
pub(super) trait Tasks: Sized + 'static {
    type Sender: Clone + Send + Sync + 'static;
    type Receiver: Send + 'static;

    fn new() -> Self;
    fn spawn(&self, life: impl Future<Output = ()> + Send + 'static);
    /// Lets the tasks run until this is done.
    fn block_on<R>(&self, main: impl Future<Output = R>) -> R;

    fn channel(boxes: usize) -> (Self::Sender, Self::Receiver);
    /// Waits for room. Fails if nobody receives any more. The channel's own future, as `recv` is:
    /// one more around it costs a fifth.
    fn send(sender: &Self::Sender, number: u64) -> impl Future<Output: Sent> + Send;
    /// None once nobody sends any more.
    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output: Received> + Send;
    /// The same on a thread that has no tasks.
    fn send_blocking(sender: &Self::Sender, number: u64);
    fn recv_blocking(receiver: &mut Self::Receiver) -> Option<u64>;
}

/// What sending gives.
pub(super) trait Sent: Send {
    fn check(self);
}

impl<E: Debug + Send> Sent for Result<(), E> {
    fn check(self) {
        self.expect("someone receives");
    }
}

/// What receiving gives.
pub(super) trait Received: Send {
    fn number(self) -> Option<u64>;
}

impl Received for Option<u64> {
    fn number(self) -> Option<u64> {
        self
    }
}

impl<E: Send> Received for Result<u64, E> {
    fn number(self) -> Option<u64> {
        self.ok()
    }
}

pub(super) struct OnTasks<T> {
    name: &'static str,
    tasks: PhantomData<fn() -> T>,
}

impl<T: Tasks> OnTasks<T> {
    pub(super) fn new(name: &'static str) -> Self {
        OnTasks { name, tasks: PhantomData }
    }
}

impl<T: Tasks> System for OnTasks<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&self, work: Work, count: u64) -> Option<Spent> {
        Some(match work {
            Work::Pipeline { stages, boxes } => pipeline::<T>(count, stages, boxes),
            Work::Ring { members, tokens } => ring::<T>(count, members, tokens),
            Work::FanOut { fan, boxes } => fan_out::<T>(count, fan, boxes),
            Work::FanIn { fan, boxes } => fan_in::<T>(count, fan, boxes),
            Work::Lives { alive } => lives::<T>(count, alive),
            Work::Ask { boxes } => ask::<T>(count, boxes),
            Work::Stream { boxes } => stream::<T>(count, boxes),
        })
    }

    fn idle_max(&self) -> usize {
        usize::MAX
    }

    fn idle(&self, components: usize, waiting: &Waiting) {
        let tasks = T::new();
        let mut held_open = Vec::with_capacity(components);
        for _ in 0..components {
            let (sender, mut inbox) = T::channel(IDLE_BOX);
            held_open.push(sender);
            let waiting = waiting.clone();
            tasks.spawn(async move {
                waiting.fetch_add(1, Ordering::Relaxed);
                T::recv(&mut inbox).await.number();
            });
        }
        tasks.block_on(std::future::pending::<()>());
    }
}

async fn count_into<T: Tasks>(limit: u64, outbox: T::Sender) {
    for number in 0..limit {
        T::send(&outbox, number).await.check();
    }
}

async fn pass<T: Tasks>(mut inbox: T::Receiver, outbox: T::Sender) {
    while let Some(number) = T::recv(&mut inbox).await.number() {
        T::send(&outbox, black_box(number)).await.check();
    }
}

async fn add_up<T: Tasks>(mut inbox: T::Receiver, sums: T::Sender) {
    let sum = total::<T>(&mut inbox).await;
    T::send(&sums, sum).await.check();
}

async fn total<T: Tasks>(inbox: &mut T::Receiver) -> u64 {
    let mut sum = 0;
    while let Some(number) = T::recv(inbox).await.number() {
        sum += number;
    }
    sum
}

fn pipeline<T: Tasks>(count: u64, stages: usize, boxes: usize) -> Spent {
    let limit = messages(count, stages + 1);
    let tasks = T::new();
    let (first, mut last) = T::channel(boxes);
    for _ in 0..stages {
        let (outbox, next) = T::channel(boxes);
        tasks.spawn(pass::<T>(std::mem::replace(&mut last, next), outbox));
    }
    let (sums, mut sum) = T::channel(1);
    tasks.spawn(add_up::<T>(last, sums));
    let watch = Stopwatch::start();
    tasks.spawn(count_into::<T>(limit, first));
    let sum = tasks.block_on(total::<T>(&mut sum));
    let spent = watch.stop(limit * (stages as u64 + 1));
    assert_eq!(sum, sum_below(limit));
    spent
}

fn ring<T: Tasks>(count: u64, members: usize, tokens: usize) -> Spent {
    let each = messages(count, tokens);
    let tasks = T::new();
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..members).map(|_| T::channel(128)).unzip();
    let left = Arc::new(AtomicU64::new(tokens as u64));
    let (hops, mut all_hops) = T::channel(members);
    for (at, inbox) in receivers.into_iter().enumerate() {
        let next = senders[(at + 1) % members].clone();
        tasks.spawn(member::<T>(inbox, next, left.clone(), hops.clone()));
    }
    drop(hops);
    let watch = Stopwatch::start();
    let hops = tasks.block_on(async {
        for sender in senders.into_iter().step_by(members / tokens) {
            T::send(&sender, each).await.check();
        }
        total::<T>(&mut all_hops).await
    });
    let operations = each * tokens as u64;
    let spent = watch.stop(operations);
    assert_eq!(hops, operations);
    spent
}

/// Passes tokens on with one less, until all of them are down to nothing.
async fn member<T: Tasks>(
    mut inbox: T::Receiver,
    next: T::Sender,
    left: Arc<AtomicU64>,
    sum: T::Sender,
) {
    let mut hops = 0;
    while let Some(token) = T::recv(&mut inbox).await.number() {
        hops += 1;
        if token > 1 {
            T::send(&next, token - 1).await.check();
        } else if left.fetch_sub(1, Ordering::Relaxed) == 1 {
            break;
        }
    }
    // Ends the next one, and so everyone.
    drop(next);
    T::send(&sum, hops).await.check();
}

fn fan_out<T: Tasks>(count: u64, fan: usize, boxes: usize) -> Spent {
    let limit = messages(count, fan);
    let tasks = T::new();
    let (sums, mut all_sums) = T::channel(fan);
    let mut outboxes = Vec::new();
    for _ in 0..fan {
        let (outbox, inbox) = T::channel(boxes);
        outboxes.push(outbox);
        tasks.spawn(add_up::<T>(inbox, sums.clone()));
    }
    drop(sums);
    let watch = Stopwatch::start();
    tasks.spawn(async move {
        for number in 0..limit {
            for outbox in &outboxes {
                T::send(outbox, number).await.check();
            }
        }
    });
    let sum = tasks.block_on(total::<T>(&mut all_sums));
    let spent = watch.stop(limit * fan as u64);
    assert_eq!(sum, sum_below(limit) * fan as u64);
    spent
}

fn fan_in<T: Tasks>(count: u64, fan: usize, boxes: usize) -> Spent {
    let limit = messages(count, fan);
    let tasks = T::new();
    let (outbox, inbox) = T::channel(boxes);
    let (sums, mut sum) = T::channel(1);
    tasks.spawn(add_up::<T>(inbox, sums));
    let watch = Stopwatch::start();
    for _ in 0..fan {
        tasks.spawn(count_into::<T>(limit, outbox.clone()));
    }
    drop(outbox);
    let sum = tasks.block_on(total::<T>(&mut sum));
    let spent = watch.stop(limit * fan as u64);
    assert_eq!(sum, sum_below(limit) * fan as u64);
    spent
}

fn lives<T: Tasks>(count: u64, alive: u64) -> Spent {
    let tasks = T::new();
    let watch = Stopwatch::start();
    let sum = tasks.block_on(async {
        let (outbox, mut inbox) = T::channel(alive as usize);
        let mut sum = 0;
        while sum < count {
            let now = alive.min(count - sum);
            for _ in 0..now {
                let outbox = outbox.clone();
                tasks.spawn(async move { T::send(&outbox, 1).await.check() });
            }
            for _ in 0..now {
                sum += T::recv(&mut inbox).await.number().expect("everyone sends");
            }
        }
        sum
    });
    let spent = watch.stop(count);
    assert_eq!(sum, count);
    spent
}

fn ask<T: Tasks>(count: u64, boxes: usize) -> Spent {
    let (question, mut questions) = T::channel(boxes);
    let (answer, mut answers) = T::channel(boxes);
    let (sums, mut sum) = T::channel(1);
    let tasks = T::new();
    let answering = thread::spawn(move || {
        while let Some(number) = T::recv_blocking(&mut questions) {
            T::send_blocking(&answer, number + 1);
        }
    });
    let watch = Stopwatch::start();
    tasks.spawn(async move {
        let mut sum = 0;
        for number in 0..count {
            T::send(&question, number).await.check();
            sum += T::recv(&mut answers).await.number().expect("someone answers");
        }
        T::send(&sums, sum).await.check();
    });
    let sum = tasks.block_on(total::<T>(&mut sum));
    let spent = watch.stop(count);
    answering.join().expect("no panic");
    assert_eq!(sum, sum_below(count) + count);
    spent
}

fn stream<T: Tasks>(count: u64, boxes: usize) -> Spent {
    let (outbox, inbox) = T::channel(boxes);
    let (sums, mut sum) = T::channel(1);
    let tasks = T::new();
    tasks.spawn(add_up::<T>(inbox, sums));
    let watch = Stopwatch::start();
    let source = thread::spawn(move || {
        for number in 0..count {
            T::send_blocking(&outbox, number);
        }
    });
    let sum = tasks.block_on(total::<T>(&mut sum));
    source.join().expect("no panic");
    let spent = watch.stop(count);
    assert_eq!(sum, sum_below(count));
    spent
}
