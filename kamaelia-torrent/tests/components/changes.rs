//! What a torrent does: every change is told, in order, to readers of any speed.

use std::time::Duration;

use axon_core::{Address, Graphline, Services};
use kamaelia_torrent::components::messages::{
    PauseTorrent, ResumeTorrent, TorrentMessage, TorrentRequest,
};
use kamaelia_torrent::components::{Leave, TorrentClient, TorrentPatron};
use kamaelia_torrent::engine::TorrentId;
use tempfile::TempDir;

use super::bench::*;

pub(super) fn pause_and_resume(number: u32) -> [TorrentRequest; 2] {
    let torrentid = TorrentId::from(1);
    let token = number.to_string();
    [
        TorrentRequest::Pause(PauseTorrent { token: token.clone().into(), torrentid }),
        TorrentRequest::Resume(ResumeTorrent { token: token.into(), torrentid }),
    ]
}

/// What a torrent was told to do, one word after the other.
fn states(messages: &[TorrentMessage]) -> Vec<&'static str> {
    let changed = |message: &TorrentMessage| match message {
        TorrentMessage::Changed(update) => Some(update.stats.activity.word()),
        _ => None,
    };
    messages.iter().filter_map(changed).collect()
}

/// What is to be told of a torrent that is paused and resumed so often.
fn expected(rounds: u32) -> Vec<&'static str> {
    let rounds = (0..rounds).flat_map(|_| ["paused", "seeding"]);
    ["seeding"].into_iter().chain(rounds).collect()
}

#[test]
fn a_reader_that_is_slow_learns_of_every_change_and_is_spared_the_numbers_between() {
    const ROUNDS: u32 = 400;
    let home = TempDir::new().expect("a directory");
    let services = Services::new();
    let mut graph = Graphline::new();
    let mut patron = |name: &str| {
        let mut patron = TorrentPatron::new(&services, config(home.path())).leave(Leave::WhenAsked);
        let requests = patron.inbox.address();
        let (tap, seen, gate) = gated_tap();
        graph = std::mem::take(&mut graph)
            .link(&patron.outbox, &tap.inbox)
            .add(name, patron)
            .add(format!("tap of {name}"), tap);
        (requests, seen, gate)
    };
    let (slow, slow_seen, slow_gate) = patron("slow");
    let (quick, quick_seen, quick_gate) = patron("quick");
    drop(quick_gate);
    let running = Running::start(graph);
    let ask =
        |to: &Address<TorrentRequest>, request| to.send_blocking(request).expect("it listens");

    let song = seed("add", home.path().join("song"), &bytes(10, 1));
    ask(&quick, song.clone());
    assert_eq!(quick_seen.answer(), "add: created 1");
    ask(&slow, again("add", &song));
    // An answer to the slow one cannot be seen. Once the quick one has that to a later request of
    // its own, the torrent is the slow one's too.
    std::thread::sleep(Duration::from_millis(100));
    for number in 0..ROUNDS {
        for request in pause_and_resume(number) {
            ask(&quick, request);
        }
        assert_eq!(quick_seen.answers(2).len(), 2);
    }
    // Many ticks pass, which nobody reads.
    std::thread::sleep(Duration::from_millis(500));
    drop(slow_gate);
    let (mut told, mut between) = (Vec::new(), 0);
    while told.len() < expected(ROUNDS).len() {
        let message = slow_seen.next();
        between += usize::from(matches!(message, TorrentMessage::Status(_)));
        told.extend(states(&[message]));
    }
    assert!(told == expected(ROUNDS), "each change once, and in order");
    assert!(between < 200, "{between} times numbers that nobody read were kept");
    running.handle.finish();
    running.end().expect("a good end");
}

#[test]
fn a_client_whose_reader_is_stuck_for_a_while_forgets_no_change() {
    const ROUNDS: u32 = 50;
    let home = TempDir::new().expect("a directory");
    let mut client = TorrentClient::new(config(home.path()));
    let requests = client.inbox.address();
    let (tap, seen, gate) = gated_tap();
    let graph =
        Graphline::new().link(&client.outbox, &tap.inbox).add("client", client).add("tap", tap);
    let running = Running::start(graph);
    let sender = std::thread::spawn(move || {
        let song = seed("add", home.path().join("song"), &bytes(10, 1));
        requests.send_blocking(song).expect("it listens");
        for number in 0..ROUNDS {
            for request in pause_and_resume(number) {
                requests.send_blocking(request).expect("it listens");
            }
        }
        home
    });
    std::thread::sleep(Duration::from_millis(300));
    drop(gate);
    let messages = seen.rest();
    let _home = sender.join().expect("all were sent");
    running.end().expect("a good end");
    assert!(states(&messages) == expected(ROUNDS), "each change once, and in order");
}
