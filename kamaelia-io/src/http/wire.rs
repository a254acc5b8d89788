//! Requests out of bytes, responses into bytes.
//!
//! A request is its header alone: the methods we answer carry no body. What follows is the next
//! request, where the connection may stay; where a body is announced all the same it may not, so
//! nobody takes that for a request.

/// The longest request header we hold, in bytes. A tracker announce is below 2 KiB; browsers with
/// many cookies come close to 8.
pub const HEADER_LENGTH_MAX: usize = 16 * 1024;

/// The most header fields in one request; browsers send about twenty.
const FIELDS_MAX: usize = 64;

/// What is asked for. Everything else is answered with 405.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// The header and the body.
    Get,
    /// The header alone.
    Head,
}

/// One request, without a body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// What is asked for.
    pub method: Method,
    /// Path and query as they were sent, percent signs and all; begins with `/`.
    pub target: String,
    /// Names in lower case, values as text; a value that is not text is left out.
    fields: Vec<(String, String)>,
    /// What may follow it on the same connection.
    pub(super) next: Next,
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
    /// A method other than GET and HEAD.
    #[error("only GET and HEAD are answered here")]
    MethodNotAllowed,
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
            Refusal::Malformed => 400,
            Refusal::MethodNotAllowed => 405,
            Refusal::HeaderTooLong => 431,
        };
        Response::text(status, format!("{self}\n"))
    }
}

/// What follows a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Next {
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
    /// Bytes already searched for the end of the header. They are parsed once, when it is there:
    /// parsing at every arrival would let a stranger who sends single bytes keep us busy.
    searched: usize,
}

impl RequestBuffer {
    /// Takes in more bytes: no more than there is [`room`](Self::room) for.
    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(self.room())]);
    }

    /// The next request out of the bytes that are here; nothing before its header has ended.
    pub fn next_request(&mut self) -> Result<Option<Request>, Refusal> {
        if self.header_ended() {
            let (request, length) = parse(&self.bytes)?;
            self.bytes.drain(..length);
            self.searched = 0;
            return Ok(Some(request));
        }
        if self.bytes.len() == HEADER_LENGTH_MAX {
            return Err(Refusal::HeaderTooLong);
        }
        Ok(None)
    }

    /// How many bytes more it holds: [`HEADER_LENGTH_MAX`] in all.
    pub fn room(&self) -> usize {
        HEADER_LENGTH_MAX - self.bytes.len()
    }

    /// Nothing of a next request is here.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Looks for an empty line in the bytes not yet searched.
    fn header_ended(&mut self) -> bool {
        let rest = &self.bytes[self.searched..];
        let ended = rest.windows(2).any(|pair| pair == b"\n\n")
            || rest.windows(3).any(|three| three == b"\n\r\n");
        // An end may have begun in the last two bytes.
        self.searched = self.bytes.len().saturating_sub(2);
        ended
    }
}

/// Reads a whole header, and says how long it is.
fn parse(bytes: &[u8]) -> Result<(Request, usize), Refusal> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut parsed = httparse::Request::new(&mut fields);
    let length = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::HeaderTooLong),
        Ok(httparse::Status::Partial) | Err(_) => return Err(Refusal::Malformed),
    };
    let method = match parsed.method {
        Some("GET") => Method::Get,
        Some("HEAD") => Method::Head,
        _ => return Err(Refusal::MethodNotAllowed),
    };
    let target = parsed.path.and_then(origin_form).ok_or(Refusal::Malformed)?;
    let next = what_follows(parsed.version, parsed.headers);
    let fields = parsed
        .headers
        .iter()
        .filter_map(|field| {
            let value = std::str::from_utf8(field.value).ok()?;
            Some((field.name.to_ascii_lowercase(), value.to_owned()))
        })
        .collect();
    Ok((Request { method, target: target.to_owned(), fields, next }, length))
}

/// What may follow on the same connection (RFC 9112, section 9.3): with HTTP/1.1 other requests unless
/// it says otherwise, before that only if it says so; and never any after a body.
fn what_follows(version: Option<u8>, fields: &[httparse::Header<'_>]) -> Next {
    let named = |name: &'static str| {
        fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name))
    };
    let is_empty = |field: &httparse::Header<'_>| field.value == b"0";
    if named("transfer-encoding").next().is_some() || !named("content-length").all(is_empty) {
        return Next::Rest;
    }
    let says = |wanted: &[u8]| {
        let mut options = named("connection").flat_map(|field| field.value.split(|b| *b == b','));
        options.any(|option| option.trim_ascii().eq_ignore_ascii_case(wanted))
    };
    let keeps_alive = !says(b"close") && (version == Some(1) || says(b"keep-alive"));
    if keeps_alive { Next::Request } else { Next::Nothing }
}

