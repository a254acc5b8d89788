//! The least there is: a virtual call for each hop, and no boxes.

use std::hint::black_box;

use super::{CALL, System, Work, messages, sum_below};
use crate::measure::{Spent, Stopwatch};

pub(super) struct Calls;

impl System for Calls {
    fn name(&self) -> &'static str {
        CALL
    }

    fn run(&self, work: Work, count: u64) -> Option<Spent> {
        match work {
            Work::Pipeline { stages, .. } => Some(pipeline(count, stages)),
            Work::Ring { members, .. } => Some(ring(count, members)),
            Work::FanOut { fan, .. } => Some(fan_out(count, fan)),
            Work::FanIn { fan, .. } => Some(fan_in(count, fan)),
            Work::Lives { alive } => Some(lives(count, alive)),
            Work::Ask { .. } | Work::Stream { .. } => None,
        }
    }
}

trait Step {
    fn take(&mut self, number: u64);
    fn sum(&self) -> u64;
}

/// Hands on to the next one.
struct Pass(Box<dyn Step>);

impl Step for Pass {
    fn take(&mut self, number: u64) {
        self.0.take(black_box(number));
    }

    fn sum(&self) -> u64 {
        self.0.sum()
    }
}

struct Add(u64);

impl Step for Add {
    fn take(&mut self, number: u64) {
        self.0 += number;
    }

    fn sum(&self) -> u64 {
        self.0
    }
}

fn pipeline(count: u64, stages: usize) -> Spent {
    let limit = messages(count, stages + 1);
    let add: Box<dyn Step> = Box::new(Add(0));
    let mut first = (0..stages).fold(add, |next, _| Box::new(Pass(next)));
    let watch = Stopwatch::start();
    for number in 0..limit {
        black_box(&mut first).take(number);
    }
    let spent = watch.stop(limit * (stages as u64 + 1));
    assert_eq!(first.sum(), sum_below(limit));
    spent
}

fn ring(count: u64, members: usize) -> Spent {
    let rounds = messages(count, members);
    let mut ring = adders(members);
    let watch = Stopwatch::start();
    for _ in 0..rounds {
        for member in black_box(&mut ring) {
            member.take(1);
        }
    }
    let spent = watch.stop(rounds * members as u64);
    assert_eq!(sum(&ring), rounds * members as u64);
    spent
}

fn fan_out(count: u64, fan: usize) -> Spent {
    let limit = messages(count, fan);
    let mut sinks = adders(fan);
    let watch = Stopwatch::start();
    for number in 0..limit {
        for sink in black_box(&mut sinks) {
            sink.take(number);
        }
    }
    let spent = watch.stop(limit * fan as u64);
    assert_eq!(sum(&sinks), sum_below(limit) * fan as u64);
    spent
}

fn fan_in(count: u64, fan: usize) -> Spent {
    let limit = messages(count, fan);
    let mut sink: Box<dyn Step> = Box::new(Add(0));
    let watch = Stopwatch::start();
    for number in 0..limit {
        for _ in 0..fan {
            black_box(&mut sink).take(number);
        }
    }
    let spent = watch.stop(limit * fan as u64);
    assert_eq!(sink.sum(), sum_below(limit) * fan as u64);
    spent
}

fn lives(count: u64, alive: u64) -> Spent {
    let mut total = 0;
    let watch = Stopwatch::start();
    while total < count {
        let mut some = adders(alive.min(count - total) as usize);
        for one in black_box(&mut some) {
            one.take(1);
        }
        total += sum(&some);
    }
    let spent = watch.stop(count);
    assert_eq!(total, count);
    spent
}

fn adders(count: usize) -> Vec<Box<dyn Step>> {
    (0..count).map(|_| Box::new(Add(0)) as Box<dyn Step>).collect()
}

fn sum(adders: &[Box<dyn Step>]) -> u64 {
    adders.iter().map(|adder| adder.sum()).sum()
}
