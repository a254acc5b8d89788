//! Connections of ours and of others, over loopback.

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use axon_core::inspect::ComponentStatus;
use axon_core::{
    Closed, Component, Graphline, Handler, Handling, Inbox, IntoSection, Out, Outbox, Pipeline,
    handle,
};
use kamaelia_io::{ConnectedSocketAdapter, ServerCore, TCPClient};

use common::{AGES, Collect, Feed, FeedAndWait, Running, TakeOnly, taken};

const ANY: &str = "127.0.0.1:0";

/// Gives back what it gets.
fn echo(_peer: SocketAddr) -> impl IntoSection<In = Vec<u8>, Out = Vec<u8>> {
    handle(|bytes: Vec<u8>, out| out.send(bytes))
}

/// A server by itself, and where it is.
fn serve<P, S>(protocol: P) -> (Running, SocketAddr)
where
    P: FnMut(SocketAddr) -> S + Send + 'static,
    S: IntoSection<In = Vec<u8>, Out = Vec<u8>>,
{
    serve_at_most(usize::MAX, protocol)
}

fn serve_at_most<P, S>(connections: usize, protocol: P) -> (Running, SocketAddr)
where
    P: FnMut(SocketAddr) -> S + Send + 'static,
    S: IntoSection<In = Vec<u8>, Out = Vec<u8>>,
{
    let server = ServerCore::bind(ANY.parse().unwrap(), protocol).expect("a port");
    let server = server.connections_max(connections);
    let address = server.local_addr();
    (Running::start(|| Graphline::new().add("server", server).build().expect("a graph")), address)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a server");
    stream.set_read_timeout(Some(AGES)).expect("a time is set");
    stream
}

/// Asks, and waits for as many bytes.
fn ask(stream: &mut TcpStream, bytes: &[u8]) -> Vec<u8> {
    stream.write_all(bytes).expect("it is taken");
    let mut answer = vec![0; bytes.len()];
    stream.read_exact(&mut answer).expect("an answer");
    answer
}

fn ends_well(running: Running) {
    running.handle.finish();
    let report = running.end().expect("no failure");
    assert_eq!(report.failures().count(), 0, "{report:?}");
}

#[test]
fn what_a_client_sends_to_an_echo_comes_back_whole_and_in_order() {
    let (server, address) = serve(echo);
    let sent: Vec<Vec<u8>> =
        (0..4000_u32).map(|at| vec![(at % 251) as u8; (at % 5000) as usize]).collect();
    let expected = sent.concat();
    let (collect, heard) = Collect::new();
    // The client closes its side when it has nothing more to say, then the echo, then the client ends.
    Pipeline::new(Feed::of(sent))
        .then(TCPClient::new(address.to_string()))
        .then(collect)
        .run()
        .expect("no failure");
    let heard = taken(&heard);
    assert!(heard.iter().all(|piece| !piece.is_empty() && piece.len() <= 16 * 1024));
    assert!(heard.concat() == expected, "{} of {}", heard.concat().len(), expected.len());
    ends_well(server);
}

#[test]
fn a_client_finds_a_server_by_name_at_whichever_address_answers() {
    let (server, address) = serve(echo);
    let (collect, heard) = Collect::new();
    Pipeline::new(Feed::of([b"hello".to_vec()]))
        .then(TCPClient::new(format!("localhost:{}", address.port())))
        .then(collect)
        .run()
        .expect("no failure");
    assert_eq!(taken(&heard).concat(), b"hello");
    ends_well(server);
}

/// Tells how much it got when all of it is there.
#[derive(Default)]
struct Count {
    bytes: usize,
}

impl Handler for Count {
    type In = Vec<u8>;
    type Out = Vec<u8>;

    fn on(&mut self, bytes: Vec<u8>, _out: &mut Out<Vec<u8>>) {
        self.bytes += bytes.len();
    }

    fn at_end(&mut self, out: &mut Out<Vec<u8>>) {
        out.send(self.bytes.to_string().into_bytes());
    }
}

#[test]
fn whoever_closes_its_side_still_gets_the_answer() {
    let (server, address) = serve(|_peer| Handling::new(Count::default()));
    let mut stream = connect(address);
    stream.write_all(&vec![7; 1_000_000]).expect("it is taken");
    stream.shutdown(Shutdown::Write).expect("it is open");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert_eq!(answer, "1000000");
    ends_well(server);
}

#[test]
fn each_connection_has_a_protocol_that_knows_the_other_end() {
    let greet = |peer: SocketAddr| {
        handle(move |name: Vec<u8>, out| {
            out.send(format!("{peer} {}", String::from_utf8_lossy(&name)).into_bytes());
        })
    };
    let (server, address) = serve(greet);
    let mut streams = [connect(address), connect(address)];
    for stream in &mut streams {
        let local = stream.local_addr().expect("it is connected");
        stream.write_all(b"x").expect("it is taken");
        let mut answer = vec![0; format!("{local} x").len()];
        stream.read_exact(&mut answer).expect("an answer");
        assert_eq!(answer, format!("{local} x").into_bytes());
    }
    drop(streams);
    ends_well(server);
}

