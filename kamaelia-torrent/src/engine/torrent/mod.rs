//! One torrent as the engine runs it: its swarm, where its bytes lie, and what its trackers know.

pub(in crate::engine) mod claims;
pub(in crate::engine) mod content;
mod hold;
pub(in crate::engine) mod hunting;
pub(in crate::engine) mod policies;
mod selecting;
pub(in crate::engine) mod torrents;
pub(in crate::engine) mod until;
mod wanted_files;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use fixedbitset::FixedBitSet;

use crate::engine::TorrentId;
use crate::engine::disk::looking::Looking;
use crate::engine::keeping::Keeping;
use crate::engine::keeping::saving::Saving;
use crate::engine::network::transport::SocketId;
use crate::engine::status::Activity;
use crate::metainfo::{Magnet, Metainfo, Selection};
use crate::storage::{Resume, Storage, Trouble};
use crate::swarm::{Acquaintances, ConnectionId, Crowd, Hunt, Swarm};
use crate::tracker::{Schedule, Standing};

pub use content::{Content, CustomStorage};
use hunting::LEFT_UNKNOWN;
use policies::Policies;
use until::Seeding;
pub use until::Until;
pub use wanted_files::{BadFileRule, FileRule, WantedFiles};

/// A torrent to take on.
#[derive(Clone, Debug)]
pub struct NewTorrent {
    /// What it is.
    pub metainfo: Arc<Metainfo>,
    /// Where its bytes are, or are to be.
    pub content: Content,
    /// Pieces known to be there and right, one bit for each; then nothing is checked first.
    pub known: Option<FixedBitSet>,
}

pub(in crate::engine) struct Torrent {
    pub(in crate::engine) id: TorrentId,
    pub(in crate::engine) metainfo: Arc<Metainfo>,
    pub(in crate::engine) storage: Arc<dyn Storage>,
    pub(in crate::engine) resume: Arc<Resume>,
    pub(in crate::engine) saving: Saving,
    pub(in crate::engine) looking: Looking,
    pub(in crate::engine) keeping: Keeping,
    /// Its paths are absolute.
    pub(in crate::engine) content: Content,
    /// How much each file is wanted, if somebody has chosen.
    pub(in crate::engine) selection: Option<Selection>,
    pub(in crate::engine) state: State,
    pub(in crate::engine) schedule: Schedule,
    pub(in crate::engine) policies: Policies,
    /// What was last told of what it does.
    pub(in crate::engine) told: Option<Activity>,
    /// It is among those that [`Engine::take_stirred`](crate::engine::Engine::take_stirred) will tell of.
    pub(in crate::engine) is_stirred: bool,
    /// Somebody wants it to rest.
    pub(in crate::engine) is_held: bool,
    /// Why it rests, if nobody said so: it was seeded enough.
    pub(in crate::engine) enough: Option<String>,
    /// Somebody wants more of it, however much that was.
    pub(in crate::engine) is_wanted_on: bool,
    /// How it has been seeded so far.
    pub(in crate::engine) seeding: Option<Seeding>,
    /// By [`ConnectionId::slot`].
    sockets: Vec<Option<(ConnectionId, SocketId)>>,
    /// What is known of it as long as its metadata is not.
    pub(in crate::engine) magnet: Option<Box<Magnet>>,
    /// Whom a hunt has met, until there is a swarm to hear of them.
    pub(in crate::engine) acquaintances: Acquaintances,
    pub(in crate::engine) trouble: Trouble,
    /// It was found out before, in this run or in a former one, what is on its disk: whatever stands
    /// in the way now is waited for.
    pub(in crate::engine) was_here: bool,
}

pub(in crate::engine) enum State {
    Checking {
        fraction: f64,
        cancel: Arc<AtomicBool>,
    },
    /// Nothing is known but a magnet link.
    Hunting(Box<Hunt>),
    Running(Box<Swarm>),
    Failed(String),
    /// Only goodbyes to trackers are left.
    Leaving(Standing),
}

impl State {
    pub(in crate::engine) fn checking() -> Self {
        State::Checking { fraction: 0.0, cancel: Arc::new(AtomicBool::new(false)) }
    }
}

impl Torrent {
    pub(in crate::engine) fn new(
        id: TorrentId,
        new: &NewTorrent,
        storage: Arc<dyn Storage>,
        resume: Arc<Resume>,
        mut keeping: Keeping,
        schedule: Schedule,
    ) -> Self {
        let chosen = std::mem::take(&mut keeping.selection);
        Torrent {
            id,
            metainfo: new.metainfo.clone(),
            storage,
            resume,
            saving: Saving::default(),
            looking: Looking::default(),
            keeping,
            content: new.content.absolute(),
            selection: Selection::from_priorities(new.metainfo.layout(), chosen),
            state: State::checking(),
            schedule,
            policies: Policies::default(),
            told: None,
            is_stirred: false,
            is_held: false,
            enough: None,
            is_wanted_on: false,
            seeding: None,
            sockets: Vec::new(),
            magnet: None,
            acquaintances: Acquaintances::default(),
            trouble: Trouble::default(),
            was_here: false,
        }
    }

