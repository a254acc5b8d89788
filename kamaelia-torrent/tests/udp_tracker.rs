//! Engines that find each other through a tracker reached by UDP.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use kamaelia_io::udp::UdpServer;
use kamaelia_torrent::engine::outlet::{Bind, Outlet};
use kamaelia_torrent::engine::{
    Content, Engine, EngineConfig, MakeOptions, NewTorrent, TorrentId, make, new_secret,
};
use kamaelia_torrent::metainfo::Metainfo;
use kamaelia_torrent::tracker::{Tracker, TrackerConfig};
use tempfile::TempDir;

/// Far longer than any of these takes; a test that meets it has failed.
const AGES: Duration = Duration::from_secs(60);

const TURN: Duration = Duration::from_millis(100);

/// A tracker on loopback, on a thread of its own.
struct Serving {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    waker: std::task::Waker,
    thread: JoinHandle<usize>,
}

impl Serving {
    fn start() -> Self {
        let address = "127.0.0.1:0".parse().expect("an address");
        let mut server = UdpServer::bind(address).expect("a port");
        let (address, waker) = (server.local_addr(), server.waker());
        let over = Arc::new(AtomicBool::new(false));
        let is_over = over.clone();
        let thread = thread::spawn(move || {
            let mut tracker = Tracker::new(TrackerConfig::new(1, new_secret()));
            while !is_over.load(Ordering::SeqCst) {
                let turn = server.turn(AGES, &mut |datagram, remote, local| {
                    tracker.handle_datagram(Instant::now(), datagram, remote, local)
                });
                turn.expect("a turn");
            }
            tracker.peers()
        });
        Serving { address, over, waker, thread }
    }

    /// Peers that have not said goodbye.
    fn end(self) -> usize {
        self.over.store(true, Ordering::SeqCst);
        self.waker.wake();
        self.thread.join().expect("the tracker stands")
    }
}

fn engine() -> Engine {
    let mut config = EngineConfig::default();
    config.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    Engine::start(config).expect("an engine starts")
}

fn torrent(of: &Path, trackers: &[String]) -> Arc<Metainfo> {
    let trackers = trackers.iter().map(|url| vec![url.clone()]).collect();
    let options = MakeOptions { trackers, ..MakeOptions::default() };
    let made = make(of, &options, |_| ControlFlow::Continue(())).expect("it can be made");
    Arc::new(Metainfo::parse(&made.rawmetainfo).expect("what we make we accept"))
}

fn add(engine: &mut Engine, metainfo: &Arc<Metainfo>, content: Content) -> TorrentId {
    let new = NewTorrent { metainfo: metainfo.clone(), content, known: None };
    engine.add(new).expect("a torrent is taken on")
}

/// Turns the engine until the torrent is so far.
fn until(
    engine: &mut Engine,
    id: TorrentId,
    is_so: impl Fn(&kamaelia_torrent::engine::Status) -> bool,
) {
    let deadline = Instant::now() + AGES;
    while !is_so(&engine.status(id).expect("it is there")) {
        assert!(Instant::now() < deadline, "{:?}", engine.status(id));
        engine.turn(TURN).expect("sockets can be waited for");
    }
}

/// Publishes and downloads a file by these trackers.
fn transfer(trackers: &[String]) {
    let home = TempDir::new().expect("a directory");
    let song = home.path().join("song");
    let content = vec![7; 300_000];
    fs::write(&song, &content).expect("room for a file");
    let metainfo = torrent(&song, trackers);
    let mut seed = engine();
    let id = add(&mut seed, &metainfo, Content::InPlace(vec![song]));
    until(&mut seed, id, |status| status.tracker_seeds == Some(1));
    let over = Arc::new(AtomicBool::new(false));
    let is_over = over.clone();
    let seeding = thread::spawn(move || {
        while !is_over.load(Ordering::SeqCst) {
            seed.turn(TURN).expect("sockets can be waited for");
        }
        seed.stop();
    });
    let copy = TempDir::new().expect("a directory");
    let mut other = engine();
    let id = add(&mut other, &metainfo, Content::Download(copy.path().to_path_buf()));
    until(&mut other, id, kamaelia_torrent::engine::Status::is_complete);
    other.stop();
    over.store(true, Ordering::SeqCst);
    seeding.join().expect("the seed stands");
    assert_eq!(fs::read(copy.path().join("song")).expect("it was downloaded"), content);
}

