//! TorrentClient, alone in a graph.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use axon_core::{Address, Component, Graphline, Inbox, Pipeline};
use kamaelia_torrent::components::messages::{
    CloseTorrent, TorrentMessage, TorrentRequest, TorrentStartFail,
};
use kamaelia_torrent::components::{ClientConfig, TorrentClient};
use kamaelia_torrent::engine::{Content, TorrentId};
use tempfile::TempDir;

use super::bench::*;

fn client(config: ClientConfig) -> (Running, Address<TorrentRequest>, Seen<TorrentMessage>) {
    let mut client = TorrentClient::new(config);
    let requests = client.inbox.address();
    let (tap, seen) = tap();
    (Running::start(Pipeline::new(client).then(tap).into_graphline()), requests, seen)
}

fn close(token: &str, id: u32) -> TorrentRequest {
    TorrentRequest::Close(CloseTorrent { token: token.into(), torrentid: TorrentId::from(id) })
}

fn failed(token: String) -> TorrentRequest {
    TorrentRequest::Failed(TorrentStartFail::new(token, "it could not be fetched"))
}

// C76
#[test]
fn ids_count_from_one_and_the_same_torrent_is_there_already_under_its_first() {
    let home = TempDir::new().expect("a directory");
    let (running, requests, seen) = client(config(home.path()));
    let one = seed("one", home.path().join("one"), &bytes(10, 1));
    let two = seed("two", home.path().join("two"), &bytes(300_000, 2));
    for request in [one.clone(), nonsense("bad"), two, again("one again", &one)] {
        requests.send_blocking(request).expect("the client listens");
    }
    let answers = seen.answers(4);
    assert_eq!(
        answers,
        ["one: created 1", "bad: failed", "two: created 2", "one again: already 1"]
    );
    drop(requests);
    running.end().expect("a good end");
}

// C79
#[test]
fn closing_is_answered_and_closing_what_is_not_there_harms_nothing() {
    let home = TempDir::new().expect("a directory");
    let (running, requests, seen) = client(config(home.path()));
    let one = seed("one", home.path().join("one"), &bytes(10, 1));
    for request in [
        close("none", 1),
        one.clone(),
        close("never", 99),
        close("it", 1),
        close("it again", 1),
        again("back", &one),
    ] {
        requests.send_blocking(request).expect("the client listens");
    }
    assert_eq!(
        seen.answers(6),
        [
            "none: refused",
            "one: created 1",
            "never: refused",
            "it: closed 1",
            "it again: refused",
            "back: created 2",
        ]
    );
    seen.complete(2);
    drop(requests);
    let after = seen.rest();
    let of_the_closed =
        |message: &&TorrentMessage| message.torrentid().map(TorrentId::get) == Some(1);
    assert_eq!(after.iter().filter(of_the_closed).count(), 0);
    running.end().expect("a good end");
}

#[test]
fn a_status_is_told_with_each_tick_and_at_once_when_a_torrent_is_new() {
    let home = TempDir::new().expect("a directory");
    let mut slow = config(home.path());
    slow.tick_interval = Duration::from_secs(3600);
    let (running, requests, seen) = client(slow);
    let one = seed("one", home.path().join("one"), &bytes(10, 1));
    requests.send_blocking(one).expect("the client listens");
    assert_eq!(seen.answer(), "one: created 1");
    seen.complete(1);
    drop(requests);
    running.end().expect("a good end");
}

#[test]
fn any_tick_interval_will_do() {
    let home = TempDir::new().expect("a directory");
    for tick_interval in [Duration::ZERO, Duration::MAX] {
        let mut config = config(home.path());
        config.tick_interval = tick_interval;
        let (running, requests, seen) = client(config);
        let one = seed("one", home.path().join("one"), &bytes(10, 1));
        requests.send_blocking(one).expect("the client listens");
        assert_eq!(seen.answer(), "one: created 1");
        drop(requests);
        running.end().expect("a good end");
    }
}

#[test]
fn a_port_in_use_fails_the_client_by_name_and_says_what_to_do() {
    let home = TempDir::new().expect("a directory");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it has an address");
    let mut config = config(home.path());
    config.engine.listen = vec![address];
    let (running, _requests, _seen) = client(config);
    let error = running.end().expect_err("the port is in use");
    assert_eq!(
        error.to_string(),
        format!(
            "component `1 TorrentClient` failed: cannot listen for peers on {address}: another \
             program uses that port; choose another one, or 0 for any"
        )
    );
}

#[test]
fn finish_and_stop_end_a_client_the_first_when_its_requests_end() {
    let home = TempDir::new().expect("a directory");
    let (running, requests, seen) = client(config(home.path()));
    requests.send_blocking(seed("one", home.path().join("one"), &bytes(10, 1))).expect("listens");
    assert_eq!(seen.answer(), "one: created 1");
    // A client is no source: it goes on as long as it can be asked for something.
    running.handle.finish();
    requests.send_blocking(nonsense("bad")).expect("the client listens");
    assert_eq!(seen.answer(), "bad: failed");
    drop(requests);
    running.end().expect("a good end");

    let (running, _requests, _seen) = client(config(home.path()));
    running.handle.stop();
    running.end().expect("a good end");
}

