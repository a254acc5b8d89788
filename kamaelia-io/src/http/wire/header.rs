//! What a header says: of whom, for what, and where its request ends.

use super::request::Next;
use super::{Method, Refusal, Request};

/// The most header fields in one request; browsers send about twenty.
pub(super) const FIELDS_MAX: usize = 64;

/// A whole header.
pub(super) struct Header {
    pub(super) request: Request,
    /// Bytes of the body after it.
    pub(super) body_length: usize,
}

/// A header that ends where these bytes do.
pub(super) fn parse(bytes: &[u8], body_max: usize) -> Result<Header, Refusal> {
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
    /// A path, or the whole URL, as a proxy sends it and every server has to take it. Letters of all
    /// scripts are let pass, as others do; what controls a terminal is not (`httparse` knows that of ASCII).
    fn of(text: &'a str) -> Option<Self> {
        if text.contains(char::is_control) {
            return None;
        }
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
    use crate::http::wire::{HEADER_LENGTH_MAX, RequestBuffer};

    fn read(bytes: &[u8]) -> Result<Option<Request>, Refusal> {
        let mut buffer = RequestBuffer::default();
        buffer.add(bytes);
        buffer.next_request()
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
            ("GET /\u{9b}2J HTTP/1.1\r\nHost: x\r\n\r\n".as_bytes(), Refusal::Malformed),
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
