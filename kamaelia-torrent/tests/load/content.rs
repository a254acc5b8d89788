//! A file to share, and engines that share it.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::{
    Content, Engine, EngineConfig, MakeOptions, NewTorrent, Status, TorrentId, make,
};
use kamaelia_torrent::metainfo::Metainfo;

/// Far longer than any step takes; a load that meets it has failed.
pub(crate) const AGES: Duration = Duration::from_secs(120);

/// A file with its torrent.
pub(crate) struct Shared {
    pub(crate) metainfo: Arc<Metainfo>,
    files: Vec<std::path::PathBuf>,
}

impl Shared {
    /// A file of this name and length in this directory, whose bytes hold no pattern.
    pub(crate) fn new(directory: &Path, name: &str, length: usize) -> Self {
        let path = directory.join(name);
        let mut chance = fastrand::Rng::with_seed(length as u64);
        let bytes: Vec<u8> = (0..length).map(|_| chance.u8(..)).collect();
        fs::write(&path, bytes).expect("room for a file");
        let made = make(&path, &MakeOptions::default(), |_| ControlFlow::Continue(()));
        let made = made.expect("it can be made");
        let metainfo = Metainfo::parse(&made.rawmetainfo).expect("what we make we accept");
        Shared { metainfo: Arc::new(metainfo), files: made.files }
    }

    pub(crate) fn seed(&self, engine: &mut Engine) -> TorrentId {
        let content = Content::InPlace(self.files.clone());
        let id = self.add(engine, content);
        turn_until(engine, id, Status::is_complete);
        id
    }

    pub(crate) fn fetch(&self, engine: &mut Engine, to: &Path) -> TorrentId {
        self.add(engine, Content::Download(to.to_path_buf()))
    }

    fn add(&self, engine: &mut Engine, content: Content) -> TorrentId {
        let new = NewTorrent { metainfo: self.metainfo.clone(), content, known: None };
        engine.add(new).expect("a torrent is taken on")
    }
}

/// An engine on loopback, and what is changed of its settings.
pub(crate) fn engine(change: impl FnOnce(&mut EngineConfig)) -> Engine {
    let mut config = EngineConfig::default();
    config.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    change(&mut config);
    Engine::start(config).expect("an engine starts")
}

/// Turns the engine until this torrent is as wanted.
pub(crate) fn turn_until(engine: &mut Engine, id: TorrentId, is_so: impl Fn(&Status) -> bool) {
    let deadline = Instant::now() + AGES;
    while !engine.status(id).is_some_and(|status| is_so(&status)) {
        assert!(Instant::now() < deadline, "{:?}", engine.status(id));
        engine.turn(Duration::from_millis(10)).expect("sockets can be waited for");
        while engine.poll_event().is_some() {}
    }
}
