//! The least there is: a virtual call for each hop, and no boxes.

use std::hint::black_box;

use crate::measure::{Spent, Stopwatch, sum_below};

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

pub(crate) fn pipeline(count: u64, stages: usize) -> Spent {
    let hops = stages as u64 + 1;
    let limit = (count / hops).max(1);
    let add: Box<dyn Step> = Box::new(Add(0));
    let mut first = (0..stages).fold(add, |next, _| Box::new(Pass(next)));
    let watch = Stopwatch::start();
    for number in 0..limit {
        black_box(&mut first).take(number);
    }
    let spent = watch.stop(limit * hops);
    assert_eq!(first.sum(), sum_below(limit));
    spent
}

pub(crate) fn ring(count: u64, members: usize) -> Spent {
    let rounds = (count / members as u64).max(1);
    let mut ring = adders(members);
    let watch = Stopwatch::start();
    for _ in 0..rounds {
        for member in black_box(&mut ring) {
            member.take(1);
        }
    }
    let spent = watch.stop(rounds * members as u64);
    assert_eq!(ring.iter().map(|member| member.sum()).sum::<u64>(), rounds * members as u64);
    spent
}

pub(crate) fn fan_out(count: u64, fan: usize) -> Spent {
    let limit = (count / fan as u64).max(1);
    let mut sinks = adders(fan);
    let watch = Stopwatch::start();
    for number in 0..limit {
        for sink in black_box(&mut sinks) {
            sink.take(number);
        }
    }
    let spent = watch.stop(limit * fan as u64);
    let sum: u64 = sinks.iter().map(|sink| sink.sum()).sum();
    assert_eq!(sum, sum_below(limit) * fan as u64);
    spent
}

pub(crate) fn fan_in(count: u64, fan: usize) -> Spent {
    let limit = (count / fan as u64).max(1);
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

pub(crate) fn spawn(count: u64) -> Spent {
    let watch = Stopwatch::start();
    let mut sum = 0;
    for _ in 0..count {
        let mut one: Box<dyn Step> = Box::new(Add(0));
        black_box(&mut one).take(1);
        sum += one.sum();
    }
    let spent = watch.stop(count);
    assert_eq!(sum, count);
    spent
}

fn adders(count: usize) -> Vec<Box<dyn Step>> {
    (0..count).map(|_| Box::new(Add(0)) as Box<dyn Step>).collect()
}
