//! When patrons leave, and who ends with the last of them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use axon_core::{Address, Component, Control, Graphline, Inbox, Services, WiringErrors};
use kamaelia_torrent::components::messages::{CloseTorrent, TorrentMessage, TorrentRequest};
use kamaelia_torrent::components::{ClientConfig, Leave, TorrentPatron};
use kamaelia_torrent::engine::{Content, CustomStorage, TorrentId};
use kamaelia_torrent::metainfo::Metainfo;
use kamaelia_torrent::storage::MemoryStorage;
use tempfile::TempDir;

use super::bench::*;

type Part = (Graphline, Address<TorrentRequest>, Seen<TorrentMessage>);

fn patron(services: &Services, config: ClientConfig, leave: Leave, name: &str) -> Part {
    let mut patron = TorrentPatron::new(services, config).leave(leave);
    let requests = patron.inbox.address();
    let (tap, seen) = tap();
    let graph = Graphline::new()
        .link(&patron.outbox, &tap.inbox)
        .add(name, patron)
        .add(format!("tap of {name}"), tap);
    (graph, requests, seen)
}

fn alone(
    config: ClientConfig,
    leave: Leave,
) -> (Running, Address<TorrentRequest>, Seen<TorrentMessage>) {
    let (graph, requests, seen) = patron(&Services::new(), config, leave, "patron");
    (Running::start(graph), requests, seen)
}

/// Long enough for a patron that would leave to do so.
const WHILE: Duration = Duration::from_millis(150);

// C78
#[test]
fn a_patron_that_leaves_when_complete_takes_client_and_program_with_it() {
    let home = TempDir::new().expect("a directory");
    let (running, requests, seen) = alone(config(home.path()), Leave::WhenComplete);
    for name in ["one", "two"] {
        let request = seed(name, home.path().join(name), &bytes(10, 1));
        requests.send_blocking(request).expect("the patron listens");
    }
    requests.send_blocking(nonsense("bad")).expect("the patron listens");
    assert_eq!(seen.answers(3), ["one: created 1", "two: created 2", "bad: failed"]);
    thread::sleep(WHILE);
    assert!(!running.is_over(), "more requests may come");
    drop(requests);
    let report = running.end().expect("a good end");
    // In the order in which they ended, which is nobody's business.
    let mut names: Vec<_> = report.outcomes().map(|(name, _)| name).collect();
    names.sort_unstable();
    assert_eq!(names, ["client", "patron", "service", "tap of patron"]);
}

#[test]
fn a_patron_waits_for_what_is_not_complete_unless_told_to_leave_when_answered() {
    let home = TempDir::new().expect("a directory");
    let to = TempDir::new().expect("a directory");
    let never = seed("", home.path().join("never"), &bytes(10, 1));
    for (leave, waits) in [(Leave::WhenComplete, true), (Leave::WhenAnswered, false)] {
        let (running, requests, seen) = alone(config(to.path()), leave);
        requests.send_blocking(download("get", &never)).expect("the patron listens");
        assert_eq!(seen.answer(), "get: created 1");
        drop(requests);
        if waits {
            thread::sleep(WHILE);
            assert!(!running.is_over(), "it is not complete");
            running.handle.finish();
        }
        running.end().expect("a good end");
    }
}

#[test]
fn a_patron_that_leaves_when_asked_outlives_its_requests() {
    let home = TempDir::new().expect("a directory");
    let (running, requests, seen) = alone(config(home.path()), Leave::WhenAsked);
    requests.send_blocking(seed("one", home.path().join("one"), &[])).expect("it listens");
    seen.complete(1);
    drop(requests);
    thread::sleep(WHILE);
    assert!(!running.is_over(), "nobody asked");
    running.handle.finish();
    running.end().expect("a good end");
}

#[test]
fn what_failed_for_good_or_was_closed_keeps_nobody() {
    let home = TempDir::new().expect("a directory");
    let (running, requests, seen) = alone(config(home.path()), Leave::WhenComplete);
    // Its file is gone before it is checked.
    let TorrentRequest::Create(mut create) = seed("gone", home.path().join("x"), &bytes(10, 1))
    else {
        panic!("it seeds")
    };
    create.content = Some(Content::InPlace(vec![home.path().join("missing")]));
    create.is_known_complete = false;
    requests.send_blocking(TorrentRequest::Create(create)).expect("the patron listens");
    let never = seed("", home.path().join("never"), &bytes(10, 2));
    let never = download("get", &never);
    requests.send_blocking(never).expect("the patron listens");
    assert_eq!(seen.answers(2), ["gone: created 1", "get: created 2"]);
    let close = CloseTorrent { token: "close".into(), torrentid: TorrentId::from(2) };
    requests.send_blocking(TorrentRequest::Close(close)).expect("the patron listens");
    drop(requests);
    running.end().expect("a good end");
}