    pub(in crate::engine) fn swarm(&mut self) -> Option<&mut Swarm> {
        match &mut self.state {
            State::Running(swarm) => Some(swarm),
            _ => None,
        }
    }

    /// Whoever decides about its peers.
    pub(in crate::engine) fn crowd(&mut self) -> Option<&mut dyn Crowd> {
        match &mut self.state {
            State::Running(swarm) => Some(swarm.as_mut()),
            State::Hunting(hunt) => Some(hunt.as_mut()),
            _ => None,
        }
    }

    /// Bytes sent and received, in former runs and in this one.
    pub(in crate::engine) fn totals(&self) -> (u64, u64) {
        let now = self.standing();
        (self.keeping.uploaded + now.uploaded, self.keeping.downloaded + now.downloaded)
    }

    pub(in crate::engine) fn standing(&self) -> Standing {
        match &self.state {
            State::Hunting(_) => Standing { left: LEFT_UNKNOWN, ..Standing::default() },
            State::Running(swarm) => Standing {
                uploaded: self.keeping.run.0 + swarm.uploaded(),
                downloaded: self.keeping.run.1 + swarm.downloaded(),
                left: swarm.bytes_left(),
            },
            State::Leaving(standing) => *standing,
            State::Checking { .. } | State::Failed(_) => Standing {
                uploaded: self.keeping.run.0,
                downloaded: self.keeping.run.1,
                left: self.metainfo.layout().total_length(),
            },
        }
    }

    pub(in crate::engine) fn note_socket(&mut self, connection: ConnectionId, socket: SocketId) {
        let slot = connection.slot();
        if self.sockets.len() <= slot {
            self.sockets.resize(slot + 1, None);
        }
        self.sockets[slot] = Some((connection, socket));
    }

    pub(in crate::engine) fn socket(&self, connection: ConnectionId) -> Option<SocketId> {
        let (known, socket) = (*self.sockets.get(connection.slot())?)?;
        (known == connection).then_some(socket)
    }

    pub(in crate::engine) fn forget_socket(&mut self, connection: ConnectionId) {
        if self.socket(connection).is_some() {
            self.sockets[connection.slot()] = None;
        }
    }

    /// How many connections it has.
    pub(in crate::engine) fn peer_count(&self) -> usize {
        self.sockets.iter().flatten().count()
    }

    /// Every socket, for whoever closes them.
    pub(in crate::engine) fn take_sockets(&mut self) -> impl Iterator<Item = SocketId> + use<> {
        std::mem::take(&mut self.sockets).into_iter().flatten().map(|(_, socket)| socket)
    }

    /// Something was read or written: the disk works, unless that was under way when it failed.
    /// Then the time to try again has not come, and must not be forgotten.
    pub(in crate::engine) fn disk_works(&mut self) {
        let is_paused = self.swarm().is_some_and(|swarm| swarm.is_paused());
        if !is_paused {
            self.trouble.on_mended();
        }
    }

    pub(in crate::engine) fn add_candidates(
        &mut self,
        now: Instant,
        addresses: impl IntoIterator<Item = SocketAddr>,
    ) {
        let addresses: Vec<SocketAddr> = addresses.into_iter().collect();
        if let Some(crowd) = self.crowd() {
            crowd.add_candidates(now, &addresses);
        }
    }

    /// When something is due here, if nothing happens first.
    pub(in crate::engine) fn next_timeout(&self) -> Option<Instant> {
        let swarm = match &self.state {
            State::Running(swarm) => swarm.next_timeout(),
            State::Hunting(hunt) => hunt.next_timeout(),
            State::Failed(_) => return None,
            State::Checking { .. } => return self.trouble.next_timeout(),
            State::Leaving(_) => None,
        };
        let due = [
            swarm,
            self.trouble.next_timeout(),
            self.saving.next_timeout(),
            self.looking.next_timeout(),
            self.keeping.next_timeout(),
            self.schedule.next_timeout(),
        ];
        due.into_iter().flatten().min()
    }

    /// Lets go of everything but the goodbyes.
    pub(in crate::engine) fn leave(&mut self, now: Instant) {
        if let State::Checking { cancel, .. } = &self.state {
            cancel.store(true, Ordering::Relaxed);
        }
        let standing = self.standing();
        self.trouble.on_mended();
        self.keeping.rest();
        self.state = State::Leaving(standing);
        self.schedule.handle_stop(now);
    }

    /// What it downloads to: a file, or the directory that holds all its files.
    pub(in crate::engine) fn target(&self) -> Option<PathBuf> {
        match &self.content {
            _ if self.magnet.is_some() => None,
            Content::Download(root) => Some(root.join(self.metainfo.name())),
            Content::InPlace(_) | Content::Custom(_) => None,
        }
    }

    /// Whether it has, or may find that it has, something left to download.
    pub(in crate::engine) fn may_write(&self) -> bool {
        match &self.state {
            State::Checking { .. } => true,
            State::Running(swarm) => !swarm.is_complete(),
            State::Hunting(_) | State::Failed(_) | State::Leaving(_) => false,
        }
    }

    pub(in crate::engine) fn is_leaving(&self) -> bool {
        matches!(self.state, State::Leaving(_))
    }
}
