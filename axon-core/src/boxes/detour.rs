//! How an outbox sends where something is out of the ordinary about its link.

use std::sync::Arc;

use super::{Outbox, TrySendError};
use crate::linkage::mode::Seen;
use crate::linkage::shelf::{Put, Shelf};

impl<T> Outbox<T> {
    /// Sends if there is room, looking at everything that most links do not have.
    #[cold]
    pub(super) fn put_by_detour(&mut self, message: T) -> Result<Seen, TrySendError<T>> {
        let Some(end) = &mut self.end else {
            return self.put_nowhere(message);
        };
        if end.ring.is_abandoned() {
            return Err(TrySendError::Closed(message));
        }
        if !end.has_room_for(&message) {
            if end.state.sender.is_stopping() {
                return Err(TrySendError::Closed(message));
            }
            end.tell();
            end.state.sender_waits.raise();
            if end.ring.is_abandoned() {
                end.state.sender_waits.lower();
                return Err(TrySendError::Closed(message));
            }
            if !end.has_room_for(&message) {
                return Err(TrySendError::Full(message));
            }
            end.state.sender_waits.lower();
        }
        match end.put(message) {
            Put::Done(_) => {
                let mode = end.state.mode.look();
                end.pushed(mode, 1);
                Ok(mode)
            }
            Put::Full(message) => Err(TrySendError::Full(message)),
            Put::Closed(message) => Err(TrySendError::Closed(message)),
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
