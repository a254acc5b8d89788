//! Engines that find each other on one network, which is this machine's loopback here.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kamaelia_torrent::discovery::local::GROUPS;
use kamaelia_torrent::engine::{
    Content, Engine, EngineConfig, MakeOptions, NewTorrent, Status, TorrentId, make,
};
use kamaelia_torrent::metainfo::Metainfo;
use tempfile::TempDir;

/// Far longer than any of these takes; a test that meets it has failed.
const AGES: Duration = Duration::from_secs(60);

fn engine() -> Engine {
    let mut config = EngineConfig::default();
    config.listen = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
    config.local_discovery = true;
    Engine::start(config).expect("an engine starts")
}

/// A torrent of this content, and an engine's own of it.
fn torrent(home: &Path, content: &str, private: bool) -> (Arc<Metainfo>, Content) {
    let song = home.join(format!("song {private}"));
    fs::write(&song, content).expect("room for a file");
    let options = MakeOptions { private, ..MakeOptions::default() };
    let made = make(&song, &options, |_| ControlFlow::Continue(())).expect("it can be made");
    let metainfo = Metainfo::parse(&made.rawmetainfo).expect("what we make we accept");
    (Arc::new(metainfo), Content::InPlace(vec![song]))
}

fn add(engine: &mut Engine, metainfo: &Arc<Metainfo>, content: Content) -> TorrentId {
    let new = NewTorrent { metainfo: metainfo.clone(), content, known: None };
    engine.add(new).expect("a torrent is taken on")
}

/// Turns these engines until it is so.
fn until(engines: &mut [&mut Engine], is_so: impl Fn(&[&mut Engine]) -> bool) {
    let deadline = Instant::now() + AGES;
    while !is_so(engines) {
        assert!(Instant::now() < deadline, "it does not come to that");
        for engine in engines.iter_mut() {
            engine.turn(Duration::from_millis(5)).expect("sockets can be waited for");
        }
    }
}

#[test]
fn neighbours_find_each_other_without_a_tracker() {
    let home = TempDir::new().expect("a directory");
    let (metainfo, content) = torrent(home.path(), "la la la", false);
    let copy = TempDir::new().expect("a directory");
    let mut other = engine();
    let wanted = add(&mut other, &metainfo, Content::Download(copy.path().to_path_buf()));
    let mut seed = engine();
    add(&mut seed, &metainfo, content);
    until(&mut [&mut other, &mut seed], |engines| {
        engines[0].status(wanted).as_ref().is_some_and(Status::is_complete)
    });
    other.stop();
    seed.stop();
}

#[test]
fn a_private_torrent_is_not_told_of() {
    let home = TempDir::new().expect("a directory");
    let (secret, secret_content) = torrent(home.path(), "hush", true);
    let (public, public_content) = torrent(home.path(), "tra la la", false);
    let ear =
        socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).expect("a socket");
    ear.set_reuse_address(true).expect("others hear too");
    ear.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, GROUPS[0].port())).into()).expect("a port");
    let ear = UdpSocket::from(ear);
    let SocketAddr::V4(group) = GROUPS[0] else { panic!("the first is of IPv4") };
    ear.join_multicast_v4(group.ip(), &Ipv4Addr::LOCALHOST).expect("a group to join");
    ear.set_nonblocking(true).expect("it can be asked at once");
    let mut engine = engine();
    let id = add(&mut engine, &secret, secret_content);
    until(&mut [&mut engine], |engines| {
        engines[0].status(id).as_ref().is_some_and(Status::is_complete)
    });
    add(&mut engine, &public, public_content);
    let port = format!("Port: {}\r\n", engine.local_addresses()[0].port());
    let deadline = Instant::now() + AGES;
    let message = loop {
        assert!(Instant::now() < deadline, "nothing is told");
        engine.turn(Duration::from_millis(5)).expect("sockets can be waited for");
        let mut buffer = [0; 2048];
        let Ok(length) = ear.recv(&mut buffer) else { continue };
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if text.contains(&port) {
            break text;
        }
    };
    assert!(message.contains(&public.info_hash().to_string()), "{message}");
    assert!(!message.contains(&secret.info_hash().to_string()), "{message}");
}
