//! Values that several change: all of a transaction or nothing, and never over what others did.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;

use axon_core::{Store, StoreError, Transaction};

fn store_of(entries: &[(&str, i32)]) -> Store {
    let store = Store::new();
    let mut transaction = store.transaction();
    for (key, value) in entries {
        transaction.set(key, *value);
    }
    transaction.commit().unwrap();
    store
}

fn set(store: &Store, key: &str, value: i32) {
    let mut transaction = store.transaction();
    transaction.set(key, value);
    transaction.commit().unwrap();
}

fn contents(store: &Store) -> HashMap<String, i32> {
    let value = |key: &str| *store.get::<i32>(key).unwrap().unwrap();
    store.keys().into_iter().map(|key| (key.clone(), value(&key))).collect()
}

fn number(transaction: &mut Transaction, key: &str) -> i32 {
    transaction.get::<i32>(key).unwrap().map_or(0, |number| *number)
}

fn changed(key: &str) -> Result<(), StoreError> {
    Err(StoreError::ConcurrentUpdate { key: key.into() })
}

#[test]
fn of_two_that_change_what_both_read_the_second_to_commit_fails_and_changes_nothing() {
    let store = store_of(&[("a", 1)]);
    let (mut first, mut second) = (store.transaction(), store.transaction());
    let (seen_first, seen_second) = (number(&mut first, "a"), number(&mut second, "a"));
    first.set("a", seen_first + 10);
    second.set("a", seen_second + 100);
    assert_eq!(first.commit(), Ok(()));
    assert_eq!(second.commit(), changed("a"));
    assert_eq!(contents(&store), contents(&store_of(&[("a", 11)])));
}

#[test]
fn a_clash_in_one_key_keeps_back_all_the_others() {
    let store = store_of(&[("a", 1), ("b", 1), ("c", 1)]);
    let mut loser = store.transaction();
    for key in ["a", "b", "c", "new"] {
        loser.set(key, 5);
    }
    loser.remove("c");
    set(&store, "b", 2);
    assert_eq!(loser.commit(), changed("b"));
    assert_eq!(contents(&store), contents(&store_of(&[("a", 1), ("b", 2), ("c", 1)])));
}

#[test]
fn a_key_that_was_only_read_makes_a_commit_fail_but_no_other_s() {
    let store = store_of(&[("price", 3), ("total", 0), ("other", 0)]);
    let mut buys = store.transaction();
    let total = number(&mut buys, "price") * 2;
    buys.set("total", total);
    let mut reads = store.transaction();
    let price = number(&mut reads, "price");
    reads.set("other", price);
    assert_eq!(reads.commit(), Ok(()));

    set(&store, "price", 4);
    assert_eq!(buys.commit(), changed("price"));
}

#[test]
fn transactions_over_different_keys_do_not_meet() {
    let store = store_of(&[("a", 1), ("b", 1)]);
    let (mut first, mut second) = (store.transaction(), store.transaction());
    let (a, b) = (number(&mut first, "a"), number(&mut second, "b"));
    first.set("a", a + 1);
    second.set("b", b + 1);
    assert_eq!(first.commit(), Ok(()));
    assert_eq!(second.commit(), Ok(()));
    assert_eq!(contents(&store), contents(&store_of(&[("a", 2), ("b", 2)])));
}

#[test]
fn two_that_both_found_a_key_missing_cannot_both_set_it() {
    let store = Store::new();
    let (mut first, mut second) = (store.transaction(), store.transaction());
    assert_eq!(first.get::<i32>("a"), Ok(None));
    assert_eq!(second.get::<i32>("a"), Ok(None));
    first.set("a", 1);
    second.set("a", 2);
    assert_eq!(first.commit(), Ok(()));
    assert_eq!(second.commit(), changed("a"));
}

#[test]
fn a_key_that_was_removed_and_set_again_does_not_look_unchanged() {
    let store = store_of(&[("a", 1)]);
    let mut slow = store.transaction();
    number(&mut slow, "a");
    slow.set("b", 1);
    let mut removes = store.transaction();
    removes.remove("a");
    removes.commit().unwrap();
    set(&store, "a", 1);
    assert_eq!(slow.commit(), changed("a"));
}

#[test]
fn a_transaction_sees_its_own_changes_and_nobody_else_does() {
    let store = store_of(&[("a", 1)]);
    let mut transaction = store.transaction();
    transaction.set("a", 2);
    transaction.set("b", 3);
    assert_eq!((number(&mut transaction, "a"), number(&mut transaction, "b")), (2, 3));
    transaction.remove("a");
    assert_eq!(transaction.get::<i32>("a"), Ok(None));
    assert_eq!(contents(&store), contents(&store_of(&[("a", 1)])));
    drop(transaction);
    assert_eq!(contents(&store), contents(&store_of(&[("a", 1)])));
}