/// Takes one message, and leaves.
#[derive(Component, Default)]
struct FirstOnly {
    pub(crate) inbox: Inbox<TorrentMessage>,
}

impl FirstOnly {
    async fn main(mut self) {
        self.inbox.recv().await;
    }
}

#[test]
fn a_client_whose_reader_has_ended_ends() {
    let home = TempDir::new().expect("a directory");
    let mut client = TorrentClient::new(config(home.path()));
    let requests = client.inbox.address();
    let running = Running::start(Pipeline::new(client).then(FirstOnly::default()).into_graphline());
    requests.send_blocking(nonsense("bad")).expect("the client listens");
    running.end().expect("a good end");
    assert!(requests.send_blocking(nonsense("late")).is_err());
}

// With a tick an hour away, nothing but the requests themselves moves the client on.
#[test]
fn more_requests_than_all_boxes_hold_are_all_answered_without_waiting_for_a_tick() {
    let home = TempDir::new().expect("a directory");
    let mut slow = config(home.path());
    slow.tick_interval = Duration::from_secs(3600);
    let mut client = TorrentClient::new(slow);
    let requests = client.inbox.address();
    let (tap, seen, gate) = gated_tap();
    let running = Running::start(Pipeline::new(client).then(tap).into_graphline());
    let sender = thread::spawn(move || {
        for number in 0..2_000 {
            requests.send_blocking(failed(number.to_string())).expect("the client listens");
        }
    });
    // Time for every box on the way to fill up.
    thread::sleep(Duration::from_millis(200));
    drop(gate);
    let expected: Vec<_> = (0..2_000).map(|number| format!("{number}: failed")).collect();
    assert_eq!(seen.answers(2_000), expected);
    sender.join().expect("all were sent");
    running.end().expect("a good end");
}

#[test]
fn a_reader_that_does_not_read_does_not_hold_up_a_transfer() {
    let home = TempDir::new().expect("a directory");
    let content = bytes(3_000_000, 4);
    let seeded = seed("seed", home.path().join("data"), &content);
    let mut config_of_seed = config(home.path());
    config_of_seed.engine.listen = vec![free_port()];
    let seed_address = config_of_seed.engine.listen[0];
    let (seeder, seed_requests, seed_seen) = client(config_of_seed);
    seed_requests.send_blocking(seeded.clone()).expect("the client listens");
    assert_eq!(seed_seen.answer(), "seed: created 1");

    let to = TempDir::new().expect("a directory");
    let mut leech = config(to.path());
    leech.engine.peers = vec![seed_address];
    leech.tick_interval = Duration::from_millis(1);
    let mut leech = TorrentClient::new(leech);
    let requests = leech.inbox.address();
    let (tap, seen, gate) = gated_tap();
    let running = Running::start(
        Graphline::new()
            .link_with(1, &leech.outbox, &tap.inbox)
            .add("leech", leech)
            .add("tap", tap),
    );
    requests.send_blocking(download("get", &seeded)).expect("the client listens");
    let deadline = Instant::now() + AGES;
    while std::fs::read(to.path().join("data")).ok().as_ref() != Some(&content) {
        assert!(Instant::now() < deadline, "nobody reads, and nothing moves");
        thread::sleep(Duration::from_millis(10));
    }
    drop(gate);
    assert_eq!(seen.answer(), "get: created 1");
    seen.complete(1);
    drop((requests, seed_requests));
    running.end().expect("a good end");
    seeder.end().expect("a good end");
}

#[test]
fn a_file_is_not_seeded_while_another_torrent_is_being_written_to_it() {
    let home = TempDir::new().expect("a directory");
    let elsewhere = TempDir::new().expect("a directory");
    let (running, requests, seen) = client(config(home.path()));
    let other = seed("other", elsewhere.path().join("data"), &bytes(300_000, 1));
    requests.send_blocking(download("get", &other)).expect("the client listens");
    assert_eq!(seen.answer(), "get: created 1");
    let mine = seed("mine", home.path().join("data"), &bytes(300_000, 2));
    requests.send_blocking(mine.clone()).expect("the client listens");
    assert_eq!(seen.answer(), "mine: failed");
    // In its own place it is welcome.
    let TorrentRequest::Create(mut create) = mine else { panic!() };
    create.token = "moved".into();
    create.content = Some(Content::InPlace(vec![elsewhere.path().join("data")]));
    requests.send_blocking(TorrentRequest::Create(create)).expect("the client listens");
    assert_eq!(seen.answer(), "moved: created 2");
    drop(requests);
    running.end().expect("a good end");
}