/// Somebody who has a song, and what another needs to fetch it to a disk without room.
fn fetched_to_a_full_disk(home: &Path) -> (Running, ClientConfig, TorrentRequest) {
    let mut with_port = config(home);
    with_port.engine.listen = vec![free_port()];
    let mut to_seed = config(home);
    to_seed.engine.peers.clone_from(&with_port.engine.listen);
    to_seed.engine.retry_after = Duration::from_millis(30);
    let (running, requests, seen) = alone(with_port, Leave::WhenAsked);
    let song = seed("seed", home.join("song"), &bytes(100_000, 1));
    requests.send_blocking(song.clone()).expect("the patron listens");
    seen.complete(1);
    let TorrentRequest::Create(mut get) = download("get", &song) else { panic!("it downloads") };
    let metainfo = Metainfo::parse(&get.rawmetainfo).expect("what we make we accept");
    let disk = MemoryStorage::new(metainfo.layout().clone());
    disk.set_room(0);
    get.content = Some(Content::Custom(CustomStorage(Arc::new(disk))));
    (running, to_seed, TorrentRequest::Create(get))
}

/// Reads on until the torrent has so often tried in vain to write, and says how often that was.
fn tries(seen: &Seen<TorrentMessage>, at_least: u32) -> u32 {
    loop {
        if let TorrentMessage::Status(update) = seen.next()
            && update.stats.tries_in_vain >= at_least
        {
            return update.stats.tries_in_vain;
        }
    }
}

#[test]
fn a_disk_is_waited_for_while_more_may_be_asked_and_then_for_one_more_try() {
    let home = TempDir::new().expect("a directory");
    let (seeds, config, get) = fetched_to_a_full_disk(home.path());
    let (running, requests, seen) = alone(config, Leave::WhenComplete);
    requests.send_blocking(get).expect("the patron listens");
    let before = tries(&seen, 3);
    assert!(!running.is_over(), "somebody may make room, and ask for more");
    drop(requests);
    let rest = seen.rest();
    let last_tries = rest.iter().filter_map(|message| match message {
        TorrentMessage::Status(update) => Some(update.stats.tries_in_vain),
        _ => None,
    });
    assert!(last_tries.max() > Some(before), "{rest:?}");
    let Some(TorrentMessage::Trouble(last)) = rest.last() else { panic!("{rest:?}") };
    let reason = "given up after another try, since nothing else is left to do: the disk is full: \
                  cannot write song";
    assert_eq!((last.is_final, &*last.reason), (true, reason));
    running.end().expect("a good end");
    seeds.handle.finish();
    seeds.end().expect("a good end");
}

#[test]
fn a_disk_is_waited_for_as_long_as_something_else_is_under_way_or_a_patron_stays() {
    for (leave, is_alone) in [(Leave::WhenComplete, false), (Leave::WhenAsked, true)] {
        let home = TempDir::new().expect("a directory");
        let (seeds, config, get) = fetched_to_a_full_disk(home.path());
        let (running, requests, seen) = alone(config, leave);
        requests.send_blocking(get).expect("the patron listens");
        if !is_alone {
            let elsewhere = TempDir::new().expect("a directory");
            let never = seed("", elsewhere.path().join("never"), &bytes(10, 2));
            let never = download("never", &never);
            requests.send_blocking(never).expect("the patron listens");
        }
        drop(requests);
        let before = tries(&seen, 1);
        tries(&seen, before + 3);
        assert!(!running.is_over(), "{leave:?}");
        for running in [running, seeds] {
            running.handle.finish();
            running.end().expect("a good end");
        }
    }
}

// C78
#[test]
fn torrents_go_on_when_one_patron_leaves_and_end_with_the_last() {
    let home = TempDir::new().expect("a directory");
    let services = Services::new();
    let mut shared = config(home.path());
    // With a port of one's own there can be only one client.
    shared.engine.listen = vec![free_port()];
    let port = shared.engine.listen[0];
    let running = {
        let (first, first_requests, first_seen) =
            patron(&services, shared.clone(), Leave::WhenAnswered, "first");
        let running = Running::start(first);
        first_requests.send_blocking(seed("one", home.path().join("one"), &[])).expect("listens");
        assert_eq!(first_seen.answer(), "one: created 1");
        let (second, second_requests, second_seen) =
            patron(&services, shared, Leave::WhenAnswered, "second");
        let second = Running::start(second);
        second_requests.send_blocking(nonsense("bad")).expect("it listens");
        assert_eq!(second_seen.answer(), "bad: failed");
        drop(first_requests);
        first_seen.rest();
        // The first has left; what it asked for goes on for the second.
        assert!(std::net::TcpStream::connect(port).is_ok());
        let one = seed("again", home.path().join("one"), &[]);
        second_requests.send_blocking(one).expect("it listens");
        assert_eq!(second_seen.answer(), "again: already 1");
        drop(second_requests);
        second.end().expect("a good end");
        running
    };
    running.end().expect("a good end");
    assert!(std::net::TcpStream::connect(port).is_err(), "the client is gone");
}

