//! Components that have come and gone leave nothing behind. Alone in its program, since it looks at
//! how much memory the whole of that has.

use std::fs;

use axon_core::{Component, Control, Graphline, Inbox, Lent, Outbox};

/// How many in all; `AXON_COMPONENTS` asks for more or fewer.
const COMPONENTS: u64 = 1_000_000;

/// How many live at a time.
const AT_A_TIME: u64 = 1_000;

/// Room for what the allocator does as it likes, and for the names a report keeps.
const GROWTH_MAX: u64 = 4 << 20;

/// Takes one number and ends.
#[derive(Component, Default)]
struct TakesOne {
    pub inbox: Inbox<u64>,
}

impl TakesOne {
    async fn main(mut self) {
        assert!(self.inbox.recv().await.is_some());
    }
}

/// Adopts components again and again, each linked to a box of its own, and waits for their ends.
#[derive(Component)]
struct Adopts {
    control: Control,
    components: u64,
}

impl Adopts {
    async fn main(self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut before = 0;
        let rounds = self.components / AT_A_TIME;
        for round in 0..rounds {
            self.round().await?;
            // The first rounds fill what is kept: lists, and the names in the report.
            if round == rounds / 10 {
                before = resident_bytes();
            }
        }
        let grown = resident_bytes().saturating_sub(before);
        assert!(grown < GROWTH_MAX, "{grown} bytes more than after a tenth of them");
        Ok(())
    }

    async fn round(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut boxes: Vec<Outbox<u64>> = (0..AT_A_TIME).map(|_| Outbox::new()).collect();
        let mut graph = Graphline::new();
        let mut lent = Lent::default();
        for (number, outbox) in boxes.iter_mut().enumerate() {
            let one = TakesOne::default();
            graph = graph.link_with(1, &*outbox, &one.inbox).add(number.to_string(), one);
            lent = lent.outbox(outbox);
        }
        let mut children = self.control.adopt_linked(graph, lent)?;
        for (number, outbox) in (0..).zip(&mut boxes) {
            outbox.send(number).await?;
        }
        children.all_ended().await;
        Ok(())
    }
}

#[test]
fn a_million_components_leave_no_memory_behind() {
    let asked = std::env::var("AXON_COMPONENTS").ok();
    let components = asked.and_then(|asked| asked.parse().ok()).unwrap_or(COMPONENTS);
    let adopts = Adopts { control: Control::default(), components };
    let report = Graphline::new().add("adopts", adopts).run().unwrap();
    assert_eq!(report.components(), components / AT_A_TIME * AT_A_TIME + 1);
}

/// Of this program, as the system counts.
fn resident_bytes() -> u64 {
    let Ok(status) = fs::read_to_string("/proc/self/statm") else { return 0 };
    let pages = status.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.expect("a page count is the second word") * 4096
}
