//! Components that are not linked: addresses, services, adoption.

mod common;

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use axon_core::{
    Address, Closed, Component, Control, Graphline, Inbox, LinkPolicy, Outbox, ServiceError,
    Services, ThreadedComponent, WiringErrors, yield_now,
};
use common::*;

#[test]
fn code_outside_a_graph_sends_by_address_and_the_last_one_ends_it() {
    let mut collect = Collect::default();
    let into = collect.into.clone();
    let address = collect.inbox.address();
    let other = address.clone();
    let run = thread::spawn(move || Graphline::new().add("collect", collect).run().map(drop));
    let second = thread::spawn(move || {
        for number in 1_000..2_000 {
            other.send_blocking(number).unwrap();
        }
    });
    for number in 0..1_000 {
        address.send_blocking(number).unwrap();
    }
    second.join().unwrap();
    drop(address);
    run.join().unwrap().unwrap();
    let mut got = contents(&into);
    got.sort_unstable();
    assert_eq!(got, (0..2_000).collect::<Vec<_>>());
}

#[test]
fn sending_to_a_component_that_has_ended_says_so() {
    let mut collect = Collect::default();
    let address = collect.inbox.address();
    drop(collect);
    assert_eq!(address.send_blocking(1), Err(Closed));
}

#[test]
fn names_are_found_taken_freed_and_never_hold_a_service_open() {
    let services = Services::new();
    let mut inbox = Inbox::<u64>::new();
    let unknown = ServiceError::Unknown { name: "numbers".into() };
    assert_eq!(services.find::<u64>("numbers").unwrap_err(), unknown);
    assert_eq!(services.withdraw("numbers"), Err(unknown.clone()));

    let address = inbox.address();
    services.register("numbers", &address).unwrap();
    let taken = ServiceError::Taken { name: "numbers".into() };
    assert_eq!(services.register("numbers", &address), Err(taken));
    assert_eq!(
        services.find::<String>("numbers").unwrap_err().to_string(),
        "service `numbers` takes u64, not String"
    );
    services.find::<u64>("numbers").unwrap();

    drop(address);
    assert_eq!(services.find::<u64>("numbers").unwrap_err(), unknown);
}

/// Adds up what it is sent, as a service that its first user brings along.
#[derive(Component)]
struct Sum {
    inbox: Inbox<u64>,
    total: Arc<Mutex<Vec<u64>>>,
}

impl Sum {
    async fn main(mut self) {
        let mut total = 0;
        while let Some(number) = self.inbox.recv().await {
            total += number;
        }
        self.total.lock().unwrap().push(total);
    }
}

#[derive(Component)]
struct User {
    services: Services,
    totals: Collected,
    control: Control,
}

#[derive(Debug, thiserror::Error)]
enum UserError {
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Wiring(#[from] WiringErrors),
}

impl User {
    async fn main(self) -> Result<(), UserError> {
        let sum = self.services.find_or_start("sum", || self.start_sum())?;
        // More than a mailbox holds, so that nobody is done before all have begun.
        for number in 1..=1_000 {
            let _ = sum.send(number).await;
        }
        Ok(())
    }

