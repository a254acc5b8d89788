//! The shapes as tasks of `async-executor` on one thread, with a `kanal` channel for each link: the
//! fastest pair of general-purpose parts we know of.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;
use std::thread;

use async_executor::{LocalExecutor, Task};
use futures_lite::future::block_on;
use kanal::{AsyncReceiver, AsyncSender, bounded_async};

use crate::measure::{Spent, Stopwatch, sum_below};

async fn count_into(limit: u64, sender: AsyncSender<u64>) {
    for number in 0..limit {
        sender.send(number).await.expect("someone receives");
    }
}

async fn add_up(receiver: AsyncReceiver<u64>) -> u64 {
    let mut sum = 0;
    while let Ok(number) = receiver.recv().await {
        sum += number;
    }
    sum
}

async fn add_up_all(tasks: Vec<Task<u64>>) -> u64 {
    let mut sum = 0;
    for task in tasks {
        sum += task.await;
    }
    sum
}

pub(crate) fn pipeline(count: u64, stages: usize, boxes: usize) -> Spent {
    let hops = stages as u64 + 1;
    let limit = (count / hops).max(1);
    let executor = LocalExecutor::new();
    let watch = Stopwatch::start();
    let (first, mut receiver) = bounded_async(boxes);
    executor.spawn(count_into(limit, first)).detach();
    for _ in 0..stages {
        let (sender, next) = bounded_async(boxes);
        let inbox = std::mem::replace(&mut receiver, next);
        let pass = async move {
            while let Ok(number) = inbox.recv().await {
                sender.send(black_box(number)).await.expect("someone receives");
            }
        };
        executor.spawn(pass).detach();
    }
    let sink = executor.spawn(add_up(receiver));
    let sum = block_on(executor.run(sink));
    let spent = watch.stop(limit * hops);
    assert_eq!(sum, sum_below(limit));
    spent
}

pub(crate) fn ring(count: u64, members: usize, tokens: usize) -> Spent {
    let each = (count / tokens as u64).max(1);
    let executor = LocalExecutor::new();
    let (senders, receivers): (Vec<_>, Vec<_>) =
        (0..members).map(|_| bounded_async::<u64>(128)).unzip();
    let left = Rc::new(Cell::new(tokens));
    let mut next = senders.clone().into_iter().cycle().skip(1);
    let mut ring = Vec::new();
    for inbox in receivers {
        let outbox = next.next().expect("a ring has no end");
        ring.push(executor.spawn(member(inbox, outbox, left.clone())));
    }
    drop(next);
    let watch = Stopwatch::start();
    let hops = block_on(executor.run(async {
        for sender in senders.into_iter().step_by(members / tokens) {
            sender.send(each).await.expect("someone receives");
        }
        add_up_all(ring).await
    }));
    let operations = each * tokens as u64;
    let spent = watch.stop(operations);
    assert_eq!(hops, operations);
    spent
}

async fn member(inbox: AsyncReceiver<u64>, outbox: AsyncSender<u64>, left: Rc<Cell<usize>>) -> u64 {
    let mut hops = 0;
    while let Ok(token) = inbox.recv().await {
        hops += 1;
        if token > 1 {
            outbox.send(token - 1).await.expect("someone receives");
        } else {
            left.set(left.get() - 1);
            if left.get() == 0 {
                break;
            }
        }
    }
    hops
}

pub(crate) fn fan_out(count: u64, fan: usize, boxes: usize) -> Spent {
    let limit = (count / fan as u64).max(1);
    let executor = LocalExecutor::new();
    let watch = Stopwatch::start();
    let mut senders = Vec::new();
    let mut sinks = Vec::new();
    for _ in 0..fan {
        let (sender, receiver) = bounded_async(boxes);
        senders.push(sender);
        sinks.push(executor.spawn(add_up(receiver)));
    }
    let source = async move {
        for number in 0..limit {
            for sender in &senders {
                sender.send(number).await.expect("someone receives");
            }
        }
    };
    executor.spawn(source).detach();
    let sum = block_on(executor.run(add_up_all(sinks)));
    let spent = watch.stop(limit * fan as u64);
    assert_eq!(sum, sum_below(limit) * fan as u64);
    spent
}

pub(crate) fn fan_in(count: u64, fan: usize, boxes: usize) -> Spent {
    let limit = (count / fan as u64).max(1);
    let executor = LocalExecutor::new();
    let watch = Stopwatch::start();
    let (sender, receiver) = bounded_async(boxes);
    for _ in 0..fan {
        executor.spawn(count_into(limit, sender.clone())).detach();
    }
    drop(sender);
    let sink = executor.spawn(add_up(receiver));
    let sum = block_on(executor.run(sink));
    let spent = watch.stop(limit * fan as u64);
    assert_eq!(sum, sum_below(limit) * fan as u64);
    spent
}

pub(crate) fn spawn(count: u64) -> Spent {
    let executor = LocalExecutor::new();
    let watch = Stopwatch::start();
    let sum = block_on(executor.run(async {
        let (sender, receiver) = bounded_async(1_000);
        let mut sum = 0;
        while sum < count {
            let now = (count - sum).min(1_000);
            for _ in 0..now {
                let sender = sender.clone();
                let once = async move { sender.send(1).await.expect("someone receives") };
                executor.spawn(once).detach();
            }
            for _ in 0..now {
                sum += receiver.recv().await.expect("someone sends");
            }
        }
        sum
    }));
    let spent = watch.stop(count);
    assert_eq!(sum, count);
    spent
}

pub(crate) fn ask(count: u64, boxes: usize) -> Spent {
    let (ask, questions) = bounded_async::<u64>(boxes);
    let (answer, answers) = bounded_async::<u64>(boxes);
    let executor = LocalExecutor::new();
    let watch = Stopwatch::start();
    let answering = thread::spawn(move || {
        let (questions, answer) = (questions.to_sync(), answer.to_sync());
        for number in questions {
            answer.send(number + 1).expect("someone receives");
        }
    });
    let sum = block_on(executor.run(async move {
        let mut sum = 0;
        for number in 0..count {
            ask.send(number).await.expect("someone receives");
            sum += answers.recv().await.expect("someone answers");
        }
        sum
    }));
    answering.join().expect("no panic");
    let spent = watch.stop(count);
    assert_eq!(sum, sum_below(count) + count);
    spent
}

pub(crate) fn stream(count: u64, boxes: usize) -> Spent {
    let (sender, receiver) = bounded_async(boxes);
    let executor = LocalExecutor::new();
    let watch = Stopwatch::start();
    let source = thread::spawn(move || {
        let sender = sender.to_sync();
        for number in 0..count {
            sender.send(number).expect("someone receives");
        }
    });
    let sum = block_on(executor.run(add_up(receiver)));
    source.join().expect("no panic");
    let spent = watch.stop(count);
    assert_eq!(sum, sum_below(count));
    spent
}
