//! The shapes, whatever the components in them are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axon_core::{Component, Gives, Graphline, Inbox, Takes};

use crate::measure::{Spent, Stopwatch};
use crate::systems::{messages, sum_below};

/// Where sinks put what they have added up.
pub(super) type Sum = Arc<AtomicU64>;

pub(super) fn add_to(sum: &Sum, part: u64) {
    sum.fetch_add(part, Ordering::Relaxed);
}

/// Sends the numbers below a limit.
pub(super) trait Counts: Gives<Message = u64> {
    fn to(limit: u64) -> Self;
}

/// Adds up what it gets, and at its end adds that to the sum.
pub(super) trait Adds: Takes<Message = u64> {
    fn into(sum: &Sum) -> Self;
}

/// Sends the numbers below a limit from each of its outboxes.
pub(super) trait Spreads: Component {
    fn to(limit: u64, fan: usize) -> Self;
    /// Where sink number `at` gets them.
    fn link(&self, at: usize, boxes: usize, inbox: &Inbox<u64>, graph: Graphline) -> Graphline;
}

pub(super) fn pipeline<C, P, A>(count: u64, stages: usize, boxes: usize) -> Spent
where
    C: Counts,
    P: Gives<Message = u64> + Takes<Message = u64> + Default,
    A: Adds,
{
    let limit = messages(count, stages + 1);
    let sum = Sum::default();
    let (source, sink) = (C::to(limit), A::into(&sum));
    let passes: Vec<P> = (0..stages).map(|_| P::default()).collect();
    let outboxes = std::iter::once(source.outbox()).chain(passes.iter().map(Gives::outbox));
    let inboxes = passes.iter().map(Takes::inbox).chain([sink.inbox()]);
    let graph = outboxes
        .zip(inboxes)
        .fold(Graphline::new(), |graph, (outbox, inbox)| graph.link_with(boxes, outbox, inbox));
    let mut graph = graph.add("source", source).add("sink", sink);
    for (at, pass) in passes.into_iter().enumerate() {
        graph = graph.add(format!("pass {at}"), pass);
    }
    run(graph, limit * (stages as u64 + 1), &sum, sum_below(limit))
}

pub(super) fn fan_out<S: Spreads, A: Adds>(count: u64, fan: usize, boxes: usize) -> Spent {
    let limit = messages(count, fan);
    let sum = Sum::default();
    let source = S::to(limit, fan);
    let mut graph = Graphline::new();
    for at in 0..fan {
        let sink = A::into(&sum);
        graph = source.link(at, boxes, sink.inbox(), graph).add(format!("sink {at}"), sink);
    }
    let graph = graph.add("source", source);
    run(graph, limit * fan as u64, &sum, sum_below(limit) * fan as u64)
}

pub(super) fn fan_in<C: Counts, A: Adds>(count: u64, fan: usize, boxes: usize) -> Spent {
    let limit = messages(count, fan);
    let sum = Sum::default();
    let sink = A::into(&sum);
    let mut graph = Graphline::new();
    for at in 0..fan {
        let source = C::to(limit);
        graph = graph.link_with(boxes, source.outbox(), sink.inbox());
        graph = graph.add(format!("source {at}"), source);
    }
    let graph = graph.add("sink", sink);
    run(graph, limit * fan as u64, &sum, sum_below(limit) * fan as u64)
}

/// What a ring needs to end: the tokens still going round, and where hops are added up.
#[derive(Clone, Default)]
pub(super) struct Ring {
    pub(super) tokens: Sum,
    pub(super) hops: Sum,
}

pub(super) fn ring<M>(
    count: u64,
    members: usize,
    tokens: usize,
    member: impl Fn(Ring, Option<u64>) -> M,
) -> Spent
where
    M: Gives<Message = u64> + Takes<Message = u64>,
{
    let each = messages(count, tokens);
    let shared = Ring::default();
    add_to(&shared.tokens, tokens as u64);
    let apart = members / tokens;
    let first = |at: usize| at.is_multiple_of(apart).then_some(each);
    let ring: Vec<M> = (0..members).map(|at| member(shared.clone(), first(at))).collect();
    let mut graph = Graphline::new();
    for (at, member) in ring.iter().enumerate() {
        graph = graph.link_with(128, member.outbox(), ring[(at + 1) % members].inbox());
    }
    for (at, member) in ring.into_iter().enumerate() {
        graph = graph.add(format!("member {at}"), member);
    }
    let operations = each * tokens as u64;
    run(graph, operations, &shared.hops, operations)
}

/// Components that send a 1 each and end. Making and checking the graph counts here.
pub(super) fn lives<O, A>(count: u64, alive: u64) -> Spent
where
    O: Gives<Message = u64> + Default,
    A: Adds,
{
    let sum = Sum::default();
    let watch = Stopwatch::start();
    let mut left = count;
    while left > 0 {
        let now = left.min(alive);
        let sink = A::into(&sum);
        let mut graph = Graphline::new();
        for at in 0..now {
            let once = O::default();
            graph = graph.link_with(1, once.outbox(), sink.inbox()).add(at.to_string(), once);
        }
        graph.add("sink", sink).run().expect("the graph runs to its end");
        left -= now;
    }
    let spent = watch.stop(count);
    assert_eq!(sum.load(Ordering::Relaxed), count);
    spent
}

/// One that asks the other, and is answered; the asker adds up the answers, each the question and
/// one more.
pub(super) fn ask<A, B>(
    count: u64,
    boxes: usize,
    asker: impl FnOnce(&Sum) -> A,
    answers: B,
) -> Spent
where
    A: Gives<Message = u64> + Takes<Message = u64>,
    B: Gives<Message = u64> + Takes<Message = u64>,
{
    let sum = Sum::default();
    let asks = asker(&sum);
    let graph = Graphline::new()
        .link_with(boxes, asks.outbox(), answers.inbox())
        .link_with(boxes, answers.outbox(), asks.inbox())
        .add("asks", asks)
        .add("answers", answers);
    run(graph, count, &sum, sum_below(count) + count)
}

/// One source straight into a sink.
pub(super) fn stream<C: Counts, A: Adds>(count: u64, boxes: usize) -> Spent {
    let sum = Sum::default();
    let (source, sink) = (C::to(count), A::into(&sum));
    let graph = Graphline::new()
        .link_with(boxes, source.outbox(), sink.inbox())
        .add("source", source)
        .add("sink", sink);
    run(graph, count, &sum, sum_below(count))
}

/// Runs a graph that is ready, and checks what arrived.
pub(super) fn run(graph: Graphline, operations: u64, sum: &Sum, expected: u64) -> Spent {
    let graph = graph.build().expect("the graph is wired as it should be");
    let watch = Stopwatch::start();
    graph.run().expect("the graph runs to its end");
    let spent = watch.stop(operations);
    assert_eq!(sum.load(Ordering::Relaxed), expected, "not everything arrived");
    spent
}
