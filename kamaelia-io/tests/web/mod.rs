//! A web server that answers each connection as a test says, byte for byte, and then closes it.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

pub struct Web {
    address: SocketAddr,
}

/// What a client sent.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub method: String,
    pub path: String,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Web {
    pub fn serve(answer: impl Fn(Seen, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, mut stream) = (answer.clone(), stream.unwrap());
                thread::spawn(move || {
                    if let Some(seen) = Seen::read(&stream) {
                        answer(seen, &mut stream);
                    }
                });
            }
        });
        Web { address }
    }

    /// The same answer to everybody.
    pub fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Web::serve(move |_, stream| stream.write_all(&answer).unwrap_or(()))
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Seen {
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = || {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            Some(line.trim_end().to_owned())
        };
        let first = line()?;
        let mut words = first.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = Vec::new();
        while let Some((name, value)) = line()?.split_once(": ") {
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        let mut seen = Seen { method, path, headers, body: Vec::new() };
        let length = seen.header("content-length").map_or(0, |text| text.parse().unwrap());
        seen.body.resize(length, 0);
        reader.read_exact(&mut seen.body).ok()?;
        Some(seen)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
