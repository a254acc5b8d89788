//! What can be asked of torrents that are there: pause, resume, list, why, quit.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use axon_core::{Address, Graphline, Services};
use kamaelia_torrent::components::messages::{
    CloseTorrent, ExplainTorrent, ListTorrents, PauseTorrent, Quit, ResumeTorrent, TorrentMessage,
    TorrentRequest,
};
use kamaelia_torrent::components::{ClientConfig, Leave, TorrentPatron};
use kamaelia_torrent::engine::{Activity, TorrentId};
use tempfile::TempDir;

use super::bench::*;

/// A patron, and every way to talk to it.
struct Patron {
    running: Running,
    requests: Address<TorrentRequest>,
    quit: Address<Quit>,
    seen: Seen<TorrentMessage>,
}

fn patron(services: &Services, config: ClientConfig, leave: Leave) -> Patron {
    let mut patron = TorrentPatron::new(services, config).leave(leave);
    let (requests, quit) = (patron.inbox.address(), patron.quit.address());
    let (tap, seen) = tap();
    let graph =
        Graphline::new().link(&patron.outbox, &tap.inbox).add("patron", patron).add("tap", tap);
    Patron { running: Running::start(graph), requests, quit, seen }
}

impl Patron {
    fn ask(&self, request: TorrentRequest) {
        self.requests.send_blocking(request).expect("the patron listens");
    }

    /// The activity of this torrent, as soon as it is the one that is waited for.
    fn until(&self, id: u32, wanted: &Activity) {
        loop {
            if let TorrentMessage::Changed(update) = self.seen.next()
                && update.torrentid.get() == id
                && update.stats.activity == *wanted
            {
                return;
            }
        }
    }
}

fn pause(token: &str, id: u32) -> TorrentRequest {
    TorrentRequest::Pause(PauseTorrent { token: token.into(), torrentid: TorrentId::from(id) })
}

fn resume(token: &str, id: u32) -> TorrentRequest {
    TorrentRequest::Resume(ResumeTorrent { token: token.into(), torrentid: TorrentId::from(id) })
}

fn explain(token: &str, id: u32) -> TorrentRequest {
    explain_piece(token, id, None)
}

fn explain_piece(token: &str, id: u32, piece: Option<u32>) -> TorrentRequest {
    let torrentid = TorrentId::from(id);
    TorrentRequest::Explain(ExplainTorrent { token: token.into(), torrentid, piece })
}

fn close(token: &str, id: u32) -> TorrentRequest {
    TorrentRequest::Close(CloseTorrent { token: token.into(), torrentid: TorrentId::from(id) })
}

fn list(token: &str) -> TorrentRequest {
    TorrentRequest::List(ListTorrents { token: token.into() })
}

/// A tracker that knows nobody, and the events it hears.
fn listening_tracker() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/announce", listener.local_addr().expect("an address"));
    let (tell, heard) = mpsc::channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).expect("a request");
            let event = line.split("event=").nth(1).unwrap_or("none");
            let event = event.split(['&', ' ']).next().unwrap_or_default();
            let body = "d8:completei1e10:incompletei0e8:intervali1800e5:peers0:e";
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
            if tell.send(event.to_owned()).is_err() {
                return;
            }
        }
    });
    (url, heard)
}

#[test]
fn every_order_has_one_answer_and_one_about_nothing_is_refused() {
    let home = TempDir::new().expect("a directory");
    let patron = patron(&Services::new(), config(home.path()), Leave::WhenAsked);
    for number in 1..=3 {
        let name = format!("file {number}");
        patron.ask(seed(&name, home.path().join(&name), &bytes(10, number)));
    }
    for request in [
        list("list"),
        pause("pause", 2),
        pause("pause again", 2),
        explain("why", 2),
        explain_piece("why piece", 2, Some(0)),
        explain_piece("why no piece", 2, Some(1)),
        resume("resume", 2),
        resume("resume again", 2),
        close("stop", 1),
        list("list again"),
        pause("p", 1),
        resume("r", 99),
        explain("w", 0),
        close("s", 1),
    ] {
        patron.ask(request);
    }
    let expected = [
        "file 1: created 1",
        "file 2: created 2",
        "file 3: created 3",
        "list: listed [1, 2, 3]",
        "pause: paused 2",
        "pause again: paused 2",
        "why: explained 2",
        "why piece: explained 2",
        "why no piece: refused",
        "resume: resumed 2",
        "resume again: resumed 2",
        "stop: closed 1",
        "list again: listed [2, 3]",
        "p: refused",
        "r: refused",
        "w: refused",
        "s: refused",
    ];
    assert_eq!(patron.seen.answers(expected.len()), expected);
    patron.running.handle.finish();
    patron.running.end().expect("a good end");
}

