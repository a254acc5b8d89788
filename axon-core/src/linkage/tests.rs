//! Boxes that are linked, cut, fed and watched while their components run.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::running::{InjectError, Unlinkable, inject, link_running, unlink_running};
use super::tap::tap;
use super::{InboxState, LinkPolicy, LinkState, OutboxState};
use crate::{
    Address, Asked, Closed, Component, Control, Graphline, Inbox, Outbox, ThreadedComponent,
    yield_now,
};

/// Sends the numbers below a limit, one each turn.
#[derive(Component)]
struct Count {
    limit: u64,
    #[optional]
    outbox: Outbox<u64>,
}

impl Count {
    fn to(limit: u64) -> Self {
        Count { limit, outbox: Outbox::new() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        for number in 0..self.limit {
            self.outbox.send(number).await?;
            yield_now().await;
        }
        Ok(())
    }
}

type Got = Arc<Mutex<Vec<u64>>>;

/// Notes what comes, and stays until it is asked to stop or gets this.
const LAST: u64 = u64::MAX;

#[derive(Component, Default)]
struct Collect {
    #[optional]
    inbox: Inbox<u64>,
    got: Got,
}

impl Collect {
    async fn main(mut self) {
        let _open = self.inbox.address();
        while let Some(number) = self.inbox.recv().await {
            if number == LAST {
                break;
            }
            self.got.lock().unwrap().push(number);
        }
    }
}

/// Does what a test wants done from within, once each turn until it has nothing more.
#[derive(Component)]
struct Script {
    step: Box<dyn FnMut(u64) -> bool + Send>,
}

impl Script {
    async fn main(mut self) {
        let mut turn = 0;
        while (self.step)(turn) {
            turn += 1;
            yield_now().await;
        }
    }
}

fn script(step: impl FnMut(u64) -> bool + Send + 'static) -> Script {
    Script { step: Box::new(step) }
}

fn out(outbox: &Outbox<u64>) -> Arc<OutboxState> {
    outbox.handle().state().clone()
}

fn into(inbox: &Inbox<u64>) -> Arc<InboxState> {
    inbox.handle().state().clone()
}

fn link(from: &OutboxState, to: &Arc<InboxState>) -> Result<Arc<LinkState>, Unlinkable> {
    link_running(from, to, &LinkPolicy::default())
}

/// Runs it on another thread, so that what never ends fails.
fn run(graph: Graphline) {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(graph.run().map(drop)));
    told.recv_timeout(Duration::from_secs(60)).expect("it ends in time").expect("it ends well");
}

fn range(of: &Got) -> std::ops::Range<u64> {
    let got = of.lock().unwrap();
    let range = got.first().map_or(0, |first| *first)..got.last().map_or(0, |last| last + 1);
    assert_eq!(*got, range.clone().collect::<Vec<_>>(), "nothing lost between first and last");
    range
}

#[test]
fn an_outbox_is_linked_cut_and_linked_elsewhere_while_it_sends() {
    let (count, a, b) = (Count::to(60), Collect::default(), Collect::default());
    let (got_a, got_b) = (a.got.clone(), b.got.clone());
    let (from, to_a, to_b) = (out(&count.outbox), into(&a.inbox), into(&b.inbox));
    let steps = script(move |turn| {
        match turn {
            10 => drop(link(&from, &to_a).unwrap()),
            20 => assert!(unlink_running(&from)),
            21 => assert!(!unlink_running(&from)),
            30 => drop(link(&from, &to_b).unwrap()),
            70 => {
                inject(&to_a, LAST).unwrap();
                inject(&to_b, LAST).unwrap();
            }
            _ => {}
        }
        turn < 70
    });
    run(Graphline::new().add("script", steps).add("count", count).add("a", a).add("b", b));
    assert_eq!((range(&got_a), range(&got_b)), (10..20, 30..60));
}

