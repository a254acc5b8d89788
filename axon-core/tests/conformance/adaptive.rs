//! Components that make boxes while they run.

use axon_core::{
    Closed, Control, Graphline, HandleError, KnowsBoxes, ResourceError, Resources, WiringError,
};

use crate::common::*;
use crate::parts::*;

#[test]
fn c47_a_thread_adds_an_inbox_and_an_outbox_and_both_work() {
    in_any_order(|order| {
        let (inside, grown, into) = (Inside::default(), Flag::default(), Collected::default());
        let (outside, is_grown) = (inside.clone(), grown.clone());
        let grows = blocks(move |mine| {
            let (name, mut inbox) = mine.control.add_inbox::<u64>("extra");
            assert_eq!(name, "extra");
            let open = inbox.address();
            grown.raise();
            assert_eq!(inbox.recv_blocking(), Some(7));
            drop(open);
            assert_eq!(inbox.recv_blocking(), Some(8));
            assert_eq!(inbox.recv_blocking(), None);
            let (name, mut outbox) = mine.control.add_outbox::<u64>("more");
            let from = format!("grows.{name}");
            outside.handle().link_with(1, &from, "collect.inbox").unwrap();
            (0..20).try_for_each(|number| outbox.send_blocking(number))
        });
        let conductor = inside.clone();
        let sends = acts(async move |mut mine| {
            is_grown.raised().await;
            conductor.handle().link("sends.outbox", "grows.extra").unwrap();
            mine.outbox.send(7).await?;
            mine.outbox.send(8).await
        });
        let collected = into.clone();
        let collect = acts(async move |mut mine| {
            let mut open = Some(mine.inbox.address());
            while let Some(number) = mine.inbox.recv().await {
                collected.lock().unwrap().push(number);
                open.take();
            }
        });
        let graph = Graphline::new()
            .add("grows", grows)
            .add("sends", order.pick(&ANYWHERE).put(sends))
            .add("collect", collect);
        order.run_built(inside.build(graph)).unwrap();
        assert_eq!(contents(&into), (0..20).collect::<Vec<_>>());
    });
}

#[test]
fn c48_a_box_under_a_taken_name_gets_another_that_begins_with_it_and_both_work() {
    in_any_order(|order| {
        let inside = Inside::default();
        let conductor = inside.clone();
        let grows = acts(async move |mine| {
            let (handle, control) = (conductor.handle(), &mine.control);
            until(|| conductor.lives("one") && conductor.lives("other")).await;
            let (first, mut one) = control.add_inbox::<u64>("extra");
            let (second, mut other) = control.add_inbox::<u64>("extra");
            assert_eq!(first, "extra");
            assert!(second.starts_with("extra") && second != first);
            let (declared, _) = control.add_inbox::<u64>("inbox");
            assert!(declared.starts_with("inbox") && declared != "inbox");
            // While they are held open nobody need be linked yet.
            let open = [one.address(), other.address()];
            handle.link("one.outbox", &format!("grows.{first}")).unwrap();
            handle.link("other.outbox", &format!("grows.{second}")).unwrap();
            assert_eq!(one.recv().await, Some(1));
            assert_eq!(other.recv().await, Some(2));
            drop(open);
            assert_eq!((one.recv().await, other.recv().await), (None, None));

            let (first, mut one) = control.add_outbox::<u64>("more");
            let (second, mut other) = control.add_outbox::<u64>("more");
            assert_eq!(first, "more");
            assert!(second.starts_with("more") && second != first);
            let (to_first, mut from_one) = control.add_inbox::<u64>("back");
            let (to_second, mut from_other) = control.add_inbox::<u64>("back");
            handle.link(&format!("grows.{first}"), &format!("grows.{to_first}")).unwrap();
            handle.link(&format!("grows.{second}"), &format!("grows.{to_second}")).unwrap();
            one.send(3).await.unwrap();
            other.send(4).await.unwrap();
            assert_eq!((from_one.recv().await, from_other.recv().await), (Some(3), Some(4)));
        });
        let says = |number| {
            let watches = inside.clone();
            acts(async move |mut mine| {
                until(|| mine.outbox.is_taken() || !watches.lives("grows")).await;
                mine.outbox.send(number).await
            })
        };
        let graph = Graphline::new()
            .add("grows", order.pick(&ANYWHERE).put(grows))
            .add("one", says(1))
            .add("other", order.pick(&ANYWHERE).put(says(2)));
        order.run_built(inside.build(graph)).unwrap();
    });
}