#[test]
fn a_client_ends_when_the_other_end_closes_whatever_might_still_be_sent() {
    let listener = TcpListener::bind(ANY).expect("a port");
    let address = listener.local_addr().expect("it is bound");
    let (collect, heard) = Collect::new();
    let client = Running::start(move || {
        let source = FeedAndWait::of([b"a question".to_vec()]);
        let client = TCPClient::new(address.to_string());
        Pipeline::new(source).then(client).then(collect).build().expect("a graph")
    });
    let (mut stream, _) = listener.accept().expect("a client");
    let mut question = [0; 10];
    stream.read_exact(&mut question).expect("a question");
    stream.write_all(b"an answer").expect("it is taken");
    drop(stream);
    let began = Instant::now();
    // And whoever takes what it brings, after all of that.
    let have_ended = || {
        let components = client.handle.snapshot().components;
        let mut behind = components.iter().filter(|one| !one.name.starts_with("1 "));
        behind.all(ComponentStatus::has_ended)
    };
    while !have_ended() {
        assert!(began.elapsed() < AGES, "it goes on");
        std::thread::yield_now();
    }
    // The source waits until it is stopped, as this one was made to.
    client.handle.stop();
    client.end().expect("no failure");
    assert_eq!(taken(&heard).concat(), b"an answer");
}

#[test]
fn whoever_hangs_up_before_all_is_sent_is_told_of() {
    let listener = TcpListener::bind(ANY).expect("a port");
    let address = listener.local_addr().expect("it is bound");
    let client = Running::start(move || {
        // More than the system keeps for a reader who does not read.
        let source = Feed::of((0..10_000).map(|_| vec![7; 100_000]));
        Pipeline::new(source).then(TCPClient::new(address.to_string())).build().expect("a graph")
    });
    let (mut stream, _) = listener.accept().expect("a client");
    stream.read_exact(&mut [0; 1000]).expect("something");
    stream.shutdown(Shutdown::Write).expect("it is open");
    let error = client.end().expect_err("not all was sent").to_string();
    assert!(error.starts_with("component `2 TCPClient` failed: the connection to 127"), "{error}");
    assert!(error.ends_with(" broke off: it was closed before all was sent"), "{error}");
}

