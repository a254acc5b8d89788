//! Why bytes are not a request that is answered.

use super::buffer::HEADER_LENGTH_MAX;
use super::header::FIELDS_MAX;
use super::response::Response;

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
