//! Exchanges by hand: what is sent when, and to what replies lead.

use super::*;
use crate::metainfo::InfoHash;
use crate::tracker::reply::Scraped;
use crate::tracker::udp::reply::tests::announce;

const ID: u64 = 0x1122_3344_5566_7788;

struct Bench {
    client: UdpClient,
    start: Instant,
    now: Instant,
}

/// What a datagram of ours asks for, with its transaction.
#[derive(Debug, PartialEq)]
enum Sent {
    Connect(u32),
    Announce(u64, u32),
    Scrape(u64, u32),
}

fn server(last: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, last], 80))
}

fn reply(action: u32, transaction: u32, body: &[u8]) -> Vec<u8> {
    [&action.to_be_bytes()[..], &transaction.to_be_bytes(), body].concat()
}

fn announced(transaction: u32) -> Vec<u8> {
    reply(1, transaction, b"\0\0\x03\x84\0\0\0\x02\0\0\0\x03\x01\x02\x03\x04\x1a\xe1")
}

impl Bench {
    fn new() -> Self {
        let now = Instant::now();
        Bench { client: UdpClient::new(Secret::new([7; 32])), start: now, now }
    }

    fn ask(&mut self, token: u64, last: u8, question: Question) {
        self.client.ask(self.now, token, server(last), question, EXCHANGE_TIMEOUT);
    }

    /// What is sent now, and to which server.
    fn sent(&mut self) -> Vec<(u8, Sent)> {
        let sent = std::iter::from_fn(|| self.client.poll_transmit());
        sent.map(|datagram| {
            let SocketAddr::V4(to) = datagram.to else { panic!("a server of another family") };
            let bytes = datagram.bytes;
            let number = |at: usize| u32::from_be_bytes(*bytes[at..].first_chunk().expect("four"));
            let connection = u64::from_be_bytes(*bytes.first_chunk().expect("eight"));
            let sent = match number(8) {
                0 => Sent::Connect(number(12)),
                1 => Sent::Announce(connection, number(12)),
                _ => Sent::Scrape(connection, number(12)),
            };
            (to.ip().octets()[3], sent)
        })
        .collect()
    }

    /// The transaction of the one connect that is sent now.
    fn connect(&mut self, last: u8) -> u32 {
        match self.sent()[..] {
            [(to, Sent::Connect(transaction))] if to == last => transaction,
            ref other => panic!("{other:?}"),
        }
    }

    /// The same of an announce under this id.
    fn announce(&mut self, last: u8, id: u64) -> u32 {
        match self.sent()[..] {
            [(to, Sent::Announce(named, transaction))] if (to, named) == (last, id) => transaction,
            ref other => panic!("{other:?}"),
        }
    }

    fn hear(&mut self, last: u8, bytes: &[u8]) {
        self.client.handle_datagram(self.now, server(last), bytes);
    }

    fn accept(&mut self, last: u8, transaction: u32, id: u64) {
        self.hear(last, &reply(0, transaction, &id.to_be_bytes()));
    }

    /// Waits until something is due, and says after how many seconds since the start that was.
    fn wait(&mut self) -> u64 {
        self.now = self.client.next_timeout().expect("something is due");
        self.client.handle_timeout(self.now);
        (self.now - self.start).as_secs()
    }

    /// Tokens and whether there was an answer.
    fn outcomes(&mut self) -> Vec<(u64, Result<(), UdpError>)> {
        let outcomes = std::iter::from_fn(|| self.client.poll_outcome());
        outcomes.map(|outcome| (outcome.token, outcome.result.map(drop))).collect()
    }
}

fn refused(reason: &str) -> Result<(), UdpError> {
    Err(UdpError::Refused { reason: reason.into() })
}

#[test]
fn an_announce_connects_first_and_brings_the_answer() {
    let mut bench = Bench::new();
    bench.ask(5, 1, announce());
    let transaction = bench.connect(1);
    bench.accept(1, transaction, ID);
    let transaction = bench.announce(1, ID);
    bench.hear(1, &announced(transaction));
    let outcome = bench.client.poll_outcome().expect("an outcome");
    let Ok(Answer::Announced(reply)) = outcome.result else { panic!("{outcome:?}") };
    assert_eq!((outcome.token, reply.complete, reply.incomplete), (5, Some(3), Some(2)));
    assert_eq!(reply.peers, ["1.2.3.4:6881".parse().expect("an address")]);
    assert_eq!((bench.client.is_idle(), bench.client.next_timeout()), (true, None));
}