#[test]
fn what_a_transaction_reads_is_of_one_moment_or_it_hears_so() {
    let store = store_of(&[("a", 1), ("b", -1), ("c", 0)]);
    let mut reads = store.transaction();
    assert_eq!(number(&mut reads, "a"), 1);
    set(&store, "c", 7);
    assert_eq!(number(&mut reads, "c"), 7, "what was read before still holds");
    store
        .update(|other| {
            other.set("a", 2);
            other.set("b", -2);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(reads.get::<i32>("b").map(drop), changed("a"));
    assert_eq!(number(&mut reads, "a"), 1, "what was read stays");
    assert_eq!(reads.commit(), changed("a"));
}

#[test]
fn values_are_shared_and_never_copied() {
    /// Cannot be copied.
    #[derive(Debug)]
    struct Unique(Vec<u8>);
    let store = Store::new();
    let mut transaction = store.transaction();
    transaction.set("bytes", Unique(vec![1, 2]));
    transaction.commit().unwrap();
    let (one, other) = (store.get::<Unique>("bytes"), store.get::<Unique>("bytes"));
    let (one, other) = (one.unwrap().unwrap(), other.unwrap().unwrap());
    assert!(Arc::ptr_eq(&one, &other));
    assert_eq!(one.0, [1, 2]);
}

#[test]
fn reading_as_another_type_is_an_error_that_names_both() {
    let store = store_of(&[("a", 1)]);
    let error = store.get::<String>("a").unwrap_err();
    assert_eq!(error.to_string(), "`a` holds i32, not String");
    let mut transaction = store.transaction();
    assert_eq!(transaction.get::<String>("a"), Err(error));
    transaction.set("a", "text".to_owned());
    transaction.commit().unwrap();
    assert_eq!(store.get::<String>("a").unwrap().as_deref().map(String::as_str), Some("text"));
}

#[test]
fn update_begins_again_when_it_was_overtaken() {
    let store = store_of(&[("a", 1)]);
    let mut tries = 0;
    store
        .update(|transaction| {
            tries += 1;
            let a = number(transaction, "a");
            if tries < 3 {
                set(&store, "a", a * 10);
            }
            transaction.set("a", a + 1);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!((tries, contents(&store)["a"]), (3, 101));
}

#[test]
fn update_begins_again_when_a_read_was_overtaken_but_not_for_other_errors() {
    #[derive(Debug, PartialEq)]
    enum Mine {
        Store(StoreError),
        NotToday,
    }
    impl From<StoreError> for Mine {
        fn from(error: StoreError) -> Self {
            Mine::Store(error)
        }
    }
    let store = store_of(&[("a", 1), ("b", 1)]);
    let mut tries = 0;
    let result = store.update(|transaction| {
        tries += 1;
        let a = number(transaction, "a");
        if tries == 1 {
            set(&store, "a", a + 1);
        }
        transaction.get::<i32>("b")?;
        transaction.set("b", 5);
        Err::<(), _>(Mine::NotToday)
    });
    assert_eq!((result, tries), (Err(Mine::NotToday), 2));
    assert_eq!(contents(&store)["b"], 1);
}

#[test]
fn update_gives_up_when_it_is_always_overtaken() {
    let store = store_of(&[("a", 0)]);
    let mut tries = 0;
    let result = store.update(|transaction| {
        tries += 1;
        number(transaction, "a");
        set(&store, "a", 1);
        Ok::<_, StoreError>(())
    });
    assert_eq!((result, tries), (changed("a"), 100));
}

#[test]
fn threads_that_move_amounts_about_keep_their_sum() {
    const KEYS: [&str; 4] = ["a", "b", "c", "d"];
    let store = store_of(&KEYS.map(|key| (key, 100)));
    thread::scope(|scope| {
        for seed in 0..4 {
            let store = &store;
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed);
                for _ in 0..500 {
                    let (from, to) = (KEYS[random.usize(..4)], KEYS[random.usize(..4)]);
                    // Whoever is overtaken a hundred times in a row has moved nothing.
                    let _ = store.update(|accounts| {
                        let mut sum = 0;
                        for key in KEYS {
                            sum += *accounts.get::<i32>(key)?.unwrap();
                        }
                        assert_eq!(sum, 400, "read at one moment");
                        let amount = number(accounts, from);
                        accounts.set(from, amount - 1);
                        let amount = number(accounts, to);
                        accounts.set(to, amount + 1);
                        Ok::<_, StoreError>(())
                    });
                }
            });
        }
    });
    assert_eq!(contents(&store).values().sum::<i32>(), 400);
}

#[test]
fn values_that_use_the_store_as_they_go_do_not_wait_for_it() {
    /// Looks into the store when it is dropped.
    struct Curious(Store);
    impl Drop for Curious {
        fn drop(&mut self) {
            self.0.keys();
        }
    }
    let store = Store::new();
    for _ in 0..2 {
        let mut transaction = store.transaction();
        transaction.set("a", Curious(store.clone()));
        transaction.set("a", Curious(store.clone()));
        transaction.commit().unwrap();
    }
    let mut loser = store.transaction();
    loser.set("a", Curious(store.clone()));
    let mut winner = store.transaction();
    winner.remove("a");
    winner.commit().unwrap();
    assert!(loser.commit().is_err());
    assert!(store.keys().is_empty());
}
