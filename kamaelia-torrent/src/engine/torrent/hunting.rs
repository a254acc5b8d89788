//! Torrents of which only a magnet link is known, until peers have given their metadata (BEP 9).
//!
//! Until then such a torrent is one without files, under the name the link gives it. It has its
//! number, its trackers and its peers from the start, and keeps the number when it becomes like any
//! other: its files are checked, and then a swarm takes over from the hunt.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::engine::keeping::Keeping;
use crate::engine::peers::Role;
use crate::engine::torrent::{State, Torrent};
use crate::engine::{AddError, Content, Engine, Event, NewTorrent, TorrentId, disk::work};
use crate::metainfo::{Magnet, Metainfo};
use crate::storage::Resume;
use crate::swarm::Hunt;

/// What a tracker is told to be left before anybody knows: any number but 0, which would count us
/// among those who have everything.
pub(in crate::engine) const LEFT_UNKNOWN: u64 = 16 * 1024;

impl Engine {
    /// Takes a torrent on of which only a magnet link is known. Its metadata is asked of peers, told
    /// with [`Event::MetadataFound`], and then it is downloaded below `root`. Does not block.
    pub fn add_magnet(&mut self, magnet: Magnet, root: PathBuf) -> Result<TorrentId, AddError> {
        let keeping = self.new_keeping();
        let id = self.take_on_magnet(magnet, root, keeping)?;
        self.keep(id);
        Ok(id)
    }

    pub(in crate::engine) fn take_on_magnet(
        &mut self,
        magnet: Magnet,
        root: PathBuf,
        keeping: Keeping,
    ) -> Result<TorrentId, AddError> {
        if let Some(id) = self.directory.get(&magnet.info_hash) {
            return Err(AddError::AlreadyThere { id: *id });
        }
        let metainfo = Arc::new(Metainfo::of_magnet(&magnet));
        let new = NewTorrent { metainfo, content: Content::Download(root), known: None };
        let resume = Resume::in_memory(magnet.info_hash, new.metainfo.layout().clone());
        let mut torrent = self.new_torrent(&new, Arc::new(resume), keeping)?;
        self.begin_hunt(&mut torrent, &magnet);
        torrent.magnet = Some(Box::new(magnet));
        Ok(self.insert(torrent))
    }

    fn begin_hunt(&mut self, torrent: &mut Torrent, magnet: &Magnet) {
        let now = self.now();
        self.tell_neighbours_soon(now);
        let mut hunt = Hunt::new(self.swarm_config(), magnet.info_hash, self.chance.u64(..));
        if torrent.is_held {
            hunt.hold(now);
        }
        hunt.add_candidates(now, magnet.peers.iter().chain(&self.config.peers).copied());
        torrent.state = State::Hunting(Box::new(hunt));
    }

    /// Tries again with a torrent that has failed: from the hunt on, if it did not come further.
    pub(in crate::engine) fn restart(&mut self, id: TorrentId) {
        let Some(mut torrent) = self.torrents.remove(&id) else { return };
        match torrent.magnet.take() {
            Some(magnet) => {
                self.begin_hunt(&mut torrent, &magnet);
                torrent.magnet = Some(magnet);
            }
            None => {
                torrent.state = State::checking();
                self.submit(work::check(&torrent));
            }
        }
        self.torrents.insert(torrent);
    }

    /// Ends the hunt of a torrent if its metadata is there.
    pub(in crate::engine) fn end_hunt(&mut self, id: TorrentId) {
        if let Some(torrent) = self.torrents.get_mut(&id)
            && let State::Hunting(hunt) = &mut torrent.state
            && let Some(info) = hunt.take_found()
        {
            self.on_metadata(id, &info);
        }
    }

