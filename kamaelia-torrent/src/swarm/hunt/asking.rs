//! What every input ends with: who is called, who is asked for what, and what is sent.

use std::time::Instant;

use super::*;
use crate::peer::Parcel;

/// Bytes that may wait for a peer. All we say is short, so more means that it does not read.
const WAITING_MAX: usize = 64 * 1024;

impl Hunt {
    /// Calls whom it may, asks whom it can, and hands over what there is to send.
    pub(super) fn settle(&mut self, now: Instant) {
        self.connect_more(now);
        self.ask_all(now);
        self.send_all(now);
        self.set_timer(now);
    }

    fn connect_more(&mut self, now: Instant) {
        while self.may_connect() {
            let Some(address) = self.candidates.poll(now, true) else { break };
            if self.is_banned(Party::of(address)) {
                self.candidates.forget(address);
                continue;
            }
            self.actions.push_back(Action::Connect(address));
        }
    }

    fn may_connect(&self) -> bool {
        let connecting = self.candidates.connecting();
        !self.held
            && connecting < self.config.half_open_max
            && self.connections.len() + connecting < self.config.connections_max
    }

    /// Gives everybody who can help a draft, and asks for what it lacks. Those who have answered
    /// best come first, since places are few.
    fn ask_all(&mut self, now: Instant) {
        let mut ids: Vec<_> = self
            .connections
            .entries()
            .filter(|(_, source)| source.offers(now).is_some())
            .map(|(id, source)| (source.refusals(), id))
            .collect();
        ids.sort_unstable();
        for (_, id) in ids {
            self.ask(now, id);
        }
    }

    fn ask(&mut self, now: Instant, id: ConnectionId) {
        let draft = self.connections.get(id).and_then(|source| source.draft);
        if draft.is_some_and(|draft| !self.drafts.has(draft)) {
            // It had to give way to another.
            self.leave_draft(id);
        }
        let Some(source) = self.connections.get_mut(id) else { return };
        let Some(size) = source.offers(now) else { return };
        if source.draft.is_none() {
            let alone = source.is_suspect.then_some(id);
            source.draft = self.drafts.join(now, size, alone);
        }
        let Some(draft) = source.draft else { return };
        if source.is_asked() {
            return;
        }
        if let Some(piece) = self.drafts.ask(draft) {
            source.ask(now, piece);
        }
    }

    /// Takes back what a peer was asked for, and lets it join another draft.
    pub(super) fn leave_draft(&mut self, id: ConnectionId) {
        let Some(source) = self.connections.get_mut(id) else { return };
        let Some(draft) = source.draft.take() else { return };
        if let Some(piece) = source.withdraw() {
            self.drafts.withdraw(draft, piece);
        }
        self.drafts.leave(draft);
    }

    fn send_all(&mut self, now: Instant) {
        for id in self.connections.ids() {
            let Some(source) = self.connections.get_mut(id) else { continue };
            let bytes = source.sending.waiting();
            if bytes > WAITING_MAX {
                self.close(now, id, CloseReason::NotReading { bytes });
                continue;
            }
            while let Some(Parcel { bytes, omitted }) = source.sending.poll() {
                source.liveness.on_said(now);
                self.actions.push_back(Action::Send { connection: id, bytes, omitted });
            }
        }
    }

    fn set_timer(&mut self, now: Instant) {
        let conversations = self.connections.iter().map(|source| source.next_timeout(now)).min();
        let connect = self.may_connect().then(|| self.candidates.next_due(true)).flatten();
        let eviction = self.drafts.next_eviction().filter(|at| *at > now);
        self.timer = [conversations, connect, eviction].into_iter().flatten().min();
    }
}
