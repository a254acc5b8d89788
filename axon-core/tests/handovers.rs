//! Two components that hand one message to and fro, each asleep until it comes: nothing is lost,
//! doubled or slept through, wherever the two live.

use axon_core::{Closed, Component, Graphline, Inbox, Outbox, Part, ThreadedComponent};

/// How often, there and back; `AXON_HANDOVERS` asks for more, such as ten million.
const HANDOVERS: u64 = 500_000;

/// Adds one to each number it gets, and expects it to be the next.
#[derive(Component)]
struct Returns {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    next: u64,
    last: u64,
}

/// The same, blocking.
#[derive(ThreadedComponent)]
struct BlocksAndReturns {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    next: u64,
    last: u64,
}

impl Returns {
    async fn main(mut self) -> Result<(), Closed> {
        if self.next == 1 {
            self.outbox.send(0).await?;
        }
        while let Some(number) = self.inbox.recv().await {
            assert_eq!(number, self.next);
            self.next += 2;
            if number == self.last {
                return Ok(());
            }
            self.outbox.send(number + 1).await?;
        }
        assert!(self.next > self.last, "it ends before its time");
        Ok(())
    }
}

impl BlocksAndReturns {
    fn main(mut self) -> Result<(), Closed> {
        if self.next == 1 {
            self.outbox.send_blocking(0)?;
        }
        while let Some(number) = self.inbox.recv_blocking() {
            assert_eq!(number, self.next);
            self.next += 2;
            if number == self.last {
                return Ok(());
            }
            self.outbox.send_blocking(number + 1)?;
        }
        assert!(self.next > self.last, "it ends before its time");
        Ok(())
    }
}

/// Where one of the two lives.
type Place = fn(u64, u64) -> Part;

fn here(next: u64, last: u64) -> Part {
    Returns { inbox: Inbox::new(), outbox: Outbox::new(), next, last }.into()
}

fn there(next: u64, last: u64) -> Part {
    here(next, last).on("there")
}

fn on_its_own(next: u64, last: u64) -> Part {
    here(next, last).on_thread()
}

fn blocking(next: u64, last: u64) -> Part {
    BlocksAndReturns { inbox: Inbox::new(), outbox: Outbox::new(), next, last }.into()
}

#[test]
fn no_handover_is_lost_doubled_or_slept_through() {
    let asked = std::env::var("AXON_HANDOVERS").ok();
    let last = asked.and_then(|asked| asked.parse().ok()).unwrap_or(HANDOVERS);
    let pairs: [(Place, Place); 5] =
        [(here, here), (here, there), (here, blocking), (there, on_its_own), (blocking, blocking)];
    for (left, right) in pairs {
        let graph = Graphline::new()
            .add("left", left(1, last))
            .add("right", right(0, last))
            .link_with(1, "left.outbox", "right.inbox")
            .link_with(1, "right.outbox", "left.inbox");
        let report = graph.run().unwrap();
        assert_eq!(report.failures().count(), 0);
    }
}
