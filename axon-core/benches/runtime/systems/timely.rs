//! `timely` dataflow on one worker: operators that pass batches on as they are.
//!
//! There is no back-pressure and nobody waits for room. Instead of boxes the source gives so many
//! records, then lets every operator run.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use timely::dataflow::operators::vec::{Branch, Map};
use timely::dataflow::operators::{
    Concat, Concatenate, ConnectLoop, Feedback, Input, Inspect, Probe, ToStream,
};
use timely::execute_directly;

use super::{System, Work, messages, sum_below};
use crate::idle::Waiting;
use crate::measure::{Spent, Stopwatch};

pub(super) struct Timely;

impl System for Timely {
    fn name(&self) -> &'static str {
        "timely, in batches"
    }

    fn run(&self, work: Work, count: u64) -> Option<Spent> {
        match work {
            Work::Pipeline { stages, boxes } => Some(pipeline(count, stages, boxes as u64)),
            Work::Ring { members, tokens } => Some(ring(count, members, tokens)),
            Work::FanOut { fan, boxes } => Some(fan_out(count, fan, boxes as u64)),
            Work::FanIn { fan, boxes } => Some(fan_in(count, fan, boxes as u64)),
            Work::Lives { alive } => Some(lives(count, alive)),
            Work::Ask { .. } | Work::Stream { .. } => None,
        }
    }

    fn idle_max(&self) -> usize {
        usize::MAX
    }

    fn idle(&self, components: usize, waiting: &Waiting) {
        let waiting = waiting.clone();
        execute_directly(move |worker| {
            let _held_open = worker.dataflow::<u64, _, _>(|scope| {
                let (input, mut stream) = scope.new_input::<Vec<u64>>();
                for _ in 0..components {
                    stream = stream.map(|number| number);
                }
                input
            });
            // The first step lets every operator run once.
            worker.step();
            waiting.fetch_add(components, Ordering::Relaxed);
            loop {
                worker.step_or_park(None);
            }
        });
    }
}

fn pipeline(count: u64, stages: usize, batch: u64) -> Spent {
    let limit = messages(count, stages + 1);
    let (spent, sum) = execute_directly(move |worker| {
        let sum = Rc::new(Cell::new(0));
        let (mut input, probe) = worker.dataflow::<u64, _, _>(|scope| {
            let (input, mut stream) = scope.new_input::<Vec<u64>>();
            for _ in 0..stages {
                stream = stream.map(std::hint::black_box);
            }
            let sum = sum.clone();
            (input, stream.inspect(move |number| sum.set(sum.get() + number)).probe().0)
        });
        let watch = Stopwatch::start();
        for from in (0..limit).step_by(batch as usize) {
            (from..limit.min(from + batch)).for_each(|number| input.send(number));
            input.flush();
            worker.step();
        }
        input.close();
        worker.step_while(|| !probe.done());
        (watch.stop(limit * (stages as u64 + 1)), sum.get())
    });
    assert_eq!(sum, sum_below(limit));
    spent
}

/// Tokens make whole rounds.
fn ring(count: u64, members: usize, tokens: usize) -> Spent {
    let rounds = messages(count, members * tokens);
    let each = rounds * members as u64;
    let (spent, done) = execute_directly(move |worker| {
        let done = Rc::new(Cell::new(0));
        let probe = worker.dataflow::<u64, _, _>(|scope| {
            let (back, again) = scope.feedback::<Vec<u64>>(1);
            let mut stream = vec![each; tokens].to_stream(scope).concat(again);
            for _ in 0..members {
                stream = stream.map(|token| token - 1);
            }
            let (ended, going_on) = stream.branch(|_, token| *token > 0);
            going_on.connect_loop(back);
            let done = done.clone();
            ended.inspect(move |_| done.set(done.get() + 1)).probe().0
        });
        let watch = Stopwatch::start();
        worker.step_while(|| !probe.done());
        (watch.stop(each * tokens as u64), done.get())
    });
    assert_eq!(done, tokens);
    spent
}

fn fan_out(count: u64, fan: usize, batch: u64) -> Spent {
    let limit = messages(count, fan);
    let (spent, sum) = execute_directly(move |worker| {
        let sum = Rc::new(Cell::new(0));
        let (mut input, probe) = worker.dataflow::<u64, _, _>(|scope| {
            let (input, stream) = scope.new_input::<Vec<u64>>();
            let sinks = (0..fan).map(|_| {
                let sum = sum.clone();
                stream.clone().inspect(move |number| sum.set(sum.get() + number))
            });
            let sinks: Vec<_> = sinks.collect();
            (input, scope.concatenate(sinks).probe().0)
        });
        let watch = Stopwatch::start();
        for from in (0..limit).step_by(batch as usize) {
            (from..limit.min(from + batch)).for_each(|number| input.send(number));
            input.flush();
            worker.step();
        }
        input.close();
        worker.step_while(|| !probe.done());
        (watch.stop(limit * fan as u64), sum.get())
    });
    assert_eq!(sum, sum_below(limit) * fan as u64);
    spent
}

fn fan_in(count: u64, fan: usize, batch: u64) -> Spent {
    let limit = messages(count, fan);
    let (spent, sum) = execute_directly(move |worker| {
        let sum = Rc::new(Cell::new(0));
        let (mut inputs, probe) = worker.dataflow::<u64, _, _>(|scope| {
            let (inputs, streams): (Vec<_>, Vec<_>) =
                (0..fan).map(|_| scope.new_input::<Vec<u64>>()).unzip();
            let sum = sum.clone();
            let all = scope.concatenate(streams);
            (inputs, all.inspect(move |number| sum.set(sum.get() + number)).probe().0)
        });
        let watch = Stopwatch::start();
        for from in (0..limit).step_by(batch as usize) {
            for input in &mut inputs {
                (from..limit.min(from + batch)).for_each(|number| input.send(number));
                input.flush();
            }
            worker.step();
        }
        inputs.clear();
        worker.step_while(|| !probe.done());
        (watch.stop(limit * fan as u64), sum.get())
    });
    assert_eq!(sum, sum_below(limit) * fan as u64);
    spent
}

/// A dataflow of so many sources, each with one record.
fn lives(count: u64, alive: u64) -> Spent {
    let (spent, sum) = execute_directly(move |worker| {
        let sum = Rc::new(Cell::new(0));
        let watch = Stopwatch::start();
        let mut begun = 0;
        while begun < count {
            let now = alive.min(count - begun);
            let probe = worker.dataflow::<u64, _, _>(|scope| {
                let ones: Vec<_> = (0..now).map(|_| Some(1).to_stream(scope)).collect();
                let sum = sum.clone();
                let all = scope.concatenate::<_, Vec<u64>>(ones);
                all.inspect(move |number| sum.set(sum.get() + number)).probe().0
            });
            worker.step_while(|| !probe.done());
            begun += now;
        }
        (watch.stop(count), sum.get())
    });
    assert_eq!(sum, count);
    spent
}
