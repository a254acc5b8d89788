//! What a program shows beside its graph.

use std::convert::Infallible;

use super::metrics::Metrics;

/// What a program shows on the page beside its graph: it hears messages, and says how things stand
/// when somebody asks.
///
/// All of it is called on the thread of the view, and should not block.
pub trait Exhibit: Send + 'static {
    /// What the inbox of the view takes.
    type Message: Send + 'static;

    /// A JavaScript module of the page. It may export `show(state, page)`, which is called with what
    /// [`state`](Self::state) says, each time that is news. `page.command(line)` sends a line to the
    /// outbox `commands`.
    const SCRIPT: &'static str;

    /// A style sheet of the page.
    const STYLE: &'static str;

    /// Something has happened.
    fn take(&mut self, message: Self::Message);

    /// How things stand, as JSON. Asked twice a second while somebody looks.
    fn state(&mut self) -> serde_json::Value;

    /// The same as numbers for a monitoring system.
    fn measure(&self, metrics: &mut Metrics);
}

/// Nothing beside the graph.
#[derive(Clone, Copy, Debug, Default)]
pub struct GraphAlone;

impl Exhibit for GraphAlone {
    type Message = Infallible;
    const SCRIPT: &'static str = "export function show() {}\n";
    const STYLE: &'static str = "";

    fn take(&mut self, message: Infallible) {
        match message {}
    }

    fn state(&mut self) -> serde_json::Value {
        serde_json::Value::Null
    }

    fn measure(&self, _metrics: &mut Metrics) {}
}
