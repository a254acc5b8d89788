//! Who is woken by what, and who is not: counted in turns.

use axon_core::{Asked, Graphline, LinkPolicy};

use crate::common::*;
use crate::parts::*;

/// Waits for messages that do not come, and counts its turns.
fn sleeper(turns: &Turns) -> Acts<impl AsyncFnOnce(Own) -> () + Send + 'static> {
    let sleeps = acts(async move |mine: Own| mine.control.until_asked(Asked::Stop).await);
    sleeps.counted(turns)
}

#[test]
fn c26_two_messages_wake_a_waiting_component_once_and_not_their_sender() {
    in_any_order(|order| {
        let (inside, waits, got) = (Inside::default(), Flag::default(), Flag::default());
        let (sender, receiver) = (Turns::default(), Turns::default());
        let (is_waiting, has_got, conductor) = (waits.clone(), got.clone(), inside.clone());
        let sent_in = Notes::new();
        let (turn_of_send, own_turns, sent) = (sent_in.clone(), sender.clone(), sent_in.clone());
        let sends = acts(async move |mut mine| {
            is_waiting.raised().await;
            mine.outbox.send(1).await.unwrap();
            mine.outbox.send(2).await.unwrap();
            turn_of_send.add(so_far(&own_turns));
            mine.control.until_asked(Asked::Stop).await;
        });
        let turns = receiver.clone();
        let takes = acts(async move |mut mine| {
            waits.raise();
            assert_eq!(mine.inbox.recv().await, Some(1));
            assert_eq!(so_far(&turns), 2);
            assert_eq!(mine.inbox.recv().await, Some(2));
            assert_eq!(so_far(&turns), 2, "one turn for both");
            got.raise();
            mine.inbox.recv().await;
        });
        let (of_sender, of_receiver) = (sender.clone(), receiver.clone());
        let conducts = acts(async move |_mine| {
            has_got.raised().await;
            a_while().await;
            assert_eq!(sent.take(), [so_far(&of_sender)], "it had no turn since");
            assert_eq!(so_far(&of_receiver), 2);
            conductor.handle().stop();
        });
        // Where threads go as they like, the second message may come a turn after the first.
        let home = match order {
            Order::AsItComes => Where::Here,
            Order::Seed(_) => order.pick(&ANYWHERE),
        };
        let graph = Graphline::new()
            .add("sends", sends.counted(&sender))
            .add("takes", home.put(takes.counted(&receiver)))
            .add("conducts", conducts)
            .link("sends.outbox", "takes.inbox");
        order.run_built(inside.build(graph)).unwrap();
    });
}

#[test]
fn c27_a_receive_wakes_the_sender_that_waits_for_room_and_no_sender_that_does_not() {
    in_any_order(|order| {
        let (full, all_sent) = (Flag::default(), Flag::default());
        let (is_full, are_sent) = (full.clone(), all_sent.clone());
        let (turns, inside) = (Turns::default(), Inside::default());
        let (of_sender, conductor) = (turns.clone(), inside.clone());
        let sends = acts(async move |mut mine| {
            mine.outbox.send(1).await.unwrap();
            full.raise();
            mine.outbox.send(2).await.unwrap();
            all_sent.raise();
            mine.control.until_asked(Asked::Stop).await;
        });
        let takes = acts(async move |mut mine| {
            is_full.raised().await;
            a_while().await;
            let asleep = so_far(&of_sender);
            a_while().await;
            assert_eq!(so_far(&of_sender), asleep);
            assert_eq!(mine.inbox.recv().await, Some(1));
            are_sent.raised().await;
            a_while().await;
            assert_eq!(so_far(&of_sender), asleep + 1, "woken once, for the room there was");
            assert_eq!(mine.inbox.recv().await, Some(2));
            a_while().await;
            assert_eq!(so_far(&of_sender), asleep + 1, "it waited for no room");
            conductor.handle().stop();
        });
        let graph = Graphline::new()
            .add("sends", sends.counted(&turns))
            .add("takes", takes)
            .link_with(1, "sends.outbox", "takes.inbox");
        order.run_built(inside.build(graph)).unwrap();
    });
}