/// The path and query of a target. A proxy may send the whole URL, which RFC 9112 has every
/// server accept.
fn origin_form(target: &str) -> Option<&str> {
    if target.starts_with('/') {
        return Some(target);
    }
    let (scheme, rest) = target.split_once("://")?;
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let slash = rest.find('/');
    known.then(|| slash.map_or("/", |at| &rest[at..]))
}

/// One answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// The status code, 200 to 599.
    pub status: u16,
    /// What the body is, such as `text/plain; charset=utf-8`.
    pub content_type: &'static str,
    /// The body, held whole.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer to be read by a person.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Response {
            status,
            content_type: "text/plain; charset=utf-8",
            body: text.into().into_bytes(),
        }
    }

    /// The answer on the wire, which says whether the connection stays open after it. To
    /// [`Method::Head`] it is the header alone, telling the length the body would have had.
    pub fn to_bytes(&self, method: Method, keeps_alive: bool) -> Vec<u8> {
        let mut header = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: {}\r\n",
            self.status,
            reason(self.status),
            self.content_type,
            self.body.len(),
            if keeps_alive { "keep-alive" } else { "close" },
        );
        if self.status == 405 {
            header.push_str("Allow: GET, HEAD\r\n");
        }
        header.push_str("\r\n");
        let mut bytes = header.into_bytes();
        if method == Method::Get {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

/// What a status code is called.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
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
        let bytes = b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c";
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
            let bytes = format!("GET / HTTP/{rest}\r\n");
            let request = read(bytes.as_bytes()).expect("a request").expect("whole");
            assert_eq!(request.next, next, "{rest}");
        }
    }

    #[test]
    fn lines_may_end_in_a_line_feed_alone() {
        let request = read(b"HEAD / HTTP/1.0\nHost: x\n\n").expect("a request");
        assert_eq!(request.map(|request| request.method), Some(Method::Head));
    }

    #[test]
    fn a_whole_url_as_target_is_cut_to_its_path() {
        for (target, path) in [("http://here:80/scrape?a=b", "/scrape?a=b"), ("HTTPS://here", "/")]
        {
            let bytes = format!("GET {target} HTTP/1.1\r\n\r\n");
            let request = read(bytes.as_bytes()).expect("a request").expect("whole");
            assert_eq!(request.target, path);
        }
    }

    #[test]
    fn what_is_not_for_us_is_refused_by_name() {
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65));
        let long = vec![b'a'; HEADER_LENGTH_MAX + 10];
        for (bytes, refusal) in [
            (&b"POST / HTTP/1.1\r\n\r\n"[..], Refusal::MethodNotAllowed),
            (b"GET * HTTP/1.1\r\n\r\n", Refusal::Malformed),
            (b"GET / HTTP/2.0\r\n\r\n", Refusal::Malformed),
            (b"\r\n\r\n", Refusal::Malformed),
            (b"\x16\x03\x01\n\n", Refusal::Malformed),
            (many.as_bytes(), Refusal::HeaderTooLong),
            (&long, Refusal::HeaderTooLong),
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
        let alphabet = b"GET / HTTP/1.1\r\n\r\n:a";
        for round in 0..20_000 {
            let bytes: Vec<u8> = (0..random())
                .map(|_| match round % 2 {
                    0 => random(),
                    _ => alphabet[usize::from(random()) % alphabet.len()],
                })
                .collect();
            let mut buffer = RequestBuffer::default();
            for part in bytes.chunks(1 + usize::from(random())) {
                buffer.add(part);
                if buffer.next_request().is_err() {
                    break;
                }
            }
        }
    }

    #[test]
    fn the_answer_to_head_is_the_header_of_the_answer_to_get() {
        let response = Response::text(200, "hello");
        let get = response.to_bytes(Method::Get, false);
        let head = response.to_bytes(Method::Head, false);
        assert_eq!(get, [&head[..], b"hello"].concat());
        assert_eq!(
            String::from_utf8_lossy(&head),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: 5\r\nConnection: close\r\n\r\n"
        );
    }

    #[test]
    fn a_refused_method_is_told_which_are_allowed() {
        let bytes = Refusal::MethodNotAllowed.response().to_bytes(Method::Get, false);
        assert!(String::from_utf8_lossy(&bytes).contains("\r\nAllow: GET, HEAD\r\n"));
    }
}
