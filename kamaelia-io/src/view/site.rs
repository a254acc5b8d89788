//! What is to be had where.
//!
//! | path | what it is | needs the token |
//! |---|---|---|
//! | `/` and what it loads | the page, which knows nothing by itself | no |
//! | `/events` | the graph and the exhibit, as server-sent events | yes |
//! | `/graph.json` | one snapshot | yes |
//! | `/metrics` | numbers for Prometheus | yes |
//! | `/command` | takes one line, by POST | yes |

use axon_core::inspect::Snapshot;
use axon_core::{GraphHandle, Inbox, Outbox, TrySendError};

use super::exhibit::Exhibit;
use super::files::file;
use super::guard::Guard;
use super::metrics::{CONTENT_TYPE, Metrics};
use crate::http::{Method, Request, Response};

/// The longest command, in bytes.
pub(super) const COMMAND_LENGTH_MAX: usize = 16 * 1024;

pub(super) struct Site<E: Exhibit> {
    pub(super) guard: Guard,
    pub(super) exhibit: E,
    pub(super) inbox: Inbox<E::Message>,
    pub(super) commands: Outbox<String>,
    pub(super) graph: Option<GraphHandle>,
    /// Somebody has begun to look.
    pub(super) is_newly_watched: bool,
}

impl<E: Exhibit> Site<E> {
    /// Has the exhibit hear what has come for it.
    pub(super) fn listen(&mut self) {
        while let Ok(message) = self.inbox.try_recv() {
            self.exhibit.take(message);
        }
    }

    pub(super) fn answer(&mut self, request: &Request) -> Response {
        // An answer knows all that was there before it was asked for.
        self.listen();
        Guard::seal(self.judge(request).unwrap_or_else(|refusal| refusal))
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.graph.as_ref().map(GraphHandle::snapshot).unwrap_or_default()
    }

    fn judge(&mut self, request: &Request) -> Result<Response, Response> {
        self.guard.admit(request)?;
        if request.path() == "/command" {
            self.guard.identify(request)?;
            return Ok(self.command(request));
        }
        if request.method == Method::Post {
            return Err(Response::text(405, "this takes nothing; commands go to /command\n"));
        }
        if let Some(file) = file(request.path(), E::SCRIPT, E::STYLE) {
            return Ok(file);
        }
        self.guard.identify(request)?;
        match request.path() {
            "/events" => {
                self.is_newly_watched = true;
                Ok(Response::stream("text/event-stream"))
            }
            "/graph.json" => Ok(Response::new(200, "application/json", self.snapshot().to_json())),
            "/metrics" => Ok(Response::new(200, CONTENT_TYPE, self.metrics())),
            _ => Err(Response::text(404, "there is nothing here\n")),
        }
    }

    fn metrics(&self) -> String {
        let mut metrics = Metrics::default();
        metrics.measure_graph(&self.snapshot());
        self.exhibit.measure(&mut metrics);
        metrics.to_text()
    }

    fn command(&mut self, request: &Request) -> Response {
        if request.method != Method::Post {
            return Response::text(405, "a command is sent by POST\n").with_field("Allow", "POST");
        }
        // Forms of pages elsewhere cannot send this, should all else fail.
        if request.header("content-type") != Some("text/plain; charset=utf-8") {
            return Response::text(415, "a command is one line of text/plain; charset=utf-8\n");
        }
        let Some(line) = one_line(&request.body) else {
            return Response::text(
                400,
                "a command is one line of text without control characters\n",
            );
        };
        // A loose box would lose it.
        if !self.commands.is_taken() {
            return Response::text(409, "nobody takes commands here\n");
        }
        match self.commands.try_send(line) {
            Ok(()) => Response::text(202, ""),
            Err(TrySendError::Full(_)) => {
                Response::text(503, "other commands are still waiting; try again\n")
            }
            Err(TrySendError::Closed(_)) => Response::text(409, "nobody takes commands here\n"),
        }
    }
}

fn one_line(body: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(body).ok()?;
    let line = line.strip_suffix('\n').unwrap_or(line);
    let is_one = !line.trim().is_empty() && !line.contains(char::is_control);
    is_one.then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::exhibit::GraphAlone;
    use super::super::token::Token;
    use super::*;
    use crate::http::wire::RequestBuffer;

    fn site() -> Site<GraphAlone> {
        let token = Token::random().expect("chance");
        Site {
            guard: Guard::new(token, "127.0.0.1:8080".parse().expect("an address")),
            exhibit: GraphAlone,
            inbox: Inbox::new(),
            commands: Outbox::new(),
            graph: None,
            is_newly_watched: false,
        }
    }

    fn answer(site: &mut Site<GraphAlone>, line: &str, fields: &str, body: &str) -> Response {
        let mut buffer = RequestBuffer::with_bodies(COMMAND_LENGTH_MAX);
        let length = body.len();
        buffer.add(
            format!(
                "{line} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: {length}\r\n{fields}\r\n{body}"
            )
            .as_bytes(),
        );
        site.answer(&buffer.next_request().expect("a request").expect("all of it"))
    }

    fn bearer(site: &Site<GraphAlone>) -> String {
        format!("Authorization: Bearer {}\r\n", site.guard.token().reveal())
    }

    #[test]
    fn everybody_here_gets_the_page_and_nothing_else_without_the_token() {
        let mut site = site();
        for path in ["/", "/style.css", "/main.js", "/icon.svg", "/exhibit.js"] {
            assert_eq!(answer(&mut site, &format!("GET {path}"), "", "").status, 200, "{path}");
        }
        for path in ["/events", "/graph.json", "/metrics", "/command", "/else"] {
            assert_eq!(answer(&mut site, &format!("GET {path}"), "", "").status, 401, "{path}");
        }
        assert!(!site.is_newly_watched);
        let token = bearer(&site);
        for (path, status) in [
            ("/events", 200),
            ("/graph.json", 200),
            ("/metrics", 200),
            ("/command", 405),
            ("/x", 404),
        ] {
            let answer = answer(&mut site, &format!("GET {path}"), &token, "");
            assert_eq!((answer.status, answer.is_stream()), (status, path == "/events"), "{path}");
        }
        assert!(site.is_newly_watched);
    }

    #[test]
    fn every_answer_tells_browsers_to_fetch_nothing_from_elsewhere() {
        let mut site = site();
        for path in ["/", "/metrics", "/nothing"] {
            let response = answer(&mut site, &format!("GET {path}"), "", "");
            let bytes = response.to_bytes(Method::Get, true);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert!(text.contains("\r\nContent-Security-Policy: default-src 'none';"), "{path}");
            assert!(!text.contains("Access-Control-"), "{path}");
        }
    }

    #[test]
    fn a_command_is_refused_for_what_is_wrong_with_it() {
        let mut site = site();
        let token = bearer(&site);
        let plain = format!("{token}Content-Type: text/plain; charset=utf-8\r\n");
        let html = format!("{token}Content-Type: text/html\r\n");
        let only_type = "Content-Type: text/plain; charset=utf-8\r\n";
        for (fields, body, status) in [
            (only_type, "list", 401),
            (&*html, "list", 415),
            (&*plain, "", 400),
            (&*plain, "two\nlines", 400),
            (&*plain, "a\u{1b}[31m", 400),
            // Nobody is linked.
            (&*plain, "list\n", 409),
        ] {
            let response = answer(&mut site, "POST /command", fields, body);
            assert_eq!(response.status, status, "{body:?}");
        }
        assert_eq!(answer(&mut site, "POST /metrics", &plain, "list").status, 405);
    }
}
