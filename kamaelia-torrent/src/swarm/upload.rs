//! Whom we serve, and with what.

use std::time::{Duration, Instant};

use crate::metainfo::{BLOCK_LENGTH, Block};
use crate::swarm::choking::Contender;
use crate::swarm::connections::Connection;
use crate::swarm::{Action, ConnectionId, Swarm};

/// What is read for a peer ahead of what it has taken: what its line carries in so long. What lies in
/// front of a slow line is sent even when the peer is choked, and takes the place of others.
const AHEAD: Duration = Duration::from_secs(2);

/// And at least so much, to begin with.
const AHEAD_MIN: usize = 4 * BLOCK_LENGTH as usize;

/// How long a peer that is served may take to ask for something: some round trips on the worst line.
const UNUSED_AFTER: Duration = Duration::from_millis(1_500);

impl Swarm {
    /// Has the driver read what the peer asked for, as far ahead as allowed.
    pub(super) fn read_ahead(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        // Asked with every message and every write, most of which leave nothing to read.
        if !connection.peer.uploads.any_wanted() {
            return;
        }
        let carries = connection.peer.upload.per_second(now) * AHEAD.as_secs_f64();
        let ahead_max = (carries as usize).max(AHEAD_MIN).min(self.config.upload_ahead_max);
        let mut piece = None;
        while let Some(block) = connection.peer.poll_read(ahead_max) {
            self.actions.push_back(Action::Read { connection: id, block });
            piece = Some(block.piece());
        }
        if let Some(piece) = piece {
            self.on_fetched(id, piece);
        }
    }

    /// A block has come from disk; without data it is passed over, and asked for again by a peer
    /// that still wants it.
    pub(super) fn on_block_read(
        &mut self,
        now: Instant,
        id: ConnectionId,
        block: Block,
        data: Option<Vec<u8>>,
    ) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if connection.peer.serve(now, block, data) {
            self.tally.upload.add(now, block.length().into());
        }
    }

    /// Someone would like to ask us: it gets a slot if one is free. There is none as long as others
    /// wait.
    pub(super) fn on_interested(&mut self, now: Instant, id: ConnectionId) {
        if !self.paused && self.free_slots(now) > 0 {
            self.set_served(now, id, true);
        }
        self.wake_by(self.slots.due());
    }

    /// Someone would not like to ask us any more: if it has a slot, that is free.
    pub(super) fn on_not_interested(&mut self, now: Instant, id: ConnectionId) {
        if self.connections.get(id).is_some_and(|c| c.peer.choking.we_serve()) {
            self.serve_newcomers(now);
        }
    }

    /// How many more may be served.
    fn free_slots(&self, now: Instant) -> usize {
        let served = self.served.iter().filter_map(|id| self.connections.get(*id));
        let uses = |c: &&Connection| c.peer.choking.they_want() && !self.leaves_unused(c, now);
        self.slots.free(served.filter(uses).count())
    }

    /// Gives free slots to those who wait, by chance, without waiting for the next round.
    pub(super) fn serve_newcomers(&mut self, now: Instant) {
        if self.paused {
            return;
        }
        let mut free = self.free_slots(now);
        if free == 0 {
            return;
        }
        let waits = |c: &&Connection| c.peer.choking.they_want() && !c.peer.choking.we_serve();
        let mut waiting: Vec<_> = self.connections.iter().filter(waits).map(|c| c.id).collect();
        while free > 0 && !waiting.is_empty() {
            let id = waiting.swap_remove(self.rng.usize(..waiting.len()));
            self.set_served(now, id, true);
            free -= 1;
        }
    }

    /// Whether it was given a slot a while ago, and asks for nothing: then another is served beside it,
    /// or a seed's slots could be held for nothing. It may still ask whenever it likes. Who wants
    /// something itself gives slots to those who give, whether they need them at the moment or not.
    fn leaves_unused(&self, connection: &Connection, now: Instant) -> bool {
        let peer = &connection.peer;
        self.is_finished()
            && connection.service.since.is_some_and(|since| since + UNUSED_AFTER <= now)
            && !peer.uploads.any_open()
            && peer.upload.per_second(now) < 1.0
    }

    /// When it will next be seen whether somebody makes use of a slot.
    pub(super) fn next_look_at_slots(&self, now: Instant) -> Option<Instant> {
        if !self.is_finished() {
            return None;
        }
        let served = self.served.iter().filter_map(|id| self.connections.get(*id));
        let looks = served.filter_map(|c| Some(c.service.since? + UNUSED_AFTER));
        looks.filter(|at| *at > now).min()
    }

    /// When slots are next given out anew, if anyone would like one.
    pub(super) fn next_rechoke(&self) -> Option<Instant> {
        let mut peers = self.connections.iter().map(|c| &c.peer);
        let wanted = !self.paused && peers.any(|peer| peer.choking.they_want());
        wanted.then(|| self.slots.due())
    }

    /// Gives out all slots anew.
    pub(super) fn rechoke(&mut self, now: Instant) {
        if self.paused {
            return;
        }
        let contenders = self.connections.iter().filter(|c| c.peer.choking.they_want());
        let contenders = contenders.map(|c| match self.is_amidst(now, c) {
            // Its turn goes on.
            true => Contender { served_since: Some(now), ..contender(c, now) },
            false => contender(c, now),
        });
        let contenders: Vec<_> = contenders.collect();
        let seeding = self.is_finished();
        let unused = |id: &&ConnectionId| {
            let connection = self.connections.get(**id);
            connection.is_some_and(|c| c.peer.choking.they_want() && self.leaves_unused(c, now))
        };
        let unused = self.served.iter().filter(unused).count();
        let chosen = self.slots.give_out(now, seeding, unused, &contenders, &mut self.rng);
        for id in self.connections.ids() {
            self.set_served(now, id, chosen.contains(&id));
        }
    }

    /// Stops serving.
    pub(super) fn serve_nobody(&mut self, now: Instant) {
        for id in self.connections.ids() {
            self.set_served(now, id, false);
        }
    }

    fn set_served(&mut self, now: Instant, id: ConnectionId, served: bool) {
        if let Some(connection) = self.connections.get_mut(id) {
            connection.service.set(now, served);
            if connection.peer.set_served(served) {
                self.served.retain(|other| *other != id);
                self.served.extend(served.then_some(id));
                if served {
                    self.wake_by(now + UNUSED_AFTER);
                }
            }
        }
        if !served {
            self.take_back_unfollowed(id);
        }
        self.steer(id);
        self.list(now, id);
    }
}

fn contender(connection: &Connection, now: Instant) -> Contender {
    let peer = &connection.peer;
    Contender {
        connection: connection.id,
        download_rate: peer.download.per_second(now) as u64,
        upload_rate: peer.upload.per_second(now) as u64,
        downloaded: peer.download.total(),
        uploaded: peer.upload.total(),
        snubbed: peer.requests.is_snubbed(),
        served_since: connection.service.since,
        served_until: connection.service.until,
    }
}
