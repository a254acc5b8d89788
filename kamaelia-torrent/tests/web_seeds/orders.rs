//! Orders and what comes of them, without a swarm.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};
use kamaelia_torrent::engine::fetch::Problem;
use kamaelia_torrent::engine::outlet::Outlet;
use kamaelia_torrent::engine::web_seeds::{
    Arrival, Fault, ORDERS_PER_SERVER_MAX, Order, WebSeedEvent, WebSeeds, WebSource,
};
use kamaelia_torrent::metainfo::{FileEntry, Layout};

use super::server::{Manner, WebServer};

const PIECE: usize = 20_000;

/// Bytes that one who is limited is allowed at a time.
const ALLOWED: usize = 777;

/// A directory of files that begin and end in the middle of pieces, one of them empty, one padding.
fn album() -> (Arc<Layout>, Vec<u8>) {
    let file = |path: &[&str], length: usize, padding| FileEntry {
        path: path.iter().map(|&name| name.to_owned()).collect(),
        length: length as u64,
        padding,
    };
    let files = vec![
        file(&["my album", "one"], 30_000, false),
        file(&["my album", "two?"], 5, false),
        file(&["my album", "empty"], 0, false),
        file(&["my album", "sub", "three"], 49_995, false),
        file(&["my album", ".pad", "1"], 20_000, true),
        file(&["my album", "ü"], 7, false),
    ];
    let mut chance = fastrand::Rng::with_seed(1);
    let mut content: Vec<u8> = (0..100_007).map(|_| chance.u8(..)).collect();
    content[80_000..100_000].fill(0);
    (Arc::new(Layout::new(PIECE as u64, files).expect("sizes of a torrent")), content)
}

/// The album below `/pub`, on a server of this manner.
fn serve(manner: Manner) -> WebServer {
    let (_, content) = album();
    let file = |path: &str, range: Range<usize>| {
        (format!("/pub/my%20album/{path}"), content[range].to_vec())
    };
    WebServer::start(
        manner,
        [
            file("one", 0..30_000),
            file("two%3F", 30_000..30_005),
            file("sub/three", 30_005..80_000),
            file("%C3%BC", 100_000..100_007),
        ],
    )
}

struct Client {
    seeds: WebSeeds<u32>,
    limited: bool,
    woken: Receiver<()>,
}

/// Which pieces came, all of them right, and how the order ended.
type Ended = (Vec<u32>, Result<(), Fault>);

impl Client {
    fn new() -> Self {
        let (wake, woken) = bounded(1);
        let wake = move || {
            // One that waits to be heard is as good as many.
            let _ = wake.try_send(());
        };
        let seeds = WebSeeds::new(&Outlet::default(), Arc::new(wake));
        Client { seeds, limited: false, woken }
    }

    fn order(&mut self, key: u32, server: &WebServer, pieces: Range<u32>) -> bool {
        let source = Arc::new(WebSource { base: server.url("/pub"), layout: album().0 });
        self.seeds.order(key, Order { source, pieces }, self.limited).is_ok()
    }

    fn next(&mut self) -> (u32, WebSeedEvent) {
        loop {
            if let Some(event) = self.seeds.poll_event() {
                return event;
            }
            self.woken.recv_timeout(Duration::from_secs(60)).expect("an event, sooner or later");
        }
    }

    /// Everything that comes of the only order there is.
    fn end(&mut self) -> Ended {
        let ((_, content), mut pieces, mut bytes) = (album(), Vec::new(), 0);
        loop {
            match self.next().1 {
                WebSeedEvent::Arrived(Arrival::Bytes(count)) => bytes += count,
                WebSeedEvent::Arrived(Arrival::Piece(piece, data)) => {
                    let expected = content.chunks(PIECE).nth(piece.as_usize());
                    assert!(expected == Some(&data), "piece {} came wrong", piece.get());
                    pieces.push(piece.get());
                }
                WebSeedEvent::Hungry => self.seeds.allow(1, ALLOWED),
                WebSeedEvent::Ended(result) => {
                    assert!(bytes <= 80_007, "padding does not count");
                    return (pieces, result.map_err(|error| error.fault));
                }
            }
        }
    }

    fn fetch(&mut self, server: &WebServer, pieces: Range<u32>) -> Ended {
        assert!(self.order(1, server, pieces));
        self.end()
    }
}

#[test]
fn pieces_are_put_together_from_several_files() {
    let server = serve(Manner::Honest);
    let mut client = Client::new();
    assert_eq!(client.fetch(&server, 0..6), (Vec::from_iter(0..6), Ok(())));
    assert_eq!(
        server.requests(),
        [
            "/pub/my%20album/one 0-29999",
            "/pub/my%20album/two%3F 0-4",
            "/pub/my%20album/sub/three 0-49994",
            "/pub/my%20album/%C3%BC 0-6",
        ]
    );
    assert_eq!(client.fetch(&server, 1..3), (Vec::from_iter(1..3), Ok(())));
    assert_eq!(
        client.fetch(&server, 4..5),
        (Vec::from_iter(4..5), Ok(())),
        "padding needs no server"
    );
    assert_eq!(client.fetch(&server, 5..6), (Vec::from_iter(5..6), Ok(())));
    assert_eq!(
        server.requests()[4..],
        [
            "/pub/my%20album/one 20000-29999",
            "/pub/my%20album/two%3F 0-4",
            "/pub/my%20album/sub/three 0-29994",
            "/pub/my%20album/%C3%BC 0-6",
        ]
    );
    assert_eq!(server.connections(), 1, "the connection is kept");
}

