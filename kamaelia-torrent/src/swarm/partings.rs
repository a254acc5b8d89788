//! How conversations end, and what is left behind.

use std::time::Instant;

use log::debug;

use crate::peer::Lapse;
use crate::swarm::candidates::Ending;
use crate::swarm::{Action, CloseReason, ConnectionId, Swarm};

/// A peer that lets requests time out so often in a row only takes up a place.
const TIMEOUTS_MAX: u32 = 4;

impl Swarm {
    /// Two of whom neither wants anything have nothing to say to each other: both have every piece,
    /// or all they chose (BEP 21).
    pub(super) fn part_if_done(&mut self, now: Instant, id: ConnectionId) {
        let connection = self.connections.get(id);
        if self.is_finished() && connection.is_some_and(|c| c.peer.is_upload_only()) {
            self.close(now, id, CloseReason::NothingToShare);
        }
    }

    /// We want nothing more: those who do not either are let go.
    pub(super) fn part_from_seeds(&mut self, now: Instant) {
        for id in self.connections.ids() {
            self.part_if_done(now, id);
        }
    }

    /// What time alone does to conversations.
    pub(super) fn check_conversations(&mut self, now: Instant) {
        for id in self.connections.ids() {
            self.withdraw_overdue(now, id);
            let Some(connection) = self.connections.get_mut(id) else {
                continue;
            };
            let peer = &mut connection.peer;
            self.refill |= peer.forget_refusals(now);
            let timeouts = peer.requests.timeouts();
            match peer.liveness.lapse(now, peer.is_greeted()) {
                Some(Lapse::NoHandshake(seconds)) => {
                    self.close(now, id, CloseReason::HandshakeTimeout { seconds });
                }
                Some(Lapse::Silent(seconds)) => {
                    self.close(now, id, CloseReason::Silent { seconds });
                }
                None if timeouts >= TIMEOUTS_MAX => {
                    self.close(now, id, CloseReason::Unresponsive { timeouts });
                }
                None => {
                    peer.keep_alive(now);
                    self.list(now, id);
                }
            }
        }
    }

    /// Has the driver close a connection, and forgets it.
    pub(super) fn close(&mut self, now: Instant, id: ConnectionId, reason: CloseReason) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        debug!("{}: {reason}", connection.address);
        if let CloseReason::Protocol(_) = reason {
            self.grudges.on_breach(now, connection.party);
        }
        self.actions.push_back(Action::Close { connection: id, reason });
        self.forget(now, id, ending(reason));
    }

    /// The connection is gone: what it was asked for is free, and its slot is too.
    pub(super) fn forget(&mut self, now: Instant, id: ConnectionId, ending: Ending) {
        self.withdraw_all(id);
        let Some(connection) = self.connections.remove(id) else {
            return;
        };
        self.served.retain(|served| *served != id);
        self.take_back(&connection.advice);
        let peer = &connection.peer;
        if connection.counted_as_seed {
            self.board.remove_seed();
        } else {
            for piece in peer.pieces.set().ones() {
                self.board.remove(piece, &mut self.rng);
            }
        }
        if let Some(address) = connection.can_be_called_at() {
            let useful = peer.download.total() + peer.upload.total() > 0;
            let ending = match ending {
                Ending::Idle if useful => Ending::Useful,
                other => other,
            };
            self.candidates.on_ended(now, address, ending, &mut self.rng);
        }
        self.serve_newcomers(now);
        self.connect_more(now);
    }
}

/// What the end of a conversation means for calling that peer again.
pub(super) fn ending(reason: CloseReason) -> Ending {
    match reason {
        CloseReason::Ourselves => Ending::Ourselves,
        CloseReason::NothingToShare => Ending::Seed,
        CloseReason::Protocol(_)
        | CloseReason::OtherTorrent
        | CloseReason::Duplicate
        | CloseReason::Banned
        | CloseReason::Unwanted
        | CloseReason::Unresponsive { .. } => Ending::Useless,
        CloseReason::HandshakeTimeout { .. }
        | CloseReason::Silent { .. }
        | CloseReason::NotReading { .. }
        | CloseReason::NoMetadata
        | CloseReason::Full
        | CloseReason::Held => Ending::Idle,
    }
}
