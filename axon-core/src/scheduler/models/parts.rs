//! The components of the models.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Wake, Waker};

use crate::scheduler::sync::{Thread, current, park};
use crate::{
    Address, Closed, Component, Control, Either, Graphline, Inbox, Outbox, ThreadedComponent,
    TryRecvError, WiringErrors, either,
};

/// Sends so many numbers.
#[derive(Component, Default)]
pub(super) struct Sends {
    count: u64,
    pub(super) outbox: Outbox<u64>,
}

impl Sends {
    pub(super) fn some(count: u64) -> Self {
        Sends { count, ..Sends::default() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        for number in 0..self.count {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

/// The same from a thread.
#[derive(ThreadedComponent, Default)]
pub(super) struct Gives {
    count: u64,
    pub(super) outbox: Outbox<u64>,
}

impl Gives {
    pub(super) fn some(count: u64) -> Self {
        Gives { count, ..Gives::default() }
    }

    fn main(mut self) -> Result<(), Closed> {
        for number in 0..self.count {
            self.outbox.send_blocking(number)?;
        }
        Ok(())
    }
}

/// Gets so many numbers, in order, and then the end.
#[derive(Component, Default)]
pub(super) struct Takes {
    count: Option<u64>,
    pub(super) inbox: Inbox<u64>,
}

impl Takes {
    pub(super) fn some(count: u64) -> Self {
        Takes { count: Some(count), ..Takes::default() }
    }

    /// However many there are.
    pub(super) fn none() -> Self {
        Takes::default()
    }

    async fn main(mut self) {
        let mut seen = 0;
        while let Some(number) = self.inbox.recv().await {
            assert_eq!(number, seen);
            seen += 1;
        }
        assert_eq!(seen, self.count.unwrap_or(seen));
    }
}

/// The same on a thread.
#[derive(ThreadedComponent, Default)]
pub(super) struct Blocks {
    count: u64,
    pub(super) inbox: Inbox<u64>,
}

impl Blocks {
    pub(super) fn some(count: u64) -> Self {
        Blocks { count, ..Blocks::default() }
    }

    fn main(mut self) {
        for number in 0..self.count {
            assert_eq!(self.inbox.recv_blocking(), Some(number));
        }
        assert_eq!(self.inbox.recv_blocking(), None);
    }
}

/// Takes one and fails, or takes all.
#[derive(Component, Default)]
pub(super) struct Stumbles {
    pub(super) fails: bool,
    pub(super) inbox: Inbox<u64>,
}

impl Stumbles {
    async fn main(mut self) -> Result<(), String> {
        if self.fails {
            assert_eq!(self.inbox.recv().await, Some(0));
            return Err("over the first".to_owned());
        }
        assert_eq!(self.inbox.recv().await, Some(1));
        assert_eq!(self.inbox.recv().await, None);
        Ok(())
    }
}

/// Passes everything on.
#[derive(Component, Default)]
pub(super) struct Passes {
    pub(super) inbox: Inbox<u64>,
    pub(super) outbox: Outbox<u64>,
}

impl Passes {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.inbox.recv().await {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

/// Passes on what comes from outside.
#[derive(Component, Default)]
pub(super) struct Tells {
    pub(super) outside: Inbox<u64>,
    pub(super) outbox: Outbox<u64>,
}

impl Tells {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.outside.recv().await {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

/// Has a box for others outside, and waits for a neighbour.
#[derive(Component, Default)]
pub(super) struct Looks {
    pub(super) outside: Inbox<u64>,
    pub(super) inbox: Inbox<u64>,
    pub(super) outbox: Outbox<u64>,
}

impl Looks {
    async fn main(mut self) {
        self.inbox.recv().await;
    }
}

/// Waits for somebody outside or for a neighbour, whoever comes first, and ends.
#[derive(Component, Default)]
pub(super) struct Hears {
    pub(super) outside: Inbox<u64>,
    pub(super) inbox: Inbox<u64>,
    pub(super) outbox: Outbox<u64>,
}

impl Hears {
    async fn main(mut self) {
        let first = either(self.inbox.recv(), self.outside.recv()).await;
        assert_eq!(first, Either::Second(Some(0)));
    }
}

/// Sends two numbers, if no neighbour keeps it from that.
#[derive(Component, Default)]
pub(super) struct Offers {
    pub(super) offered: Outbox<u64>,
    pub(super) inbox: Inbox<u64>,
    pub(super) outbox: Outbox<u64>,
}

impl Offers {
    async fn main(mut self) {
        for number in 0..2 {
            let first = either(self.inbox.recv(), self.offered.send(number)).await;
            assert_eq!(first, Either::Second(Ok(())));
        }
    }
}

/// Adopts two on the main worker, and waits for their ends.
#[derive(Component, Default)]
pub(super) struct Adopts {
    control: Control,
}

impl Adopts {
    async fn main(self) -> Result<(), WiringErrors> {
        let (sends, takes) = (Sends::some(1), Takes::some(1));
        let graph = Graphline::new()
            .link_with(1, &sends.outbox, &takes.inbox)
            .add("sends", sends)
            .add("takes", takes);
        let mut children = self.control.adopt(graph)?;
        for name in ["sends", "takes"] {
            assert_eq!(children.next_end().await.unwrap().name, name);
        }
        assert_eq!(children.next_end().await, None);
        Ok(())
    }
}

struct Unparks(Thread);

impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits where only its waker reaches it.
#[derive(ThreadedComponent, Default)]
pub(super) struct Elsewhere {
    count: u64,
    pub(super) inbox: Inbox<u64>,
    control: Control,
}

impl Elsewhere {
    pub(super) fn some(count: u64) -> Self {
        Elsewhere { count, ..Elsewhere::default() }
    }

    fn main(mut self) {
        self.control.wake_with(Waker::from(Arc::new(Unparks(current()))));
        let mut seen = 0;
        loop {
            self.control.came_back();
            match self.inbox.try_recv() {
                Ok(number) => {
                    assert_eq!(number, seen);
                    seen += 1;
                }
                Err(TryRecvError::Finished) => break,
                Err(TryRecvError::Empty) => park(),
            }
        }
        assert_eq!(seen, self.count);
    }
}

/// Looks, gives up at once a few times, and only then waits.
#[derive(ThreadedComponent, Default)]
pub(super) struct Sleeps {
    count: u64,
    pub(super) inbox: Inbox<u64>,
    control: Control,
}

impl Sleeps {
    pub(super) fn some(count: u64) -> Self {
        Sleeps { count, ..Sleeps::default() }
    }

    fn main(mut self) {
        let mut seen = 0;
        for _ in 0..2 {
            seen += u64::from(self.inbox.try_recv().is_ok());
            self.control.wait_within(std::time::Duration::ZERO);
        }
        while self.inbox.recv_blocking().is_some() {
            seen += 1;
        }
        assert_eq!(seen, self.count);
    }
}

/// Adds up what comes by address.
#[derive(Component, Default)]
pub(super) struct Adds {
    pub(super) inbox: Inbox<u64>,
    pub(super) sum: Arc<AtomicU64>,
}

impl Adds {
    async fn main(mut self) {
        while let Some(number) = self.inbox.recv().await {
            self.sum.fetch_add(number, Ordering::Relaxed);
        }
    }
}

/// Sends two numbers by address.
#[derive(Component)]
pub(super) struct Addresses {
    to: Address<u64>,
}

impl Addresses {
    pub(super) fn to(to: Address<u64>) -> Self {
        Addresses { to }
    }

    async fn main(self) -> Result<(), Closed> {
        for number in [1, 2] {
            self.to.send(number).await?;
        }
        Ok(())
    }
}
