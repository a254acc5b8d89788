//! One client: the engine's own swarm and tracker schedule, with imaginary hands.

mod acting;
mod announcing;
mod disk;
mod lines;

use std::time::Instant;

use fastrand::Rng;
use fixedbitset::FixedBitSet;

use super::Surroundings;
use crate::metainfo::BLOCK_LENGTH;
use crate::simulation::address::{PORT, calls_from, peer_id};
use crate::simulation::disk::{Disk, DiskRules};
use crate::simulation::mending::Mending;
use crate::simulation::network::{LineId, News, Side};
use crate::simulation::scenario::{Manner, Peers, Share};
use crate::simulation::{Moment, NodeId};
use crate::swarm::{ConnectionId, Swarm, SwarmConfig};
use crate::tracker::{Identity, Schedule, Tiers};
use crate::wire::{BlockForm, HandshakeReader};
use disk::Task;
use lines::{Line, Lines, Role};

/// A client and what it is surrounded by.
pub(super) struct Client {
    node: NodeId,
    swarm: Swarm,
    schedule: Schedule,
    disk: Disk<Task>,
    mending: Mending,
    form: BlockForm,
    manner: Manner,
    chance: Rng,
    lines: Lines,
}

impl Client {
    /// A client that joins now.
    pub(super) fn new(node: NodeId, peers: &Peers, seed: u64, around: &Surroundings<'_>) -> Self {
        let mut chance = Rng::with_seed(seed);
        let layout = around.content.layout();
        let mut have = FixedBitSet::with_capacity(layout.piece_count() as usize);
        match peers.share() {
            Share::All => have.insert_range(..),
            Share::Part(part) => {
                (0..have.len()).for_each(|piece| have.set(piece, chance.f64() < part));
            }
            Share::Nothing => {}
        }
        let config = SwarmConfig {
            peer_id: peer_id(node),
            listen_port: Some(PORT),
            block_form: around.form,
            redundant_haves: false,
            ..peers.config.clone()
        };
        let (info_hash, now) = (around.content.info_hash(), around.instant);
        let swarm = Swarm::new(config, info_hash, layout.clone(), have, chance.u64(..), now);
        let identity = Identity { info_hash, peer_id: peer_id(node), port: PORT, ipv6: None };
        // Trackers are asked in either way.
        let tracker = match chance.bool() {
            true => around.tracker.announce_url(),
            false => around.tracker.udp_url(),
        };
        let tiers = Tiers::new(Some(&tracker), &[], chance.u64(..));
        Client {
            node,
            swarm,
            schedule: Schedule::new(identity, tiers, chance.u64(..), now),
            disk: Disk::new(peers.disk, chance.u64(..)),
            mending: Mending::default(),
            form: around.form,
            manner: peers.manner,
            chance,
            lines: Lines::default(),
        }
    }

    pub(super) fn swarm(&self) -> &Swarm {
        &self.swarm
    }

    pub(super) fn swarm_mut(&mut self) -> &mut Swarm {
        &mut self.swarm
    }

    /// Its disk is like that from now on.
    pub(super) fn set_disk(&mut self, rules: DiskRules) {
        self.disk.set_rules(rules);
    }

    /// Hears what the network has brought, does what is due, and says when it is to be looked at
    /// next.
    pub(super) fn turn(
        &mut self,
        news: &mut Vec<News>,
        around: &mut Surroundings<'_>,
    ) -> Option<Moment> {
        for item in news.drain(..) {
            self.hear(item, around);
        }
        self.hear_disk(around);
        if self.swarm.next_timeout().is_some_and(|due| due <= around.instant) {
            self.swarm.handle_timeout(around.instant);
        }
        self.mending.look_if_due(around.instant, &mut self.swarm);
        self.perform(around);
        self.announce(around);
        self.next_due(around)
    }

    fn next_due(&self, around: &Surroundings<'_>) -> Option<Moment> {
        let timers =
            [self.swarm.next_timeout(), self.schedule.next_timeout(), self.mending.next_timeout()];
        let timers = timers.into_iter().flatten().min().map(|due| around.epoch.moment(due));
        timers.into_iter().chain(self.disk.next_due()).min()
    }

