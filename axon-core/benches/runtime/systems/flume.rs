//! `async-executor` on one thread, with `flume` channels.

use std::future::Future;

use async_executor::LocalExecutor;
use flume::{Receiver, Sender, bounded};
use futures_lite::future::block_on;

use super::tasks::{Received, Sent, Tasks};

pub(super) struct Flume(LocalExecutor<'static>);

impl Tasks for Flume {
    type Sender = Sender<u64>;
    type Receiver = Receiver<u64>;

    fn new() -> Self {
        Flume(LocalExecutor::new())
    }

    fn spawn(&self, life: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(life).detach();
    }

    fn block_on<R>(&self, main: impl Future<Output = R>) -> R {
        block_on(self.0.run(main))
    }

    fn channel(boxes: usize) -> (Self::Sender, Self::Receiver) {
        bounded(boxes)
    }

    fn send(sender: &Self::Sender, number: u64) -> impl Future<Output: Sent> + Send {
        sender.send_async(number)
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output: Received> + Send {
        receiver.recv_async()
    }

    fn send_blocking(sender: &Self::Sender, number: u64) {
        sender.send(number).expect("someone receives");
    }

    fn recv_blocking(receiver: &mut Self::Receiver) -> Option<u64> {
        receiver.recv().ok()
    }
}
