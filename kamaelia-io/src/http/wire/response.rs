//! Responses into bytes.

use std::fmt::Write;

use super::request::Method;

const KEEP_ALIVE: &str = "Connection: keep-alive\r\n";
const CLOSE: &str = "Connection: close\r\n";

/// One answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// The status code, 200 to 599.
    pub status: u16,
    /// What the body is, such as `text/plain; charset=utf-8`.
    pub content_type: &'static str,
    /// The body, held whole; of a stream, what it begins with.
    pub body: Vec<u8>,
    fields: Vec<(&'static str, String)>,
    is_stream: bool,
}

impl Response {
    /// An answer.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Response { status, content_type, body: body.into(), fields: Vec::new(), is_stream: false }
    }

    /// An answer that goes on for as long as the connection does, with what the server is
    /// [given to offer](crate::http::HttpServer::offer).
    pub fn stream(content_type: &'static str) -> Self {
        Response { is_stream: true, ..Response::new(200, content_type, "") }
    }

    /// With one more header field. The end of a line cannot be part of a value, and is left out.
    pub fn with_field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let mut value = value.into();
        value.retain(|letter| !letter.is_control());
        self.fields.push((name, value));
        self
    }

    /// Whether it goes on after its body.
    pub fn is_stream(&self) -> bool {
        self.is_stream
    }

    /// An answer to be read by a person.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Response::new(status, "text/plain; charset=utf-8", text.into())
    }

    /// The answer on the wire, which says whether the connection stays open after it. To
    /// [`Method::Head`] it is the header alone, telling the length the body would have had.
    pub fn to_bytes(&self, method: Method, keeps_alive: bool) -> Vec<u8> {
        let mut header = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\n",
            self.status,
            reason(self.status),
            self.content_type,
        );
        // A stream ends with its connection, so it has no length.
        if !self.is_stream {
            let _ = write!(header, "Content-Length: {}\r\n", self.body.len());
        }
        let keeps_alive = keeps_alive && !self.is_stream;
        header.push_str(if keeps_alive { KEEP_ALIVE } else { CLOSE });
        for (name, value) in &self.fields {
            let _ = write!(header, "{name}: {value}\r\n");
        }
        if self.status == 405 && self.fields.iter().all(|(name, _)| *name != "Allow") {
            header.push_str("Allow: GET, HEAD\r\n");
        }
        header.push_str("\r\n");
        let mut bytes = header.into_bytes();
        if method != Method::Head {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

/// What a status code is called.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        204 => "No Content",
        303 => "See Other",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_stream_has_no_length_and_ends_with_its_connection() {
        let stream = Response::stream("text/event-stream").with_field("X-Odd", "a\r\nb");
        assert_eq!(
            String::from_utf8_lossy(&stream.to_bytes(Method::Get, true)),
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\
             X-Odd: ab\r\n\r\n"
        );
    }

    #[test]
    fn a_refused_method_is_told_which_are_allowed() {
        let bytes = super::super::Refusal::MethodNotAllowed.response().to_bytes(Method::Get, false);
        assert!(String::from_utf8_lossy(&bytes).contains("\r\nAllow: GET, HEAD\r\n"));
    }
}
