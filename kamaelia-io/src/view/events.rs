//! What the page is told, as server-sent events.

use std::sync::Arc;

use axon_core::inspect::Snapshot;

/// What is to be told next: only what is news, and the latest of it.
///
/// Somebody may have missed what was told before, being new or slow: then all is told again.
#[derive(Default)]
pub(super) struct Events {
    graph: Option<Snapshot>,
    /// How the graph moved when it was told last: once it stands still that is told too.
    has_moved: bool,
    exhibit: serde_json::Value,
    title: String,
}

impl Events {
    pub(super) fn of(title: String) -> Self {
        Events { title, ..Events::default() }
    }

    /// One part of the stream, if there is news or all is to be told.
    pub(super) fn next(
        &mut self,
        graph: Snapshot,
        exhibit: serde_json::Value,
        takes_commands: bool,
        all: bool,
    ) -> Option<Arc<[u8]>> {
        let moves = self.graph.as_ref().is_none_or(|before| !is_same(before, &graph));
        let mut part = String::new();
        if all || moves || self.has_moved {
            part += &event("graph", &self.graph_data(&graph, takes_commands));
        }
        if all || exhibit != self.exhibit {
            part += &event("exhibit", &exhibit.to_string());
        }
        (self.graph, self.has_moved, self.exhibit) = (Some(graph), moves, exhibit);
        (!part.is_empty()).then(|| Arc::from(part.into_bytes()))
    }

    fn graph_data(&self, graph: &Snapshot, takes_commands: bool) -> String {
        format!(
            "{{\"title\":{},\"commands\":{takes_commands},\"stuck\":{:?},\"graph\":{}}}",
            serde_json::Value::from(&*self.title),
            graph.stuck(),
            graph.to_json(),
        )
    }
}

/// Whether nothing has happened between two snapshots.
fn is_same(before: &Snapshot, now: &Snapshot) -> bool {
    // A link that blocks its sender counts the time.
    before.components == now.components && before.links == now.links
}

/// In JSON the end of a line stands between values only, where it may as well be left out; in an event
/// it would end the data.
fn event(name: &str, json: &str) -> String {
    format!("event: {name}\ndata: {}\n\n", json.replace(['\n', '\r'], ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(events: &mut Events, exhibit: &str, all: bool) -> Option<String> {
        let part = events.next(Snapshot::default(), exhibit.into(), false, all)?;
        Some(String::from_utf8(part.to_vec()).expect("text"))
    }

    #[test]
    fn only_news_is_told_and_to_who_is_new_everything() {
        let mut events = Events::of("a \"title\"".into());
        let graph = "event: graph\ndata: {\"title\":\"a \\\"title\\\"\",\"commands\":false,\
                     \"stuck\":[],\"graph\":{\"taken_at_us\":0,\"components\":[],\"links\":[],\
                     \"exported\":[]}}\n\n";
        let exhibit = |text: &str| format!("event: exhibit\ndata: \"{text}\"\n\n");
        assert_eq!(next(&mut events, "one", true), Some(graph.to_owned() + &exhibit("one")));
        // That it stands still.
        assert_eq!(next(&mut events, "one", false), Some(graph.into()));
        assert_eq!(next(&mut events, "one", false), None);
        assert_eq!(next(&mut events, "two", false), Some(exhibit("two")));
        assert_eq!(next(&mut events, "two", true), Some(graph.to_owned() + &exhibit("two")));
    }

    #[test]
    fn no_text_ends_an_event_early() {
        let event = event("x", &serde_json::Value::from("a\r\n\ndata: b").to_string());
        assert_eq!(event, "event: x\ndata: \"a\\r\\n\\ndata: b\"\n\n");
    }
}
