//! Taking from a graph's outbox in ordinary code.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::any_inbox::{AnyInbox, SlotRef};
use super::outbox::{AnyOutbox, InboxRef};
use super::{Inbox, TryRecvError, short_type_name};
use crate::linkage::{InboxState, LinkPolicy};
use crate::scheduler::local;
use crate::scheduler::slot::{Home, Slot};
use crate::time;

/// The end of a link in ordinary code: takes what a component of a graph sends.
///
/// It holds as many messages as its link allows; a sender waits for room as for any inbox. When the
/// sender has ended and the last message is taken, it is finished. Dropping it tells the sender that
/// nobody takes any more.
pub struct Taker<T> {
    inbox: Inbox<T>,
}

/// Why no message was taken in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TakeError {
    /// None came. Later there may be one.
    #[error("no message came in time")]
    TimedOut,
    /// None will come any more.
    #[error("no message will come any more")]
    Finished,
}

impl<T> Taker<T> {
    /// The next message, or `None` when none will come any more. Blocks the thread meanwhile.
    ///
    /// # Panics
    ///
    /// When it would block a thread on which a graph runs.
    pub fn take(&mut self) -> Option<T> {
        self.take_until(None).ok()
    }

    /// The same, blocking for at most this long. What is there is taken whatever the time.
    ///
    /// # Panics
    ///
    /// When it would block a thread on which a graph runs.
    pub fn take_within(&mut self, timeout: Duration) -> Result<T, TakeError> {
        // An end of waiting beyond the end of time is none.
        self.take_until(time::now().checked_add(timeout))
    }

    /// The same, blocking until this moment at the latest.
    ///
    /// # Panics
    ///
    /// When it would block a thread on which a graph runs.
    pub fn take_before(&mut self, deadline: Instant) -> Result<T, TakeError> {
        self.take_until(Some(deadline))
    }

    /// The next message if there is one; does not wait.
    pub fn try_take(&mut self) -> Result<T, TryRecvError> {
        self.inbox.try_recv()
    }

    /// Messages until none will come any more; blocks for each as [`take`](Self::take) does.
    pub fn iter(&mut self) -> impl Iterator<Item = T> + '_ {
        std::iter::from_fn(|| self.take())
    }

    /// Messages that wait to be taken. More may have come when this returns.
    pub fn waiting(&mut self) -> usize {
        self.inbox.waiting()
    }

    fn take_until(&mut self, deadline: Option<Instant>) -> Result<T, TakeError> {
        loop {
            match self.inbox.try_recv() {
                Ok(message) => return Ok(message),
                Err(TryRecvError::Finished) => return Err(TakeError::Finished),
                Err(TryRecvError::Empty) => {}
            }
            assert!(
                !local::on_worker(),
                "a graph runs on this thread: taking from another would stop its components"
            );
            let owner = self.inbox.owner().expect("a taker is its own owner");
            if !owner.park_until(deadline) {
                return Err(TakeError::TimedOut);
            }
        }
    }
}

impl<T: Send + 'static> Taker<T> {
    /// One that is not linked yet, known to people by this name.
    pub(crate) fn named(name: String) -> Self {
        let mut inbox = Inbox::new();
        inbox.settle(SlotRef(Slot::new(name, Home::outside())));
        Taker { inbox }
    }

    /// Where it can be [linked](crate::linkage::running::link_running) to an outbox that runs.
    pub(crate) fn state(&self) -> Arc<InboxState> {
        self.inbox.key().0
    }

    /// Takes from an outbox before its graph runs, which must give such messages.
    pub(crate) fn attach(
        &mut self,
        outbox: &mut dyn AnyOutbox,
        owner: SlotRef,
        policy: &LinkPolicy,
    ) {
        let link = outbox.attach(policy, owner, InboxRef(self.state()));
        self.inbox.attach(link.receiver_end);
    }
}

