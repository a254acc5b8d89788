//! TorrentPatron and TorrentService: many users, one client.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use axon_core::{Address, Graphline, Services};
use kamaelia_torrent::components::messages::{
    CloseTorrent, TorrentMessage, TorrentRequest, TorrentStartFail,
};
use kamaelia_torrent::components::{ClientConfig, Leave, TorrentPatron};
use kamaelia_torrent::engine::TorrentId;
use tempfile::TempDir;

use super::bench::*;
use super::changes::pause_and_resume;

/// A patron as its test sees it.
struct Patron {
    requests: Address<TorrentRequest>,
    seen: Seen<TorrentMessage>,
    /// While this is held, nobody reads what the patron says.
    gate: Option<Address<()>>,
}

/// A graph of patrons that share a client, each with a tap. All leave when they are asked to.
fn patrons<const N: usize>(config: &ClientConfig) -> (Running, [Patron; N]) {
    patrons_that_meet(&Services::new(), config)
}

/// The same for those who share it with other graphs, too.
fn patrons_that_meet<const N: usize>(
    services: &Services,
    config: &ClientConfig,
) -> (Running, [Patron; N]) {
    let mut graph = Graphline::new();
    let patrons = std::array::from_fn(|number| {
        let mut patron = TorrentPatron::new(services, config.clone()).leave(Leave::WhenAsked);
        let requests = patron.inbox.address();
        let (tap, seen, gate) = gated_tap();
        graph = std::mem::take(&mut graph)
            .link(&patron.outbox, &tap.inbox)
            .add(format!("patron {number}"), patron)
            .add(format!("tap {number}"), tap);
        Patron { requests, seen, gate: Some(gate) }
    });
    (Running::start(graph), patrons)
}

impl Patron {
    fn ask(&self, request: TorrentRequest) {
        self.requests.send_blocking(request).expect("the patron listens");
    }

    fn read(&mut self) {
        self.gate = None;
    }
}

fn close(token: &str, id: u32) -> TorrentRequest {
    TorrentRequest::Close(CloseTorrent { token: token.into(), torrentid: TorrentId::from(id) })
}

fn failed(token: String) -> TorrentRequest {
    TorrentRequest::Failed(TorrentStartFail::new(token, "it could not be fetched"))
}

// C77
#[test]
fn each_patron_gets_the_answers_to_its_own_requests_and_the_status_of_its_own_torrents() {
    for round in 0..5 {
        each_gets_its_own(round);
    }
}

fn each_gets_its_own(round: u64) {
    let mut chance = fastrand::Rng::with_seed(round);
    let home = TempDir::new().expect("a directory");
    let (running, mut patrons) = patrons::<3>(&config(home.path()));
    patrons.iter_mut().for_each(Patron::read);
    let torrents: Vec<TorrentRequest> = (0..6)
        .map(|number| {
            let content = bytes(100 * number as usize, number);
            seed("", home.path().join(format!("file {number}")), &content)
        })
        .collect();

    // What each asks, by token, as a torrent's number; none for what must fail.
    let mut asked: [BTreeMap<String, Option<usize>>; 3] = Default::default();
    for number in 0..60 {
        let who = chance.usize(..3);
        // The same token by different patrons: it means something only to whoever gave it.
        let token = format!("request {}", number / 2);
        if asked[who].contains_key(&token) {
            continue;
        }
        let wish = (chance.u8(..3) > 0).then(|| chance.usize(..torrents.len()));
        patrons[who].ask(match wish {
            Some(torrent) => again(&token, &torrents[torrent]),
            None if chance.bool() => nonsense(&token),
            None => failed(token.clone()),
        });
        asked[who].insert(token, wish);
    }

    let mut ids: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
    let mut created = BTreeMap::new();
    let mut own: [BTreeSet<u32>; 3] = Default::default();
    for ((patron, asked), own) in patrons.iter().zip(&asked).zip(&mut own) {
        let mut unanswered = asked.clone();
        while !unanswered.is_empty() {
            let message = patron.seen.next();
            let Some(token) = message.token() else { continue };
            let wish = unanswered.remove(token.as_str()).expect("an answer to its own, and one");
            let id = message.torrentid().map(TorrentId::get);
            match (&message, wish, id) {
                (TorrentMessage::StartFail(_), None, None) => {}
                (TorrentMessage::Created(_), Some(torrent), Some(id)) => {
                    assert_eq!(created.insert(torrent, id), None, "it is new once");
                    own.insert(id);
                    ids.entry(torrent).or_default().insert(id);
                }
                (TorrentMessage::AlreadyDownloading(_), Some(torrent), Some(id)) => {
                    own.insert(id);
                    ids.entry(torrent).or_default().insert(id);
                }
                _ => panic!("round {round}: {message:?} answers {wish:?}"),
            }
        }
    }
    assert!(ids.values().all(|ids| ids.len() == 1), "one torrent, one number: {ids:?}");
    let expected: BTreeSet<u32> = (1..=created.len() as u32).collect();
    assert_eq!(created.values().copied().collect::<BTreeSet<_>>(), expected);

    // Each hears of all its own, and, to its end, of no other.
    for (patron, own) in patrons.iter().zip(&own) {
        let mut unheard = own.clone();
        while !unheard.is_empty() {
            if let TorrentMessage::Changed(update) | TorrentMessage::Status(update) =
                patron.seen.next()
            {
                assert!(own.contains(&update.torrentid.get()), "a stranger's: {update}");
                unheard.remove(&update.torrentid.get());
            }
        }
    }
    running.handle.finish();
    for (patron, own) in patrons.iter().zip(&own) {
        for message in patron.seen.rest() {
            assert!(message.token().is_none(), "a second answer: {message:?}");
            let id = message.torrentid().expect("it is about a torrent").get();
            assert!(own.contains(&id), "a stranger's: {message}");
        }
    }
    running.end().expect("a good end");
}