#[test]
fn a_linked_outbox_is_not_linked_twice_and_its_link_still_works() {
    let (count, a, b) = (Count::to(30), Collect::default(), Collect::default());
    let (got_a, got_b) = (a.got.clone(), b.got.clone());
    let (from, to_a, to_b) = (out(&count.outbox), into(&a.inbox), into(&b.inbox));
    let graph = Graphline::new().link(&count.outbox, &a.inbox);
    let steps = script(move |turn| {
        match turn {
            5 => {
                let refused = link(&from, &to_b).unwrap_err();
                assert_eq!(refused, Unlinkable::Linked);
                let text = refused.between("count.outbox", "b.inbox").to_string();
                assert_eq!(
                    text,
                    "two links leave `count.outbox`; put a `Fanout` (kamaelia-io) after it"
                );
            }
            40 => {
                inject(&to_a, LAST).unwrap();
                inject(&to_b, LAST).unwrap();
            }
            _ => {}
        }
        turn < 40
    });
    run(graph.add("script", steps).add("count", count).add("a", a).add("b", b));
    assert_eq!((range(&got_a), range(&got_b)), (0..30, 0..0));
}

#[test]
fn boxes_that_do_not_fit_or_do_not_run_are_not_linked() {
    let (count, a) = (Count::to(1), Collect::default());
    let (from, to) = (out(&count.outbox), into(&a.inbox));
    let not_yet = link(&from, &to).unwrap_err();
    assert_eq!(not_yet, Unlinkable::NotRunning { direction: "outbox" });
    let text = not_yet.between("count.outbox", "a.inbox").to_string();
    assert!(text.contains("`count.outbox`, an outbox, cannot be linked now"), "{text}");
    #[derive(Component, Default)]
    struct Words {
        #[optional]
        inbox: Inbox<String>,
    }
    impl Words {
        async fn main(self) {
            yield_now().await;
        }
    }
    let words = Words::default();
    let other = words.inbox.handle().state().clone();
    let (from_too, to_too) = (from.clone(), to.clone());
    let steps = script(move |turn| {
        if turn == 0 {
            let (gives, takes) = ("u64".into(), "String".into());
            let refused = Unlinkable::OtherType { gives, takes };
            assert_eq!(link(&from, &other).unwrap_err(), refused);
            let policy = LinkPolicy::wait(1).max_bytes(1, String::len);
            let (carries, weighs) = ("u64".into(), "String".into());
            let refused = Unlinkable::OtherWeigher { carries, weighs };
            assert_eq!(link_running(&from, &to, &policy).unwrap_err(), refused);
            inject(&to, LAST).unwrap();
        }
        turn < 5
    });
    run(Graphline::new().add("script", steps).add("count", count).add("a", a).add("w", words));
    let ended = link(&from_too, &to_too).unwrap_err();
    assert_eq!(ended, Unlinkable::NotRunning { direction: "outbox" });
    assert_eq!(inject(&to_too, 1_u64).unwrap_err(), InjectError::NotRunning);
}

/// Never looks at its inbox.
#[derive(Component, Default)]
struct Deaf {
    #[optional]
    inbox: Inbox<u64>,
    control: Control,
}

impl Deaf {
    async fn main(self) {
        self.control.until_asked(Asked::Finish).await;
    }
}

#[derive(Component, Default)]
struct InBatches {
    #[optional]
    outbox: Outbox<u64>,
}

impl InBatches {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send_many(0..500).await
    }
}

#[derive(ThreadedComponent, Default)]
struct OnThread {
    #[optional]
    outbox: Outbox<u64>,
}

impl OnThread {
    fn main(mut self) -> Result<(), Closed> {
        (0..500).try_for_each(|number| self.outbox.send_blocking(number))
    }
}