#[test]
fn a_connect_without_reply_is_said_again_after_15_and_30_seconds_and_given_up_after_60() {
    let mut bench = Bench::new();
    bench.ask(1, 1, announce());
    let transaction = bench.connect(1);
    for after in [15, 45] {
        assert_eq!(bench.wait(), after);
        assert_eq!(bench.connect(1), transaction);
    }
    assert_eq!(bench.wait(), 60);
    assert_eq!(bench.sent(), []);
    assert_eq!(bench.outcomes(), [(1, Err(UdpError::TimedOut))]);
    assert_eq!((bench.client.next_timeout(), bench.client.servers.len()), (None, 0));
}

#[test]
fn an_announce_without_reply_is_said_again_after_15_and_30_seconds() {
    let mut bench = Bench::new();
    bench.ask(1, 1, announce());
    let connect = bench.connect(1);
    bench.accept(1, connect, ID);
    let transaction = bench.announce(1, ID);
    for after in [15, 45] {
        assert_eq!(bench.wait(), after);
        assert_eq!(bench.announce(1, ID), transaction);
    }
    // A late answer to any of them is one.
    bench.hear(1, &announced(transaction));
    assert_eq!(bench.outcomes(), [(1, Ok(()))]);
}

#[test]
fn a_connection_serves_all_who_ask_within_a_minute() {
    let mut bench = Bench::new();
    bench.ask(1, 1, announce());
    bench.ask(2, 1, Question::Scrape(vec![InfoHash([1; 20])]));
    let connect = bench.connect(1);
    bench.accept(1, connect, ID);
    let sent = bench.sent();
    assert!(
        matches!(sent[..], [(1, Sent::Announce(ID, _)), (1, Sent::Scrape(ID, _))])
            || matches!(sent[..], [(1, Sent::Scrape(ID, _)), (1, Sent::Announce(ID, _))]),
        "{sent:?}"
    );
    bench.now += Duration::from_secs(59);
    bench.ask(3, 1, announce());
    bench.announce(1, ID);
    bench.now += Duration::from_secs(1);
    bench.ask(4, 1, announce());
    bench.connect(1);
}

#[test]
fn a_scrape_is_answered_too() {
    let mut bench = Bench::new();
    bench.ask(1, 1, Question::Scrape(vec![InfoHash([1; 20])]));
    let connect = bench.connect(1);
    bench.accept(1, connect, ID);
    let [(1, Sent::Scrape(ID, transaction))] = bench.sent()[..] else { panic!("no scrape") };
    bench.hear(1, &reply(2, transaction, b"\0\0\0\x01\0\0\0\x02\0\0\0\x03"));
    let outcome = bench.client.poll_outcome().expect("an outcome");
    let Ok(Answer::Scraped(reply)) = outcome.result else { panic!("{outcome:?}") };
    let expected = Scraped { complete: 1, downloaded: 2, incomplete: 3 };
    assert_eq!(reply.torrents[&InfoHash([1; 20])], expected);
}

#[test]
fn a_tracker_that_was_restarted_is_connected_to_again() {
    // It may say that it does not know the connection, or say nothing.
    for says_so in [true, false] {
        let mut bench = Bench::new();
        bench.ask(1, 1, announce());
        let connect = bench.connect(1);
        bench.accept(1, connect, ID);
        let transaction = bench.announce(1, ID);
        bench.hear(1, &announced(transaction));
        bench.now += Duration::from_secs(5);
        bench.ask(2, 1, announce());
        let transaction = bench.announce(1, ID);
        if says_so {
            bench.hear(1, &reply(3, transaction, b"connection id mismatch"));
        } else {
            assert_eq!(bench.wait(), 20);
        }
        let connect = bench.connect(1);
        bench.accept(1, connect, ID + 1);
        let transaction = bench.announce(1, ID + 1);
        bench.hear(1, &reply(3, transaction, b"not here"));
        assert_eq!(bench.outcomes(), [(1, Ok(())), (2, refused("not here"))]);
    }
}

#[test]
fn a_connect_that_is_refused_refuses_all_who_waited() {
    let mut bench = Bench::new();
    bench.ask(1, 1, announce());
    bench.ask(2, 1, announce());
    bench.ask(3, 2, announce());
    let sent = bench.sent();
    let [(1, Sent::Connect(connect)), (2, Sent::Connect(_))] = sent[..] else { panic!("{sent:?}") };
    bench.hear(1, &reply(3, connect, b"full"));
    let mut outcomes = bench.outcomes();
    outcomes.sort_by_key(|(token, _)| *token);
    assert_eq!(outcomes, [(1, refused("full")), (2, refused("full"))]);
    assert!(!bench.client.is_idle());
}