// C77
#[test]
fn who_adds_what_another_has_gets_its_number_and_its_status_from_then_on() {
    let home = TempDir::new().expect("a directory");
    let (running, mut patrons) = patrons::<2>(&config(home.path()));
    patrons.iter_mut().for_each(Patron::read);
    let one = seed("one", home.path().join("one"), &bytes(10, 1));
    patrons[0].ask(one.clone());
    assert_eq!(patrons[0].seen.answer(), "one: created 1");
    patrons[1].ask(again("mine too", &one));
    assert_eq!(patrons[1].seen.answer(), "mine too: already 1");
    patrons.iter().for_each(|patron| patron.seen.complete(1));
    for number in 0..3 {
        pause_and_resume(number).into_iter().for_each(|request| patrons[0].ask(request));
        patrons.iter().for_each(|patron| patron.seen.complete(1));
    }
    running.handle.finish();
    running.end().expect("a good end");
}

#[test]
fn a_patron_that_comes_late_hears_how_the_torrents_of_former_runs_stand() {
    let home = TempDir::new().expect("a directory");
    let mut config = config(home.path());
    config.engine.state = Some(home.path().join("state"));
    let (running, [mut first]) = patrons(&config);
    first.read();
    first.ask(seed("one", home.path().join("one"), &bytes(10, 1)));
    first.seen.complete(1);
    running.handle.finish();
    running.end().expect("a good end");

    let services = Services::new();
    let (running, [mut early]) = patrons_that_meet(&services, &config);
    early.read();
    early.seen.complete(1);
    // Nothing happens to the torrent any more.
    let (later, [mut late]) = patrons_that_meet(&services, &config);
    late.read();
    late.seen.complete(1);
    for running in [later, running] {
        running.handle.finish();
        running.end().expect("a good end");
    }
}

// C79
#[test]
fn closing_is_answered_to_who_asked_and_others_learn_that_the_torrent_is_gone() {
    let home = TempDir::new().expect("a directory");
    let (running, mut patrons) = patrons::<2>(&config(home.path()));
    patrons.iter_mut().for_each(Patron::read);
    let [first, second] = &patrons;
    second.ask(close("nothing", 7));
    assert_eq!(second.seen.answer(), "nothing: refused");
    let one = seed("one", home.path().join("one"), &bytes(10, 1));
    first.ask(one.clone());
    assert_eq!(first.seen.answer(), "one: created 1");
    second.ask(again("too", &one));
    assert_eq!(second.seen.answer(), "too: already 1");
    second.ask(close("done", 1));
    assert_eq!(second.seen.answer(), "done: closed 1");
    let trouble = loop {
        if let TorrentMessage::Trouble(trouble) = first.seen.next() {
            break trouble;
        }
    };
    assert_eq!((trouble.torrentid.get(), trouble.is_final), (1, true));
    first.ask(again("back", &one));
    assert_eq!(first.seen.answer(), "back: created 2");
    running.handle.finish();
    running.end().expect("a good end");
}

