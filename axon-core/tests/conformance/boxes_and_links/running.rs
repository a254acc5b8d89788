//! Links that are made, cut and made anew while their boxes are in use.

use axon_core::{Control, Graphline, HandleError, Inbox, Lent, Outbox, WiringError};

use crate::common::*;
use crate::parts::*;

#[test]
fn c05_what_is_sent_between_two_links_of_an_outbox_is_gone() {
    in_any_order(|order| {
        let (inside, into) = (Inside::default(), Collected::default());
        let (speaks, tell) = speaker();
        let (conductor, seen) = (inside.clone(), into.clone());
        let conducts = acts(async move |_mine| {
            let handle = conductor.handle();
            until(|| conductor.lives("listens") && conductor.lives("speaks")).await;
            tell.send(1).await.unwrap();
            a_while().await;
            handle.link("speaks.outbox", "listens.inbox").unwrap();
            tell.send(2).await.unwrap();
            until(|| contents(&seen) == [2]).await;
            handle.unlink("speaks.outbox").unwrap();
            tell.send(3).await.unwrap();
            a_while().await;
            handle.link("speaks.outbox", "listens.inbox").unwrap();
            tell.send(4).await.unwrap();
            until(|| contents(&seen).len() == 2).await;
            assert_eq!(contents(&seen), [2, 4]);
            handle.stop();
        });
        // What is told from elsewhere may come after the link is made: all is on one worker.
        let graph = Graphline::new()
            .add("speaks", speaks)
            .add("listens", order.pick(&ANYWHERE).put(listener(&into)))
            .add("conducts", conducts);
        order.run_built(inside.build(graph)).unwrap();
    });
}

#[test]
fn c07_a_second_link_is_refused_and_the_first_works_on_until_it_is_cut_for_another() {
    in_any_order(|order| {
        let inside = Inside::default();
        let (first, second) = (Collected::default(), Collected::default());
        let (speaks, tell) = speaker();
        let (conductor, at_first, at_second) = (inside.clone(), first.clone(), second.clone());
        let conducts = acts(async move |_mine| {
            let handle = conductor.handle();
            until(|| conductor.lives("second")).await;
            let twice = WiringError::LinkedTwice { from: "speaks.outbox".into() };
            let refused = Err(HandleError::Wiring(twice));
            assert_eq!(handle.link("speaks.outbox", "second.inbox"), refused);
            tell.send(1).await.unwrap();
            until(|| contents(&at_first) == [1]).await;
            handle.unlink("speaks.outbox").unwrap();
            handle.link("speaks.outbox", "second.inbox").unwrap();
            tell.send(2).await.unwrap();
            until(|| contents(&at_second) == [2]).await;
            handle.stop();
        });
        let graph = Graphline::new()
            .add("speaks", order.pick(&ANYWHERE).put(speaks))
            .add("first", listener(&first))
            .add("second", order.pick(&[Where::There, Where::Here]).put(listener(&second)))
            .add("conducts", conducts)
            .link("speaks.outbox", "first.inbox");
        order.run_built(inside.build(graph)).unwrap();
        assert_eq!((contents(&first), contents(&second)), (vec![1], vec![2]));
    });
}

#[test]
fn c11_what_was_sent_before_a_chain_is_cut_arrives_and_what_comes_after_does_not() {
    in_any_order(|order| {
        let (inside, cut, sent) = (Inside::default(), Flag::default(), Flag::default());
        let (is_cut, has_sent, conductor) = (cut.clone(), sent.clone(), inside.clone());
        let sends = acts(async move |mut mine| {
            mine.outbox.send(1).await.unwrap();
            mine.outbox.send(2).await.unwrap();
            sent.raise();
            is_cut.raised().await;
            assert!(!mine.outbox.is_taken());
            mine.outbox.send(3).await.unwrap();
        });
        let takes = acts(async move |mut mine| {
            has_sent.raised().await;
            // Whatever stands between, the link is one, and is cut where it begins.
            conductor.handle().unlink("source/sends.outbox").unwrap();
            cut.raise();
            a_while().await;
            assert_eq!(mine.inbox.waiting(), 2);
            assert_eq!(mine.inbox.recv().await, Some(1));
            assert_eq!(mine.inbox.recv().await, Some(2));
            assert_eq!(mine.inbox.recv().await, None, "nothing leads here any more");
        });
        let source = Graphline::new().add("sends", order.pick(&ANYWHERE).put(sends));
        let source = source.link("sends.outbox", "self.outbox");
        let sink = Graphline::new().add("takes", takes).link("self.inbox", "takes.inbox");
        let graph = Graphline::new()
            .nest("source", source)
            .nest("sink", sink)
            .link("source.outbox", "sink.inbox");
        order.run_built(inside.build(graph)).unwrap();
    });
}