impl<T> fmt::Debug for Taker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Taker<{}>", short_type_name::<T>())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::linkage::running::link_running;
    use crate::{Closed, Component, Graph, Graphline, Outbox, OutboxHandle, ThreadedComponent};

    /// Long enough for any machine; a test that meets it has failed.
    const AGES: Duration = Duration::from_secs(60);

    #[derive(Component)]
    struct Count {
        limit: u64,
        #[optional]
        outbox: Outbox<u64>,
    }

    impl Count {
        async fn main(mut self) -> Result<(), Closed> {
            self.outbox.send_many(0..self.limit).await
        }
    }

    #[derive(ThreadedComponent)]
    struct Slow {
        start: std::sync::mpsc::Receiver<()>,
        #[optional]
        outbox: Outbox<u64>,
    }

    impl Slow {
        fn main(mut self) -> Result<(), Closed> {
            while self.start.recv().is_ok() {
                self.outbox.send_blocking(1)?;
            }
            Ok(())
        }
    }

    fn counting(limit: u64) -> (Graph, OutboxHandle<u64>) {
        let count = Count { limit, outbox: Outbox::new() };
        let handle = count.outbox.handle();
        (Graphline::new().add("count", count).build().unwrap(), handle)
    }

    fn taker(of: &OutboxHandle<u64>, limit: usize) -> Taker<u64> {
        let taker = Taker::named("outside".into());
        link_running(of.state(), &taker.state(), &LinkPolicy::wait(limit)).unwrap();
        taker
    }

    #[test]
    fn ordinary_code_takes_everything_in_order_and_hears_of_the_end() {
        let (graph, outbox) = counting(1_000);
        let mut taker = taker(&outbox, 3);
        let run = thread::spawn(move || graph.run().map(drop));
        assert_eq!(taker.take(), Some(0));
        assert_eq!(taker.take_within(AGES), Ok(1));
        assert_eq!(taker.take_before(time::now() + AGES), Ok(2));
        assert_eq!(taker.iter().collect::<Vec<_>>(), (3..1_000).collect::<Vec<_>>());
        assert_eq!(taker.take_within(Duration::MAX), Err(TakeError::Finished));
        assert_eq!(taker.try_take(), Err(TryRecvError::Finished));
        run.join().unwrap().unwrap();
    }

    #[test]
    fn nobody_is_stuck_who_waits_for_code_outside_to_take() {
        let (graph, outbox) = counting(10);
        let mut taker = taker(&outbox, 2);
        let link = outbox.state().link().unwrap();
        let run = thread::spawn(move || graph.run().map(drop));
        // That the sender waits may be seen before what it has sent.
        while !link.sender_waits.is_raised() || taker.waiting() < 2 {
            thread::yield_now();
        }
        assert_eq!(taker.waiting(), 2);
        assert_eq!(taker.iter().count(), 10);
        run.join().unwrap().unwrap();
    }

    #[test]
    fn waiting_ends_when_its_time_has_come() {
        let (start, slow) = std::sync::mpsc::channel();
        let slow = Slow { start: slow, outbox: Outbox::new() };
        let outbox = slow.outbox.handle();
        let graph = Graphline::new().add("slow", slow).build().unwrap();
        let mut taker = taker(&outbox, 2);
        let run = thread::spawn(move || graph.run().map(drop));
        assert_eq!(taker.take_within(Duration::ZERO), Err(TakeError::TimedOut));
        assert_eq!(taker.take_before(time::now()), Err(TakeError::TimedOut));
        start.send(()).unwrap();
        assert_eq!(taker.take_within(AGES), Ok(1));
        drop(start);
        assert_eq!(taker.take(), None);
        run.join().unwrap().unwrap();
    }

    #[test]
    fn a_taker_that_is_dropped_ends_its_sender() {
        let (graph, outbox) = counting(u64::MAX);
        let taker = taker(&outbox, 2);
        let run = thread::spawn(move || graph.run().map(drop));
        drop(taker);
        run.join().unwrap().unwrap();
    }
}