#[test]
fn a_sender_that_waits_for_room_goes_on_when_its_link_is_cut() {
    let (count, batches, thread) = (Count::to(500), InBatches::default(), OnThread::default());
    let deaf = Deaf::default();
    let senders = [out(&count.outbox), out(&batches.outbox), out(&thread.outbox)];
    let graph = Graphline::new()
        .link_with(1, &count.outbox, &deaf.inbox)
        .link_with(3, &batches.outbox, &deaf.inbox)
        .link_with(2, &thread.outbox, &deaf.inbox)
        .add("count", count)
        .add("batches", batches)
        .add("thread", thread)
        .add("deaf", deaf)
        .build()
        .unwrap();
    let handle = graph.handle();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(graph.run().map(|report| report.outcomes().count())));
    let links: Vec<_> = senders.iter().map(|sender| sender.link().unwrap()).collect();
    while !links.iter().all(|link| link.sender_waits.is_raised()) {
        thread::yield_now();
    }
    assert!(senders.iter().all(|sender| unlink_running(sender)));
    while !senders.iter().all(|sender| sender.is_gone()) {
        thread::yield_now();
    }
    handle.finish();
    let ended = told.recv_timeout(Duration::from_secs(60)).expect("it ends in time");
    assert_eq!(ended.unwrap(), 4);
    assert_eq!(links[0].sent(), 1);
}

#[test]
fn links_come_and_go_between_threads_and_nothing_is_doubled_or_overtaken() {
    #[derive(ThreadedComponent)]
    struct Endless {
        #[optional]
        outbox: Outbox<u64>,
        control: Control,
    }
    impl Endless {
        fn main(mut self) -> Result<(), Closed> {
            let mut number = 0;
            while self.control.asked() < Asked::Finish {
                self.outbox.send_blocking(number)?;
                number += 1;
            }
            Ok(())
        }
    }
    let source = Endless { outbox: Outbox::new(), control: Control::default() };
    let collects: Vec<Collect> = (0..3).map(|_| Collect::default()).collect();
    let got: Vec<Got> = collects.iter().map(|collect| collect.got.clone()).collect();
    let inboxes: Vec<_> = collects.iter().map(|collect| into(&collect.inbox)).collect();
    let from = out(&source.outbox);
    let mut graph = Graphline::new().add("source", source);
    for (at, collect) in collects.into_iter().enumerate() {
        graph = graph.add(format!("collect {at}"), collect);
    }
    let graph = graph.build().unwrap();
    let handle = graph.handle();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(graph.run().map(drop)));
    let mut chance = fastrand::Rng::with_seed(7);
    let mut sent = 0;
    for round in 0..2_000 {
        let policy = match chance.u8(..4) {
            0 => LinkPolicy::drop_oldest(5),
            1 => LinkPolicy::wait(3).max_bytes(9, |_: &u64| 2),
            _ => LinkPolicy::wait(chance.usize(1..9)),
        };
        let link = link_running(&from, &inboxes[round % 3], &policy).unwrap();
        while chance.bool() || (round % 100 == 0 && link.taken() == 0) {
            thread::yield_now();
        }
        assert!(unlink_running(&from));
        sent += link.sent();
    }
    handle.finish();
    inboxes.iter().for_each(|inbox| inject(inbox, LAST).unwrap());
    told.recv_timeout(Duration::from_secs(60)).expect("it ends in time").unwrap();
    let mut all: Vec<u64> = Vec::new();
    for of_one in &got {
        let of_one = of_one.lock().unwrap();
        assert!(of_one.windows(2).all(|pair| pair[0] < pair[1]), "in order");
        all.extend(of_one.iter());
    }
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count, "nothing is doubled");
    assert!(count >= 20 && sent > 0, "{count} of {sent}");
}

