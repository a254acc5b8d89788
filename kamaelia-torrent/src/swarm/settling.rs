//! What every input ends with: everybody is kept busy, and the next moment that matters is noted.

use std::time::Instant;

use crate::peer::{Parcel, WAITING_MAX};
use crate::swarm::{CloseReason, ConnectionId, Swarm};

impl Swarm {
    /// Keeps one connection busy, both ways.
    pub(super) fn serve(&mut self, now: Instant, id: ConnectionId) {
        self.ask_for_blocks(now, id);
        self.steer(id);
        self.read_ahead(now, id);
        self.serve_metadata(id);
        self.list(now, id);
    }

    /// If something has become free, offers it to all.
    pub(super) fn settle(&mut self, now: Instant) {
        self.tell_what_we_want(now);
        // Each further turn means that a connection was closed in the last one.
        while std::mem::take(&mut self.refill) {
            for id in self.connections.ids() {
                self.rouse(id);
                self.serve(now, id);
            }
            self.employ_web_seeds(now);
        }
    }

    /// Something has changed, so that there may be something to ask this one for.
    pub(super) fn rouse(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(id) {
            connection.is_idle = false;
            connection.is_stirred = true;
        }
    }

    /// Answers what a connection has said, if it has said anything that matters.
    pub(super) fn serve_stirred(&mut self, now: Instant, id: ConnectionId) {
        let stirred = self.connections.get_mut(id).map(|c| std::mem::take(&mut c.is_stirred));
        if stirred == Some(true) {
            self.serve(now, id);
        }
    }

    /// Notes that a connection may have bytes to send, and lets it go if they are never taken.
    pub(super) fn list(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let sending = &connection.peer.sending;
        if sending.is_empty() {
            return;
        }
        let bytes = sending.waiting();
        if bytes > WAITING_MAX + self.config.upload_ahead_max {
            return self.close(now, id, CloseReason::NotReading { bytes });
        }
        connection.peer.liveness.on_said(now);
        if !std::mem::replace(&mut connection.listed, true) {
            self.ready.push_back(id);
        }
    }

    /// The next buffer for a listed connection; without one it is listed no longer.
    pub(super) fn next_parcel(&mut self, id: ConnectionId) -> Option<Parcel> {
        let connection = self.connections.get_mut(id)?;
        let parcel = connection.peer.sending.poll();
        connection.listed = parcel.is_some();
        parcel
    }

    /// Asks to be woken by then.
    pub(super) fn wake_by(&mut self, at: Instant) {
        self.timer = Some(self.timer.map_or(at, |timer| timer.min(at)));
    }

    /// Looks for the first thing that will be due.
    pub(super) fn set_timer(&mut self, now: Instant) {
        let conversations = self.connections.iter().map(|c| c.peer.next_timeout()).min();
        let rounds = [self.next_rechoke(), self.next_connect(), self.next_exchange()];
        let others = [self.web_seeds.next_timeout(), self.next_show(), self.next_haste(now)];
        let own = [conversations, self.next_look(now), self.next_look_at_slots(now)];
        let due = rounds.into_iter().chain(others).chain(own);
        self.timer = due.flatten().min();
    }
}