#[test]
fn c28_a_message_through_a_graphs_own_inbox_wakes_the_owner_of_the_inbox_inside_alone() {
    in_any_order(|order| {
        let (waits, got, inside) = (Flag::default(), Flag::default(), Inside::default());
        let (is_waiting, has_got, conductor) = (waits.clone(), got.clone(), inside.clone());
        let [last, in_middle, in_outer] = [(); 3].map(|()| Turns::default());
        let others = [in_middle.clone(), in_outer.clone()];
        let takes = acts(async move |mut mine| {
            waits.raise();
            assert_eq!(mine.inbox.recv().await, Some(7));
            got.raise();
            mine.inbox.recv().await;
        });
        let of_last = last.clone();
        let sends = acts(async move |mut mine| {
            is_waiting.raised().await;
            until(|| others.iter().all(|turns| so_far(turns) == 1)).await;
            mine.outbox.send(7).await.unwrap();
            has_got.raised().await;
            a_while().await;
            assert_eq!(so_far(&of_last), 2);
            assert!(others.iter().all(|turns| so_far(turns) == 1));
            conductor.handle().stop();
        });
        let middle = Graphline::new()
            .add("takes", takes.counted(&last))
            .add("beside", sleeper(&in_middle))
            .link("self.inbox", "takes.inbox");
        let outer = Graphline::new()
            .add("beside", sleeper(&in_outer))
            .nest("middle", middle)
            .link("self.inbox", "middle.inbox");
        let graph = Graphline::new()
            .add("sends", sends)
            .nest("outer", outer)
            .link("sends.outbox", "outer.inbox");
        order.run_built(inside.build(graph)).unwrap();
    });
}

/// Sends its number twice into a box of one, and lives on.
fn twice(number: u64, turns: &Turns) -> Acts<impl AsyncFnOnce(Own) -> () + Send + 'static> {
    let sends = acts(async move |mut mine: Own| {
        mine.outbox.send(number).await.unwrap();
        mine.outbox.send(number).await.unwrap();
        mine.control.until_asked(Asked::Stop).await;
    });
    sends.counted(turns)
}

#[test]
fn c29_of_three_outboxes_behind_one_name_a_receive_wakes_the_one_whose_message_it_took() {
    in_any_order(|order| {
        let all = [(); 3].map(|()| Turns::default());
        let (turns, inside) = (all.clone(), Inside::default());
        let conductor = inside.clone();
        let takes = acts(async move |mut mine| {
            until(|| turns.iter().all(|turns| so_far(turns) > 0)).await;
            a_while().await;
            let mut expected = turns.each_ref().map(so_far);
            let mut taken = [0; 3];
            for _ in 0..6 {
                let from = usize::try_from(mine.inbox.recv().await.unwrap()).unwrap();
                taken[from] += 1;
                // The first makes room for the second; nobody waits for the room after that.
                expected[from] += u64::from(taken[from] == 1);
                a_while().await;
                assert_eq!(turns.each_ref().map(so_far), expected);
            }
            assert_eq!(taken, [2; 3]);
            conductor.handle().stop();
        });
        let deep =
            Graphline::new().add("sends", twice(0, &all[0])).link("sends.outbox", "self.outbox");
        let middle = Graphline::new()
            .add("sends", twice(1, &all[1]))
            .nest("deep", deep)
            .link("sends.outbox", "self.outbox")
            .link("deep.outbox", "self.outbox");
        let outer = Graphline::new()
            .add("sends", twice(2, &all[2]))
            .nest("middle", middle)
            .link("middle.outbox", "self.outbox")
            .link("sends.outbox", "self.outbox");
        let graph = Graphline::new().add("takes", takes).nest("outer", outer).link_with(
            LinkPolicy::wait(1),
            "outer.outbox",
            "takes.inbox",
        );
        order.run_built(inside.build(graph)).unwrap();
    });
}

