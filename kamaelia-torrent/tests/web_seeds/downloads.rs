//! Whole downloads from web servers, with and without peers.

use std::fs;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::{
    Content, Engine, EngineConfig, Event, MakeOptions, NewTorrent, RateLimits, TorrentId, make,
};
use kamaelia_torrent::metainfo::{FileEntry, Metainfo};
use kamaelia_torrent::swarm::WebSeedState;
use tempfile::TempDir;

use super::server::{Manner, WebServer};

/// Far longer than any of these takes; a test that meets it has failed.
const AGES: Duration = Duration::from_secs(120);

const FILES: [(&str, usize); 4] =
    [("1: one", 3_000_000), ("sub/two", 70_001), ("sub/empty", 0), ("three", 1_000_000)];

/// A directory of files, as its owner has it.
struct Album {
    home: TempDir,
    files: Vec<(String, Vec<u8>)>,
}

impl Album {
    fn new() -> Self {
        let home = TempDir::new().expect("a directory");
        let mut chance = fastrand::Rng::with_seed(5);
        let files = FILES.map(|(name, length)| {
            let bytes: Vec<u8> = (0..length).map(|_| chance.u8(..)).collect();
            let path = home.path().join("an album").join(name);
            fs::create_dir_all(path.parent().expect("below the top")).expect("directories");
            fs::write(path, &bytes).expect("room for a file");
            (name.to_owned(), bytes)
        });
        Album { home, files: files.into() }
    }

    fn serve(&self, manner: Manner) -> WebServer {
        let path = |name: &str| format!("/an%20album/{}", name.replace(": ", "%3A%20"));
        WebServer::start(manner, self.files.iter().map(|(name, b)| (path(name), b.clone())))
    }

    /// A torrent of it that names these servers.
    fn torrent(&self, servers: &[&WebServer]) -> Arc<Metainfo> {
        let options = MakeOptions {
            web_seeds: servers.iter().map(|server| server.url("/")).collect(),
            piece_length: Some(32_768),
            ..MakeOptions::default()
        };
        let path = self.home.path().join("an album");
        let made = make(&path, &options, |_| ControlFlow::Continue(())).expect("it can be made");
        Arc::new(Metainfo::parse(&made.rawmetainfo).expect("what we make we accept"))
    }

    /// An engine that has all of it, and where it is.
    fn seed(&self, metainfo: &Arc<Metainfo>) -> (Engine, SocketAddr) {
        let path = |file: &FileEntry| self.home.path().join(file.path.join("/"));
        let files = metainfo.layout().files().iter().map(path).collect();
        let (mut engine, id) = start(metainfo, Content::InPlace(files), &[]);
        while !engine.status(id).expect("it is there").is_complete() {
            engine.turn(Duration::from_millis(50)).expect("sockets can be waited for");
        }
        let address = engine.local_addresses()[0];
        (engine, address)
    }

    fn assert_copied_to(&self, place: &Path) {
        for (name, bytes) in &self.files {
            let copy = fs::read(place.join("an album").join(name)).expect("a file");
            assert!(copy == *bytes, "{name} came whole");
        }
    }
}

struct Client {
    engine: Engine,
    id: TorrentId,
    place: TempDir,
}

impl Client {
    fn new(metainfo: &Arc<Metainfo>, peers: &[SocketAddr]) -> Self {
        let place = TempDir::new().expect("a directory");
        let content = Content::Download(place.path().to_owned());
        let (engine, id) = start(metainfo, content, peers);
        Client { engine, id, place }
    }

    /// Goes on until this holds.
    fn until(&mut self, mut what: impl FnMut(&mut Engine, TorrentId) -> bool) {
        let deadline = Instant::now() + AGES;
        while !what(&mut self.engine, self.id) {
            assert!(Instant::now() < deadline, "{:?} {:?}", self.status(), self.states());
            self.engine.turn(Duration::from_millis(50)).expect("sockets can be waited for");
        }
    }

    fn until_complete(&mut self) {
        self.until(|engine, id| engine.status(id).expect("it is there").is_complete());
    }

    fn received(&self) -> u64 {
        self.engine.status(self.id).expect("it is there").down_total
    }

    fn status(&self) -> String {
        format!("{:?}", self.engine.status(self.id))
    }

    fn states(&self) -> Vec<WebSeedState> {
        self.engine.web_seeds(self.id).into_iter().map(|web_seed| web_seed.state).collect()
    }

    /// Why the only web seed was dropped.
    fn until_dropped(&mut self) -> String {
        loop {
            if let Some(WebSeedState::Dropped { reason }) = self.states().pop() {
                return reason;
            }
            let before = self.states();
            self.until(|engine, id| {
                let states = engine.web_seeds(id).into_iter().map(|web_seed| web_seed.state);
                states.collect::<Vec<_>>() != before
            });
        }
    }
}

fn start(metainfo: &Arc<Metainfo>, content: Content, peers: &[SocketAddr]) -> (Engine, TorrentId) {
    let mut config = EngineConfig::default();
    config.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.peers = peers.to_vec();
    let mut engine = Engine::start(config).expect("an engine starts");
    let new = NewTorrent { metainfo: metainfo.clone(), content, known: None };
    let id = engine.add(new).expect("a torrent is taken on");
    (engine, id)
}

