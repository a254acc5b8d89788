//! A whole download by way of a SOCKS5 proxy, and engines that refuse to go another way.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::outlet::{Bind, Outlet};
use kamaelia_torrent::engine::{
    Content, Encryption, Engine, EngineConfig, MakeOptions, NewTorrent, make,
};
use kamaelia_torrent::metainfo::Metainfo;
use tempfile::TempDir;

/// Far longer than any of these takes; a test that meets it has failed.
const AGES: Duration = Duration::from_secs(60);

/// Where nobody is: only the proxy knows a way.
const ELSEWHERE: &str = "192.0.2.77:6881";

fn here() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

/// A proxy that wants a name and a password and leads everywhere to the same place; and what it
/// was asked for.
fn proxy(leads_to: SocketAddr) -> (String, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind(here()).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let notes = notes.clone();
            // Ends, well or badly, with the connection.
            thread::spawn(move || lead(stream, leads_to, &notes));
        }
    });
    (format!("socks5://me:secret@{address}"), asked)
}

fn lead(mut client: TcpStream, to: SocketAddr, asked: &Mutex<Vec<Vec<u8>>>) -> io::Result<()> {
    let mut greeting = [0; 4];
    client.read_exact(&mut greeting)?;
    client.write_all(&[5, 2])?;
    let mut login = [0; 1 + 1 + 2 + 1 + 6];
    client.read_exact(&mut login)?;
    assert_eq!(&login, b"\x01\x02me\x06secret");
    client.write_all(&[1, 0])?;
    let mut request = vec![0; 4 + 4 + 2];
    client.read_exact(&mut request)?;
    asked.lock().expect("nobody panics").push(request);
    let server = TcpStream::connect(to)?;
    client.write_all(b"\x05\x00\x00\x01\0\0\0\0\0\0")?;
    let (mut from, mut into) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut into);
        let _ = into.shutdown(Shutdown::Both);
    });
    let (mut from, mut into) = (server, client);
    let _ = io::copy(&mut from, &mut into);
    into.shutdown(Shutdown::Both)
}

fn turn_until(engines: &mut [&mut Engine], is_done: impl Fn(&[&mut Engine]) -> bool) {
    let deadline = Instant::now() + AGES;
    while !is_done(engines) {
        assert!(Instant::now() < deadline, "it takes too long");
        for engine in engines.iter_mut() {
            engine.turn(Duration::from_millis(10)).expect("sockets can be waited for");
        }
    }
}

#[test]
fn a_peer_is_reached_through_the_proxy_alone_plainly_and_encrypted() {
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("data");
    fs::write(&path, vec![7; 1_000_000]).expect("room for a file");
    let made = make(&path, &MakeOptions::default(), |_| ControlFlow::Continue(()));
    let made = made.expect("it can be made");
    let metainfo = Arc::new(Metainfo::parse(&made.rawmetainfo).expect("what we make we accept"));
    for encryption in [Encryption::Off, Encryption::Required] {
        let mut config = EngineConfig::default();
        config.listen = vec![here()];
        let mut seed = Engine::start(config).expect("an engine starts");
        let content = Content::InPlace(made.files.clone());
        let new = NewTorrent { metainfo: metainfo.clone(), content, known: None };
        let seeded = seed.add(new).expect("a torrent is taken on");
        turn_until(&mut [&mut seed], |engines| {
            engines[0].status(seeded).is_some_and(|status| status.is_complete())
        });

        let (url, asked) = proxy(seed.local_addresses()[0]);
        let mut config = EngineConfig::default();
        config.encryption = encryption;
        config.peers = vec![ELSEWHERE.parse().expect("an address")];
        let proxy = url.parse().expect("a proxy");
        config.outlet = Outlet::new(Bind::Any, Some(proxy)).expect("it is on this machine");
        let mut leech = Engine::start(config).expect("an engine starts");
        assert_eq!(leech.local_addresses(), [], "nobody can connect to it");
        let to = TempDir::new().expect("a directory");
        let content = Content::Download(to.path().to_path_buf());
        let new = NewTorrent { metainfo: metainfo.clone(), content, known: None };
        let id = leech.add(new).expect("a torrent is taken on");
        turn_until(&mut [&mut seed, &mut leech], |engines| {
            engines[1].status(id).is_some_and(|status| status.is_complete())
        });
        let asked = asked.lock().expect("nobody panics").clone();
        assert_eq!(asked[0], b"\x05\x01\x00\x01\xc0\x00\x02\x4d\x1a\xe1");
        leech.stop();
        seed.stop();
    }
}

#[test]
fn an_engine_that_would_have_to_listen_beside_its_way_out_does_not_start() {
    let proxy = "socks5://127.0.0.1:1".parse().expect("a proxy");
    let mut config = EngineConfig::default();
    config.listen = vec![here()];
    config.outlet = Outlet::new(Bind::Any, Some(proxy)).expect("an address needs no looking up");
    let error = Engine::start(config).expect_err("it would be reached beside the proxy");
    assert!(error.to_string().ends_with("nobody can connect to us through a proxy"), "{error}");

    let mut config = EngineConfig::default();
    config.listen = vec!["192.0.2.77:0".parse().expect("an address")];
    let bind = Bind::Address(here().ip());
    config.outlet = Outlet::new(bind, None).expect("loopback is here");
    let error = Engine::start(config).expect_err("it would be reached beside the address");
    assert!(error.to_string().contains("everything is bound to 127.0.0.1"), "{error}");
}