#[test]
fn a_patron_lists_its_own_torrents_alone() {
    let home = TempDir::new().expect("a directory");
    let services = Services::new();
    let patrons = [1, 2].map(|_| patron(&services, config(home.path()), Leave::WhenAsked));
    for (number, patron) in (1..).zip(&patrons) {
        let name = format!("file {number}");
        patron.ask(seed("add", home.path().join(&name), &bytes(10, number)));
        assert_eq!(patron.seen.answer(), format!("add: created {number}"));
    }
    for (number, patron) in (1..).zip(&patrons) {
        patron.ask(list("list"));
        assert_eq!(patron.seen.answer(), format!("list: listed [{number}]"));
    }
    // The first one's graph runs the client, which lives as long as any of them.
    patrons.iter().for_each(|patron| patron.running.handle.finish());
    for patron in patrons {
        patron.running.end().expect("a good end");
    }
}

#[test]
fn trackers_hear_stopped_with_a_pause_and_started_when_it_is_over() {
    let home = TempDir::new().expect("a directory");
    let (url, heard) = listening_tracker();
    let hear = || heard.recv_timeout(AGES).expect("an announce");
    let patron = patron(&Services::new(), config(home.path()), Leave::WhenAsked);
    let made = made("add", home.path().join("song"), &bytes(10, 1), Some(&url));
    patron.ask(TorrentRequest::Create(made.into()));
    assert_eq!(hear(), "started");
    // Resumed before anybody can have heard of the pause: still in this order.
    for round in 0..3 {
        patron.ask(pause("pause", 1));
        if round > 0 {
            assert_eq!(hear(), "stopped");
        }
        patron.ask(resume("resume", 1));
        if round == 0 {
            assert_eq!(hear(), "stopped");
        }
        assert_eq!(hear(), "started");
    }
    patron.running.handle.finish();
    patron.running.end().expect("a good end");
    assert_eq!(hear(), "stopped");
}

#[test]
fn a_paused_download_lets_its_peers_go_and_completes_when_it_is_resumed() {
    let (home, copy) = (TempDir::new().expect("a directory"), TempDir::new().expect("a directory"));
    let port = free_port();
    let mut with_port = config(home.path());
    with_port.engine.listen = vec![port];
    let seeder = patron(&Services::new(), with_port, Leave::WhenAsked);
    let song = seed("seed", home.path().join("song"), &bytes(3_000_000, 1));
    seeder.ask(song.clone());
    assert_eq!(seeder.seen.answer(), "seed: created 1");

    let mut to_seeder = config(copy.path());
    to_seeder.engine.peers = vec![port];
    let leecher = patron(&Services::new(), to_seeder, Leave::WhenAsked);
    // Paused before it has begun.
    leecher.ask(download("get", &song));
    leecher.ask(pause("pause", 1));
    leecher.until(1, &Activity::OnHold);
    thread::sleep(Duration::from_millis(300));
    leecher.ask(explain("why", 1));
    let why = loop {
        if let TorrentMessage::Explained(explained) = leecher.seen.next() {
            break explained.why;
        }
    };
    assert_eq!(why, "it is paused, and waits to be resumed");
    seeder.ask(explain("why", 1));
    assert_eq!(seeder.seen.answer(), "why: explained 1");
    leecher.ask(resume("resume", 1));
    leecher.seen.complete(1);
    for patron in [seeder, leecher] {
        patron.running.handle.finish();
        patron.running.end().expect("a good end");
    }
}

#[test]
fn a_patron_does_not_wait_for_what_was_paused_when_nobody_is_left_to_resume_it() {
    let (home, copy) = (TempDir::new().expect("a directory"), TempDir::new().expect("a directory"));
    let patron = patron(&Services::new(), config(copy.path()), Leave::WhenComplete);
    let never = seed("", home.path().join("never"), &bytes(10, 1));
    patron.ask(download("get", &never));
    patron.ask(pause("pause", 1));
    let Patron { running, requests, seen, .. } = patron;
    drop(requests);
    assert_eq!(seen.answers(2), ["get: created 1", "pause: paused 1"]);
    running.end().expect("a good end");
}

#[test]
fn quit_is_answered_last_and_waits_for_no_download() {
    let (home, copy) = (TempDir::new().expect("a directory"), TempDir::new().expect("a directory"));
    let never = seed("", home.path().join("never"), &bytes(10, 1));
    for leave in [Leave::WhenComplete, Leave::WhenAsked] {
        let patron = patron(&Services::new(), config(copy.path()), leave);
        patron.quit.send_blocking(Quit { token: "quit".into() }).expect("the patron listens");
        patron.ask(download("get", &never));
        patron.ask(list("list"));
        let Patron { running, requests, quit, seen } = patron;
        drop((requests, quit));
        let expected = ["get: created 1", "list: listed [1]", "quit: left"];
        assert_eq!(seen.answers(3), expected);
        running.end().expect("a good end");
    }
}
