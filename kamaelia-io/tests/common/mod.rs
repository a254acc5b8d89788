//! Small components that the tests put before and after the one they are about.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use axon_core::{
    Asked, Closed, Component, Control, Gives, Graph, GraphHandle, Inbox, Outbox, Pipeline, Report,
    RunError, Takes,
};

/// Long enough for any machine; a test that meets it has failed.
pub const AGES: Duration = Duration::from_secs(60);

/// Sends what it is given.
#[derive(Component)]
pub struct Feed<T: Send + 'static> {
    messages: Vec<T>,
    pub outbox: Outbox<T>,
}

impl<T: Send + 'static> Feed<T> {
    pub fn of(messages: impl IntoIterator<Item = T>) -> Self {
        Feed { messages: messages.into_iter().collect(), outbox: Outbox::new() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send_many(self.messages).await
    }
}

/// Sends what it is given, and then leaves its receiver waiting until the graph is stopped.
#[derive(Component)]
pub struct FeedAndWait<T: Send + 'static> {
    messages: Vec<T>,
    pub outbox: Outbox<T>,
    control: Control,
}

impl<T: Send + 'static> FeedAndWait<T> {
    pub fn of(messages: impl IntoIterator<Item = T>) -> Self {
        FeedAndWait {
            messages: messages.into_iter().collect(),
            outbox: Outbox::new(),
            control: Control::default(),
        }
    }

    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send_many(self.messages).await?;
        self.control.until_asked(Asked::Stop).await;
        Ok(())
    }
}

/// What a collector has got so far.
pub type Collected<T> = Arc<Mutex<Vec<T>>>;

/// Keeps what it gets where the test can see it.
#[derive(Component)]
pub struct Collect<T: Send + 'static> {
    pub inbox: Inbox<T>,
    into: Collected<T>,
}

impl<T: Send + 'static> Collect<T> {
    pub fn new() -> (Self, Collected<T>) {
        let into = Collected::default();
        (Collect { inbox: Inbox::new(), into: into.clone() }, into)
    }

    async fn main(mut self) {
        while let Some(message) = self.inbox.recv().await {
            self.into.lock().unwrap().push(message);
        }
    }
}

/// Takes so many messages and leaves.
#[derive(Component)]
pub struct TakeOnly<T: Send + 'static> {
    pub inbox: Inbox<T>,
    count: usize,
}

impl<T: Send + 'static> TakeOnly<T> {
    pub fn of(count: usize) -> Self {
        TakeOnly { inbox: Inbox::new(), count }
    }

    async fn main(mut self) {
        for _ in 0..self.count {
            self.inbox.recv().await;
        }
    }
}

pub fn taken<T>(from: &Collected<T>) -> Vec<T> {
    std::mem::take(&mut from.lock().unwrap())
}

/// What a component makes of all these messages.
pub fn through<A, B, C>(messages: impl IntoIterator<Item = A>, component: C) -> Vec<B>
where
    A: Send + 'static,
    B: Send + 'static,
    C: Takes<Message = A> + Gives<Message = B>,
{
    let (collect, into) = Collect::new();
    Pipeline::new(Feed::of(messages)).then(component).then(collect).run().unwrap();
    taken(&into)
}

/// A graph under way on a thread of its own.
pub struct Running {
    pub handle: GraphHandle,
    ended: mpsc::Receiver<Result<Report, RunError>>,
}

impl Running {
    pub fn start(build: impl FnOnce() -> Graph + Send + 'static) -> Self {
        let (tell_handle, handle) = mpsc::channel();
        let (tell_end, ended) = mpsc::channel();
        thread::spawn(move || {
            let graph = build();
            tell_handle.send(graph.handle()).unwrap();
            let _ = tell_end.send(graph.run());
        });
        Running { handle: handle.recv_timeout(AGES).expect("the graph is built"), ended }
    }

    pub fn end(self) -> Result<Report, RunError> {
        self.ended.recv_timeout(AGES).expect("the graph ends")
    }
}