#[test]
fn c12_who_begins_to_pass_on_hands_over_what_waits_in_order_and_never_the_box_itself() {
    in_any_order(|order| {
        let (inside, full, into) = (Inside::default(), Flag::default(), Collected::default());
        let (is_full, collected, home) = (full.clone(), into.clone(), order.pick(&ANYWHERE));
        let sends = acts(async move |mut mine| {
            mine.outbox.send_many(0..5).await.unwrap();
            full.raise();
            mine.outbox.send_many(5..200).await
        });
        let begins = acts(async move |mut mine: Own| {
            is_full.raised().await;
            assert!(mine.inbox.waiting() >= 5);
            let child = listener(&collected);
            let graph = Graphline::new().link(&mine.outbox, &child.own.inbox);
            let lent = Lent::default().outbox(&mut mine.outbox);
            mine.control.adopt_linked(graph.add("child", home.put(child)), lent).unwrap();
            while let Some(number) = mine.inbox.recv().await {
                mine.outbox.send(number).await.unwrap();
            }
            until(|| contents(&collected).len() == 200).await;
            let error = hand_over(mine.inbox, &mine.control);
            assert!(
                error.contains("`heir.inbox`, an inbox, belongs to another component"),
                "{error}"
            );
        });
        let graph = Graphline::new()
            .add("sends", sends)
            .add("begins", begins)
            .link("sends.outbox", "begins.inbox");
        let watches = inside.clone();
        let graph = graph.add(
            "stops",
            acts(async move |_mine| {
                until(|| !watches.lives("begins")).await;
                watches.handle().stop();
            }),
        );
        order.run_built(inside.build(graph)).unwrap();
        assert_eq!(contents(&into), (0..200).collect::<Vec<_>>());
    });
}

/// Tries to have another component take over an inbox; why it may not.
fn hand_over(inbox: Inbox<u64>, control: &Control) -> String {
    let heir = Pass { inbox, outbox: Outbox::new() };
    control.adopt(Graphline::new().add("heir", heir)).unwrap_err().to_string()
}

/// All links as they are drawn.
fn links(inside: &Inside) -> Vec<String> {
    let links = inside.handle().snapshot().links;
    links.iter().map(|link| format!("{} -> {}", link.from, link.to)).collect()
}

#[test]
fn c14_cutting_every_link_of_one_component_leaves_those_of_others() {
    in_any_order(|order| {
        let inside = Inside::default();
        let [hub, left, right] = [(); 3].map(|()| Collected::default());
        let ((a, to_a), (b, to_b), (c, to_c)) = (speaker(), speaker(), speaker());
        let (conductor, at_right, at_hub) = (inside.clone(), right.clone(), hub.clone());
        let conducts = acts(async move |_mine| {
            let handle = conductor.handle();
            until(|| conductor.lives("right")).await;
            handle.link("c.outbox", "right.inbox").unwrap();
            to_a.send(1).await.unwrap();
            to_b.send(1).await.unwrap();
            until(|| contents(&at_hub).len() == 2).await;
            let of_hub = handle.snapshot().links;
            let of_hub = of_hub.iter().filter(|link| {
                [&link.from, &link.to].into_iter().any(|end| end.component == "hub")
            });
            for link in of_hub {
                handle.unlink(&link.from.to_string()).unwrap();
            }
            assert_eq!(links(&conductor), ["c.outbox -> right.inbox"]);
            to_a.send(2).await.unwrap();
            to_b.send(2).await.unwrap();
            to_c.send(3).await.unwrap();
            until(|| contents(&at_right) == [3]).await;
            a_while().await;
            assert_eq!(contents(&at_hub), [1, 1]);
            handle.stop();
        });
        let graph = Graphline::new()
            .add("a", order.pick(&ANYWHERE).put(a))
            .add("b", b)
            .add("c", order.pick(&ANYWHERE).put(c))
            .add("hub", listener(&hub))
            .add("left", listener(&left))
            .add("right", listener(&right))
            .add("conducts", conducts)
            .link("a.outbox", "hub.inbox")
            .link("b.outbox", "hub.inbox")
            .link("hub.outbox", "left.inbox");
        order.run_built(inside.build(graph)).unwrap();
    });
}

#[test]
fn c15_a_link_outlives_whoever_made_it_and_not_the_boxes_at_its_ends() {
    in_any_order(|order| {
        let (inside, into) = (Inside::default(), Collected::default());
        let ((adopted, to_adopted), (speaks, to_speaks)) = (speaker(), speaker());
        let (maker, child) = (inside.clone(), listener(&into));
        let makes = acts(async move |mine| {
            until(|| maker.lives("listens") && maker.lives("speaks")).await;
            maker.handle().link("speaks.outbox", "listens.inbox").unwrap();
            let graph = Graphline::new().add("adopted", adopted).add("child", child);
            let graph = graph.link("adopted.outbox", "child.inbox");
            mine.control.adopt(graph).unwrap();
        });
        let (conductor, seen, collected) = (inside.clone(), into.clone(), into.clone());
        let conducts = acts(async move |_mine| {
            until(|| conductor.lives("child") && !conductor.lives("makes")).await;
            to_adopted.send(1).await.unwrap();
            to_speaks.send(2).await.unwrap();
            until(|| contents(&seen).len() == 2).await;
            assert_eq!(links(&conductor).len(), 2);
            // The one at the end of this link ends at the next number.
            to_speaks.send(0).await.unwrap();
            until(|| !conductor.lives("listens")).await;
            assert_eq!(links(&conductor), ["adopted.outbox -> child.inbox"]);
            conductor.handle().stop();
        });
        let listens = acts(async move |mut mine| {
            let _open = mine.inbox.address();
            while let Some(number) = mine.inbox.recv().await.filter(|number| *number > 0) {
                collected.lock().unwrap().push(number);
            }
        });
        let graph = Graphline::new()
            .add("makes", makes)
            .add("speaks", order.pick(&ANYWHERE).put(speaks))
            .add("listens", listens)
            .add("conducts", conducts);
        order.run_built(inside.build(graph)).unwrap();
    });
}