#[test]
fn a_patron_whose_reader_does_not_read_holds_up_nobody_else() {
    let home = TempDir::new().expect("a directory");
    let (running, mut patrons) = patrons::<2>(&config(home.path()));
    patrons[1].read();
    let one = seed("one", home.path().join("one"), &bytes(10, 1));
    patrons[0].ask(one.clone());
    let silent = patrons[0].requests.clone();
    // More than fits between it and the client.
    let flood = thread::spawn(move || {
        for number in 0..1_000 {
            silent.send_blocking(failed(number.to_string())).expect("the patron listens");
        }
    });
    thread::sleep(Duration::from_millis(200));
    patrons[1].ask(nonsense("bad"));
    assert_eq!(patrons[1].seen.answer(), "bad: failed");
    patrons[1].ask(again("one too", &one));
    assert_eq!(patrons[1].seen.answer(), "one too: already 1");
    patrons[1].seen.complete(1);
    // And once somebody reads, nothing was lost.
    patrons[0].read();
    let mut expected = vec!["one: created 1".to_owned()];
    expected.extend((0..1_000).map(|number| format!("{number}: failed")));
    assert_eq!(patrons[0].seen.answers(1_001), expected);
    flood.join().expect("all were sent");
    running.handle.finish();
    running.end().expect("a good end");
}

// Without a torrent there are no statuses, and nothing but room moves things on.
#[test]
fn a_patron_that_was_behind_gets_the_rest_as_soon_as_it_reads() {
    let home = TempDir::new().expect("a directory");
    let (running, [mut patron]) = patrons::<1>(&config(home.path()));
    let requests = patron.requests.clone();
    let sender = thread::spawn(move || {
        for number in 0..1_000 {
            requests.send_blocking(failed(number.to_string())).expect("the patron listens");
        }
    });
    thread::sleep(Duration::from_millis(200));
    patron.read();
    let expected: Vec<_> = (0..1_000).map(|number| format!("{number}: failed")).collect();
    assert_eq!(patron.seen.answers(1_000), expected);
    sender.join().expect("all were sent");
    running.handle.finish();
    running.end().expect("a good end");
}

#[test]
fn any_number_of_requests_at_once_is_answered() {
    let home = TempDir::new().expect("a directory");
    let (running, mut patrons) = patrons::<3>(&config(home.path()));
    patrons.iter_mut().for_each(Patron::read);
    let senders: Vec<_> = patrons
        .iter()
        .map(|patron| {
            let requests = patron.requests.clone();
            thread::spawn(move || {
                for number in 0..2_000 {
                    requests.send_blocking(failed(number.to_string())).expect("it listens");
                }
            })
        })
        .collect();
    let expected: Vec<_> = (0..2_000).map(|number| format!("{number}: failed")).collect();
    for patron in &patrons {
        assert_eq!(patron.seen.answers(2_000), expected);
    }
    senders.into_iter().for_each(|sender| sender.join().expect("all were sent"));
    running.handle.finish();
    running.end().expect("a good end");
}

#[test]
fn a_port_in_use_fails_the_client_by_name_however_many_patrons_share_it() {
    let home = TempDir::new().expect("a directory");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it has an address");
    let mut config = config(home.path());
    config.engine.listen = vec![address];
    let (running, _patrons) = patrons::<2>(&config);
    let error = running.end().expect_err("the port is in use").to_string();
    let expected = format!("component `client` failed: cannot listen for peers on {address}");
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn a_stop_ends_patrons_service_and_client_whoever_reads() {
    let home = TempDir::new().expect("a directory");
    let (running, mut patrons) = patrons::<2>(&config(home.path()));
    patrons[1].read();
    patrons[0].ask(seed("one", home.path().join("one"), &bytes(10, 1)));
    for number in 0..500 {
        let request = failed(number.to_string());
        if patrons[0].requests.try_send(request).is_err() {
            break;
        }
    }
    running.handle.stop();
    running.end().expect("a good end");
}

// Two graphs may share a register, and so a client. When the one that runs it ends, the other's
// patrons must not wait for it.
#[test]
fn a_patron_whose_service_ended_with_another_graph_does_not_wait_for_it() {
    let home = TempDir::new().expect("a directory");
    let services = Services::new();
    let patron = || {
        let config = config(home.path());
        let mut patron = TorrentPatron::new(&services, config).leave(Leave::WhenAsked);
        let requests = patron.inbox.address();
        let (tap, seen) = tap();
        let graph =
            Graphline::new().link(&patron.outbox, &tap.inbox).add("patron", patron).add("tap", tap);
        (Running::start(graph), requests, seen)
    };
    let (first, first_requests, first_seen) = patron();
    first_requests.send_blocking(nonsense("a")).expect("it listens");
    assert_eq!(first_seen.answer(), "a: failed");
    let (second, second_requests, second_seen) = patron();
    second_requests.send_blocking(nonsense("b")).expect("it listens");
    assert_eq!(second_seen.answer(), "b: failed");
    first.handle.stop();
    first.end().expect("a good end");
    second.end().expect("a good end");
}
