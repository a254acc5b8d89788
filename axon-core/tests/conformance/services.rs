//! What components share without being linked: names for inboxes, names for values, a store.

use axon_core::{
    Address, Graphline, Inbox, ServiceError, Services, Store, StoreError, ValueError, Values,
    yield_now,
};

use crate::parts::*;

fn named(name: &str) -> String {
    name.to_owned()
}

#[test]
fn c50_a_taken_name_a_box_that_is_gone_another_message_and_an_unknown_name_are_told_apart() {
    let services = Services::new();
    let (mut one, mut other) = (Inbox::<u64>::new(), Inbox::<u64>::new());
    let (to_one, to_other) = (one.address(), other.address());
    services.register("one", &to_one).unwrap();
    let taken = Err(ServiceError::Taken { name: named("one") });
    assert_eq!(services.register("one", &to_other), taken);
    assert_eq!(services.register("one", &to_one), taken, "also by the same box");
    drop(other);
    let no_inbox = Err(ServiceError::NoInbox { name: named("other") });
    assert_eq!(services.register("other", &to_other), no_inbox);
    let unknown = ServiceError::Unknown { name: named("nobody") };
    assert_eq!(services.find::<u64>("nobody").map(drop), Err(unknown.clone()));
    assert_eq!(services.withdraw("nobody"), Err(unknown));
    let error = services.find::<String>("one").unwrap_err();
    assert!(matches!(error, ServiceError::OtherMessage { .. }), "{error}");
    // None of that has changed anything.
    assert_eq!(services.names(), ["one"]);
    assert_eq!(services.find::<u64>("one"), Ok(to_one));
    services.withdraw("one").unwrap();
    assert!(services.names().is_empty());
}

#[test]
fn c50_of_those_who_want_one_name_at_once_one_gets_it_and_the_others_hear_so() {
    in_any_order(|order| {
        let (services, results) = (Services::new(), Notes::new());
        let mut graph = Graphline::new();
        for (number, home) in ANYWHERE.into_iter().cycle().take(6).enumerate() {
            let (services, results) = (services.clone(), results.clone());
            let registers = acts(async move |mut mine| {
                let address: Address<u64> = mine.inbox.address();
                results.add(services.register("one", &address));
                // Nobody's box is gone before everybody has tried.
                until(|| results.len() == 6).await;
                drop(address);
            });
            graph = graph.add(number.to_string(), home.put(registers));
        }
        order.run(graph).unwrap();
        let taken = Err(ServiceError::Taken { name: named("one") });
        let (refused, registered): (Vec<_>, Vec<_>) =
            results.take().into_iter().partition(Result::is_err);
        assert_eq!((registered, refused), (vec![Ok(())], vec![taken; 5]));
        assert!(services.names().is_empty(), "a service goes with its component");
    });
}

#[test]
fn c51_a_value_is_tracked_once_and_only_what_is_tracked_is_read_or_updated() {
    let values = Values::new();
    values.track("port", 6881_u16).unwrap();
    let tracked = Err(ValueError::AlreadyTracked { name: named("port") });
    assert_eq!(values.track("port", 6881_u16), tracked);
    let unknown = Err(ValueError::Unknown { name: named("prot") });
    assert_eq!(values.get::<u16>("prot"), unknown);
    let nothing = Err(ValueError::NothingToUpdate { name: named("prot") });
    assert_eq!(values.update("prot", 1_u16), nothing);
    assert_eq!(values.get("port"), Ok(6881_u16));
    values.update("port", 6882_u16).unwrap();
    assert_eq!(values.get("port"), Ok(6882_u16));
    assert_eq!(values.names(), ["port"]);
}

/// A store in which all these are 0.
fn store_of(keys: &[&str]) -> Store {
    let store = Store::new();
    let mut transaction = store.transaction();
    for key in keys {
        transaction.set(key, 0_u64);
    }
    transaction.commit().unwrap();
    store
}

fn value(store: &Store, key: &str) -> u64 {
    *store.get::<u64>(key).unwrap().unwrap()
}

#[test]
fn c52_of_two_transactions_that_read_one_key_the_second_to_commit_fails_and_changes_nothing() {
    let store = store_of(&["a", "b"]);
    let (mut first, mut second) = (store.transaction(), store.transaction());
    assert_eq!(first.get::<u64>("a").unwrap().as_deref(), Some(&0));
    assert_eq!(second.get::<u64>("a").unwrap().as_deref(), Some(&0));
    first.set("a", 1_u64);
    // Only one of the two keys clashes.
    second.set("a", 2_u64);
    second.set("b", 2_u64);
    first.commit().unwrap();
    assert_eq!(second.commit(), Err(StoreError::ConcurrentUpdate { key: named("a") }));
    assert_eq!((value(&store, "a"), value(&store, "b")), (1, 0));
}

#[test]
fn c52_no_update_of_many_at_once_is_lost() {
    in_any_order(|order| {
        let store = store_of(&["a"]);
        let mut graph = Graphline::new();
        for (number, home) in ANYWHERE.into_iter().enumerate() {
            let store = store.clone();
            let adds = acts(async move |_mine| {
                for _ in 0..20 {
                    let mut is_added = false;
                    while !is_added {
                        let mut transaction = store.transaction();
                        let seen = *transaction.get::<u64>("a").unwrap().unwrap();
                        // Others have turns between the look and the commit.
                        yield_now().await;
                        transaction.set("a", seen + 1);
                        is_added = transaction.commit().is_ok();
                    }
                }
            });
            graph = graph.add(number.to_string(), home.put(adds));
        }
        order.run(graph).unwrap();
        assert_eq!(value(&store, "a"), 60);
    });
}
