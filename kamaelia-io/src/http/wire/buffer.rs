//! Requests out of bytes, in whatever parts they come.
//!
//! A request is its header alone, but for POST where the server takes bodies: then the body has said
//! its length, and is held whole.

use super::header::{Header, parse};
use super::{Refusal, Request};

/// The longest request header we hold, in bytes. A tracker announce is below 2 KiB; browsers with
/// many cookies come close to 8.
pub const HEADER_LENGTH_MAX: usize = 16 * 1024;

/// Collects requests from bytes as they come, in any split.
#[derive(Debug, Default)]
pub struct RequestBuffer {
    bytes: Vec<u8>,
    /// Ends of lines before the first one with anything in it: they mean nothing (RFC 9112, section
    /// 2.2).
    blank: usize,
    /// Bytes already searched for the end of the header. They are parsed once, when it is there:
    /// parsing at every arrival would let a stranger who sends single bytes keep us busy.
    searched: usize,
    body_max: usize,
    /// A request whose body is not all here, and the body's length.
    begun: Option<(Request, usize)>,
}

impl RequestBuffer {
    /// One that takes bodies of POST up to this many bytes; with 0, no POST.
    pub fn with_bodies(body_max: usize) -> Self {
        RequestBuffer { body_max, ..RequestBuffer::default() }
    }

    /// Takes in more bytes: no more than there is [`room`](Self::room) for.
    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(self.room())]);
    }

    /// The next request out of the bytes that are here; nothing before its header has ended, and its
    /// body is here.
    pub fn next_request(&mut self) -> Result<Option<Request>, Refusal> {
        if self.begun.is_none() {
            let Some(end) = self.header_end() else {
                return if self.room() == 0 { Err(self.too_long()) } else { Ok(None) };
            };
            // No further: what follows must make no difference, since it may come later.
            let Header { request, body_length } = parse(&self.bytes[..end], self.body_max)?;
            self.bytes.drain(..end);
            (self.blank, self.searched) = (0, 0);
            self.begun = Some((request, body_length));
        }
        let is_here = |begun: &mut (Request, usize)| begun.1 <= self.bytes.len();
        Ok(self.begun.take_if(is_here).map(|(mut request, length)| {
            request.body = self.bytes.drain(..length).collect();
            request
        }))
    }

    /// How many bytes more it holds: [`HEADER_LENGTH_MAX`] in all, or the rest of a body.
    pub fn room(&self) -> usize {
        let most = self.begun.as_ref().map_or(HEADER_LENGTH_MAX, |(_, length)| *length);
        most.saturating_sub(self.bytes.len())
    }

    /// Nothing of a next request is here.
    pub fn is_empty(&self) -> bool {
        self.bytes.len() == self.blank && self.begun.is_none()
    }

    /// Which part of a header it is that does not end.
    fn too_long(&self) -> Refusal {
        match self.bytes.contains(&b'\n') {
            true => Refusal::HeaderTooLong,
            false => Refusal::TargetTooLong,
        }
    }

    /// Looks for an empty line in the bytes not yet searched, and says where it ends.
    fn header_end(&mut self) -> Option<usize> {
        let is_blank = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        self.blank += self.bytes[self.blank..].iter().take_while(is_blank).count();
        let from = self.searched.max(self.blank);
        let rest = &self.bytes[from..];
        let line_feeds = rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let end = line_feeds.map(|(at, _)| at + 1).find_map(|at| match &rest[at..] {
            [b'\n', ..] => Some(from + at + 1),
            [b'\r', b'\n', ..] => Some(from + at + 2),
            _ => None,
        });
        // An end may have begun in the last two bytes.
        self.searched = self.bytes.len().saturating_sub(2);
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The targets in these bytes, and what is left.
    fn read<const N: usize>(parts: [&[u8]; N]) -> (Vec<String>, RequestBuffer) {
        let (mut buffer, mut targets) = (RequestBuffer::default(), Vec::new());
        for part in parts {
            buffer.add(part);
            while let Some(request) = buffer.next_request().expect("requests") {
                targets.push(request.target);
            }
        }
        (targets, buffer)
    }

    #[test]
    fn a_request_is_read_in_any_split() {
        let bytes = b"GET /announce?port=1&x=%00%ff HTTP/1.1\r\nHost: here\r\nX-Odd: \xff\r\n\r\n";
        let mut buffer = RequestBuffer::default();
        buffer.add(bytes);
        let whole = buffer.next_request().expect("a request").expect("all of it");
        assert_eq!(whole.target, "/announce?port=1&x=%00%ff");
        assert_eq!((whole.path(), whole.query()), ("/announce", Some("port=1&x=%00%ff")));
        assert_eq!((whole.header("HOST"), whole.header("x-odd")), (Some("here"), None));
        for cut in 1..bytes.len() {
            let mut buffer = RequestBuffer::default();
            buffer.add(&bytes[..cut]);
            assert_eq!(buffer.next_request(), Ok(None), "cut at {cut}");
            buffer.add(&bytes[cut..]);
            assert_eq!(buffer.next_request(), Ok(Some(whole.clone())));
        }
    }

    #[test]
    fn requests_follow_each_other_in_any_split() {
        let bytes = b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c";
        for cut in 0..=bytes.len() {
            let (targets, buffer) = read([&bytes[..cut], &bytes[cut..]]);
            assert_eq!(targets, ["/a", "/b"], "cut at {cut}");
            assert!(!buffer.is_empty(), "a third one has begun");
        }
    }

    #[test]
    fn empty_lines_before_a_request_mean_nothing_in_any_split() {
        let bytes = b"\r\n\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n\r\n";
        for cut in 0..=bytes.len() {
            let (targets, buffer) = read([&bytes[..cut], &bytes[cut..]]);
            assert_eq!(targets, ["/a", "/b"], "cut at {cut}");
            assert!(buffer.is_empty(), "nothing has begun");
        }
    }

    #[test]
    fn a_body_is_taken_whole_in_any_split_where_bodies_are_taken() {
        let bytes =
            b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.0\r\n\r\n";
        for cut in 0..=bytes.len() {
            let mut buffer = RequestBuffer::with_bodies(5);
            let mut seen = Vec::new();
            for part in [&bytes[..cut], &bytes[cut..]] {
                let mut left = part;
                while !left.is_empty() {
                    let taken = left.len().min(buffer.room());
                    buffer.add(&left[..taken]);
                    left = &left[taken..];
                    while let Some(request) = buffer.next_request().expect("requests") {
                        seen.push((request.target, request.body));
                    }
                }
            }
            let expected = [("/a".into(), b"hello".to_vec()), ("/b".into(), Vec::new())];
            assert_eq!(seen, expected, "cut at {cut}");
            assert!(buffer.is_empty());
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fall_over() {
        let mut seed = 7u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        // Half of them from what requests are made of, to get past the first line.
        let alphabet = b"GET / HTTP/1.1\r\n\r\n:aPOST Content-Length: 7";
        for round in 0..20_000 {
            let bytes: Vec<u8> = (0..random())
                .map(|_| match round % 2 {
                    0 => random(),
                    _ => alphabet[usize::from(random()) % alphabet.len()],
                })
                .collect();
            let mut buffer = RequestBuffer::with_bodies(round % 4 * 8);
            for part in bytes.chunks(1 + usize::from(random())) {
                buffer.add(part);
                if buffer.next_request().is_err() {
                    break;
                }
            }
        }
    }
}