#[test]
fn injected_messages_arrive_in_order_and_no_more_than_sixty_four_wait() {
    let (collect, deaf) = (Collect::default(), Deaf::default());
    let (got, to, to_deaf) = (collect.got.clone(), into(&collect.inbox), into(&deaf.inbox));
    assert_eq!(inject(&to, 1_u64), Err(InjectError::NotRunning));
    let (give, given) = mpsc::channel::<crate::GraphHandle>();
    let steps = script(move |turn| {
        match turn {
            0..100 => inject(&to, turn).unwrap(),
            _ => {
                let other = inject(&to, "text").unwrap_err();
                assert_eq!(other.to_string(), "the inbox takes u64, not &str");
                assert_eq!((0..100_u64).filter(|n| inject(&to_deaf, *n).is_ok()).count(), 64);
                assert_eq!(inject(&to_deaf, 1_u64), Err(InjectError::Full));
                inject(&to, LAST).unwrap();
                given.recv().unwrap().finish();
            }
        }
        turn < 100
    });
    let graph = Graphline::new().add("script", steps).add("c", collect).add("deaf", deaf);
    let graph = graph.build().unwrap();
    give.send(graph.handle()).unwrap();
    graph.run().unwrap();
    assert_eq!(range(&got), 0..100);
}

#[test]
fn a_tap_gets_copies_wherever_messages_go_and_disturbs_nobody_when_it_is_full() {
    let (count, a) = (Count::to(50), Collect::default());
    let (got, from, to) = (a.got.clone(), out(&count.outbox), into(&a.inbox));
    let copied = Got::default();
    let copies = copied.clone();
    let mut taps = Vec::new();
    let steps = script(move |turn| {
        match turn {
            0 => {
                assert!(tap::<String>(&from, 1).is_none());
                taps.push(tap::<u64>(&from, 100).unwrap());
                taps.push(tap::<u64>(&from, 3).unwrap());
            }
            20 => drop(link(&from, &to).unwrap()),
            // One that is dropped is not sent to any more.
            40 => {
                assert_eq!(taps[1].missed(), 37);
                let all = taps.remove(0);
                copies.lock().unwrap().extend(all.drain());
            }
            60 => inject(&to, LAST).unwrap(),
            _ => {}
        }
        turn < 60
    });
    run(Graphline::new().add("script", steps).add("count", count).add("a", a));
    assert_eq!((range(&copied), range(&got)), (0..40, 20..50));
}

#[test]
fn an_observed_link_keeps_exact_books() {
    let (count, a) = (Count::to(100), Collect::default());
    let (got, to) = (a.got.clone(), into(&a.inbox));
    let graph = Graphline::new().link_with(5, &count.outbox, &a.inbox);
    let from = out(&count.outbox);
    let graph = graph.add("count", count).add("a", a);
    let books = Arc::new(Mutex::new(None));
    let kept = books.clone();
    let mut link = None;
    let steps = script(move |turn| {
        let link = link.get_or_insert_with(|| from.link().unwrap());
        match turn {
            0 => link.observe(true),
            110 => {
                *kept.lock().unwrap() = Some(link.stats());
                inject(&to, LAST).unwrap();
            }
            _ => {}
        }
        turn < 110
    });
    run(graph.add("script", steps));
    assert_eq!(range(&got), 0..100);
    let stats = books.lock().unwrap().clone().unwrap();
    assert_eq!((stats.sent, stats.taken, stats.dropped, stats.waiting), (100, 100, 0, 0));
    let observed = stats.observed.unwrap();
    assert_eq!((observed.waiting, observed.waiting_max), (0, 1));
    assert_eq!(observed.blocked, Duration::ZERO);
}

#[test]
fn the_books_of_a_full_link_say_so() {
    let (batches, deaf) = (InBatches::default(), Deaf::default());
    let graph = Graphline::new().link_with(7, &batches.outbox, &deaf.inbox);
    let from = out(&batches.outbox);
    let link = Arc::new(Mutex::new(None));
    let kept = link.clone();
    let begin = script(move |_| {
        let link = from.link().unwrap();
        link.observe(true);
        *kept.lock().unwrap() = Some(link);
        false
    });
    let graph = graph.add("begin", begin).add("batches", batches).add("deaf", deaf);
    let graph = graph.build().unwrap();
    let handle = graph.handle();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(graph.run().map(drop)));
    let full = loop {
        let seen = link.lock().unwrap().as_ref().map(|link| link.stats());
        match seen {
            Some(stats) if stats.waiting == 7 => break stats,
            _ => thread::yield_now(),
        }
    };
    assert_eq!((full.sent, full.taken, full.limit), (7, 0, 7));
    handle.stop();
    told.recv_timeout(Duration::from_secs(60)).expect("it ends in time").unwrap();
    let blocked = link.lock().unwrap().as_ref().unwrap().stats().observed.unwrap();
    assert!(blocked.blocked > Duration::ZERO && blocked.waiting_max == 7, "{blocked:?}");
}

