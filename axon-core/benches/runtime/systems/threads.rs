//! A thread for each component and a `crossbeam-channel` for each inbox.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{IDLE_BOX, System, THREADS, Work, messages, sum_below};
use crate::idle::Waiting;
use crate::measure::{Spent, Stopwatch};

/// Bytes of stack: little, since there are a thousand of them.
const STACK: usize = 128 * 1024;

/// More threads at a time than this are nothing that anybody would try.
const ALIVE_MAX: usize = 1_000;

/// Threads made in a round: enough, since each takes as long as a hundred of anything else.
const MADE_MAX: u64 = 2_000;

pub(super) struct Threads;

impl System for Threads {
    fn name(&self) -> &'static str {
        THREADS
    }

    fn run(&self, work: Work, count: u64) -> Option<Spent> {
        match work {
            Work::Pipeline { stages, boxes } => Some(pipeline(count, stages, boxes)),
            Work::Ring { members, tokens } => Some(ring(count, members, tokens)),
            Work::FanOut { fan, boxes } => Some(fan_out(count, fan, boxes)),
            Work::FanIn { fan, boxes } => Some(fan_in(count, fan, boxes)),
            Work::Lives { alive } => {
                (alive <= ALIVE_MAX as u64).then(|| lives(count.min(MADE_MAX), alive))
            }
            Work::Ask { boxes } => Some(ask(count, boxes)),
            Work::Stream { boxes } => Some(stream(count, boxes)),
        }
    }

    fn idle_max(&self) -> usize {
        ALIVE_MAX
    }

    fn idle(&self, components: usize, waiting: &Waiting) {
        let mut held_open = Vec::new();
        for _ in 0..components {
            let (sender, inbox) = bounded::<u64>(IDLE_BOX);
            held_open.push(sender);
            let waiting = waiting.clone();
            go(move || {
                waiting.fetch_add(1, Ordering::Relaxed);
                inbox.recv()
            });
        }
        loop {
            thread::park();
        }
    }
}

fn go<T: Send + 'static>(life: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::Builder::new().stack_size(STACK).spawn(life).expect("the system has threads")
}

fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        thread.join().expect("no panic");
    }
}

fn count_into(limit: u64, outbox: &Sender<u64>) {
    for number in 0..limit {
        outbox.send(number).expect("someone receives");
    }
}

fn pipeline(count: u64, stages: usize, boxes: usize) -> Spent {
    let limit = messages(count, stages + 1);
    let (first, mut last) = bounded(boxes);
    let mut threads = Vec::new();
    for _ in 0..stages {
        let (outbox, next) = bounded(boxes);
        let inbox = std::mem::replace(&mut last, next);
        threads.push(go(move || {
            for number in inbox {
                outbox.send(black_box(number)).expect("someone receives");
            }
        }));
    }
    let watch = Stopwatch::start();
    threads.push(go(move || count_into(limit, &first)));
    let sum = last.iter().sum::<u64>();
    join(threads);
    let spent = watch.stop(limit * (stages as u64 + 1));
    assert_eq!(sum, sum_below(limit));
    spent
}

fn ring(count: u64, members: usize, tokens: usize) -> Spent {
    let each = messages(count, tokens);
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..members).map(|_| bounded(128)).unzip();
    let left = Arc::new(AtomicU64::new(tokens as u64));
    let (done, all_done) = bounded(1);
    let mut threads = Vec::new();
    for (at, inbox) in receivers.into_iter().enumerate() {
        let next = senders[(at + 1) % members].clone();
        let (left, done) = (left.clone(), done.clone());
        threads.push(go(move || member(&inbox, next, &left, &done)));
    }
    let watch = Stopwatch::start();
    for sender in senders.into_iter().step_by(members / tokens) {
        sender.send(each).expect("someone receives");
    }
    let operations = each * tokens as u64;
    all_done.recv().expect("the last token says so");
    let spent = watch.stop(operations);
    let hops = threads.into_iter().map(|thread| thread.join().expect("no panic")).sum::<u64>();
    assert_eq!(hops, operations);
    spent
}

