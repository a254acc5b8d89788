//! `tokio` tasks with its own `mpsc` channels: all on one thread, or on two.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::tasks::{Received, Sent, Tasks};

pub(super) struct OneThread(Runtime);

pub(super) struct TwoThreads(Runtime);

/// The two differ in how they begin, and in nothing else.
macro_rules! tasks_of_tokio {
    ($threads:ty, $builder:expr) => {
        impl Tasks for $threads {
            type Sender = Sender<u64>;
            type Receiver = Receiver<u64>;

            fn new() -> Self {
                Self($builder.build().expect("a runtime can be made"))
            }

            fn spawn(&self, life: impl Future<Output = ()> + Send + 'static) {
                self.0.spawn(life);
            }

            fn block_on<R>(&self, main: impl Future<Output = R>) -> R {
                self.0.block_on(main)
            }

            fn channel(boxes: usize) -> (Self::Sender, Self::Receiver) {
                channel(boxes)
            }

            fn send(sender: &Self::Sender, number: u64) -> impl Future<Output: Sent> + Send {
                sender.send(number)
            }

            fn recv(receiver: &mut Self::Receiver) -> impl Future<Output: Received> + Send {
                receiver.recv()
            }

            fn send_blocking(sender: &Self::Sender, number: u64) {
                sender.blocking_send(number).expect("someone receives");
            }

            fn recv_blocking(receiver: &mut Self::Receiver) -> Option<u64> {
                receiver.blocking_recv()
            }
        }
    };
}

tasks_of_tokio!(OneThread, Builder::new_current_thread());
tasks_of_tokio!(TwoThreads, Builder::new_multi_thread().worker_threads(2));
