//! What passes chosen boxes is written down, and given to one component again.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axon_core::inspect::{Recorder, Recording};
use axon_core::{Closed, Component, Graphline, Outbox, Workbench, sleep};
use common::*;

/// Sends a number each second.
#[derive(Component, Default)]
struct Seconds {
    pub outbox: Outbox<u64>,
}

impl Seconds {
    async fn main(mut self) -> Result<(), Closed> {
        for second in 1..=5 {
            sleep(Duration::from_secs(1)).await;
            self.outbox.send(second).await?;
        }
        Ok(())
    }
}

#[test]
fn what_was_recorded_of_a_graph_makes_one_component_do_the_same_again() {
    let collected = Collected::default();
    let graph = Graphline::new()
        .add("seconds", Seconds::default())
        .add("pass", Pass::default())
        .add("collect", Collect { into: collected.clone(), ..Collect::default() })
        .link("seconds.outbox", "pass.inbox")
        .link("pass.outbox", "collect.inbox")
        .build()
        .unwrap();
    let recorder = Arc::new(Mutex::new(Recorder::new(Vec::new())));
    graph.record("seconds.outbox", &recorder, u64::to_string).unwrap();
    graph.record("pass.outbox", &recorder, u64::to_string).unwrap();
    let other_type = graph.record("pass.outbox", &recorder, String::clone).unwrap_err();
    assert_eq!(other_type.to_string(), "`pass.outbox` carries u64, not String");
    graph.run_seeded(1).result.unwrap();
    let written = Arc::into_inner(recorder).unwrap().into_inner().unwrap().into_inner();
    let text = String::from_utf8(written).unwrap();
    assert!(text.starts_with("1000000\tseconds.outbox\t1\n1000000\tpass.outbox\t1\n"), "{text}");

    let pass = Pass::default();
    let mut bench = Workbench::new();
    let feed = bench.feed(&pass.inbox);
    let passed = bench.watch(&pass.outbox);
    bench.start(pass);
    let recording = Recording::new(text.as_bytes());
    bench.replay(&feed, recording.messages("seconds.outbox", str::parse::<u64>)).unwrap();
    assert_eq!(passed.drain(), contents(&collected));
}