#[test]
fn who_has_less_patience_is_told_sooner() {
    let mut bench = Bench::new();
    bench.client.ask(bench.now, 1, server(1), announce(), Duration::from_secs(15));
    bench.connect(1);
    assert_eq!(bench.wait(), 15);
    assert_eq!((bench.sent(), bench.outcomes()), (vec![], vec![(1, Err(UdpError::TimedOut))]));
}

#[test]
fn a_server_nothing_can_be_sent_to_is_not_waited_for() {
    let mut bench = Bench::new();
    bench.ask(1, 1, announce());
    bench.ask(2, 2, announce());
    bench.client.handle_unreachable(server(1), "no route");
    let error = UdpError::Unreachable { reason: "no route".into() };
    assert_eq!(bench.outcomes(), [(1, Err(error))]);
}

#[test]
fn what_comes_from_elsewhere_or_names_another_transaction_changes_nothing() {
    let mut bench = Bench::new();
    bench.ask(1, 1, announce());
    let connect = bench.connect(1);
    bench.accept(2, connect, ID);
    bench.accept(1, connect.wrapping_add(1), ID);
    bench.hear(1, b"");
    bench.hear(1, &reply(1, connect, &ID.to_be_bytes()));
    bench.hear(1, &reply(0, connect, b"short"));
    assert_eq!(bench.sent(), []);
    bench.accept(1, connect, ID);
    let transaction = bench.announce(1, ID);
    bench.hear(2, &announced(transaction));
    bench.hear(1, &announced(transaction.wrapping_add(1)));
    bench.hear(1, &announced(transaction)[..19]);
    assert_eq!(bench.outcomes(), []);
    // An address that a socket of both families shows mapped is the same one.
    let mapped = "[::ffff:192.0.2.1]:80".parse().expect("an address");
    bench.client.handle_datagram(bench.now, mapped, &announced(transaction));
    assert_eq!(bench.outcomes(), [(1, Ok(()))]);
}

#[test]
fn beyond_the_bound_nothing_is_asked() {
    let mut bench = Bench::new();
    for token in 0..=EXCHANGES_MAX as u64 {
        bench.ask(token, 1, announce());
    }
    let limit = EXCHANGES_MAX;
    assert_eq!(bench.outcomes(), [(limit as u64, Err(UdpError::TooMany { limit }))]);
    assert_eq!(bench.sent().len(), 1);
}

#[test]
fn trackers_that_are_asked_no_more_are_forgotten() {
    let mut bench = Bench::new();
    for last in 0..100 {
        bench.ask(u64::from(last), last, announce());
        let connect = bench.connect(last);
        bench.accept(last, connect, ID);
        let transaction = bench.announce(last, ID);
        bench.hear(last, &announced(transaction));
        bench.now += Duration::from_secs(30);
    }
    assert_eq!(bench.client.servers.len(), 2);
}

#[test]
fn every_question_has_one_outcome_whatever_comes_back() {
    let mut random = fastrand::Rng::with_seed(5);
    let mut bench = Bench::new();
    let mut outcomes = BTreeSet::new();
    let mut seen: Vec<u32> = Vec::new();
    for token in 0..2_000 {
        bench.ask(token, random.u8(1..4), announce());
        for (_, sent) in bench.sent() {
            let (Sent::Connect(transaction)
            | Sent::Announce(_, transaction)
            | Sent::Scrape(_, transaction)) = sent;
            seen.push(transaction);
        }
        for _ in 0..random.usize(..4) {
            let transaction = seen[random.usize(..seen.len())];
            let body: Vec<u8> = (0..random.usize(..40)).map(|_| random.u8(..)).collect();
            bench.hear(random.u8(1..4), &reply(random.u32(..5), transaction, &body));
        }
        bench.now += Duration::from_millis(random.u64(..3_000));
        bench.client.handle_timeout(bench.now);
        for (token, _) in bench.outcomes() {
            assert!(outcomes.insert(token), "{token} twice");
        }
    }
    bench.now += EXCHANGE_TIMEOUT;
    bench.client.handle_timeout(bench.now);
    outcomes.extend(bench.outcomes().into_iter().map(|(token, _)| token));
    assert_eq!(outcomes.len(), 2_000);
    assert_eq!((bench.client.is_idle(), bench.client.next_timeout()), (true, None));
}