#[test]
fn c30_a_receive_wakes_those_who_are_linked_now() {
    in_any_order(|order| {
        let inside = Inside::default();
        let turns = [(); 3].map(|()| Turns::default());
        let speakers = turns.each_ref().map(counted_speaker);
        let tell = speakers.each_ref().map(|(_, tell)| tell.clone());
        let conductor = inside.clone();
        let takes = acts(async move |mut mine| {
            let handle = conductor.handle();
            let [to_a, to_b, to_c] = tell;
            let so_far = || turns.each_ref().map(so_far);
            // One waits in the box, and its sender with the next.
            for (tell, first) in [(&to_a, 10), (&to_b, 20)] {
                tell.send(first).await.unwrap();
                tell.send(first + 1).await.unwrap();
            }
            a_while().await;
            handle.unlink("b.outbox").unwrap();
            a_while().await;
            let before = so_far();
            let mut taken = Vec::new();
            mine.inbox.recv_many(&mut taken, 1).await;
            mine.inbox.recv_many(&mut taken, 1).await;
            a_while().await;
            taken.sort_unstable();
            assert_eq!(taken, [10, 20], "what b had sent before still comes");
            assert_eq!(so_far(), [before[0] + 1, before[1], before[2]], "only a is linked now");
            assert_eq!(mine.inbox.recv().await, Some(11));

            // Linked again, and one more that never was.
            for (from, tell, first) in [("b.outbox", &to_b, 22), ("c.outbox", &to_c, 30)] {
                handle.link_with(1, from, "takes.inbox").unwrap();
                tell.send(first).await.unwrap();
                tell.send(first + 1).await.unwrap();
            }
            a_while().await;
            let before = so_far();
            let mut taken = Vec::new();
            while taken.len() < 2 {
                mine.inbox.recv_many(&mut taken, 1).await;
            }
            // Each made room for the other of its sender.
            a_while().await;
            mine.inbox.recv_many(&mut taken, 1).await;
            mine.inbox.recv_many(&mut taken, 1).await;
            taken.sort_unstable();
            assert_eq!(taken, [22, 23, 30, 31]);
            assert_eq!(so_far(), [before[0], before[1] + 1, before[2] + 1]);
            handle.stop();
        });
        let mut graph = Graphline::new().add("takes", takes);
        for (name, (speaks, _)) in ["a", "b", "c"].into_iter().zip(speakers) {
            graph = graph.add(name, speaks);
        }
        let graph =
            graph.link_with(1, "a.outbox", "takes.inbox").link_with(1, "b.outbox", "takes.inbox");
        order.run_built(inside.build(graph)).unwrap();
    });
}

#[test]
fn c31_waking_one_leaves_others_asleep() {
    in_any_order(|order| {
        let (inside, done) = (Inside::default(), Flag::default());
        let [woken, asleep, resumed, paused] = [(); 4].map(|()| Turns::default());
        let takes = |turns: &Turns| {
            acts(async |mut mine| while mine.inbox.recv().await.is_some() {}).counted(turns)
        };
        let yields = |turns: &Turns| {
            let done = done.clone();
            acts(async move |_mine| done.raised().await).counted(turns)
        };
        let mut to_wake = takes(&woken);
        let address = to_wake.own.inbox.address();
        let mut other = takes(&asleep);
        let held_open = other.own.inbox.address();
        let graph = Graphline::new()
            .add("woken", to_wake)
            .add("asleep", other)
            .add("resumed", yields(&resumed))
            .add("paused", yields(&paused));
        let conductor = inside.clone();
        let conducts = acts(async move |_mine| {
            let handle = conductor.handle();
            until(|| [&woken, &asleep, &resumed, &paused].into_iter().all(|it| so_far(it) > 0))
                .await;
            handle.pause("resumed").unwrap();
            handle.pause("paused").unwrap();
            let before = [&woken, &asleep, &resumed, &paused].map(so_far);
            address.send(1).await.unwrap();
            until(|| so_far(&woken) > before[0]).await;
            handle.resume("resumed").unwrap();
            until(|| so_far(&resumed) > before[2] + 10).await;
            assert_eq!(so_far(&woken), before[0] + 1);
            assert_eq!([so_far(&asleep), so_far(&paused)], [before[1], before[3]]);
            handle.resume("paused").unwrap();
            done.raise();
            drop((address, held_open));
        });
        order.run_built(inside.build(graph.add("conducts", conducts))).unwrap();
    });
}

/// A number goes back and forth so often, and is one more each time.
fn hand_overs(count: u64, home: Where) -> Graphline {
    let starts = acts(async move |mut mine| {
        for number in (0..count).step_by(2) {
            mine.outbox.send(number).await.unwrap();
            assert_eq!(mine.inbox.recv().await, Some(number + 1));
        }
    });
    let answers = acts(async move |mut mine| {
        for number in (0..count).step_by(2) {
            assert_eq!(mine.inbox.recv().await, Some(number));
            mine.outbox.send(number + 1).await.unwrap();
        }
        assert_eq!(mine.inbox.recv().await, None);
    });
    Graphline::new()
        .add("starts", starts)
        .add("answers", home.put(answers))
        .link_with(1, "starts.outbox", "answers.inbox")
        .link_with(1, "answers.outbox", "starts.inbox")
}

#[test]
fn c33_no_message_is_slept_through_in_a_million_hand_overs() {
    in_time(|| hand_overs(1_000_000, Where::Here).run().map(drop)).unwrap();
    in_time(|| hand_overs(100_000, Where::There).run().map(drop)).unwrap();
    in_time(|| hand_overs(100_000, Where::OwnThread).run().map(drop)).unwrap();
    in_any_order(|order| order.run(hand_overs(200, order.pick(&ANYWHERE))).map(drop).unwrap());
}