/// Passes tokens on with one less, until all of them are down to nothing.
fn member(inbox: &Receiver<u64>, next: Sender<u64>, left: &AtomicU64, done: &Sender<()>) -> u64 {
    let mut hops = 0;
    for token in inbox {
        hops += 1;
        if token > 1 {
            next.send(token - 1).expect("someone receives");
        } else if left.fetch_sub(1, Ordering::Relaxed) == 1 {
            done.send(()).expect("someone waits for it");
            break;
        }
    }
    // Ends the next one, and so everyone.
    drop(next);
    hops
}

fn fan_out(count: u64, fan: usize, boxes: usize) -> Spent {
    let limit = messages(count, fan);
    let mut outboxes = Vec::new();
    let mut sinks = Vec::new();
    for _ in 0..fan {
        let (outbox, inbox) = bounded::<u64>(boxes);
        outboxes.push(outbox);
        sinks.push(go(move || inbox.iter().sum::<u64>()));
    }
    let watch = Stopwatch::start();
    for number in 0..limit {
        for outbox in &outboxes {
            outbox.send(number).expect("someone receives");
        }
    }
    drop(outboxes);
    let sum: u64 = sinks.into_iter().map(|sink| sink.join().expect("no panic")).sum();
    let spent = watch.stop(limit * fan as u64);
    assert_eq!(sum, sum_below(limit) * fan as u64);
    spent
}

fn fan_in(count: u64, fan: usize, boxes: usize) -> Spent {
    let limit = messages(count, fan);
    let (outbox, inbox) = bounded(boxes);
    let (start, starts) = bounded::<()>(0);
    let mut threads = Vec::new();
    for _ in 0..fan {
        let (outbox, starts) = (outbox.clone(), starts.clone());
        threads.push(go(move || {
            // Nobody sends: it ends for all at once.
            let _ = starts.recv();
            count_into(limit, &outbox);
        }));
    }
    drop(outbox);
    let watch = Stopwatch::start();
    drop(start);
    let sum = inbox.iter().sum::<u64>();
    join(threads);
    let spent = watch.stop(limit * fan as u64);
    assert_eq!(sum, sum_below(limit) * fan as u64);
    spent
}

fn lives(count: u64, alive: u64) -> Spent {
    let watch = Stopwatch::start();
    let (outbox, inbox) = bounded(alive as usize);
    let mut sum = 0;
    while sum < count {
        let now = alive.min(count - sum);
        let once = |_| {
            let outbox = outbox.clone();
            go(move || outbox.send(1).expect("someone receives"))
        };
        let threads: Vec<_> = (0..now).map(once).collect();
        sum += inbox.iter().take(now as usize).sum::<u64>();
        join(threads);
    }
    let spent = watch.stop(count);
    assert_eq!(sum, count);
    spent
}

fn ask(count: u64, boxes: usize) -> Spent {
    let (question, questions) = bounded::<u64>(boxes);
    let (answer, answers) = bounded(boxes);
    let answering = go(move || {
        for number in questions {
            answer.send(number + 1).expect("someone receives");
        }
    });
    let watch = Stopwatch::start();
    let mut sum = 0;
    for number in 0..count {
        question.send(number).expect("someone receives");
        sum += answers.recv().expect("someone answers");
    }
    let spent = watch.stop(count);
    drop(question);
    join(vec![answering]);
    assert_eq!(sum, sum_below(count) + count);
    spent
}

fn stream(count: u64, boxes: usize) -> Spent {
    let (outbox, inbox) = bounded(boxes);
    let watch = Stopwatch::start();
    let source = go(move || count_into(count, &outbox));
    let sum = inbox.iter().sum::<u64>();
    join(vec![source]);
    let spent = watch.stop(count);
    assert_eq!(sum, sum_below(count));
    spent
}
