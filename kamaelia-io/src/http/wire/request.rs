//! Requests out of bytes.
//!
//! A request is its header alone, but for POST where the server takes bodies: then the body has said
//! its length, and is held whole. What follows is the next request, where the connection may stay;
//! where a body is announced that nobody takes it may not, so nobody takes that for a request.

use super::response::Response;

/// The longest request header we hold, in bytes. A tracker announce is below 2 KiB; browsers with
/// many cookies come close to 8.
pub const HEADER_LENGTH_MAX: usize = 16 * 1024;

/// The most header fields in one request; browsers send about twenty.
const FIELDS_MAX: usize = 64;

/// What is asked for. Everything else is answered with 405, and so is POST where bodies are not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// The header and the body.
    Get,
    /// The header alone.
    Head,
    /// That something is done with the body.
    Post,
}

/// One request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// What is asked for.
    pub method: Method,
    /// Path and query as they were sent, percent signs and all; begins with `/`.
    pub target: String,
    /// Names in lower case, values as text; a value that is not text is left out.
    fields: Vec<(String, String)>,
    /// Empty but for [`Method::Post`].
    pub body: Vec<u8>,
    /// What may follow it on the same connection.
    pub(in crate::http) next: Next,
}

impl Request {
    /// The value of a header field; the case of the name does not matter. The first one counts.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The target up to its question mark.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&*self.target, |(path, _)| path)
    }

    /// The target after its question mark.
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }
}

/// Why bytes are not a request we answer. Each ends the connection with [`Refusal::response`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// This is not HTTP/1.
    #[error("this is not an HTTP/1.1 request")]
    Malformed,
    /// Two readers could take it for different requests: where it ends is said twice, or wrongly.
    #[error(
        "it is not clear where this request ends; say how long its body is once, or not at all"
    )]
    Ambiguous,
    /// It does not name one host, as HTTP/1.1 demands, or not one that can be.
    #[error("name the host that is asked, once")]
    HostRequired,
    /// A method other than GET and HEAD, and POST where bodies are taken.
    #[error("only GET and HEAD are answered here")]
    MethodNotAllowed,
    /// A POST that does not say how long its body is.
    #[error("say how long the body is, in one Content-Length")]
    LengthRequired,
    /// A body of more bytes than are taken here.
    #[error("a body of {length} bytes is too long; {limit} are taken here")]
    BodyTooLong {
        /// Bytes it announced.
        length: u64,
        /// Bytes that are taken.
        limit: usize,
    },
    /// The first line has not ended within the bytes we hold.
    #[error("a request header is at most {HEADER_LENGTH_MAX} bytes long, and its target shorter")]
    TargetTooLong,
    /// The header has not ended within the bytes or the fields we hold.
    #[error(
        "a request header is at most {HEADER_LENGTH_MAX} bytes long and has at most {FIELDS_MAX} fields"
    )]
    HeaderTooLong,
}

impl Refusal {
    /// How the stranger is told.
    pub fn response(self) -> Response {
        let status = match self {
            Refusal::Malformed | Refusal::Ambiguous | Refusal::HostRequired => 400,
            Refusal::MethodNotAllowed => 405,
            Refusal::LengthRequired => 411,
            Refusal::BodyTooLong { .. } => 413,
            Refusal::TargetTooLong => 414,
            Refusal::HeaderTooLong => 431,
        };
        Response::text(status, format!("{self}\n"))
    }
}

/// What follows a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::http) enum Next {
    /// Other requests.
    Request,
    /// Nothing: they have said so.
    Nothing,
    /// Something that is no request, and is not read.
    Rest,
}

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

/// A whole header.
struct Header {
    request: Request,
    /// Bytes of the body after it.
    body_length: usize,
}

fn parse(bytes: &[u8], body_max: usize) -> Result<Header, Refusal> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut parsed = httparse::Request::new(&mut fields);
    match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::HeaderTooLong),
        Ok(httparse::Status::Partial) | Err(_) => return Err(Refusal::Malformed),
    }
    let method = match parsed.method {
        Some("GET") => Method::Get,
        Some("HEAD") => Method::Head,
        Some("POST") if body_max > 0 => Method::Post,
        _ => return Err(Refusal::MethodNotAllowed),
    };
    let target = parsed.path.and_then(Target::of).ok_or(Refusal::Malformed)?;
    check_host(parsed.version, parsed.headers)?;
    let framing = Framing::of(parsed.version, parsed.headers)?;
    let (body_length, next) = match (method, framing) {
        (Method::Post, Framing::Length(length)) => (taken(length, body_max)?, None),
        (Method::Post, _) => return Err(Refusal::LengthRequired),
        (_, Framing::Nothing | Framing::Length(0)) => (0, None),
        (_, Framing::Length(_) | Framing::Coded) => (0, Some(Next::Rest)),
    };
    let next = next.unwrap_or_else(|| what_follows(parsed.version, parsed.headers));
    let said = parsed.headers.iter().filter_map(|field| {
        let value = std::str::from_utf8(field.value).ok()?;
        Some((field.name.to_ascii_lowercase(), value.to_owned()))
    });
    // The first of a name counts, and the host of the target before the one beside it.
    let fields = target.host.map(|host| ("host".to_owned(), host.to_owned()));
    let fields = fields.into_iter().chain(said).collect();
    let request = Request { method, target: target.path, fields, body: Vec::new(), next };
    Ok(Header { request, body_length })
}