/// Boxes that a component has added, as the notes of its resources see them.
fn tracks_by_added_boxes(control: &Control) {
    let mut resources = Resources::new();
    let (inbox_name, inbox) = control.add_inbox::<u64>("from peer");
    let (outbox_name, outbox) = control.add_outbox::<u64>("to peer");
    let (inboxes, outboxes) = ([inbox_name.as_str()], [outbox_name.as_str()]);
    resources.track(control, "peer", inboxes, outboxes, 6881).unwrap();
    assert_eq!(resources.by_inbox("from peer"), Some(&"peer"));
    assert_eq!(resources.of(&"peer").unwrap().info, 6881);

    let no_inbox = Err(ResourceError::NoInbox { name: "to peer".into() });
    assert_eq!(resources.track(control, "other", ["to peer"], ["to peer"], 0), no_inbox);
    let no_outbox = Err(ResourceError::NoOutbox { name: "from peer".into() });
    assert_eq!(resources.track(control, "other", ["inbox"], ["from peer"], 0), no_outbox);
    assert_eq!(resources.of(&"other"), None);
    assert_eq!(resources.by_inbox("inbox"), None);

    drop((inbox, outbox));
    assert!(!control.has_inbox("from peer") && !control.has_outbox("to peer"));
    let gone = Err(ResourceError::NoInbox { name: "from peer".into() });
    assert_eq!(resources.track(control, "late", ["from peer"], ["outbox"], 0), gone);
    assert_eq!(resources.forget(&"peer").unwrap().outboxes, ["to peer"]);
    assert_eq!(resources.by_inbox("from peer"), None);
}

#[test]
fn c49_a_resource_is_tracked_by_boxes_that_exist_and_found_by_itself_and_by_inbox() {
    in_any_order(|order| {
        let tracks = acts(async |mine| tracks_by_added_boxes(&mine.control));
        let home = order.pick(&ANYWHERE);
        order.run(Graphline::new().add("tracks", home.put(tracks))).unwrap();
    });
}

#[test]
fn c49_a_box_that_is_gone_cannot_be_linked_and_takes_its_links_with_it() {
    in_any_order(|order| {
        let (inside, home) = (Inside::default(), order.pick(&ANYWHERE));
        let (conductor, watches) = (inside.clone(), inside.clone());
        let sends = acts(async move |mut mine| {
            until(|| mine.outbox.is_taken()).await;
            while mine.outbox.send(1).await.is_ok() {}
            assert!(!mine.outbox.is_taken());
            Err::<(), _>(Closed)
        });
        let grows = acts(async move |mine| {
            let handle = conductor.handle();
            until(|| watches.lives("sends")).await;
            let (_, inbox) = mine.control.add_inbox::<u64>("extra");
            handle.link("sends.outbox", "grows.extra").unwrap();
            a_while().await;
            drop(inbox);
            let gone = handle.link("grows.outbox", "grows.extra");
            let not_running =
                WiringError::BoxNotRunning { end: "grows.extra".into(), direction: "inbox" };
            assert_eq!(gone, Err(HandleError::Wiring(not_running)));
            let never = Err(HandleError::NoSuchBox { end: "grows.never".into() });
            assert_eq!(handle.link("grows.outbox", "grows.never"), never);
            assert_eq!(handle.unlink("grows.never"), never);
        });
        let graph = Graphline::new().add("grows", grows).add("sends", home.put(sends));
        order.run_built(inside.build(graph)).unwrap();
        assert!(!inside.lives("sends"));
    });
}
