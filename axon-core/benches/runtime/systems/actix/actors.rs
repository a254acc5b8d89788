//! The actors that the shapes are made of.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use actix::{Actor, ActorContext, Addr, Context, Handler, Message, Recipient};
use crossbeam_channel::Sender;
use tokio::sync::oneshot;

use crate::idle::Waiting;

#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Number {
    value: u64,
    /// Who may go on once this has arrived.
    last_of: Option<Addr<Source>>,
}

impl Number {
    pub(super) fn plain(value: u64) -> Self {
        Number { value, last_of: None }
    }
}

/// Go on.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Credit;

/// Who comes after you.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Next(pub(super) Addr<Member>);

/// Sends so many numbers to everyone, then waits until they have arrived.
pub(super) struct Source {
    at: u64,
    limit: u64,
    window: u64,
    under_way: usize,
    next: Vec<Recipient<Number>>,
}

impl Source {
    pub(super) fn new(limit: u64, window: u64, next: Vec<Recipient<Number>>) -> Self {
        Source { at: 0, limit, window, under_way: 0, next }
    }

    fn go_on(&mut self, own: &Addr<Source>) {
        let until = self.limit.min(self.at + self.window);
        for value in self.at..until {
            let is_last = value + 1 == until;
            for next in &self.next {
                next.do_send(Number { value, last_of: is_last.then(|| own.clone()) });
            }
        }
        self.at = until;
        self.under_way = self.next.len();
    }
}

impl Actor for Source {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        self.go_on(&actix::AsyncContext::address(context));
    }
}

impl Handler<Credit> for Source {
    type Result = ();

    fn handle(&mut self, _: Credit, context: &mut Self::Context) {
        self.under_way -= 1;
        if self.under_way == 0 {
            self.go_on(&actix::AsyncContext::address(context));
        }
    }
}

pub(super) struct Pass {
    pub(super) next: Recipient<Number>,
}

impl Actor for Pass {
    type Context = Context<Self>;
}

impl Handler<Number> for Pass {
    type Result = ();

    fn handle(&mut self, number: Number, _: &mut Self::Context) {
        self.next.do_send(Number { value: black_box(number.value), ..number });
    }
}

/// Adds up so many numbers.
pub(super) struct Sink {
    sum: u64,
    expected: u64,
    done: Option<oneshot::Sender<u64>>,
}

impl Sink {
    pub(super) fn new(expected: u64, done: oneshot::Sender<u64>) -> Self {
        Sink { sum: 0, expected, done: Some(done) }
    }
}

impl Actor for Sink {
    type Context = Context<Self>;
}

impl Handler<Number> for Sink {
    type Result = ();

    fn handle(&mut self, number: Number, _: &mut Self::Context) {
        self.sum += number.value;
        self.expected -= 1;
        if let Some(source) = number.last_of {
            source.do_send(Credit);
        }
        if self.expected == 0 {
            finish(&mut self.done, self.sum);
        }
    }
}

fn finish(done: &mut Option<oneshot::Sender<u64>>, sum: u64) {
    let done = done.take().expect("it ends once");
    done.send(sum).expect("someone waits for it");
}

/// One of a ring: passes tokens on with one less, until all of them are down to nothing.
pub(super) struct Member {
    next: Option<Addr<Member>>,
    hops: Rc<Cell<u64>>,
    left: Rc<Cell<usize>>,
    done: Rc<Cell<Option<oneshot::Sender<()>>>>,
}

impl Member {
    pub(super) fn new(
        hops: &Rc<Cell<u64>>,
        left: &Rc<Cell<usize>>,
        done: &Rc<Cell<Option<oneshot::Sender<()>>>>,
    ) -> Self {
        Member { next: None, hops: hops.clone(), left: left.clone(), done: done.clone() }
    }
}

impl Actor for Member {
    type Context = Context<Self>;
}

impl Handler<Next> for Member {
    type Result = ();

    fn handle(&mut self, next: Next, _: &mut Self::Context) {
        self.next = Some(next.0);
    }
}

impl Handler<Number> for Member {
    type Result = ();

    fn handle(&mut self, token: Number, _: &mut Self::Context) {
        self.hops.set(self.hops.get() + 1);
        if token.value > 1 {
            let next = self.next.as_ref().expect("it was told first");
            next.do_send(Number::plain(token.value - 1));
            return;
        }
        self.left.set(self.left.get() - 1);
        if self.left.get() == 0 {
            let done = self.done.take().expect("it ends once");
            done.send(()).expect("someone waits for it");
        }
    }
}

/// Sends one number and ends.
pub(super) struct Once {
    pub(super) next: Recipient<Number>,
}

impl Actor for Once {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        self.next.do_send(Number::plain(1));
        context.stop();
    }
}

/// Asks a thread, and adds up the answers.
pub(super) struct Asker {
    at: u64,
    limit: u64,
    sum: u64,
    /// Gone once everything is asked, so that the thread ends.
    question: Option<Sender<u64>>,
    done: Option<oneshot::Sender<u64>>,
}

impl Asker {
    pub(super) fn new(limit: u64, question: Sender<u64>, done: oneshot::Sender<u64>) -> Self {
        Asker { at: 0, limit, sum: 0, question: Some(question), done: Some(done) }
    }

    fn ask(&mut self) {
        if let Some(question) = self.question.take_if(|_| self.at == self.limit) {
            drop(question);
            return finish(&mut self.done, self.sum);
        }
        let question = self.question.as_ref().expect("it was not all asked yet");
        question.send(self.at).expect("the thread listens");
        self.at += 1;
    }
}

impl Actor for Asker {
    type Context = Context<Self>;
}

impl Handler<Credit> for Asker {
    type Result = ();

    fn handle(&mut self, _: Credit, _: &mut Self::Context) {
        self.ask();
    }
}

impl Handler<Number> for Asker {
    type Result = ();

    fn handle(&mut self, answer: Number, _: &mut Self::Context) {
        self.sum += answer.value;
        self.ask();
    }
}

/// Adds up what a thread sends, and tells it when to go on.
pub(super) struct Sum {
    sum: u64,
    got: u64,
    expected: u64,
    each: u64,
    credit: Sender<()>,
    done: Option<oneshot::Sender<u64>>,
}

impl Sum {
    pub(super) fn new(
        expected: u64,
        each: u64,
        credit: Sender<()>,
        done: oneshot::Sender<u64>,
    ) -> Self {
        Sum { sum: 0, got: 0, expected, each, credit, done: Some(done) }
    }
}

impl Actor for Sum {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        // Two shares: one is filled while the other is worked through.
        let _ = self.credit.send(());
        let _ = self.credit.send(());
    }
}

impl Handler<Number> for Sum {
    type Result = ();

    fn handle(&mut self, number: Number, _: &mut Self::Context) {
        self.sum += number.value;
        self.got += 1;
        if self.got.is_multiple_of(self.each) {
            // At the end nobody listens any more.
            let _ = self.credit.send(());
        }
        if self.got == self.expected {
            finish(&mut self.done, self.sum);
        }
    }
}

/// Waits for a number.
pub(super) struct Idler {
    pub(super) waiting: Waiting,
}

impl Actor for Idler {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }
}

impl Handler<Number> for Idler {
    type Result = ();

    fn handle(&mut self, _: Number, _: &mut Self::Context) {}
}