fn named<'a, 'b>(
    fields: &'a [httparse::Header<'b>],
    name: &'static str,
) -> impl Iterator<Item = &'a httparse::Header<'b>> {
    fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name))
}

/// Whether one host is named, as RFC 9112, section 3.2, has it: of two, somebody on the way may have
/// gone by the other one.
fn check_host(version: Option<u8>, fields: &[httparse::Header<'_>]) -> Result<(), Refusal> {
    let mut hosts = named(fields, "host");
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_host(host.value) => Ok(()),
        (None, None) if version == Some(0) => Ok(()),
        _ => Err(Refusal::HostRequired),
    }
}

/// Whether these are characters of a host and a port (RFC 3986, section 3.2.2); there may be none.
fn is_host(value: &[u8]) -> bool {
    let others = b"-._~!$&'()*+,;=%:[]";
    value.iter().all(|byte| byte.is_ascii_alphanumeric() || others.contains(byte))
}

/// What a header says of the body after it.
enum Framing {
    Nothing,
    Length(u64),
    /// In chunks, or in some other coding.
    Coded,
}

impl Framing {
    /// Where two lengths could be read out of a request somebody on the way may have read the other one
    /// (RFC 9112, sections 6.1, 6.3 and 11.2).
    fn of(version: Option<u8>, fields: &[httparse::Header<'_>]) -> Result<Self, Refusal> {
        let mut lengths = named(fields, "content-length");
        let is_coded = named(fields, "transfer-encoding").next().is_some();
        match (lengths.next(), lengths.next()) {
            (None, _) if !is_coded => Ok(Framing::Nothing),
            (None, _) if version == Some(1) => Ok(Framing::Coded),
            (Some(length), None) if !is_coded && is_number(length.value) => {
                let digits = std::str::from_utf8(length.value).unwrap_or_default();
                // One that is too great for a number is too great for us.
                Ok(Framing::Length(digits.parse().unwrap_or(u64::MAX)))
            }
            _ => Err(Refusal::Ambiguous),
        }
    }
}

fn is_number(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(u8::is_ascii_digit)
}

/// The length of a body, if it is taken.
fn taken(length: u64, limit: usize) -> Result<usize, Refusal> {
    let fits = usize::try_from(length).ok().filter(|length| *length <= limit);
    fits.ok_or(Refusal::BodyTooLong { length, limit })
}

/// What may follow on the same connection (RFC 9112, section 9.3): with HTTP/1.1 other requests unless
/// it says otherwise, before that only if it says so.
fn what_follows(version: Option<u8>, fields: &[httparse::Header<'_>]) -> Next {
    let says = |wanted: &[u8]| {
        let mut options =
            named(fields, "connection").flat_map(|field| field.value.split(|b| *b == b','));
        options.any(|option| option.trim_ascii().eq_ignore_ascii_case(wanted))
    };
    let keeps_alive = !says(b"close") && (version == Some(1) || says(b"keep-alive"));
    if keeps_alive { Next::Request } else { Next::Nothing }
}

/// Where a request is to lead.
struct Target<'a> {
    /// The host, where a whole URL was sent: by RFC 9112, section 3.2.2, it counts instead of the one in
    /// the field.
    host: Option<&'a str>,
    /// Path and query.
    path: String,
}

impl<'a> Target<'a> {
    /// A path, or the whole URL, as a proxy sends it and every server has to take it.
    fn of(text: &'a str) -> Option<Self> {
        if text.starts_with('/') {
            return Some(Target { host: None, path: text.to_owned() });
        }
        let (scheme, rest) = text.split_once("://")?;
        let is_known = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let slash = if path.starts_with('/') { "" } else { "/" };
        let is_good = is_known && !host.is_empty() && is_host(host.as_bytes());
        is_good.then(|| Target { host: Some(host), path: format!("{slash}{path}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Request>, Refusal> {
        let mut buffer = RequestBuffer::default();
        buffer.add(bytes);
        buffer.next_request()
    }

    #[test]
    fn a_request_is_read_in_any_split() {
        let bytes = b"GET /announce?port=1&x=%00%ff HTTP/1.1\r\nHost: here\r\nX-Odd: \xff\r\n\r\n";
        let whole = read(bytes).expect("a request").expect("all of it");
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
            let mut buffer = RequestBuffer::default();
            let mut targets = Vec::new();
            for part in [&bytes[..cut], &bytes[cut..]] {
                buffer.add(part);
                while let Some(request) = buffer.next_request().expect("requests") {
                    targets.push(request.target);
                }
            }
            assert_eq!(targets, ["/a", "/b"], "cut at {cut}");
            assert!(!buffer.is_empty(), "a third one has begun");
        }
    }

    #[test]
    fn a_connection_stays_where_the_request_lets_it_and_has_no_body() {
        for (rest, next) in [
            ("1.1\r\n", Next::Request),
            ("1.1\r\nConnection: close\r\n", Next::Nothing),
            ("1.1\r\nConnection: TE, Close\r\n", Next::Nothing),
            ("1.1\r\nConnection: keep-alive\r\n", Next::Request),
            ("1.0\r\n", Next::Nothing),
            ("1.0\r\nConnection: Keep-Alive\r\n", Next::Request),
            ("1.1\r\nContent-Length: 0\r\n", Next::Request),
            ("1.1\r\nContent-Length: 5\r\n", Next::Rest),
            ("1.1\r\nTransfer-Encoding: chunked\r\n", Next::Rest),
        ] {
            let bytes = format!("GET / HTTP/{rest}Host: x\r\n\r\n");
            let request = read(bytes.as_bytes()).expect("a request").expect("whole");
            assert_eq!(request.next, next, "{rest}");
        }
    }

    #[test]
    fn empty_lines_before_a_request_mean_nothing_in_any_split() {
        let bytes = b"\r\n\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n\r\n";
        for cut in 0..=bytes.len() {
            let mut buffer = RequestBuffer::default();
            let mut targets = Vec::new();
            for part in [&bytes[..cut], &bytes[cut..]] {
                buffer.add(part);
                while let Some(request) = buffer.next_request().expect("requests") {
                    targets.push(request.target);
                }
            }
            assert_eq!(targets, ["/a", "/b"], "cut at {cut}");
            assert!(buffer.is_empty(), "nothing has begun");
        }
    }

    #[test]
    fn lines_may_end_in_a_line_feed_alone() {
        let request = read(b"HEAD / HTTP/1.0\nHost: x\n\n").expect("a request");
        assert_eq!(request.map(|request| request.method), Some(Method::Head));
    }

    #[test]
    fn a_whole_url_as_target_is_cut_to_its_path_and_its_host_counts() {
        for (target, path, host) in [
            ("http://here:80/scrape?a=b", "/scrape?a=b", "here:80"),
            ("HTTPS://here", "/", "here"),
            ("http://here?a=/b", "/?a=/b", "here"),
        ] {
            let bytes = format!("GET {target} HTTP/1.1\r\nHost: there\r\n\r\n");
            let request = read(bytes.as_bytes()).expect("a request").expect("whole");
            assert_eq!(request.target, path);
            assert_eq!(request.header("host"), Some(host), "the one beside it does not count");
        }
    }

    #[test]
    fn what_is_not_for_us_is_refused_by_name() {
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65));
        let long = vec![b'a'; HEADER_LENGTH_MAX + 10];
        for (bytes, refusal) in [
            (&b"POST / HTTP/1.1\r\n\r\n"[..], Refusal::MethodNotAllowed),
            (b"GET * HTTP/1.1\r\nHost: x\r\n\r\n", Refusal::Malformed),
            (b"GET / HTTP/2.0\r\n\r\n", Refusal::Malformed),
            (b"\r\r\n\r\nGET / HTTP/1.1\r\n\r\n", Refusal::Malformed),
            (&[b'\n'; HEADER_LENGTH_MAX], Refusal::HeaderTooLong),
            (b"\x16\x03\x01\n\n", Refusal::Malformed),
            (many.as_bytes(), Refusal::HeaderTooLong),
            (&long, Refusal::TargetTooLong),
        ] {
            assert_eq!(read(bytes), Err(refusal), "{}", bytes.escape_ascii());
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
    fn a_body_without_one_clear_length_or_with_too_great_a_one_is_refused_unseen() {
        for (fields, refusal) in [
            ("", Refusal::LengthRequired),
            ("Transfer-Encoding: chunked\r\n", Refusal::LengthRequired),
            ("Content-Length: +5\r\n", Refusal::Ambiguous),
            ("Content-Length: \r\n", Refusal::Ambiguous),
            ("Content-Length: 5\r\nContent-Length: 5\r\n", Refusal::Ambiguous),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Refusal::Ambiguous),
            ("Content-Length: 9\r\n", Refusal::BodyTooLong { length: 9, limit: 8 }),
        ] {
            let mut buffer = RequestBuffer::with_bodies(8);
            buffer.add(format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n").as_bytes());
            assert_eq!(buffer.next_request(), Err(refusal), "{fields}");
        }
    }
}