#[test]
fn whoever_hangs_up_on_one_who_has_more_to_say_later_is_told_of_if_that_was_asked_for() {
    let client = |sends_all: bool| {
        let listener = TcpListener::bind(ANY).expect("a port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let client = TCPClient::new(address);
        let client = if sends_all { client.sending_all() } else { client };
        let running = Running::start(move || {
            Pipeline::new(FeedAndWait::of([b"one".to_vec()])).then(client).build().expect("a graph")
        });
        let (mut stream, _) = listener.accept().expect("a client");
        stream.read_exact(&mut [0; 3]).expect("something");
        drop(stream);
        running
    };
    let error = client(true).end().expect_err("not all was sent").to_string();
    assert!(error.ends_with(" broke off: it was closed before all was sent"), "{error}");
    let running = client(false);
    // The client has ended, and what feeds it waits for something else.
    running.handle.stop();
    running.end().expect("no failure");
}

#[test]
fn one_who_sends_all_ends_well_when_all_was_sent() {
    let (server, address) = serve(echo);
    let client = TCPClient::new(address.to_string()).sending_all();
    Pipeline::new(Feed::of([b"one".to_vec()])).then(client).run().expect("no failure");
    ends_well(server);
}

#[test]
fn a_client_ends_when_nobody_takes_what_it_hears() {
    let (server, address) = serve(echo);
    Pipeline::new(Feed::of((0..100).map(|_| b"again".to_vec())))
        .then(TCPClient::new(address.to_string()))
        .then(TakeOnly::of(1))
        .run()
        .expect("no failure");
    ends_well(server);
}

#[test]
fn nobody_there_is_said_in_a_sentence() {
    let free = TcpListener::bind(ANY).expect("a port");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    let said = |address: String| {
        let client = TCPClient::new(address);
        let run = Pipeline::new(Feed::of([vec![1]])).then(client).then(TakeOnly::of(1)).run();
        run.expect_err("nobody is there").to_string()
    };
    assert_eq!(
        said(address.to_string()),
        format!(
            "component `2 TCPClient` failed: cannot connect to {address}: nobody listens there; is \
             the server running, and is the port right?"
        )
    );
    assert_eq!(
        said("localhost".to_owned()),
        "component `2 TCPClient` failed: cannot find localhost: invalid socket address; it is \
         written as HOST:PORT"
    );
}

#[test]
fn two_servers_on_one_port_is_said_in_a_sentence() {
    let first = ServerCore::bind(ANY.parse().unwrap(), echo).expect("a port");
    let Err(error) = ServerCore::bind(first.local_addr(), echo) else { panic!("two on one port") };
    let expected = format!(
        "cannot take connections on {}: another program uses that port; choose another one, or 0 \
         for any",
        first.local_addr()
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_stop_ends_connections_on_which_nothing_happens() {
    let (server, address) = serve(echo);
    let mut stream = connect(address);
    assert_eq!(ask(&mut stream, b"are you there"), b"are you there");
    let client = Running::start(move || {
        let client = TCPClient::new(address.to_string());
        Pipeline::new(FeedAndWait::of([])).then(client).then(TakeOnly::of(1)).build().unwrap()
    });
    client.handle.stop();
    client.end().expect("no failure");
    server.handle.stop();
    server.end().expect("no failure");
    let mut rest = Vec::new();
    assert_eq!(stream.read_to_end(&mut rest).expect("it is closed"), 0);
}

#[test]
fn asked_to_finish_a_server_closes_connections_after_what_it_has_to_say() {
    let (server, address) = serve(|_peer| Handling::new(Count::default()));
    let mut stream = connect(address);
    stream.write_all(b"x").expect("it is taken");
    // It is known to have the connection when it has taken another one and served that.
    let mut other = connect(address);
    other.shutdown(Shutdown::Write).expect("it is open");
    let mut answer = String::new();
    other.read_to_string(&mut answer).expect("an answer");
    assert_eq!(answer, "0");
    ends_well(server);
    answer.clear();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(["0", "1"].contains(&answer.as_str()), "{answer}");
}

#[test]
fn no_more_connections_are_served_than_it_has_room_for() {
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let (server, address) = serve_at_most(1, move |peer| {
        count.fetch_add(1, Ordering::SeqCst);
        echo(peer)
    });
    let (mut first, mut second) = (connect(address), connect(address));
    second.write_all(b"and I").expect("the system takes it");
    for _ in 0..10 {
        assert_eq!(ask(&mut first, b"I am here"), b"I am here");
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }
    drop(first);
    let mut answer = [0; 5];
    second.read_exact(&mut answer).expect("its turn");
    assert_eq!((&answer, made.load(Ordering::SeqCst)), (b"and I", 2));
    drop(second);
    ends_well(server);
}

/// Fails over what it does not like.
#[derive(Component, Default)]
struct Squeamish {
    inbox: Inbox<Vec<u8>>,
    outbox: Outbox<Vec<u8>>,
}

impl Squeamish {
    async fn main(mut self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        while let Some(bytes) = self.inbox.recv().await {
            if bytes == b"bad" {
                return Err("this is bad".into());
            }
            self.outbox.send(bytes).await?;
        }
        Ok(())
    }
}

#[test]
fn a_protocol_that_fails_ends_its_connection_and_no_other() {
    let (server, address) = serve(|_peer| Squeamish::default());
    let (mut bad, mut good) = (connect(address), connect(address));
    assert_eq!(ask(&mut good, b"fine"), b"fine");
    bad.write_all(b"bad").expect("it is taken");
    let mut rest = Vec::new();
    // Closed in order or reset, as the bytes cross.
    let _ = bad.read_to_end(&mut rest);
    assert_eq!(rest, b"");
    assert_eq!(ask(&mut good, b"still fine"), b"still fine");
    drop(good);
    server.handle.finish();
    let report = server.end().expect("an isolated failure ends nobody else");
    assert_eq!(report.failures().count(), 1, "{report:?}");
}

#[test]
fn a_stranger_who_breaks_off_is_no_failure() {
    let (server, address) = serve(|_peer| Chatterbox::default());
    let mut stream = connect(address);
    let mut some = [0; 1000];
    stream.read_exact(&mut some).expect("it chatters");
    // Unread bytes make the system reset the connection instead of closing it.
    drop(stream);
    let mut other = connect(address);
    other.read_exact(&mut some).expect("it chatters");
    drop(other);
    ends_well(server);
}

/// Says more than anyone wants to hear.
#[derive(Component, Default)]
struct Chatterbox {
    #[optional]
    inbox: Inbox<Vec<u8>>,
    outbox: Outbox<Vec<u8>>,
}

impl Chatterbox {
    async fn main(mut self) -> Result<(), Closed> {
        loop {
            self.outbox.send(vec![b'!'; 100_000]).await?;
        }
    }
}

#[test]
fn a_socket_of_ones_own_is_a_component_too() {
    let listener = TcpListener::bind(ANY).expect("a port");
    let mut theirs = connect(listener.local_addr().expect("it is bound"));
    let (ours, _) = listener.accept().expect("a connection");
    let socket = ConnectedSocketAdapter::new(ours).expect("it is connected");
    let (collect, heard) = Collect::new();
    theirs.write_all(b"in").expect("it is taken");
    theirs.shutdown(Shutdown::Write).expect("it is open");
    Pipeline::new(Feed::of([b"out".to_vec()]))
        .then(socket)
        .then(collect)
        .run()
        .expect("no failure");
    let mut answer = String::new();
    theirs.read_to_string(&mut answer).expect("an answer");
    assert_eq!((answer.as_str(), taken(&heard).concat().as_slice()), ("out", &b"in"[..]));
}
