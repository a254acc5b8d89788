//! Where the messages of a link wait if a ring cannot keep them: those that may be dropped by their
//! sender, and those that are weighed.

use std::collections::VecDeque;
use std::sync::PoisonError;

use super::policy::{Weigher, WhenFull};
use crate::scheduler::sync::{AtomicBool, Mutex, MutexGuard, Ordering};

/// Messages under way, shared by both ends of a link.
pub(crate) struct Shelf<T> {
    held: Mutex<Held<T>>,
    limit: usize,
    when_full: WhenFull,
    bytes: Option<(usize, Weigher<T>)>,
    /// Somebody besides the receiver wants what it leaves.
    is_kept: AtomicBool,
}

struct Held<T> {
    /// With their weights.
    messages: VecDeque<(T, usize)>,
    bytes: usize,
    /// Nobody takes from here any more.
    is_closed: bool,
}

/// How full something is, and may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Fill {
    pub(crate) size: usize,
    pub(crate) limit: usize,
    /// Bytes, and not messages.
    pub(crate) in_bytes: bool,
}

/// What became of a message.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Put<T> {
    /// It is there, and so many others had to go for it.
    Done(u64),
    Full(T),
    Closed(T),
}

impl<T> Shelf<T> {
    pub(super) fn new(
        limit: usize,
        when_full: WhenFull,
        bytes: Option<(usize, Weigher<T>)>,
    ) -> Self {
        let held = Held { messages: VecDeque::new(), bytes: 0, is_closed: false };
        let is_kept = AtomicBool::new(false);
        Shelf { held: Mutex::new(held), limit, when_full, bytes, is_kept }
    }

    /// What the receiver leaves stays here.
    pub(super) fn keep(&self) {
        self.is_kept.store(true, Ordering::Release);
    }

    pub(super) fn is_kept(&self) -> bool {
        self.is_kept.load(Ordering::Acquire)
    }

    pub(crate) fn put(&self, message: T) -> Put<T> {
        let weight = self.weight(&message);
        let mut dropped = 0;
        loop {
            let mut held = self.lock();
            if held.is_closed {
                return Put::Closed(message);
            }
            if self.fits(&held, weight) {
                held.bytes = held.bytes.saturating_add(weight);
                held.messages.push_back((message, weight));
                return Put::Done(dropped);
            }
            if self.when_full != WhenFull::DropOldest {
                return Put::Full(message);
            }
            // Messages are not dropped under a lock: who knows what they do then.
            let oldest = held.take();
            drop(held);
            dropped += u64::from(oldest.is_some());
        }
    }

    pub(crate) fn take(&self) -> Option<T> {
        self.lock().take()
    }

    /// The next message; if there is none, there never will be one.
    pub(crate) fn take_or_close(&self) -> Option<T> {
        let mut held = self.lock();
        let message = held.take();
        held.is_closed |= message.is_none();
        message
    }

    /// Whether this message would be taken now.
    pub(crate) fn has_room_for(&self, message: &T) -> bool {
        let weight = self.weight(message);
        self.when_full == WhenFull::DropOldest || self.fits(&self.lock(), weight)
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().messages.len()
    }

    /// Messages of no weight that fit without another being dropped.
    pub(crate) fn room(&self) -> usize {
        let held = self.lock();
        let is_heavy = self.bytes.as_ref().is_some_and(|(max, _)| held.bytes >= *max);
        match held.messages.len() {
            0 => self.limit,
            _ if is_heavy => 0,
            len => self.limit.saturating_sub(len),
        }
    }

    /// How full it is by what it is full of.
    pub(crate) fn fill(&self) -> Fill {
        let held = self.lock();
        let size = held.messages.len();
        match &self.bytes {
            Some((max, _)) if size < self.limit => {
                Fill { size: held.bytes, limit: *max, in_bytes: true }
            }
            _ => Fill { size, limit: self.limit, in_bytes: false },
        }
    }

    fn weight(&self, message: &T) -> usize {
        self.bytes.as_ref().map_or(0, |(_, weigh)| weigh(message))
    }

    fn fits(&self, held: &Held<T>, weight: usize) -> bool {
        let bytes_max = self.bytes.as_ref().map_or(usize::MAX, |(max, _)| *max);
        held.messages.is_empty()
            || held.messages.len() < self.limit && held.bytes.saturating_add(weight) <= bytes_max
    }

    fn lock(&self) -> MutexGuard<'_, Held<T>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Held<T> {
    fn take(&mut self) -> Option<T> {
        let (message, weight) = self.messages.pop_front()?;
        self.bytes = self.bytes.saturating_sub(weight);
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn weighed(limit: usize, when_full: WhenFull, bytes_max: usize) -> Shelf<&'static str> {
        let weigh: Weigher<&'static str> = Arc::new(|text| text.len());
        Shelf::new(limit, when_full, Some((bytes_max, weigh)))
    }

    #[test]
    fn an_empty_shelf_takes_one_message_whatever_it_weighs() {
        let shelf = weighed(5, WhenFull::Wait, 3);
        assert_eq!(shelf.put("heavier than allowed"), Put::Done(0));
        assert_eq!(shelf.put(""), Put::Full(""));
        assert_eq!(shelf.take(), Some("heavier than allowed"));
        assert_eq!(shelf.put("abc"), Put::Done(0));
        assert_eq!(shelf.put("d"), Put::Full("d"));
        assert_eq!(shelf.fill(), Fill { size: 3, limit: 3, in_bytes: true });
    }

    #[test]
    fn a_heavy_message_pushes_out_as_many_light_ones_as_it_must() {
        let shelf = weighed(9, WhenFull::DropOldest, 4);
        for light in ["a", "b", "c", "d"] {
            assert_eq!(shelf.put(light), Put::Done(0));
        }
        assert_eq!(shelf.put("xyz"), Put::Done(3));
        assert_eq!([shelf.take(), shelf.take(), shelf.take()], [Some("d"), Some("xyz"), None]);
    }

    #[test]
    fn what_is_closed_empty_takes_nothing_more() {
        let shelf = Shelf::new(2, WhenFull::Wait, None);
        assert_eq!(shelf.put(1), Put::Done(0));
        assert_eq!(shelf.take_or_close(), Some(1));
        assert_eq!(shelf.put(2), Put::Done(0));
        assert_eq!(shelf.take_or_close(), Some(2));
        assert_eq!(shelf.take_or_close(), None);
        assert_eq!(shelf.put(3), Put::Closed(3));
    }
}
