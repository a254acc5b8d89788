//! The shapes with a thread for each component and a `crossbeam-channel` for each link.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::measure::{Spent, Stopwatch, sum_below};

/// Bytes of stack: little, since there are a thousand of them.
const STACK: usize = 128 * 1024;

fn go<T: Send + 'static>(life: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::Builder::new().stack_size(STACK).spawn(life).expect("the system has threads")
}

fn count_into(limit: u64, sender: &Sender<u64>) {
    for number in 0..limit {
        sender.send(number).expect("someone receives");
    }
}

pub(crate) fn pipeline(count: u64, stages: usize, boxes: usize) -> Spent {
    let hops = stages as u64 + 1;
    let limit = (count / hops).max(1);
    let watch = Stopwatch::start();
    let (first, mut receiver) = bounded(boxes);
    let mut threads = vec![go(move || count_into(limit, &first))];
    for _ in 0..stages {
        let (sender, next) = bounded(boxes);
        let inbox = std::mem::replace(&mut receiver, next);
        threads.push(go(move || {
            for number in inbox {
                sender.send(black_box(number)).expect("someone receives");
            }
        }));
    }
    let sum = receiver.iter().sum::<u64>();
    join(threads);
    let spent = watch.stop(limit * hops);
    assert_eq!(sum, sum_below(limit));
    spent
}

pub(crate) fn ring(count: u64, members: usize, tokens: usize) -> Spent {
    let each = (count / tokens as u64).max(1);
    let (senders, receivers): (Vec<Sender<u64>>, Vec<Receiver<u64>>) =
        (0..members).map(|_| bounded(128)).unzip();
    let left = Arc::new(AtomicU64::new(tokens as u64));
    let (done, all_done) = bounded(1);
    let firsts: Vec<Sender<u64>> = senders.iter().step_by(members / tokens).cloned().collect();
    let mut next = senders.into_iter().cycle().skip(1);
    let threads: Vec<JoinHandle<u64>> = receivers
        .into_iter()
        .map(|inbox| (inbox, next.next().expect("a ring has no end")))
        .map(|(inbox, outbox)| {
            let left = left.clone();
            let done = done.clone();
            go(move || member(&inbox, outbox, &left, &done))
        })
        .collect();
    drop(next);
    let watch = Stopwatch::start();
    for sender in &firsts {
        sender.send(each).expect("someone receives");
    }
    drop(firsts);
    let operations = each * tokens as u64;
    all_done.recv().expect("the last token says so");
    let spent = watch.stop(operations);
    let hops = threads.into_iter().map(|thread| thread.join().expect("no panic")).sum::<u64>();
    assert_eq!(hops, operations);
    spent
}

fn member(inbox: &Receiver<u64>, outbox: Sender<u64>, left: &AtomicU64, done: &Sender<()>) -> u64 {
    let mut hops = 0;
    for token in inbox {
        hops += 1;
        if token > 1 {
            outbox.send(token - 1).expect("someone receives");
        } else if left.fetch_sub(1, Ordering::Relaxed) == 1 {
            done.send(()).expect("someone waits for it");
            break;
        }
    }
    hops
}

pub(crate) fn fan_out(count: u64, fan: usize, boxes: usize) -> Spent {
    let limit = (count / fan as u64).max(1);
    let mut senders = Vec::new();
    let mut sinks = Vec::new();
    for _ in 0..fan {
        let (sender, receiver) = bounded::<u64>(boxes);
        senders.push(sender);
        sinks.push(go(move || receiver.iter().sum::<u64>()));
    }
    let watch = Stopwatch::start();
    for number in 0..limit {
        for sender in &senders {
            sender.send(number).expect("someone receives");
        }
    }
    drop(senders);
    let sum: u64 = sinks.into_iter().map(|sink| sink.join().expect("no panic")).sum();
    let spent = watch.stop(limit * fan as u64);
    assert_eq!(sum, sum_below(limit) * fan as u64);
    spent
}

pub(crate) fn fan_in(count: u64, fan: usize, boxes: usize) -> Spent {
    let limit = (count / fan as u64).max(1);
    let (sender, receiver) = bounded(boxes);
    let start = Arc::new(Barrier::new(fan + 1));
    let mut threads = Vec::new();
    for _ in 0..fan {
        let (sender, start) = (sender.clone(), start.clone());
        threads.push(go(move || {
            start.wait();
            count_into(limit, &sender);
        }));
    }
    drop(sender);
    let watch = Stopwatch::start();
    start.wait();
    let sum = receiver.iter().sum::<u64>();
    join(threads);
    let spent = watch.stop(limit * fan as u64);
    assert_eq!(sum, sum_below(limit) * fan as u64);
    spent
}

pub(crate) fn spawn(count: u64) -> Spent {
    let watch = Stopwatch::start();
    let (sender, receiver) = bounded(1_000);
    let mut sum = 0;
    while sum < count {
        let now = (count - sum).min(1_000);
        let once = |_| {
            let sender = sender.clone();
            go(move || sender.send(1).expect("someone receives"))
        };
        let threads: Vec<_> = (0..now).map(once).collect();
        sum += receiver.iter().take(now as usize).sum::<u64>();
        join(threads);
    }
    let spent = watch.stop(count);
    assert_eq!(sum, count);
    spent
}

pub(crate) fn ask(count: u64, boxes: usize) -> Spent {
    let (ask, questions) = bounded::<u64>(boxes);
    let (answer, answers) = bounded(boxes);
    let watch = Stopwatch::start();
    let answering = go(move || {
        for number in questions {
            answer.send(number + 1).expect("someone receives");
        }
    });
    let mut sum = 0;
    for number in 0..count {
        ask.send(number).expect("someone receives");
        sum += answers.recv().expect("someone answers");
    }
    drop(ask);
    join(vec![answering]);
    let spent = watch.stop(count);
    assert_eq!(sum, sum_below(count) + count);
    spent
}

pub(crate) fn stream(count: u64, boxes: usize) -> Spent {
    let watch = Stopwatch::start();
    let (sender, receiver) = bounded(boxes);
    let source = go(move || count_into(count, &sender));
    let sum = receiver.iter().sum::<u64>();
    join(vec![source]);
    let spent = watch.stop(count);
    assert_eq!(sum, sum_below(count));
    spent
}

fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        thread.join().expect("no panic");
    }
}
