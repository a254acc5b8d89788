//! Components that are not linked: addresses, services, adoption.

mod common;

use std::sync::{Arc, Mutex};
use std::thread;

use axon_core::{
    Address, Closed, Component, Control, Graphline, Inbox, ServiceError, Services, WiringErrors,
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
