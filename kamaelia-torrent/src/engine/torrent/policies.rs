//! How a torrent chooses its pieces and whom it serves, changed while it runs.

use std::time::Instant;

use crate::engine::torrent::Torrent;
use crate::engine::{Engine, TorrentId};
use crate::metainfo::PieceIndex;
use crate::swarm::{Choker, Factory, Picker, SwarmConfig};

/// What was said of one torrent, for as long as it has no swarm to hear it.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Policies {
    picker: Option<Factory<dyn Picker>>,
    choker: Option<Factory<dyn Choker>>,
}

impl Policies {
    pub(in crate::engine) fn apply_to(&self, config: &mut SwarmConfig) {
        if let Some(picker) = &self.picker {
            config.picker = picker.clone();
        }
        if let Some(choker) = &self.choker {
            config.choker = choker.clone();
        }
    }
}

impl Engine {
    /// Has another picker choose the pieces of a torrent from now on; what is begun is finished all
    /// the same. [`RarestFirst`](crate::swarm::RarestFirst), [`Sequential`](crate::swarm::Sequential)
    /// or one of one's own. Not kept for later runs. False if there is no such torrent. Does not
    /// block.
    pub fn set_picker(&mut self, id: TorrentId, picker: Factory<dyn Picker>) -> bool {
        self.change(id, |torrent, now| {
            if let Some(swarm) = torrent.swarm() {
                swarm.set_picker(now, picker.make());
            }
            torrent.policies.picker = Some(picker);
        })
    }

    /// Has another choker give out the upload slots of a torrent, from the next round on. Not kept
    /// for later runs. False if there is no such torrent. Does not block.
    pub fn set_choker(&mut self, id: TorrentId, choker: Factory<dyn Choker>) -> bool {
        self.change(id, |torrent, _| {
            if let Some(swarm) = torrent.swarm() {
                swarm.set_choker(choker.make());
            }
            torrent.policies.choker = Some(choker);
        })
    }

    /// Has a torrent that is complete give every piece away once (BEP 16), or show everything to
    /// everyone: see [`Swarm::set_super_seeding`](crate::swarm::Swarm::set_super_seeding). Not kept for
    /// later runs. False if there is no such torrent, or it is not complete. Does not block.
    pub fn set_super_seeding(&mut self, id: TorrentId, wanted: bool) -> bool {
        let mut is_done = false;
        self.change(id, |torrent, now| {
            if let Some(swarm) = torrent.swarm() {
                swarm.set_super_seeding(now, wanted);
                is_done = swarm.is_super_seeding() == wanted;
            }
        });
        is_done
    }

    /// Needs a piece by then, or at no particular time: see
    /// [`Swarm::set_deadline`](crate::swarm::Swarm::set_deadline). False if there is no such torrent,
    /// or it does not run yet. Does not block.
    pub fn set_deadline(&mut self, id: TorrentId, piece: PieceIndex, by: Option<Instant>) -> bool {
        let mut is_running = false;
        self.change(id, |torrent, now| {
            if let Some(swarm) = torrent.swarm() {
                swarm.set_deadline(now, piece, by);
                is_running = true;
            }
        });
        is_running
    }

    /// Needs no piece of a torrent at any particular time. False if there is no such torrent. Does
    /// not block.
    pub fn clear_deadlines(&mut self, id: TorrentId) -> bool {
        self.change(id, |torrent, _| {
            if let Some(swarm) = torrent.swarm() {
                swarm.clear_deadlines();
            }
        })
    }

    fn change(&mut self, id: TorrentId, change: impl FnOnce(&mut Torrent, Instant)) -> bool {
        let now = self.now();
        let torrent = self.torrents.get_mut(&id).filter(|torrent| !torrent.is_leaving());
        let Some(torrent) = torrent else { return false };
        change(torrent, now);
        self.settle(id, now);
        true
    }
}
