//! A web server of good or bad manners.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How a server answers.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// As it should.
    Honest,
    /// With all of a file, whatever part is asked for.
    NoRanges,
    /// With bytes that are all wrong.
    Lying,
    /// With this status and these lines of header.
    Refusing(u16, &'static str),
    /// As it should at first, and then with an end before this many bytes of a body.
    CuttingShort(usize),
    /// With nothing at all.
    Silent,
    /// With the beginning of a file, whatever part is asked for.
    OtherPart,
    /// With a file that is a byte longer.
    Longer,
    /// Without any file of this name.
    Lacking(&'static str),
    /// With the same paths on another server.
    Elsewhere(String),
    /// With more bytes than it announces.
    Chatty,
}

/// A running server. It ends with the test.
pub(crate) struct WebServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    files: HashMap<String, Vec<u8>>,
    manner: Mutex<Manner>,
    /// Path and range of each request.
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
}

impl WebServer {
    /// Serves these files, by their paths as they stand in a URL.
    pub(crate) fn start(
        manner: Manner,
        files: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            files: files.into_iter().collect(),
            manner: Mutex::new(manner),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
        });
        let server = WebServer { address, shared: shared.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                shared.connections.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || shared.converse(&stream));
            }
        });
        server
    }

    /// Its URL, with this path, which begins with a `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on it answers like this.
    pub(crate) fn set_manner(&self, manner: Manner) {
        *lock(&self.shared.manner) = manner;
    }

    /// What was asked for, each as `path first-last`.
    pub(crate) fn requests(&self) -> Vec<String> {
        lock(&self.shared.requests).clone()
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn converse(&self, stream: &TcpStream) {
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        while let Some(request) = lines.next() {
            let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let range = lines.by_ref().take_while(|line| !line.is_empty()).find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("range: bytes=").map(range)
            });
            // What `find_map` did not read of the header.
            if range.is_some() {
                lines.by_ref().find(String::is_empty);
            }
            let asked = range.clone().flatten();
            let shown = asked.as_ref().map_or("-".into(), |r| format!("{}-{}", r.start, r.end - 1));
            lock(&self.requests).push(format!("{path} {shown}"));
            if self.answer(stream, &path, asked).is_none() {
                return;
            }
        }
    }

    /// `None` to end the connection.
    fn answer(&self, stream: &TcpStream, path: &str, asked: Option<Range<usize>>) -> Option<()> {
        let manner = lock(&self.manner).clone();
        let lacks = matches!(manner, Manner::Lacking(name) if path.ends_with(name));
        let Some(file) = self.files.get(path).filter(|_| !lacks) else {
            return send(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", &[]);
        };
        let mut length = file.len();
        let mut range = asked.clone().unwrap_or(0..length);
        let mut body = file.get(range.clone()).unwrap_or_default().to_vec();
        match manner {
            Manner::Honest | Manner::Chatty | Manner::Lacking(_) => {}
            Manner::CuttingShort(bytes) if body.len() <= bytes => {}
            Manner::CuttingShort(bytes) => {
                let head = partial(&range, length, body.len());
                send(stream, &head, &body[..bytes]);
                return None;
            }
            Manner::NoRanges => {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
                return send(stream, &head, file);
            }
            Manner::Lying => body.iter_mut().for_each(|byte| *byte ^= 0x55),
            Manner::Refusing(status, headers) => {
                let head = format!("HTTP/1.1 {status} No\r\n{headers}Content-Length: 0\r\n\r\n");
                return send(stream, &head, &[]);
            }
            Manner::Silent => loop {
                thread::park();
            },
            Manner::OtherPart => {
                range = 0..range.len();
                body = file[range.clone()].to_vec();
            }
            Manner::Longer => length += 1,
            Manner::Elsewhere(server) => {
                let head = format!(
                    "HTTP/1.1 302 Found\r\nLocation: {server}{path}\r\nContent-Length: 0\r\n\r\n"
                );
                return send(stream, &head, &[]);
            }
        }
        send(stream, &partial(&range, length, body.len()), &body)?;
        match *lock(&self.manner) {
            Manner::Chatty => send(stream, "and another thing", &[]).and(None),
            _ => Some(()),
        }
    }
}

fn partial(range: &Range<usize>, length: usize, body: usize) -> String {
    let last = range.end - 1;
    format!(
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {}-{last}/{length}\r\n\
         Content-Length: {body}\r\n\r\n",
        range.start
    )
}

fn range(value: &str) -> Option<Range<usize>> {
    let (first, last) = value.trim().split_once('-')?;
    Some(first.parse().ok()?..last.parse::<usize>().ok()? + 1)
}

fn send(mut stream: &TcpStream, head: &str, body: &[u8]) -> Option<()> {
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
