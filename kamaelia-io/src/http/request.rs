//! What the client is asked, and what it answers.

use super::HttpError;

/// One request. A URL alone, turned into one with `From`, is a `GET`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HttpRequest {
    /// Where to: `http://…`, or `https://…` with the feature `tls`.
    pub url: String,
    /// What to send along; with a body and no method the request is a `POST`.
    pub body: Option<Vec<u8>>,
    /// Headers besides those every request has; one of the same name replaces those.
    pub headers: Vec<(String, String)>,
    /// Another method than `GET` or `POST`.
    pub method: Option<String>,
}

/// A good answer: a status from 200 to 299 and the whole body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HttpResponse {
    /// The URL as it was asked for, by which the asker knows the answer.
    pub url: String,
    /// The status.
    pub status: u16,
    /// What the server calls the body, such as `application/x-bittorrent`; not checked.
    pub content_type: Option<String>,
    /// The body's bytes, decompressed where the server compressed them for the way.
    pub body: Vec<u8>,
}

/// The answer to one request.
pub type HttpAnswer = Result<HttpResponse, HttpError>;

impl HttpRequest {
    /// A `GET`.
    pub fn get(url: impl Into<String>) -> Self {
        HttpRequest { url: url.into(), ..HttpRequest::default() }
    }

    /// A `POST`.
    pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        HttpRequest { body: Some(body.into()), ..HttpRequest::get(url) }
    }

    pub(super) fn method(&self) -> &str {
        match (&self.method, &self.body) {
            (Some(method), _) => method,
            (None, Some(_)) => "POST",
            (None, None) => "GET",
        }
    }
}

impl From<String> for HttpRequest {
    fn from(url: String) -> Self {
        HttpRequest::get(url)
    }
}

impl From<&str> for HttpRequest {
    fn from(url: &str) -> Self {
        HttpRequest::get(url)
    }
}
