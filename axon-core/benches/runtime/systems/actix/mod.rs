//! `actix` actors, all on one thread.
//!
//! Actors send without waiting for room, and mailboxes take whatever comes: that is how they are
//! commonly used. The bound is kept by the source, which sends as many messages as a box would
//! hold, and more once the last of them has arrived.

mod actors;

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::thread;

use actix::{Actor, Recipient};
use crossbeam_channel::bounded;
use tokio::sync::oneshot;

use super::{System, Work, messages, sum_below};
use crate::idle::Waiting;
use crate::measure::{Spent, Stopwatch};
use actors::{Asker, Credit, Idler, Member, Next, Number, Once, Pass, Sink, Source, Sum};

pub(super) struct Actix;

impl System for Actix {
    fn name(&self) -> &'static str {
        "actix"
    }

    fn run(&self, work: Work, count: u64) -> Option<Spent> {
        Some(match work {
            Work::Pipeline { stages, boxes } => on_system(pipeline(count, stages, boxes as u64)),
            Work::Ring { members, tokens } => on_system(ring(count, members, tokens)),
            Work::FanOut { fan, boxes } => on_system(fan_out(count, fan, boxes as u64)),
            Work::FanIn { fan, boxes } => on_system(fan_in(count, fan, boxes as u64)),
            Work::Lives { alive } => on_system(lives(count, alive)),
            Work::Ask { boxes } => on_system(ask(count, boxes)),
            Work::Stream { boxes } => on_system(stream(count, boxes as u64)),
        })
    }

    fn idle_max(&self) -> usize {
        usize::MAX
    }

    fn idle(&self, components: usize, waiting: &Waiting) {
        on_system(async {
            let idler = |_| Idler { waiting: waiting.clone() }.start();
            let _held_open: Vec<_> = (0..components).map(idler).collect();
            std::future::pending::<()>().await;
        });
    }
}

fn on_system<R>(main: impl Future<Output = R>) -> R {
    actix::System::new().block_on(main)
}

/// A sink for so many messages, and what they come to.
fn sink(expected: u64) -> (Recipient<Number>, oneshot::Receiver<u64>) {
    let (done, sum) = oneshot::channel();
    (Sink::new(expected, done).start().recipient(), sum)
}

async fn pipeline(count: u64, stages: usize, window: u64) -> Spent {
    let limit = messages(count, stages + 1);
    let (sink, sum) = sink(limit);
    let first = (0..stages).fold(sink, |next, _| Pass { next }.start().recipient());
    let watch = Stopwatch::start();
    Source::new(limit, window, vec![first]).start();
    let sum = sum.await.expect("the sink gets everything");
    let spent = watch.stop(limit * (stages as u64 + 1));
    assert_eq!(sum, sum_below(limit));
    spent
}

async fn ring(count: u64, members: usize, tokens: usize) -> Spent {
    let each = messages(count, tokens);
    let (hops, left) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(tokens)));
    let (done, all_done) = oneshot::channel();
    let done = Rc::new(Cell::new(Some(done)));
    let member = |_| Member::new(&hops, &left, &done).start();
    let ring: Vec<_> = (0..members).map(member).collect();
    for (at, member) in ring.iter().enumerate() {
        member.do_send(Next(ring[(at + 1) % members].clone()));
    }
    let watch = Stopwatch::start();
    for member in ring.iter().step_by(members / tokens) {
        member.do_send(Number::plain(each));
    }
    all_done.await.expect("the last token says so");
    let spent = watch.stop(each * tokens as u64);
    assert_eq!(hops.get(), each * tokens as u64);
    spent
}

async fn fan_out(count: u64, fan: usize, window: u64) -> Spent {
    let limit = messages(count, fan);
    let (sinks, sums): (Vec<_>, Vec<_>) = (0..fan).map(|_| sink(limit)).unzip();
    let watch = Stopwatch::start();
    Source::new(limit, window, sinks).start();
    let mut total = 0;
    for sum in sums {
        total += sum.await.expect("the sink gets everything");
    }
    let spent = watch.stop(limit * fan as u64);
    assert_eq!(total, sum_below(limit) * fan as u64);
    spent
}

/// The sources share what the box would hold.
async fn fan_in(count: u64, fan: usize, window: u64) -> Spent {
    let limit = messages(count, fan);
    let (sink, sum) = sink(limit * fan as u64);
    let watch = Stopwatch::start();
    for _ in 0..fan {
        Source::new(limit, (window / fan as u64).max(1), vec![sink.clone()]).start();
    }
    let sum = sum.await.expect("the sink gets everything");
    let spent = watch.stop(limit * fan as u64);
    assert_eq!(sum, sum_below(limit) * fan as u64);
    spent
}

async fn lives(count: u64, alive: u64) -> Spent {
    let watch = Stopwatch::start();
    let mut total = 0;
    while total < count {
        let now = alive.min(count - total);
        let (sink, sum) = sink(now);
        for _ in 0..now {
            Once { next: sink.clone() }.start();
        }
        total += sum.await.expect("the sink gets everything");
    }
    let spent = watch.stop(count);
    assert_eq!(total, count);
    spent
}

async fn ask(count: u64, boxes: usize) -> Spent {
    let (question, questions) = bounded::<u64>(boxes);
    let (done, sum) = oneshot::channel();
    let asker = Asker::new(count, question, done).start();
    let answers = asker.clone();
    let watch = Stopwatch::start();
    let answering = thread::spawn(move || {
        for number in questions {
            answers.do_send(Number::plain(number + 1));
        }
    });
    asker.do_send(Credit);
    let sum = sum.await.expect("the asker gets every answer");
    let spent = watch.stop(count);
    answering.join().expect("no panic");
    assert_eq!(sum, sum_below(count) + count);
    spent
}

async fn stream(count: u64, window: u64) -> Spent {
    let (done, sum) = oneshot::channel();
    let half = (window / 2).max(1);
    let (credit, credits) = bounded(2);
    let sink = Sum::new(count, half, credit, done).start();
    let watch = Stopwatch::start();
    let source = thread::spawn(move || {
        for number in 0..count {
            if number % half == 0 {
                credits.recv().expect("the sink goes on");
            }
            sink.do_send(Number::plain(number));
        }
    });
    let sum = sum.await.expect("the sink gets everything");
    let spent = watch.stop(count);
    source.join().expect("no panic");
    assert_eq!(sum, sum_below(count));
    spent
}
