//! Boxes in which only the last value counts, and links made by handles.

mod common;

use std::sync::{Arc, Mutex};

use axon_core::{
    Component, Graphline, Inbox, Latest, Outbox, Pipeline, ThreadedComponent, TryRecvError,
};
use common::*;

type Seen = Arc<Mutex<Vec<Option<u64>>>>;

/// Notes each value it finds, and at the end the one it still knows.
#[derive(Component, Default)]
struct Watch {
    inbox: Latest<u64>,
    seen: Seen,
}

impl Watch {
    async fn main(mut self) {
        while let Some(value) = self.inbox.changed().await {
            self.seen.lock().unwrap().push(Some(*value));
        }
        assert_eq!(self.inbox.try_changed(), Err(TryRecvError::Finished));
        self.seen.lock().unwrap().push(self.inbox.get().copied());
    }
}

#[test]
fn a_value_that_was_overtaken_is_never_seen_and_the_last_one_stays() {
    let watch = Watch::default();
    let seen = watch.seen.clone();
    Pipeline::new(Count::to(1_000)).then(watch).run().unwrap();
    assert_eq!(*seen.lock().unwrap(), [Some(999), Some(999)]);
}

#[test]
fn a_link_into_it_holds_one_value_whatever_it_was_told() {
    let (count, watch) = (Count::to(10), Watch::default());
    let seen = watch.seen.clone();
    let graph = Graphline::new().link_with(5, &count.outbox, &watch.inbox);
    graph.add("count", count).add("watch", watch).run().unwrap();
    assert_eq!(*seen.lock().unwrap(), [Some(9), Some(9)]);
}

#[derive(ThreadedComponent, Default)]
struct ThreadedWatch {
    value: Latest<u64>,
    seen: Seen,
}

impl ThreadedWatch {
    fn main(mut self) {
        while let Some(value) = self.value.changed_blocking() {
            self.seen.lock().unwrap().push(Some(*value));
        }
    }
}

#[test]
fn a_thread_sees_values_in_order_and_never_misses_the_last() {
    let (count, watch) = (ThreadedCount::to(20_000), ThreadedWatch::default());
    let seen = watch.seen.clone();
    let graph = Graphline::new().link(&count.outbox, &watch.value);
    let graph = graph.add("count", count).add("watch", watch);
    in_time(|| graph.run().map(drop)).unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(seen.last(), Some(&Some(19_999)));
}

#[test]
fn a_box_without_links_has_no_value_and_never_will() {
    let mut latest = Latest::<u64>::new();
    assert_eq!(latest.get(), None);
    assert_eq!(latest.try_changed(), Err(TryRecvError::Finished));
    assert_eq!(format!("{latest:?}"), "Latest<u64>(None)");
}

#[test]
fn boxes_are_linked_by_handles_after_their_components_have_moved() {
    let (first, second) = (Count::to(3), Count::to(3));
    let (collect, watch) = (Collect::default(), Watch::default());
    let (into, seen) = (collect.into.clone(), watch.seen.clone());
    let (from, other) = (first.outbox.handle(), second.outbox.handle());
    let (to, latest) = (collect.inbox.handle(), watch.inbox.handle());
    Graphline::new()
        .add("first", first)
        .add("second", second)
        .add("collect", collect)
        .add("watch", watch)
        .link(&from, &to)
        .link(&other, &latest)
        .run()
        .unwrap();
    assert_eq!(contents(&into), [0, 1, 2]);
    assert_eq!(*seen.lock().unwrap(), [Some(2), Some(2)]);
}

#[test]
fn a_handle_of_a_box_that_was_never_added_says_so() {
    let (from, to) = (Outbox::<u8>::new().handle(), Inbox::<u8>::new().handle());
    let errors = Graphline::new().link(&from, &to).build().unwrap_err();
    assert!(errors.to_string().contains("is not in the graph; add it"), "{errors}");
}
