//! One request, and what may follow it.

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
    pub(super) fields: Vec<(String, String)>,
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
