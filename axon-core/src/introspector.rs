//! Tells how the graph it runs in looks, in the text protocol of Axon's introspector.

use std::time::Duration;

use crate::Component;
use crate::boxes::{Closed, Outbox};
use crate::control::{Asked, Control};
use crate::inspect::Introspection;
use crate::select::either;
use crate::time;

/// How often it looks unless it is told otherwise.
const PERIOD: Duration = Duration::from_millis(500);

/// Sends what has changed in the graph it is part of, as text that viewers of Axon's introspection
/// draw: nodes and links added and deleted. The first message begins with `DEL ALL`. While nothing
/// changes nothing is sent.
///
/// It looks twice a second and sleeps between. It ends when its graph is asked to finish or stop,
/// and when nobody takes what it sends. A graph that has one is never reported as stuck, since it
/// wakes by itself.
///
/// ```
/// # use axon_core::{Component, Graphline, Inbox, Introspector};
/// # #[derive(Component, Default)] struct Viewer { pub inbox: Inbox<String> }
/// # impl Viewer { async fn main(mut self) {
/// #     assert!(self.inbox.recv().await.is_some_and(|text| text.starts_with("DEL ALL"))); } }
/// let (introspector, viewer) = (Introspector::default(), Viewer::default());
/// Graphline::new()
///     .link(&introspector.outbox, &viewer.inbox)
///     .add("introspector", introspector)
///     .add("viewer", viewer)
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Component)]
pub struct Introspector {
    /// Lines, each with its end, one message for each look that found something new.
    pub outbox: Outbox<String>,
    control: Control,
    period: Duration,
}

impl Introspector {
    /// One that looks this often.
    pub fn every(period: Duration) -> Self {
        Introspector { outbox: Outbox::new(), control: Control::default(), period }
    }

    async fn main(mut self) -> Result<(), Closed> {
        let Some(graph) = self.control.graph() else { return Ok(()) };
        let mut introspection = Introspection::new();
        while self.control.asked() == Asked::GoOn && self.outbox.is_taken() {
            if let Some(changes) = introspection.changes(&graph.snapshot()) {
                self.outbox.send(changes).await?;
            }
            either(self.control.until_asked(Asked::Finish), time::sleep(self.period)).await;
        }
        Ok(())
    }
}

impl Default for Introspector {
    fn default() -> Self {
        Introspector::every(PERIOD)
    }
}