    /// The metadata of a torrent is known, from its peers or because somebody brought the whole
    /// `.torrent`. Nothing happens to one that is not hunted for.
    pub(in crate::engine) fn on_metadata(&mut self, id: TorrentId, info: &[u8]) {
        let Some(mut torrent) = self.torrents.remove(&id) else { return };
        let hunt = torrent.stop_hunting();
        let is_news = hunt.is_some();
        if let Some(hunt) = hunt {
            for socket in torrent.take_sockets() {
                if let Some(Role::Peer { address, .. }) = self.transport.close(socket) {
                    log::debug!("torrent {id} lets {address} go: its metadata is here");
                }
            }
            // Its swarm makes its own, and of a private torrent fewer.
            self.waiting_calls.forget(id);
            match self.furnish(&mut torrent, info) {
                Ok(rawmetainfo) => {
                    torrent.acquaintances = hunt.into_acquaintances();
                    self.submit(work::check(&torrent));
                    self.events.push_back(Event::MetadataFound { id, rawmetainfo });
                }
                Err(reason) => torrent.state = State::Failed(reason),
            }
        }
        self.torrents.insert(torrent);
        if is_news {
            self.keep(id);
        }
    }

    /// Gives a torrent its pieces and a place for its files. Returns its `.torrent`, or says why it
    /// cannot go on.
    fn furnish(&mut self, torrent: &mut Torrent, info: &[u8]) -> Result<Arc<[u8]>, String> {
        let unusable =
            |error: &dyn std::error::Error| format!("its metadata has come, but {error}");
        let magnet = torrent.magnet.as_deref().ok_or("it has its metadata already")?;
        let bytes = magnet.torrent_file(info).map_err(|error| unusable(&error))?;
        let metainfo = Metainfo::parse(&bytes).map_err(|error| unusable(&error))?;
        let content = torrent.content.clone();
        let new = NewTorrent { metainfo: Arc::new(metainfo), content, known: None };
        self.check_files(&new).map_err(|error| error.to_string())?;
        torrent.storage = self.storage(&new).map_err(|error| error.to_string())?;
        torrent.resume = self.resume_for(new.metainfo.info_hash(), new.metainfo.layout());
        torrent.selection = match magnet.selection(new.metainfo.layout()) {
            Some(asked) => Some(asked),
            None => {
                let wanted = self.config.wanted_files.select(new.metainfo.layout());
                wanted.map_err(|error| error.to_string())?
            }
        };
        if new.metainfo.is_private() {
            torrent.schedule.handle_private();
        }
        torrent.metainfo = new.metainfo;
        torrent.magnet = None;
        self.claims.note(torrent);
        Ok(bytes.into())
    }
}

impl Torrent {
    /// A neighbour has told of a peer (BEP 14).
    pub(in crate::engine) fn overhear(&mut self, now: Instant, address: SocketAddr) {
        match &mut self.state {
            State::Hunting(hunt) => hunt.overhear(now, address),
            _ => self.add_candidates(now, [address]),
        }
    }

    /// What it is, when more is known than its magnet link.
    pub(in crate::engine) fn known_metainfo(&self) -> Option<&Arc<Metainfo>> {
        self.magnet.is_none().then_some(&self.metainfo)
    }

    /// Its hunt, if there is one; then it is as one whose files are checked.
    fn stop_hunting(&mut self) -> Option<Hunt> {
        match std::mem::replace(&mut self.state, State::checking()) {
            State::Hunting(hunt) => Some(*hunt),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// What keeps the metadata from coming.
    pub(in crate::engine) fn why_hunting(
        &self,
        hunt: &Hunt,
        looks_nearby: bool,
        now: Instant,
    ) -> String {
        let why = hunt.why();
        if why.knows_nobody() && !self.schedule.has_trackers() {
            let nearby = if looks_nearby { "local discovery, and for " } else { "" };
            return format!(
                "its metadata is unknown, and nothing says where to look: its link names no tracker \
                 and no peer, and none was given by --peer; it waits for {nearby}peers that call"
            );
        }
        format!("its metadata is unknown: {why}; {}", self.why_trackers(now))
    }
}
