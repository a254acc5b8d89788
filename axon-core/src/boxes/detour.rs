//! How an outbox sends where something is out of the ordinary about its link.

use std::mem;
use std::sync::Arc;

use super::{Outbox, TrySendError};
use crate::linkage::SenderEnd;
use crate::linkage::mode::Seen;
use crate::linkage::shelf::{Put, Shelf};
use crate::linkage::tap::{Onlooker, Onlookers};
use crate::scheduler::local;

/// What a box of a known type does for those who know only that it is a box.
pub(super) enum Errand {
    /// Takes what was left for it.
    TakeLeft,
    /// Leaves its ends for the box that comes after it.
    LockUp,
}

/// The ends of an outbox that was dropped, for the one that comes after it.
pub(super) struct OutboxEnds<T> {
    pub(super) end: Option<SenderEnd<T>>,
    pub(super) onlookers: Onlookers<T>,
}

impl<T> Outbox<T> {
    /// Sends if there is room, looking at everything that most links do not have.
    #[cold]
    pub(super) fn put_by_detour(&mut self, message: T) -> Result<Seen, TrySendError<T>> {
        self.catch_up();
        let Some(end) = &mut self.end else {
            return self.put_nowhere(message);
        };
        let mode = end.state.mode.look();
        if end.is_deserted() {
            return self.put_past_end(message);
        }
        if !end.has_room_for(&message) {
            end.note_refused(mode);
            if end.state.sender.is_stopping() {
                return Err(TrySendError::Closed(message));
            }
            end.tell();
            end.state.sender_waits.raise();
            let is_closed = end.is_deserted();
            if !is_closed && !end.has_room_for(&message) {
                return Err(TrySendError::Full(message));
            }
            end.state.sender_waits.lower();
            if is_closed {
                return self.put_past_end(message);
            }
        }
        if self.onlookers.show(&message) {
            self.state.untapped();
        }
        match end.put(message) {
            Put::Done(_) => {
                end.pushed(mode, 1);
                end.note_sent(mode);
                Ok(mode)
            }
            Put::Full(message) => Err(TrySendError::Full(message)),
            Put::Closed(message) => self.put_past_end(message),
        }
    }

    /// The receiver has gone: because it has ended, or only because the link was cut meanwhile.
    fn put_past_end(&mut self, message: T) -> Result<Seen, TrySendError<T>> {
        match self.end.as_ref().is_some_and(SenderEnd::is_cut) || self.state.has_news() {
            true => self.put_by_detour(message),
            false => Err(TrySendError::Closed(message)),
        }
    }

    /// Drops the message, which nobody is there to take.
    fn put_nowhere(&mut self, message: T) -> Result<Seen, TrySendError<T>> {
        if local::is_stopping() {
            return Err(TrySendError::Closed(message));
        }
        self.onlookers.show(&message);
        Ok(Seen::APART)
    }

    /// Uses the end that others have given this box, and none that they have cut.
    pub(super) fn catch_up(&mut self) {
        if self.state.has_news()
            && let Some(run_errand) = self.run_errand
        {
            run_errand(self, Errand::TakeLeft);
        }
        if self.end.as_ref().is_some_and(SenderEnd::is_cut) {
            self.end = None;
        }
    }

    /// Where messages wait for the receiver, and are left when it ends, if they wait on a shelf.
    pub(crate) fn shelf(&self) -> Option<Arc<Shelf<T>>> {
        self.end.as_ref()?.shelf()
    }

    /// The link is full. If that is a failure, it is noted, and whoever sends goes on as if the
    /// link were closed.
    #[cold]
    pub(super) fn has_overflowed(&self) -> bool {
        let failing = self.end.as_ref().filter(|end| end.state.fails_when_full());
        if let Some(end) = failing {
            end.state.overflow(end.fill());
        }
        failing.is_some()
    }
}

impl<T: Send + 'static> Outbox<T> {
    pub(super) fn run_errand(&mut self, errand: Errand) {
        match errand {
            Errand::TakeLeft => self.take_left(),
            Errand::LockUp => {
                let end = self.end.take();
                let onlookers = mem::replace(&mut self.onlookers, Onlookers::nobody());
                self.state.lock_up(Box::new(OutboxEnds { end, onlookers }));
            }
        }
    }

    fn take_left(&mut self) {
        let left = self.state.take_left();
        if let Some(next) = left.next {
            let next = next.downcast::<SenderEnd<T>>();
            self.end = Some(*next.expect("types are compared before links are made"));
        }
        for onlooker in left.taps {
            let onlooker = onlooker.downcast::<Onlooker<T>>();
            let onlooker = *onlooker.expect("types are compared before taps are made");
            self.onlookers.add(onlooker);
        }
        if let Some(end) = self.end.as_ref().filter(|_| self.onlookers.is_anybody()) {
            end.is_tapped();
        }
    }
}
