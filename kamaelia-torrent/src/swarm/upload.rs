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

/// How long it may take to come to speed.
const TRICKLE_AFTER: Duration = Duration::from_secs(3);

/// Bytes a second below which a peer holds its slot for little, unless it waits for us: a block takes four
/// seconds.
const TRICKLE: f64 = 4.0 * 1024.0;

/// And so does whoever takes less than this part of what the fastest takes, where that part is more.
const TRICKLE_PART: f64 = 1.0 / 16.0;

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
        self.slots.free(self.uses_of_slots(now).filter(|is_used| *is_used).count())
    }

    /// Of each who is served and wants to be, whether it makes use of that. Beside one who does not another
    /// is served, or a seed's slots could be held for nothing; it may still take whatever it likes. Who wants
    /// something itself gives slots to those who give, whether they need them at the moment or not.
    fn uses_of_slots(&self, now: Instant) -> impl Iterator<Item = bool> {
        let served = self.served.iter().filter_map(|id| self.connections.get(*id));
        let wants = served.filter(|c| c.peer.choking.they_want());
        let little = self.is_finished().then(|| little(wants.clone(), now));
        wants.map(move |c| little.is_none_or(|little| !is_held_in_vain(c, now, little)))
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

    /// When it will next be seen whether somebody makes use of a slot.
    pub(super) fn next_look_at_slots(&self, now: Instant) -> Option<Instant> {
        if !self.is_finished() {
            return None;
        }
        let served = self.served.iter().filter_map(|id| self.connections.get(*id));
        let since = served.filter_map(|c| c.service.since);
        let looks = since.flat_map(|since| [since + UNUSED_AFTER, since + TRICKLE_AFTER]);
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
        let unused = self.uses_of_slots(now).filter(|is_used| !is_used).count();
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
            connection.service.set(now, served, connection.peer.upload.total());
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

/// Bytes a second than which none of these should take less.
fn little<'a>(served: impl Iterator<Item = &'a Connection>, now: Instant) -> f64 {
    let fastest = served.map(|c| taken_per_second(c, now)).fold(0.0, f64::max);
    TRICKLE.max(fastest * TRICKLE_PART)
}

/// Whether a peer leaves most of its slot unused, where less than so many bytes a second are little. One that
/// has asked and not been answered may wait for our line, and not we for it.
fn is_held_in_vain(connection: &Connection, now: Instant, little: f64) -> bool {
    let peer = &connection.peer;
    let waits = peer.uploads.any_open() || peer.unsent() > 0;
    let is_trickle = taken_per_second(connection, now) < little && (!waits || little > TRICKLE);
    let is_unused = asks_for_nothing(connection, UNUSED_AFTER, now);
    is_unused || is_trickle && is_served_for(connection, TRICKLE_AFTER, now)
}

/// Whether a peer has had a slot for so long, has nothing open and lately took nothing.
pub(super) fn asks_for_nothing(connection: &Connection, time: Duration, now: Instant) -> bool {
    let peer = &connection.peer;
    let takes = peer.uploads.any_open() || peer.upload.per_second(now) >= 1.0;
    !takes && is_served_for(connection, time, now)
}

fn is_served_for(connection: &Connection, time: Duration, now: Instant) -> bool {
    connection.service.since.is_some_and(|since| since + time <= now)
}

/// What a peer takes of what it asked for, lately and in its whole turn: what lies in front of its line has not
/// been taken, and its last turn does not count.
fn taken_per_second(connection: &Connection, now: Instant) -> f64 {
    let (peer, service) = (&connection.peer, &connection.service);
    let lately = peer.upload.per_second(now);
    let Some(since) = service.since else {
        return lately;
    };
    let taken = peer.upload.total().saturating_sub(service.before + peer.unsent() as u64);
    let time = now.saturating_duration_since(since).as_secs_f64().max(1.0);
    lately.min(taken as f64 / time)
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
