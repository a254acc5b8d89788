//! `async-executor` on one thread, with `kanal` channels.

use std::future::Future;

use async_executor::LocalExecutor;
use futures_lite::future::block_on;
use kanal::{AsyncReceiver, AsyncSender, bounded_async};

use super::tasks::{Received, Sent, Tasks};

pub(super) struct Kanal(LocalExecutor<'static>);

impl Tasks for Kanal {
    type Sender = AsyncSender<u64>;
    type Receiver = AsyncReceiver<u64>;

    fn new() -> Self {
        Kanal(LocalExecutor::new())
    }

    fn spawn(&self, life: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(life).detach();
    }

    fn block_on<R>(&self, main: impl Future<Output = R>) -> R {
        block_on(self.0.run(main))
    }

    fn channel(boxes: usize) -> (Self::Sender, Self::Receiver) {
        bounded_async(boxes)
    }

    fn send(sender: &Self::Sender, number: u64) -> impl Future<Output: Sent> + Send {
        sender.send(number)
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output: Received> + Send {
        receiver.recv()
    }

    fn send_blocking(sender: &Self::Sender, number: u64) {
        sender.as_sync().send(number).expect("someone receives");
    }

    fn recv_blocking(receiver: &mut Self::Receiver) -> Option<u64> {
        receiver.as_sync().recv().ok()
    }
}