/// Starts more of the graph, each part when it is told to.
#[derive(Component)]
struct Usher {
    inbox: Inbox<Graphline>,
    control: Control,
}

impl Usher {
    async fn main(mut self) -> Result<(), WiringErrors> {
        while let Some(graph) = self.inbox.recv().await {
            self.control.adopt(graph)?;
        }
        Ok(())
    }
}

fn ushered() -> (Running, Address<Graphline>) {
    let mut usher = Usher { inbox: Inbox::new(), control: Control::default() };
    let parts = usher.inbox.address();
    (Running::start(Graphline::new().add("usher", usher)), parts)
}

/// A tracker that answers once and then only listens, so that a goodbye takes its time. Says when
/// it has answered.
fn reluctant_tracker() -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/announce", listener.local_addr().expect("it has an address"));
    let (tell, answered) = mpsc::channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for (number, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            if number > 0 {
                kept.push(stream);
                continue;
            }
            let _ = stream.read(&mut [0; 4096]);
            let body = "d8:intervali1800e5:peers0:e";
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            let _ = stream.write_all((head + body).as_bytes());
            let _ = tell.send(());
        }
    });
    (url, answered)
}

// C78
#[test]
fn who_joins_while_the_last_one_leaves_is_served_on_the_same_port() {
    let home = TempDir::new().expect("a directory");
    let services = Services::new();
    let mut shared = config(home.path());
    shared.engine.listen = vec![free_port()];
    let (tracker, answered) = reluctant_tracker();
    let (running, parts) = ushered();
    let join = |name: &str| {
        let (part, requests, seen) = patron(&services, shared.clone(), Leave::WhenComplete, name);
        parts.send_blocking(part).unwrap_or_else(|_| panic!("the usher is there"));
        (requests, seen)
    };
    let (requests, seen) = join("first");
    let content = bytes(10, 1);
    let made = made("one", home.path().join("one"), &content, Some(&tracker));
    requests.send_blocking(TorrentRequest::Create(made.into())).expect("the patron listens");
    assert_eq!(seen.answer(), "one: created 1");
    answered.recv_timeout(AGES).expect("an announce");
    thread::sleep(Duration::from_millis(50));
    drop(requests);
    seen.rest();

    // It has left, and its client is saying goodbye to a tracker that takes its time. The second
    // comes and goes before that is over, and so does the third.
    let left = Instant::now();
    let mut others = Vec::new();
    for name in ["second", "third"] {
        let (requests, seen) = join(name);
        let request = seed(name, home.path().join(name), &bytes(10, 2));
        requests.send_blocking(request).expect("the patron listens");
        others.push((name, seen));
    }
    let mut answers: Vec<_> = others.iter().map(|(_, seen)| seen.answer()).collect();
    assert!(left.elapsed() > Duration::from_millis(100), "the first had taken its time");
    answers.sort();
    assert_eq!(answers, ["second: created 1", "third: created 2"]);
    drop(parts);
    running.end().expect("a good end");
}

// C78: whenever they come and go, everybody is served.
#[test]
fn patrons_that_come_and_go_at_any_moment_are_all_served() {
    let home = TempDir::new().expect("a directory");
    let services = Services::new();
    let mut shared = config(home.path());
    shared.engine.listen = vec![free_port()];
    let request = seed("", home.path().join("one"), &bytes(10, 1));
    let (running, parts) = ushered();
    let mut chance = fastrand::Rng::with_seed(78);
    for number in 0..40 {
        let name = format!("patron {number}");
        let (part, requests, seen) = patron(&services, shared.clone(), Leave::WhenAnswered, &name);
        parts.send_blocking(part).unwrap_or_else(|_| panic!("the usher is there"));
        requests.send_blocking(again(&name, &request)).expect("the patron listens");
        drop(requests);
        if chance.bool() {
            // Left alone, the patron leaves some time after its answer.
            thread::spawn(move || seen.rest());
        } else {
            let answer = seen.answer();
            assert!(answer.starts_with(&name) && answer.ends_with(" 1"), "{answer}");
        }
        thread::sleep(Duration::from_micros(chance.u64(..3_000)));
    }
    drop(parts);
    running.end().expect("a good end");
}