#[test]
fn engines_find_each_other_by_udp_and_say_goodbye() {
    let tracker = Serving::start();
    transfer(&[format!("udp://{}/announce", tracker.address)]);
    assert_eq!(tracker.end(), 0, "everyone has said goodbye");
}

#[test]
fn a_name_is_resolved_and_a_name_that_leads_nowhere_is_passed_over() {
    let tracker = Serving::start();
    let port = tracker.address.port();
    let nowhere = format!("udp://no-such-tracker.invalid:{port}");
    transfer(&[nowhere, format!("udp://localhost:{port}")]);
    assert_eq!(tracker.end(), 0, "everyone has said goodbye");
}

#[test]
fn a_torrent_that_rests_can_be_scraped() {
    let tracker = Serving::start();
    let home = TempDir::new().expect("a directory");
    let song = home.path().join("song");
    fs::write(&song, b"la la la").expect("room for a file");
    let metainfo = torrent(&song, &[format!("udp://{}", tracker.address)]);
    let mut other = engine();
    let content = Content::Download(home.path().join("other"));
    let resting = add(&mut other, &metainfo, content);
    until(&mut other, resting, |status| status.tracker_peers == Some(1));
    assert!(other.pause(resting));
    let mut seed = engine();
    let id = add(&mut seed, &metainfo, Content::InPlace(vec![song]));
    until(&mut seed, id, |status| status.tracker_seeds == Some(1));
    assert!(other.scrape(resting));
    until(&mut other, resting, |status| status.tracker_seeds == Some(1));
    assert_eq!(other.status(resting).and_then(|status| status.tracker_peers), Some(0));
    other.stop();
    seed.stop();
    assert_eq!(tracker.end(), 0, "everyone has said goodbye");
}

#[test]
fn a_tracker_that_is_silent_keeps_nobody_from_ending() {
    let home = TempDir::new().expect("a directory");
    let song = home.path().join("song");
    fs::write(&song, b"la la la").expect("room for a file");
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("it is bound");
    let metainfo = torrent(&song, &[format!("udp://{address}")]);
    let mut config = EngineConfig::default();
    config.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.stop_within = Duration::from_millis(300);
    let mut engine = Engine::start(config).expect("an engine starts");
    let id = add(&mut engine, &metainfo, Content::InPlace(vec![song]));
    until(&mut engine, id, kamaelia_torrent::engine::Status::is_complete);
    silent.set_read_timeout(Some(AGES)).expect("a socket takes a time-out");
    let mut buffer = [0; 64];
    assert_eq!(silent.recv(&mut buffer).expect("it is asked"), 16);
    let asked = Instant::now();
    engine.stop();
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
}

#[test]
fn behind_a_proxy_no_tracker_elsewhere_is_asked_by_udp_and_that_is_said() {
    let home = TempDir::new().expect("a directory");
    let song = home.path().join("song");
    fs::write(&song, b"la la la").expect("room for a file");
    let metainfo = torrent(&song, &["udp://tracker.invalid:80".to_owned()]);
    let proxy = "socks5://127.0.0.1:1".parse().expect("a proxy");
    let mut config = EngineConfig::default();
    config.outlet = Outlet::new(Bind::Any, Some(proxy)).expect("a way out");
    let mut engine = Engine::start(config).expect("an engine starts");
    let id = add(&mut engine, &metainfo, Content::InPlace(vec![song]));
    until(&mut engine, id, |status| status.tracker_trouble.is_some());
    let said = engine.status(id).and_then(|status| status.tracker_trouble);
    let expected = "tracker tracker.invalid:80 is not asked: datagrams cannot go through the proxy, and go no \
                    other way";
    assert_eq!(said.as_deref(), Some(expected));
}
