//! Senders that wait, one after another, until a mailbox has room.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::task::Waker;

use crate::error::caught;
use crate::linkage::InboxState;
use crate::scheduler::flag::{WaitFlag, publish};
use crate::scheduler::sync::{AtomicBool, Mutex, MutexGuard, Ordering};

/// Who waits for room. Each message that is taken makes room for one of them; who came first is
/// woken first.
#[derive(Default)]
pub(super) struct Room {
    awaited: WaitFlag,
    line: Mutex<Line>,
    /// The inbox is gone: there will be no room any more.
    is_gone: AtomicBool,
    /// The inbox no longer counts the mailbox among those by which its owner can be woken.
    is_uncounted: AtomicBool,
}

#[derive(Default)]
struct Line {
    waiting: BTreeMap<u64, Waker>,
    next: u64,
}

/// One sender's place in the line, for one message. Whoever was woken and leaves without using the
/// room wakes the next.
pub(super) struct Place<'a> {
    room: &'a Room,
    number: Option<u64>,
}

impl Room {
    pub(super) fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Acquire)
    }

    pub(super) fn go(&self) {
        self.is_gone.store(true, Ordering::Release);
    }

    /// The mailbox is closed at one end.
    pub(super) fn uncount(&self, inbox: &InboxState) {
        if !self.is_uncounted.swap(true, Ordering::AcqRel) {
            inbox.mailbox_closed();
        }
    }

    /// There is room for one more.
    pub(super) fn made(&self) {
        publish();
        if self.awaited.is_raised() {
            self.wake_first();
        }
    }

    /// There will be no room any more.
    pub(super) fn close(&self) {
        publish();
        let waiting = std::mem::take(&mut self.lock().waiting);
        // Whatever a waker does, it does not find this locked.
        for waker in waiting.into_values() {
            // One that breaks does not keep the others from being woken.
            let _ = caught(|| waker.wake());
        }
    }

    fn wake_first(&self) {
        let first = {
            let mut line = self.lock();
            let first = line.waiting.pop_first();
            if line.waiting.is_empty() {
                self.awaited.lower();
            }
            first
        };
        if let Some((_, waker)) = first {
            // Whoever made room is not to blame for what breaks there.
            let _ = caught(|| waker.wake());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Place<'a> {
    /// Nobody waits there yet.
    pub(super) fn in_line(room: &'a Room) -> Self {
        Place { room, number: None }
    }

    /// Has `waker` woken when there is room; the sender looks once more after this.
    pub(super) fn announce(&mut self, waker: &Waker) {
        // Whatever a waker does when it is cloned or dropped, it does not find this locked.
        let waker = waker.clone();
        let mut line = self.room.lock();
        let number = self.number.filter(|number| line.waiting.contains_key(number));
        let number = number.unwrap_or_else(|| {
            line.next += 1;
            line.next
        });
        let before = line.waiting.insert(number, waker);
        self.number = Some(number);
        // Under the lock, or it could be lowered for a line that is not empty any more.
        self.room.awaited.raise();
        drop(line);
        drop(before);
    }

    /// The message went.
    pub(super) fn used(&mut self) {
        if let Some(number) = self.number.take() {
            let woken_for_nothing = self.room.lock().waiting.remove(&number);
            drop(woken_for_nothing);
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Some(number) = self.number.take() else { return };
        let waited = self.room.lock().waiting.remove(&number);
        if waited.is_none() {
            // It was woken, and the room is still there.
            self.room.wake_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn woken() -> (Arc<Woken>, Waker) {
        let woken = Arc::new(Woken::default());
        (woken.clone(), Waker::from(woken))
    }

    fn times(woken: &Woken) -> usize {
        woken.0.load(Ordering::Relaxed)
    }

    #[test]
    fn a_sender_that_looks_often_waits_once() {
        let room = Room::default();
        let mut place = Place::in_line(&room);
        let (woken, waker) = woken();
        for _ in 0..1_000 {
            place.announce(&waker);
        }
        room.made();
        room.made();
        assert_eq!(times(&woken), 1);
    }

    #[test]
    fn each_message_taken_wakes_one_in_the_order_they_came() {
        let room = Room::default();
        let (first, second) = (woken(), woken());
        let (mut one, mut two) = (Place::in_line(&room), Place::in_line(&room));
        one.announce(&first.1);
        two.announce(&second.1);
        room.made();
        assert_eq!((times(&first.0), times(&second.0)), (1, 0));
        one.used();
        room.made();
        assert_eq!((times(&first.0), times(&second.0)), (1, 1));
    }

    #[test]
    fn who_leaves_without_using_the_room_wakes_the_next() {
        let room = Room::default();
        let (first, second) = (woken(), woken());
        let (mut one, mut two) = (Place::in_line(&room), Place::in_line(&room));
        one.announce(&first.1);
        two.announce(&second.1);
        room.made();
        drop(one);
        assert_eq!((times(&first.0), times(&second.0)), (1, 1));
    }

    #[test]
    fn when_the_inbox_is_gone_everybody_hears_of_it() {
        let room = Room::default();
        let (first, second) = (woken(), woken());
        let (mut one, mut two) = (Place::in_line(&room), Place::in_line(&room));
        one.announce(&first.1);
        two.announce(&second.1);
        room.go();
        room.close();
        assert!(room.is_gone());
        assert_eq!((times(&first.0), times(&second.0)), (1, 1));
    }
}
