//! Finds parts by their names and boxes by themselves, as quickly in a large graph as in a small one.

use std::collections::hash_map::Entry;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::seen::PartBoxes;
use crate::boxes::{InboxKey, OutboxKey};

/// A part, and which of its inboxes or outboxes.
pub(super) type Place = (usize, usize);

/// Where everything in a graph is.
pub(super) struct Index<'a> {
    parts: FxHashMap<&'a str, usize>,
    inboxes: FxHashMap<InboxKey, Place>,
    outboxes: FxHashMap<OutboxKey, Place>,
}

impl<'a> Index<'a> {
    /// Notes the boxes; parts are noted one by one.
    pub(super) fn of(boxes: &[PartBoxes]) -> Self {
        let mut index = Index {
            parts: FxHashMap::with_capacity_and_hasher(boxes.len(), FxBuildHasher),
            inboxes: FxHashMap::with_capacity_and_hasher(boxes.len(), FxBuildHasher),
            outboxes: FxHashMap::with_capacity_and_hasher(boxes.len(), FxBuildHasher),
        };
        for (part, boxes) in boxes.iter().enumerate() {
            for (at, seen) in boxes.inboxes.iter().enumerate() {
                index.inboxes.insert(seen.key.clone(), (part, at));
            }
            for (at, seen) in boxes.outboxes.iter().enumerate() {
                index.outboxes.insert(seen.key.clone(), (part, at));
            }
        }
        index
    }

    /// False if another part has the name.
    pub(super) fn note_part(&mut self, name: &'a str, part: usize) -> bool {
        match self.parts.entry(name) {
            Entry::Occupied(_) => false,
            Entry::Vacant(free) => {
                free.insert(part);
                true
            }
        }
    }

    pub(super) fn part(&self, name: &str) -> Option<usize> {
        self.parts.get(name).copied()
    }

    pub(super) fn inbox(&self, key: &InboxKey) -> Option<Place> {
        self.inboxes.get(key).copied()
    }

    pub(super) fn outbox(&self, key: &OutboxKey) -> Option<Place> {
        self.outboxes.get(key).copied()
    }
}