    fn hear(&mut self, news: News, around: &mut Surroundings<'_>) {
        let now = around.instant;
        match news {
            News::Up(line) => self.on_up(line, around),
            News::Failed(line) => {
                if let Some(Line { role: Role::Calling(address), .. }) = self.lines.remove(line) {
                    self.swarm.connect_failed(now, address);
                }
            }
            News::Called { line, from } => {
                let role = Role::Greeting(HandshakeReader::default());
                self.lines.insert(line, Line::new(Side::Called, from, role));
            }
            News::Bytes(line, _, bytes) => self.on_bytes(line, &bytes, around),
            News::Drained(line, side) => {
                if let Some(connection) = self.lines.peer(line) {
                    let queued = around.network.queued(line, side);
                    self.swarm.drained(now, connection, queued);
                }
            }
            News::Closed(line, _) => {
                if let Some(Line { role: Role::Peer(connection), with, .. }) =
                    self.lines.remove(line)
                {
                    around.recorder.disconnected(around.now, self.node, with, "");
                    self.swarm.closed(now, connection);
                }
            }
        }
    }

    fn on_up(&mut self, line: LineId, around: &mut Surroundings<'_>) {
        let Some(entry) = self.lines.get_mut(line) else { return };
        let Role::Calling(address) = entry.role else { return };
        let (with, connection) = (entry.with, self.swarm.connected(around.instant, address));
        entry.role = Role::Peer(connection);
        self.lines.note(connection, line);
        around.recorder.connected(around.now, self.node, with);
    }

    fn on_bytes(&mut self, line: LineId, mut bytes: &[u8], around: &mut Surroundings<'_>) {
        let Some(connection) = self.greet(line, &mut bytes, around) else { return };
        if bytes.is_empty() {
            return;
        }
        let before = self.swarm.arrived();
        self.swarm.received(around.instant, connection, bytes);
        let more = self.swarm.arrived() - before;
        if more > 0
            && let Some(from) = self.lines.get_mut(line).map(|line| line.with)
        {
            let blocks = more.div_ceil(BLOCK_LENGTH.into()) as u32;
            around.recorder.blocks_moved(from, self.node, blocks, more);
        }
    }

    /// The connection that bytes on this line are for; reads the handshake of a caller, and lets the
    /// swarm decide about it.
    fn greet(
        &mut self,
        line: LineId,
        bytes: &mut &[u8],
        around: &mut Surroundings<'_>,
    ) -> Option<ConnectionId> {
        let entry = self.lines.get_mut(line)?;
        let handshake = match &mut entry.role {
            Role::Peer(connection) => return Some(*connection),
            Role::Calling(_) => return None,
            Role::Greeting(reader) => reader.read(bytes),
        };
        let from = entry.with;
        let accepted = match handshake {
            Ok(None) => return None,
            Ok(Some(theirs)) => self.swarm.accepted(around.instant, calls_from(from), theirs).ok(),
            Err(_) => None,
        };
        let Some(connection) = accepted else {
            self.lines.remove(line);
            around.network.close(around.now, line, Side::Called);
            return None;
        };
        entry.role = Role::Peer(connection);
        self.lines.note(connection, line);
        Some(connection)
    }

    /// It is gone without a word: what it held open is broken, and nothing of that is said to
    /// anybody.
    pub(super) fn vanish(&mut self, now: Instant) {
        for (_, line) in self.lines.take_all() {
            match line.role {
                Role::Peer(connection) => self.swarm.closed(now, connection),
                Role::Calling(address) => self.swarm.connect_failed(now, address),
                Role::Greeting(_) => {}
            }
        }
    }

    /// It says goodbye to everyone and hangs up.
    pub(super) fn leave(&mut self, around: &mut Surroundings<'_>) {
        for (line, Line { side, .. }) in self.lines.take_all() {
            around.network.close(around.now, line, side);
        }
        self.schedule.handle_stop(around.instant);
        self.announce(around);
    }
}
