//! What a graph is refused for, before anything runs.

mod common;

use axon_core::{Component, Graphline, LinkPolicy, Outboxes, WiringError, graphline};
use common::*;

#[derive(Component, Default)]
struct Text {
    inbox: axon_core::Inbox<String>,
    #[optional]
    spare: axon_core::Inbox<String>,
}

impl Text {
    async fn main(mut self) {
        while self.inbox.recv().await.is_some() {}
        self.spare.recv().await;
    }
}

/// The cookbook's own slip was a link to `Monitor` where the component was `monitor`.
#[test]
fn all_mistakes_are_reported_at_once_with_what_to_do() {
    let errors = Graphline::new()
        .add("count", Count::to(1))
        .add("count", Count::to(1))
        .add("pass", Pass::default())
        .add("monitor", Collect::default())
        .add("text", Text::default())
        .add("a.b", Pass::default())
        .link("count.outbox", "Monitor.inbox")
        .link("count.outbox", "text.inbox")
        .link("pass.output", "monitor.inbox")
        .link("pass.inbox", "monitor.inbox")
        .link("nonsense", "monitor.inbox")
        .link("count.outbox", "pass.inbox")
        .build()
        .unwrap_err();
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "`a.b` cannot name a component; use a name without dots and slashes, and not `self`, \
             which means the graph",
            "two components are called `count`; give one of them another name",
            "`Monitor.inbox`: there is no such component; did you mean `monitor`?",
            "two links leave `count.outbox`; put a `Fanout` (kamaelia-io) after it",
            "`count.outbox` gives u64, but `text.inbox` takes String; put a component between \
             them that turns one into the other",
            "`pass.output`: there is no such outbox; did you mean `outbox`?",
            "`pass.inbox` is an inbox, and this end of a link is an outbox; links lead from an \
             outbox to an inbox",
            "`nonsense` is no link end; write `component.box`",
            "`count.outbox`, an outbox of u64, is not linked; link it, or mark its field `#[optional]`",
            "`pass.outbox`, an outbox of u64, is not linked; link it, or mark its field `#[optional]`",
            "`a.b.inbox`, an inbox of u64, is not linked; link it, or mark its field `#[optional]`",
            "`a.b.outbox`, an outbox of u64, is not linked; link it, or mark its field `#[optional]`",
        ]
    );
    assert!(errors.to_string().starts_with("the graph has 12 mistakes:\n  1. `a.b`"));
}

#[test]
fn a_link_to_a_component_that_was_never_added_says_so() {
    let (count, collect) = (Count::to(1), Collect::default());
    let errors = Graphline::new()
        .link(&count.outbox, &collect.inbox)
        .add("count", count)
        .build()
        .unwrap_err();
    let expected =
        WiringError::NotAdded { direction: "inbox", other_end: Some("count.outbox".into()) };
    assert_eq!(errors.iter().collect::<Vec<_>>(), [&expected]);
}

#[derive(Component)]
struct Family {
    outboxes: Outboxes<u64>,
}

impl Family {
    async fn main(mut self) {
        for (_, outbox) in self.outboxes.iter_mut() {
            let _ = outbox.send(7).await;
        }
    }
}

#[test]
fn a_family_of_outboxes_is_linked_by_its_own_names() {
    let graph = |wanted: &'static str| {
        let collect = Collect::default();
        let into = collect.into.clone();
        let graph = graphline! {
            components {
                family: Family { outboxes: Outboxes::new(["left"]) },
                collect: collect,
            }
            links {
                family.outboxes.named(wanted) => collect.inbox,
            }
        };
        (graph, into)
    };
    let (right, into) = graph("left");
    right.run().unwrap();
    assert_eq!(contents(&into), [7]);
    let (wrong, _) = graph("lefty");
    let text = wrong.build().unwrap_err().to_string();
    assert!(text.contains("`lefty`: there is no such outbox; did you mean `left`?"), "{text}");
}

#[test]
fn links_in_a_circle_are_told_with_the_way_round() {
    let ring = |policy: LinkPolicy| {
        Graphline::new()
            .add("count", Count::to(1))
            .add("a", Pass::default())
            .add("b", Pass::default())
            .add("c", Pass::default())
            .link("count.outbox", "a.inbox")
            .link("a.outbox", "b.inbox")
            .link("b.outbox", "c.inbox")
            .link_with(policy, "c.outbox", "a.inbox")
            .build()
            .unwrap()
    };
    let graph = ring(LinkPolicy::wait(7));
    let texts: Vec<String> = graph.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["bounded links lead in a circle, and can fill up until nobody moves: `a.outbox` to \
          `b.outbox` to `c.outbox` to `a`; give one of them another policy if more goes in than \
          comes out"]
    );
    assert_eq!(ring(LinkPolicy::drop_oldest(7)).warnings(), []);
}