/// Takes one message, and drops its boxes.
#[derive(Component, Default)]
struct Frail {
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
}

impl Frail {
    async fn main(mut self) -> Result<(), Closed> {
        let number = self.inbox.recv().await.unwrap_or_default();
        self.outbox.send(number).await
    }
}

/// Goes on with the boxes of another, when it is told to.
#[derive(Component)]
struct Heir {
    #[optional]
    told: Inbox<()>,
    of: (Arc<OutboxState>, Arc<InboxState>),
    goes_on: bool,
}

impl Heir {
    async fn main(mut self) -> Result<(), Closed> {
        use crate::boxes::{InboxKey, OutboxKey};
        use crate::{AnyInbox, AnyOutbox};
        self.told.recv().await;
        let (from, to) = (&self.of.0, &self.of.1);
        if !self.goes_on {
            from.release();
            to.release();
            return Ok(());
        }
        let (mut inbox, mut outbox) = (Inbox::<u64>::new(), Outbox::<u64>::new());
        inbox.restore(&InboxKey(to.clone()));
        outbox.restore(&OutboxKey(from.clone()));
        // Boxes are looked at by the owner they had, which is this one's neighbour.
        while let Ok(number) = inbox.try_recv() {
            outbox.try_send(number).map_err(|_| Closed)?;
        }
        from.owner().expect("it had one").keep_boxes(false);
        Ok(())
    }
}

fn heir(goes_on: bool) -> (Got, Vec<String>) {
    let (count, frail, collect) = (InBatches::default(), Frail::default(), Collect::default());
    let (states, got) = ((out(&frail.outbox), into(&frail.inbox)), collect.got.clone());
    let to = into(&collect.inbox);
    let mut heir = Heir { told: Inbox::new(), of: states.clone(), goes_on };
    let tell: Address<()> = heir.told.address();
    let mut tell = Some(tell);
    let steps = script(move |turn| {
        let owner = states.0.owner().expect("it runs");
        match turn {
            0 => owner.keep_boxes(true),
            20 => drop(tell.take()),
            40 => inject(&to, LAST).unwrap(),
            _ => {}
        }
        turn < 40
    });
    let graph = Graphline::new()
        .link_with(9, &count.outbox, &frail.inbox)
        .link(&frail.outbox, &collect.inbox)
        .add("script", steps)
        .add("count", count)
        .add("frail", frail)
        .add("collect", collect)
        .add("heir", heir);
    let graph = graph.build().unwrap();
    let report = graph.run().unwrap();
    let outcomes = report.outcomes().map(|(name, outcome)| format!("{name} {outcome}")).collect();
    (got, outcomes)
}

#[test]
fn a_box_comes_after_another_with_all_that_was_under_way() {
    let (got, outcomes) = heir(true);
    // One was taken by the first, and nine were in the ring.
    assert_eq!(range(&got), 0..10);
    assert!(outcomes.iter().all(|outcome| outcome.ends_with("finished")), "{outcomes:?}");
}

#[test]
fn what_nobody_comes_after_is_closed_when_it_is_released() {
    let (got, outcomes) = heir(false);
    assert_eq!(range(&got), 0..1);
    assert!(outcomes.iter().all(|outcome| outcome.ends_with("finished")), "{outcomes:?}");
}