    fn start_sum(&self) -> Result<Address<u64>, UserError> {
        let mut sum = Sum { inbox: Inbox::new(), total: self.totals.clone() };
        let address = sum.inbox.address();
        self.control.adopt(Graphline::new().add("sum", sum))?;
        Ok(address)
    }
}

#[test]
fn users_share_the_service_the_first_one_started_and_the_last_one_ends_it() {
    let totals = Collected::default();
    let services = Services::new();
    let user =
        || User { services: services.clone(), totals: totals.clone(), control: Control::default() };
    let report = Graphline::new()
        .add("first", user())
        .add("second", user())
        .add("third", user())
        .run()
        .unwrap();
    assert_eq!(contents(&totals), [3 * 500_500]);
    assert_eq!(report.outcomes().count(), 4);
}

#[test]
fn messages_sent_before_the_last_address_went_outlive_a_new_address() {
    let mut collect = Collect::default();
    let into = collect.into.clone();
    for number in 0..5 {
        collect.inbox.address().send_blocking(number).unwrap();
    }
    Graphline::new().add("collect", collect).run().unwrap();
    assert_eq!(contents(&into), [0, 1, 2, 3, 4]);
}

/// Takes messages as slowly as a thread that sends without end needs to keep its box filled, until
/// one comes by address.
#[derive(Component, Default)]
struct Busy {
    inbox: Inbox<u64>,
}

impl Busy {
    async fn main(mut self) {
        while self.inbox.recv().await != Some(u64::MAX) {
            thread::sleep(Duration::from_micros(20));
        }
    }
}

#[test]
fn what_comes_by_address_has_its_turn_however_much_comes_by_links() {
    let mut busy = Busy::default();
    let address = busy.inbox.address();
    let count = ThreadedCount::to(u64::MAX - 1);
    let graph = Graphline::new()
        .link(&count.outbox, &busy.inbox)
        .add("count", count)
        .add("busy", busy)
        .build()
        .unwrap();
    let run = thread::spawn(|| graph.run().map(drop));
    thread::sleep(Duration::from_millis(20));
    address.send_blocking(u64::MAX).unwrap();
    in_time(|| run.join()).unwrap().unwrap();
}

/// Sends to an address that nobody reads.
#[derive(Component)]
struct Presses {
    to: Address<u64>,
}

impl Presses {
    async fn main(self) -> Result<(), Closed> {
        loop {
            self.to.send(1).await?;
        }
    }
}

/// The same from a thread of its own.
#[derive(ThreadedComponent)]
struct ThreadedPresses {
    to: Address<u64>,
}

impl ThreadedPresses {
    fn main(self) -> Result<(), Closed> {
        loop {
            self.to.send_blocking(1)?;
        }
    }
}

#[test]
fn stop_ends_components_that_wait_for_room_at_an_address() {
    let mut unread = Inbox::<u64>::new();
    let to = unread.address();
    let graph = Graphline::new()
        .add("presses", Presses { to: to.clone() })
        .add("on a thread", ThreadedPresses { to })
        .build()
        .unwrap();
    let handle = graph.handle();
    let run = thread::spawn(|| graph.run().map(drop));
    thread::sleep(Duration::from_millis(50));
    handle.stop();
    in_time(|| run.join()).unwrap().unwrap();
    drop(unread);
}

#[test]
fn a_blocking_send_on_a_shared_worker_is_refused() {
    #[derive(Component)]
    struct Blocks {
        inbox: Inbox<u64>,
        address: Option<Address<u64>>,
    }
    impl Blocks {
        async fn main(mut self) {
            let address = self.address.take().unwrap();
            while address.send_blocking(1).is_ok() {}
            self.inbox.recv().await;
        }
    }
    let mut blocks = Blocks { inbox: Inbox::new(), address: None };
    blocks.address = Some(blocks.inbox.address());
    let error = in_time(|| Graphline::new().add("blocks", blocks).run().map(drop)).unwrap_err();
    assert!(error.to_string().contains("must await"), "{error}");
}

#[test]
fn sending_without_end_by_address_leaves_turns_to_others() {
    /// Ends the presser by ending its receiver.
    #[derive(Component)]
    struct Other {
        over: Arc<AtomicBool>,
    }
    impl Other {
        async fn main(self) {
            self.over.store(true, Ordering::Relaxed);
        }
    }
    let over = Arc::new(AtomicBool::new(false));
    let mut sink = Inbox::<u64>::new();
    let to = sink.address();
    let seen = over.clone();
    // A receiver fast enough that the mailbox seldom fills.
    let receiver = thread::spawn(move || {
        while !seen.load(Ordering::Relaxed) {
            while sink.try_recv().is_ok() {}
        }
    });
    let graph =
        Graphline::new().add("presses", Presses { to }).add("other", Other { over: over.clone() });
    in_time(|| graph.run().map(drop)).unwrap();
    receiver.join().unwrap();
}

#[test]
fn a_service_that_has_ended_frees_its_name_though_its_address_is_held() {
    let services = Services::new();
    let mut first = Inbox::<u64>::new();
    let held = first.address();
    services.register("numbers", &held).unwrap();
    drop(first);
    let unknown = ServiceError::Unknown { name: "numbers".into() };
    assert_eq!(services.find::<u64>("numbers").unwrap_err(), unknown);
    let mut second = Inbox::<u64>::new();
    services.register("numbers", &second.address()).unwrap();
}

#[test]
fn an_address_may_be_dropped_by_a_thread_that_is_ending() {
    thread_local! {
        static KEPT: RefCell<Option<Address<u64>>> = const { RefCell::new(None) };
    }
    for _ in 0..20 {
        let mut collect = Collect::default();
        let address = collect.inbox.address();
        let run = thread::spawn(|| Graphline::new().add("collect", collect).run().map(drop));
        let thread = thread::spawn(move || {
            // Made before whatever sending makes, and so dropped after it.
            KEPT.with(|kept| *kept.borrow_mut() = None);
            for number in 0..100 {
                address.send_blocking(number).unwrap();
                thread::yield_now();
            }
            KEPT.with(|kept| *kept.borrow_mut() = Some(address));
        });
        thread.join().unwrap();
        in_time(|| run.join()).unwrap().unwrap();
    }
}

/// Lends its control to a thread that outlives the graph.
#[derive(Component, Default)]
struct Lends {
    control: Control,
    to: Option<mpsc::Sender<Control>>,
}

impl Lends {
    async fn main(self) {
        let _ = self.to.unwrap().send(self.control);
    }
}

#[test]
fn components_are_not_adopted_by_a_graph_that_has_ended() {
    let (to, lent) = mpsc::channel();
    let lends = Lends { to: Some(to), ..Lends::default() };
    Graphline::new().add("lends", lends).run().unwrap();
    let control = lent.recv().unwrap();
    let mut collect = Collect::default();
    let address = collect.inbox.address();
    let error = control.adopt(Graphline::new().add("collect", collect)).unwrap_err();
    assert!(error.to_string().contains("running graph"), "{error}");
    assert_eq!(address.send_blocking(1), Err(Closed));
}

/// Leaves before it has read what came.
#[derive(Component)]
struct LeavesUnread {
    requests: Inbox<Address<u64>>,
}

impl LeavesUnread {
    async fn main(mut self) {
        while self.requests.waiting() == 0 {
            yield_now().await;
        }
    }
}

/// Sends where it wants the answer, and waits for that as long as anyone could give it.
#[derive(Component)]
struct Asks {
    service: Address<Address<u64>>,
    #[optional]
    answers: Inbox<u64>,
}

impl Asks {
    async fn main(mut self) -> Result<(), Closed> {
        let reply = self.answers.address();
        self.service.send(reply).await?;
        assert_eq!(self.answers.recv().await, None);
        Ok(())
    }
}

#[test]
fn a_service_that_ends_drops_what_it_has_not_read_though_its_address_is_held() {
    let mut leaves = LeavesUnread { requests: Inbox::new() };
    let asks = Asks { service: leaves.requests.address(), answers: Inbox::new() };
    let graph = Graphline::new().add("asks", asks).add("leaves", leaves);
    in_time(|| graph.run().map(drop)).unwrap();
}

/// The same along a link.
#[derive(Component, Default)]
struct LeavesLinked {
    pub requests: Inbox<Address<u64>>,
}

impl LeavesLinked {
    async fn main(mut self) {
        while self.requests.waiting() == 0 {
            yield_now().await;
        }
    }
}

#[derive(Component, Default)]
struct AsksLinked {
    pub requests: Outbox<Address<u64>>,
    #[optional]
    answers: Inbox<u64>,
}

impl AsksLinked {
    async fn main(mut self) -> Result<(), Closed> {
        let reply = self.answers.address();
        self.requests.send(reply).await?;
        assert_eq!(self.answers.recv().await, None);
        Ok(())
    }
}

#[test]
fn a_component_that_ends_drops_what_it_has_not_read_though_its_sender_lives() {
    for policy in [LinkPolicy::wait(3), LinkPolicy::drop_oldest(3)] {
        let (asks, leaves) = (AsksLinked::default(), LeavesLinked::default());
        let graph = Graphline::new()
            .link_with(policy, &asks.requests, &leaves.requests)
            .add("asks", asks)
            .add("leaves", leaves);
        in_time(|| graph.run().map(drop)).unwrap();
    }
}
