//! The shapes as graphs of this crate.

use std::sync::atomic::Ordering;

use axon_core::{Control, Gives, Graphline, Inbox, Outbox, Outboxes, Takes};

use crate::components::{
    Add, AddInBatches, Adopter, Answer, Ask, Count, CountInBatches, Member, Once, Pass,
    PassInBatches, Spread, Sum, ThreadedCount,
};
use crate::measure::{Spent, Stopwatch, sum_below};

/// Components alive at a time where they are made and ended.
const AT_A_TIME: u64 = 1_000;

pub(crate) fn pipeline(count: u64, stages: usize, boxes: usize) -> Spent {
    let hops = stages as u64 + 1;
    let limit = (count / hops).max(1);
    let sum = Sum::default();
    line(Count::to(limit), stages, Pass::default, Add::into(&sum), boxes, limit * hops, &sum)
}

pub(crate) fn batches(count: u64, stages: usize, boxes: usize) -> Spent {
    let hops = stages as u64 + 1;
    let limit = (count / hops).max(1);
    let sum = Sum::default();
    let source = CountInBatches { limit, outbox: Outbox::new() };
    let sink = AddInBatches { sum: sum.clone(), inbox: Inbox::new() };
    line(source, stages, PassInBatches::default, sink, boxes, limit * hops, &sum)
}

fn line<S: Gives<Message = u64>, P, A: Takes<Message = u64>>(
    source: S,
    stages: usize,
    stage: impl Fn() -> P,
    sink: A,
    boxes: usize,
    operations: u64,
    sum: &Sum,
) -> Spent
where
    P: Gives<Message = u64> + Takes<Message = u64>,
{
    let passes: Vec<P> = (0..stages).map(|_| stage()).collect();
    let mut graph = Graphline::new().link_with(boxes, source.outbox(), passes[0].inbox());
    for pair in passes.windows(2) {
        graph = graph.link_with(boxes, pair[0].outbox(), pair[1].inbox());
    }
    graph = graph.link_with(boxes, passes[stages - 1].outbox(), sink.inbox());
    graph = graph.add("source", source).add("sink", sink);
    for (at, pass) in passes.into_iter().enumerate() {
        graph = graph.add(format!("pass {at}"), pass);
    }
    let limit = operations / (stages as u64 + 1);
    run(graph, operations, sum, sum_below(limit))
}

pub(crate) fn ring(count: u64, members: usize, tokens: usize) -> Spent {
    let each = (count / tokens as u64).max(1);
    let hops = Sum::default();
    let left = Sum::default();
    left.store(tokens as u64, Ordering::Relaxed);
    let apart = members / tokens;
    let ring: Vec<Member> = (0..members)
        .map(|at| Member {
            first: (at % apart == 0).then_some(each),
            tokens: left.clone(),
            hops: hops.clone(),
            inbox: Inbox::new(),
            outbox: Outbox::new(),
        })
        .collect();
    let mut graph = Graphline::new();
    for (at, member) in ring.iter().enumerate() {
        graph = graph.link_with(128, &member.outbox, &ring[(at + 1) % members].inbox);
    }
    for (at, member) in ring.into_iter().enumerate() {
        graph = graph.add(format!("member {at}"), member);
    }
    let operations = each * tokens as u64;
    run(graph, operations, &hops, operations)
}

pub(crate) fn fan_out(count: u64, fan: usize, boxes: usize) -> Spent {
    let limit = (count / fan as u64).max(1);
    let sum = Sum::default();
    let names = || (0..fan).map(|at| format!("sink {at}"));
    let source = Spread { limit, out: Outboxes::new(names()) };
    let mut graph = Graphline::new();
    for name in names() {
        let sink = Add::into(&sum);
        graph = graph.link_with(boxes, &source.out.named(&name), &sink.inbox).add(name, sink);
    }
    let operations = limit * fan as u64;
    run(graph.add("source", source), operations, &sum, sum_below(limit) * fan as u64)
}

pub(crate) fn fan_in(count: u64, fan: usize, boxes: usize) -> Spent {
    let limit = (count / fan as u64).max(1);
    let sum = Sum::default();
    let sink = Add::into(&sum);
    let mut graph = Graphline::new();
    for at in 0..fan {
        let source = Count::to(limit);
        graph = graph.link_with(boxes, &source.outbox, &sink.inbox).add(format!("{at}"), source);
    }
    let operations = limit * fan as u64;
    run(graph.add("sink", sink), operations, &sum, sum_below(limit) * fan as u64)
}

/// Making and checking the graph counts here.
pub(crate) fn spawn(count: u64) -> Spent {
    let sum = Sum::default();
    let watch = Stopwatch::start();
    let mut left = count;
    while left > 0 {
        let now = left.min(AT_A_TIME);
        let sink = Add::into(&sum);
        let mut graph = Graphline::new();
        for at in 0..now {
            let once = Once::default();
            graph = graph.link(&once.outbox, &sink.inbox).add(at.to_string(), once);
        }
        graph.add("sink", sink).run().expect("the graph runs to its end");
        left -= now;
    }
    let spent = watch.stop(count);
    assert_eq!(sum.load(Ordering::Relaxed), count);
    spent
}

pub(crate) fn adopt(count: u64) -> Spent {
    let sum = Sum::default();
    let adopter = Adopter {
        limit: count,
        at_a_time: AT_A_TIME,
        sum: sum.clone(),
        inbox: Inbox::new(),
        control: Control::default(),
    };
    run(Graphline::new().add("adopter", adopter), count, &sum, count)
}

pub(crate) fn ask(count: u64, boxes: usize) -> Spent {
    let sum = Sum::default();
    let ask = Ask { limit: count, sum: sum.clone(), inbox: Inbox::new(), outbox: Outbox::new() };
    let answer = Answer::default();
    let graph = Graphline::new()
        .link_with(boxes, &ask.outbox, &answer.inbox)
        .link_with(boxes, &answer.outbox, &ask.inbox)
        .add("ask", ask)
        .add("answer", answer);
    run(graph, count, &sum, sum_below(count) + count)
}

pub(crate) fn stream(count: u64, boxes: usize) -> Spent {
    let sum = Sum::default();
    let (source, sink) = (ThreadedCount { limit: count, outbox: Outbox::new() }, Add::into(&sum));
    let graph = Graphline::new()
        .link_with(boxes, &source.outbox, &sink.inbox)
        .add("source", source)
        .add("sink", sink);
    run(graph, count, &sum, sum_below(count))
}

/// Runs a graph that is ready, and checks what arrived.
fn run(graph: Graphline, operations: u64, sum: &Sum, expected: u64) -> Spent {
    let graph = graph.build().expect("the graph is wired as it should be");
    let watch = Stopwatch::start();
    graph.run().expect("the graph runs to its end");
    let spent = watch.stop(operations);
    assert_eq!(sum.load(Ordering::Relaxed), expected, "not everything arrived");
    spent
}
