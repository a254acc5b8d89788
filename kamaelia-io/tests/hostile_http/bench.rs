//! A server and its strangers on one thread: the system holds what each side sends until the other takes
//! its turn.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use kamaelia_io::http::{HttpServer, Limits, Request, Response};

/// Far longer than anything here takes; a test that meets it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A server whose answers tell what was asked, and what it was asked.
pub(crate) struct Bench {
    pub(crate) server: HttpServer,
    /// What each request asked for, and its body behind a space if it had one.
    pub(crate) reached: Vec<String>,
    /// So many bytes are added to each answer.
    pub(crate) padding: usize,
}

impl Bench {
    pub(crate) fn new(limits: Limits) -> Self {
        let address = "127.0.0.1:0".parse().expect("an address");
        let server = HttpServer::bind_with(address, limits).expect("a free port");
        Bench { server, reached: Vec::new(), padding: 0 }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// One who has connected, and has sent this.
    pub(crate) fn stranger(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address()).expect("the server listens");
        stream.write_all(bytes).expect("the system holds a few bytes");
        stream.set_nonblocking(true).expect("a socket need not block");
        stream
    }

    pub(crate) fn turn(&mut self) {
        let (reached, padding) = (&mut self.reached, self.padding);
        let mut answer = |request: &Request, _: SocketAddr, _: SocketAddr| {
            let body = String::from_utf8_lossy(&request.body);
            reached.push(format!("{} {body}", request.target).trim_end().to_owned());
            Response::text(200, format!("{}{}", request.target, " ".repeat(padding)))
        };
        self.server.turn(Duration::from_millis(5), &mut answer).expect("a turn");
    }

    /// Turns the server until this is true.
    pub(crate) fn until(&mut self, mut done: impl FnMut(&mut Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !done(self) {
            assert!(Instant::now() < until, "the server has not got there");
            self.turn();
        }
    }

    /// All that comes until the server closes this connection, or resets it.
    pub(crate) fn answer(&mut self, stranger: &mut TcpStream) -> Vec<u8> {
        let mut answer = Vec::new();
        self.until(|_| match stranger.read_to_end(&mut answer) {
            Ok(_) => true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => true,
            Err(error) => panic!("{error}"),
        });
        answer
    }

    /// What comes of these bytes, when nothing follows them.
    pub(crate) fn answer_to(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut stranger = self.stranger(bytes);
        stranger.shutdown(Shutdown::Write).expect("it is open");
        self.answer(&mut stranger)
    }

    /// That the server still does its work.
    pub(crate) fn serves_others(&mut self) {
        let answer = self.answer_to(b"GET /modest HTTP/1.0\r\n\r\n");
        assert!(answer.ends_with(b"/modest"), "{}", answer.escape_ascii());
    }
}

/// The status of each answer, and whether the last one lets the connection stay.
pub(crate) fn statuses(answers: &[u8]) -> (Vec<u16>, bool) {
    let text = String::from_utf8_lossy(answers);
    let lines = text.split("HTTP/1.1 ").skip(1);
    // A sentence may tell of HTTP/1.1, too.
    let statuses = lines.filter_map(|answer| answer.get(..3)?.parse().ok());
    let last = text.rfind("\r\nConnection: ").map_or("", |at| &text[at + 14..]);
    (statuses.collect(), last.starts_with("keep-alive"))
}
