//! From swarms to web servers and back.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use crate::engine::network::Mover;
use crate::engine::torrent::{State, Torrent};
use crate::engine::trackers::fetch::host;
use crate::engine::web_seeds::{
    Arrival, NoRoom, Order, WebSeedError, WebSeedEvent, WebSeeds, WebSource,
};
use crate::engine::world::World;
use crate::engine::{Engine, EngineConfig, TorrentId};
use crate::swarm::{FetchFailed, Outlook, Swarm, WebSeedId, WebSeedState};

/// Protocols by which a web seed can be asked; others are passed over (BEP 19).
const SCHEMES: &[&str] = if cfg!(feature = "tls") { &["http", "https"] } else { &["http"] };

/// The web seeds of all torrents.
pub(in crate::engine) struct WebSeeding {
    pool: WebSeeds<(TorrentId, WebSeedId)>,
    /// Whether there are web servers to ask.
    is_to_be_had: bool,
    /// By [`WebSeedId::as_usize`].
    sources: HashMap<TorrentId, Vec<Arc<WebSource>>>,
}

/// A web seed of a torrent, and how it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WebSeedStatus {
    /// The server, with its port if the URL had one. The rest may be a secret of the user's.
    pub server: String,
    /// How it stands.
    pub state: WebSeedState,
}

impl WebSeeding {
    /// No web seeds yet. `wake` is called when one has something to tell.
    pub(in crate::engine) fn new(config: &EngineConfig, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        WebSeeding {
            pool: WebSeeds::new(&config.outlet, wake),
            is_to_be_had: matches!(config.world, World::System),
            sources: HashMap::new(),
        }
    }

    /// Makes the web seeds that a torrent names known to its swarm.
    pub(in crate::engine) fn enlist(&mut self, torrent: &Torrent, swarm: &mut Swarm, now: Instant) {
        self.dismiss(torrent.id);
        let named = torrent.metainfo.web_seeds();
        if !self.is_to_be_had && !named.is_empty() {
            return log::warn!(
                "torrent {}: its web seeds are not asked: there are none in an imagined world",
                torrent.id
            );
        }
        let mut sources: Vec<Arc<WebSource>> = Vec::new();
        for base in named.iter().filter(|url| can_be_asked(url)) {
            let is_new = sources.iter().all(|known| known.base != *base);
            if is_new && swarm.add_web_seed(now).is_some() {
                let layout = torrent.metainfo.layout().clone();
                sources.push(Arc::new(WebSource { base: base.clone(), layout }));
            }
        }
        if !sources.is_empty() {
            self.sources.insert(torrent.id, sources);
        }
    }

    /// Lets go of the web seeds of a torrent.
    pub(in crate::engine) fn dismiss(&mut self, torrent: TorrentId) {
        self.sources.remove(&torrent);
        self.pool.forget(|(of, _)| *of == torrent);
    }

    /// Whether something is being fetched from this one.
    pub(in crate::engine) fn is_at_work(&self, torrent: TorrentId, web_seed: WebSeedId) -> bool {
        self.pool.is_active((torrent, web_seed))
    }

    /// So many more bytes may come from it.
    pub(in crate::engine) fn allow(
        &mut self,
        torrent: TorrentId,
        web_seed: WebSeedId,
        bytes: usize,
    ) {
        self.pool.allow((torrent, web_seed), bytes);
    }

    /// From now on, some torrents are limited and others are not.
    pub(in crate::engine) fn set_limited(&mut self, is_limited: impl Fn(TorrentId) -> bool) {
        self.pool.set_limited(|(torrent, _)| is_limited(*torrent));
    }

    pub(in crate::engine) fn stop_fetch(&mut self, torrent: TorrentId, web_seed: WebSeedId) {
        self.pool.cancel((torrent, web_seed));
    }

    fn fetch(
        &mut self,
        torrent: TorrentId,
        web_seed: WebSeedId,
        pieces: Range<u32>,
        limited: bool,
    ) -> Result<(), NoRoom> {
        let sources = self.sources.get(&torrent);
        let source = sources.and_then(|sources| sources.get(web_seed.as_usize())).ok_or(NoRoom)?;
        self.pool.order((torrent, web_seed), Order { source: source.clone(), pieces }, limited)
    }
}

impl Engine {
    /// The web seeds of a torrent (BEP 19), as many as are asked, and how they stand.
    pub fn web_seeds(&self, id: TorrentId) -> Vec<WebSeedStatus> {
        let (Some(torrent), Some(sources)) =
            (self.torrents.get(&id), self.web_seeding.sources.get(&id))
        else {
            return Vec::new();
        };
        let State::Running(swarm) = &torrent.state else { return Vec::new() };
        let status = |(web_seed, state): (WebSeedId, WebSeedState)| {
            let source = sources.get(web_seed.as_usize())?;
            Some(WebSeedStatus { server: host(&source.base), state })
        };
        swarm.web_seeds().filter_map(status).collect()
    }

    /// Does what [`Action::Fetch`](crate::swarm::Action::Fetch) asks for.
    pub(in crate::engine) fn fetch_pieces(
        &mut self,
        id: TorrentId,
        web_seed: WebSeedId,
        pieces: Range<u32>,
        now: Instant,
    ) {
        let limited = !self.limits.down.is_free(id);
        let Err(full) = self.web_seeding.fetch(id, web_seed, pieces, limited) else { return };
        if let Some(swarm) = self.torrents.get_mut(&id).and_then(|torrent| torrent.swarm()) {
            let failed = FetchFailed { reason: full.to_string(), outlook: Outlook::NotAsked };
            swarm.web_ended(now, web_seed, Err(failed));
        }
    }

    /// Hands everything that came from web servers to its torrent.
    pub(in crate::engine) fn hear_web_seeds(&mut self, now: Instant) {
        while let Some(((id, web_seed), event)) = self.web_seeding.pool.poll_event() {
            let Some(swarm) = self.torrents.get_mut(&id).and_then(|torrent| torrent.swarm()) else {
                continue;
            };
            match event {
                WebSeedEvent::Arrived(Arrival::Bytes(bytes)) => {
                    swarm.web_bytes(now, web_seed, bytes);
                }
                WebSeedEvent::Arrived(Arrival::Piece(piece, data)) => {
                    swarm.web_piece(now, web_seed, piece, data);
                }
                WebSeedEvent::Hungry => {
                    self.limits.down.wait(Mover::WebSeed(id, web_seed), id);
                    continue;
                }
                WebSeedEvent::Ended(result) => {
                    let result = result.map_err(|error| failed(id, &error));
                    swarm.web_ended(now, web_seed, result);
                }
            }
            self.settle(id, now);
        }
    }
}

fn failed(id: TorrentId, error: &WebSeedError) -> FetchFailed {
    log::info!("torrent {id}: web seed {error}");
    let outlook = match error.file {
        Some(file) if error.fault.is_about_a_file() => Outlook::Lacks { file },
        _ if error.fault.is_lasting() => Outlook::Hopeless,
        _ => Outlook::Passing { after: error.fault.retry_after() },
    };
    FetchFailed { reason: error.to_string(), outlook }
}

fn can_be_asked(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_nobody_here_speaks_are_passed_over() {
        for (url, asked) in [
            ("http://w/", true),
            ("HTTP://w/", true),
            ("https://w/", cfg!(feature = "tls")),
            ("ftp://w/", false),
            ("w/file", false),
            ("", false),
        ] {
            assert_eq!(can_be_asked(url), asked, "{url}");
        }
    }
}