#[test]
fn a_server_that_does_not_send_what_was_asked_for_is_told_by_its_fault() {
    let file = || "my album/one".to_owned();
    for (manner, fault, lasting) in [
        (Manner::NoRanges, Fault::NoRanges, true),
        (Manner::OtherPart, Fault::OtherPart { file: file() }, true),
        (
            Manner::Longer,
            Fault::OtherLength { file: file(), length: 30_001, expected: 30_000 },
            true,
        ),
        (
            Manner::Refusing(404, ""),
            Fault::Status { status: 404, file: file(), retry_after: None },
            true,
        ),
        (
            Manner::Refusing(503, "Retry-After: 7\r\n"),
            Fault::Status { status: 503, file: file(), retry_after: Some(Duration::from_secs(7)) },
            false,
        ),
        (Manner::CuttingShort(77), Fault::CutShort { received: 77, expected: 10_000 }, false),
    ] {
        let server = serve(manner.clone());
        let (pieces, result) = Client::new().fetch(&server, 1..2);
        assert!(pieces.is_empty(), "{manner:?}");
        let told = result.expect_err("it did not send the piece");
        assert_eq!(told.is_lasting(), lasting, "{manner:?}");
        assert_eq!(told, fault);
    }
}

#[test]
fn a_whole_file_needs_no_ranges() {
    let server = serve(Manner::NoRanges);
    assert_eq!(Client::new().fetch(&server, 4..6), (Vec::from_iter(4..6), Ok(())));
}

#[test]
fn whole_pieces_before_a_break_are_kept() {
    let server = serve(Manner::CuttingShort(25_000));
    let (pieces, result) = Client::new().fetch(&server, 0..6);
    assert_eq!(pieces, [0]);
    assert!(!result.expect_err("it broke off").is_lasting());
}

#[test]
fn more_bytes_than_asked_for_do_no_harm() {
    let server = serve(Manner::Chatty);
    let mut client = Client::new();
    assert_eq!(client.fetch(&server, 0..6), (Vec::from_iter(0..6), Ok(())));
    assert_eq!(client.fetch(&server, 0..6), (Vec::from_iter(0..6), Ok(())));
}

#[test]
fn redirects_are_followed_and_not_in_circles() {
    let there = serve(Manner::Honest);
    let server = serve(Manner::Elsewhere(there.url("")));
    assert_eq!(Client::new().fetch(&server, 0..3), (Vec::from_iter(0..3), Ok(())));
    assert_eq!(there.requests().len(), 3);
    there.set_manner(Manner::Elsewhere(server.url("")));
    let (_, result) = Client::new().fetch(&server, 0..3);
    assert_eq!(result, Err(Fault::Fetch(Problem::TooManyRedirects)));
}

#[test]
fn nobody_there_is_told_and_may_pass() {
    let server = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let mut client = Client::new();
    let base = format!("http://{server}/pub");
    let source = Arc::new(WebSource { base, layout: album().0 });
    client.seeds.order(1, Order { source, pieces: 0..1 }, false).expect("there is room");
    let (_, result) = client.end();
    let fault = result.expect_err("nobody is there");
    assert!(matches!(&fault, Fault::Fetch(Problem::Unreachable(_))), "{fault:?}");
    assert!(!fault.is_lasting());
}

#[test]
fn a_query_is_not_sent_to_the_local_network() {
    let mut client = Client::new();
    let base = "http://127.0.0.1:9/cgi?format=disk&file=".to_owned();
    let source = Arc::new(WebSource { base, layout: album().0 });
    client.seeds.order(1, Order { source, pieces: 0..1 }, false).expect("there is room");
    assert_eq!(client.end().1, Err(Fault::LocalQuery));
}

#[test]
fn one_that_is_limited_reads_what_it_is_allowed() {
    let server = serve(Manner::Honest);
    let mut client = Client { limited: true, ..Client::new() };
    assert!(client.order(1, &server, 1..2));
    let mut allowed = 0;
    loop {
        match client.next().1 {
            WebSeedEvent::Hungry => {
                allowed += ALLOWED;
                client.seeds.allow(1, ALLOWED);
            }
            WebSeedEvent::Arrived(Arrival::Bytes(bytes)) => assert!(bytes as usize <= ALLOWED),
            WebSeedEvent::Arrived(Arrival::Piece(..)) => {}
            WebSeedEvent::Ended(result) => break result.expect("a good end"),
        }
    }
    assert!((20_000..20_000 + 3 * ALLOWED).contains(&allowed), "{allowed}");
    assert_eq!(client.fetch(&server, 0..6), (Vec::from_iter(0..6), Ok(())));
    assert!(client.order(1, &server, 0..6));
    client.seeds.set_limited(|_| false);
    assert_eq!(client.end(), (Vec::from_iter(0..6), Ok(())));
    assert!(client.order(1, &server, 0..6));
    client.seeds.cancel(1);
}

#[test]
fn a_silent_server_is_left_at_once_and_heard_no_more() {
    let server = serve(Manner::Silent);
    let mut client = Client::new();
    assert!(client.order(1, &server, 0..6));
    client.seeds.cancel(1);
    server.set_manner(Manner::Honest);
    assert_eq!(client.fetch(&server, 0..6), (Vec::from_iter(0..6), Ok(())));
}

#[test]
fn one_server_is_asked_by_a_few_at_a_time() {
    let server = serve(Manner::Silent);
    let mut client = Client::new();
    for key in 0..ORDERS_PER_SERVER_MAX as u32 {
        assert!(client.order(key, &server, 0..1));
    }
    assert!(!client.order(99, &server, 0..1), "there is no room");
    client.seeds.forget(|key| *key == 0);
    assert!(client.order(99, &server, 0..1));
    let other = serve(Manner::Honest);
    assert!(client.order(100, &other, 0..1));
    let (key, event) = client.next();
    assert!(key == 100 && matches!(event, WebSeedEvent::Arrived(_)), "{key}: {event:?}");
}