#[test]
fn a_torrent_comes_from_a_web_server_alone() {
    let album = Album::new();
    let server = album.serve(Manner::Honest);
    let mut client = Client::new(&album.torrent(&[&server]), &[]);
    client.until_complete();
    album.assert_copied_to(client.place.path());
    assert_eq!(client.states(), [WebSeedState::Idle]);
    let status = client.engine.status(client.id).expect("it is there");
    assert_eq!(status.down_total, status.total, "nothing came twice");
    assert!(server.connections() <= 2, "connections are kept: {}", server.connections());
    assert!(server.requests().len() < 20, "pieces come in runs: {:?}", server.requests());
}

#[test]
fn a_server_that_lies_is_dropped_with_the_reason_and_others_go_on() {
    let album = Album::new();
    let (liar, honest) = (album.serve(Manner::Lying), album.serve(Manner::Honest));
    let mut client = Client::new(&album.torrent(&[&honest, &liar]), &[]);
    let reason = client.until_dropped();
    assert_eq!(reason, "it sent a piece that is not what its hash says");
    client.until_complete();
    album.assert_copied_to(client.place.path());
    let asked = liar.requests().len();
    client.engine.turn(Duration::ZERO).expect("sockets can be waited for");
    assert_eq!(liar.requests().len(), asked, "it is asked no more");
}

#[test]
fn a_server_that_cannot_serve_is_dropped_with_the_reason() {
    let album = Album::new();
    for (manner, expected) in [
        (Manner::Refusing(404, ""), "answered with HTTP status 404 when asked for an album/"),
        (Manner::NoRanges, "does not send parts of files"),
        (Manner::Longer, "by the torrent"),
        (Manner::OtherPart, "sent another part of an album/"),
    ] {
        let server = album.serve(manner.clone());
        let mut client = Client::new(&album.torrent(&[&server]), &[]);
        let reason = client.until_dropped();
        assert!(reason.starts_with("127.0.0.1:") && reason.contains(expected), "{reason}");
        let why = client.engine.why(client.id).expect("it is there");
        assert!(why.contains(&format!("a web seed was dropped: {reason}")), "{why}");
    }
}

#[test]
fn what_one_server_lacks_another_has() {
    let album = Album::new();
    let (here, there) =
        (album.serve(Manner::Lacking("one")), album.serve(Manner::Lacking("three")));
    let mut client = Client::new(&album.torrent(&[&here, &there]), &[]);
    client.until_complete();
    album.assert_copied_to(client.place.path());
}

#[test]
fn a_busy_server_is_left_alone_for_as_long_as_it_says() {
    let album = Album::new();
    let server = album.serve(Manner::Refusing(503, "Retry-After: 1000\r\n"));
    let mut client = Client::new(&album.torrent(&[&server]), &[]);
    client.until(|engine, id| {
        let states = engine.web_seeds(id);
        let state = states.first().map(|web_seed| web_seed.state.clone());
        match state {
            Some(WebSeedState::Waiting { until, reason }) => {
                assert!(reason.contains("answered with HTTP status 503"), "{reason}");
                assert!(until > Instant::now() + Duration::from_secs(900));
                true
            }
            _ => false,
        }
    });
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn peers_and_a_web_server_share_the_work() {
    let album = Album::new();
    let server = album.serve(Manner::Honest);
    let metainfo = album.torrent(&[&server]);
    let (mut seed, address) = album.seed(&metainfo);
    let mut client = Client::new(&metainfo, &[address]);
    client.until(|engine, id| {
        seed.turn(Duration::ZERO).expect("sockets can be waited for");
        engine.status(id).expect("it is there").is_complete()
    });
    album.assert_copied_to(client.place.path());
    let events: Vec<Event> = std::iter::from_fn(|| client.engine.poll_event()).collect();
    assert!(events.contains(&Event::Completed { id: client.id }), "{events:?}");
}

#[test]
fn a_server_that_falls_silent_does_not_keep_pieces_from_peers() {
    let album = Album::new();
    let server = album.serve(Manner::Silent);
    let metainfo = album.torrent(&[&server]);
    let (mut seed, address) = album.seed(&metainfo);
    let began = Instant::now();
    let mut client = Client::new(&metainfo, &[address]);
    client.until(|engine, id| {
        seed.turn(Duration::ZERO).expect("sockets can be waited for");
        engine.status(id).expect("it is there").is_complete()
    });
    album.assert_copied_to(client.place.path());
    assert!(began.elapsed() < Duration::from_secs(25), "nobody waited for the silence to end");
}

#[test]
fn a_web_server_is_read_no_faster_than_allowed() {
    let album = Album::new();
    let server = album.serve(Manner::Honest);
    let mut client = Client::new(&album.torrent(&[&server]), &[]);
    let rate = 2_000_000;
    client.engine.set_limits(RateLimits { up: None, down: Some(rate) });
    let (from, began) = (client.received(), Instant::now());
    client.until_complete();
    let expected = (client.received() - from) as f64 / rate as f64;
    // A quarter of a second may come at once.
    assert!(began.elapsed().as_secs_f64() > expected - 0.3, "{:?}", began.elapsed());
    assert!(expected > 1.0, "most of it was limited: {expected} s");
    album.assert_copied_to(client.place.path());
}

#[test]
fn a_limit_that_is_taken_off_lets_the_rest_come_at_once() {
    let album = Album::new();
    let server = album.serve(Manner::Honest);
    let mut client = Client::new(&album.torrent(&[&server]), &[]);
    client.engine.set_limits(RateLimits { up: None, down: Some(10_000) });
    client.until(|engine, id| engine.status(id).expect("it is there").down_total > 0);
    assert!(client.received() < 1_000_000);
    client.engine.set_limits(RateLimits::default());
    let began = Instant::now();
    client.until_complete();
    assert!(began.elapsed() < Duration::from_secs(30));
}
