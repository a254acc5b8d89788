//! One request at a time, blocking: what the client's thread does.

use std::io::Read;
use std::net::IpAddr;
use std::time::Duration;

use ureq::http::{Request, Response, Uri};
use ureq::{Agent, AsSendBody, Body};

use super::{HttpAnswer, HttpError, HttpProblem, HttpRequest, HttpResponse};

/// How long to wait, and how much to take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HttpLimits {
    /// For finding the host, and again for connecting to it.
    pub connect: Duration,
    /// Without a byte moving, and for the head of an answer.
    pub silence: Duration,
    /// For a request from beginning to end, redirects included.
    pub total: Duration,
    /// Times a server may send us elsewhere.
    pub redirects_max: u32,
    /// Of a body, after decompression. A body is held in memory whole.
    pub body_bytes_max: u64,
}

impl Default for HttpLimits {
    /// 20 s to connect, 30 s of silence, 5 minutes in all, 5 redirects, 64 MiB.
    fn default() -> Self {
        HttpLimits {
            connect: Duration::from_secs(20),
            silence: Duration::from_secs(30),
            total: Duration::from_secs(300),
            redirects_max: 5,
            body_bytes_max: 64 * 1024 * 1024,
        }
    }
}

/// Fetches until its agent is shut down.
pub(super) struct Fetcher {
    agent: Agent,
    limits: HttpLimits,
}

impl Fetcher {
    /// With an agent of the caller's, or with one that finds its own way.
    pub(super) fn new(limits: HttpLimits, agent: Option<Agent>) -> Self {
        // A connection kept for later may be closed by the server at the very moment it is used
        // again, and a request would fail through nobody's fault.
        let agent =
            agent.unwrap_or_else(|| Agent::config_builder().max_idle_connections(0).build().into());
        Fetcher { agent, limits }
    }

    /// To end from elsewhere what this one is waiting for.
    pub(super) fn agent(&self) -> Agent {
        self.agent.clone()
    }

    /// Exactly one answer. Blocks.
    pub(super) fn fetch(&self, request: HttpRequest) -> HttpAnswer {
        match self.try_fetch(&request) {
            Ok((response, body)) => Ok(HttpResponse {
                url: request.url,
                status: response.status().as_u16(),
                content_type: content_type(&response),
                body,
            }),
            Err(problem) => Err(HttpError { url: request.url, problem }),
        }
    }

    fn try_fetch(&self, request: &HttpRequest) -> Result<(Response<Body>, Vec<u8>), HttpProblem> {
        let uri = checked(&request.url)?;
        let mut response = match &request.body {
            Some(body) => self.send(request, uri, body)?,
            None => self.send(request, uri, ())?,
        };
        let status = response.status();
        if !status.is_success() {
            let reason = status.canonical_reason().unwrap_or("a status without a name");
            return Err(HttpProblem::Status { status: status.as_u16(), reason });
        }
        let body = self.whole(response.body_mut())?;
        Ok((response, body))
    }

    fn send(
        &self,
        request: &HttpRequest,
        uri: Uri,
        body: impl AsSendBody,
    ) -> Result<Response<Body>, HttpProblem> {
        let stays_here = is_on_this_machine(&uri);
        let mut builder = Request::builder().method(request.method()).uri(uri);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let request =
            builder.body(body).map_err(|error| HttpProblem::BadRequest(error.to_string()))?;
        let limits = &self.limits;
        let mut config = self
            .agent
            .configure_request(request)
            // A page that says what went wrong is not what was asked for: the status decides.
            .http_status_as_error(false)
            .max_redirects(limits.redirects_max)
            .user_agent(concat!("kamaelia-io/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_per_read(Some(limits.silence))
            .timeout_per_write(Some(limits.silence))
            .timeout_recv_response(Some(limits.silence))
            .timeout_global(Some(limits.total));
        if stays_here {
            // A proxy set in the environment is for the way out.
            config = config.proxy(None);
        }
        self.agent.run(config.build()).map_err(|error| self.problem(error))
    }

    fn whole(&self, body: &mut Body) -> Result<Vec<u8>, HttpProblem> {
        let limit = self.limits.body_bytes_max;
        if body.content_length().is_some_and(|length| length > limit) {
            return Err(HttpProblem::TooLarge { limit });
        }
        let mut bytes = Vec::new();
        body.as_reader()
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| self.problem(error.into()))?;
        if bytes.len() as u64 > limit { Err(HttpProblem::TooLarge { limit }) } else { Ok(bytes) }
    }

    fn problem(&self, error: ureq::Error) -> HttpProblem {
        HttpProblem::of(error, &self.limits)
    }
}

fn checked(url: &str) -> Result<Uri, HttpProblem> {
    let uri: Uri = url.parse().map_err(|error| HttpProblem::BadUrl(format!("{error}")))?;
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().unwrap_or_default().is_empty() => {
            Err(HttpProblem::BadUrl("it names no host".to_owned()))
        }
        Some("http") => Ok(uri),
        Some("https") if cfg!(feature = "tls") => Ok(uri),
        Some("https") => Err(HttpProblem::NoTls),
        Some(other) => Err(HttpProblem::BadUrl(format!("it begins with {other}:"))),
        None => Err(HttpProblem::BadUrl("it has no http:// before it".to_owned())),
    }
}

fn is_on_this_machine(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn content_type(response: &Response<Body>) -> Option<String> {
    let value = response.headers().get("content-type")?;
    value.to_str().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_of_the_web_are_fetched() {
        let bad = |url| matches!(checked(url), Err(HttpProblem::BadUrl(_)));
        for url in [
            "",
            "example.org/a",
            "/a",
            "ftp://example.org/",
            "http://",
            "http://:80/",
            "http://a b/",
            "x",
        ] {
            assert!(bad(url), "{url}");
        }
        assert!(checked("http://example.org:8000/a?b=c").is_ok());
        assert_eq!(checked("https://example.org/").is_ok(), cfg!(feature = "tls"));
    }

    #[test]
    fn what_stays_on_this_machine_needs_no_proxy() {
        let here = |url: &str| is_on_this_machine(&url.parse().expect("a URL"));
        assert!(here("http://localhost:80/"));
        assert!(here("http://127.0.0.1/"));
        assert!(here("http://[::1]:8000/a"));
        assert!(!here("http://example.org/"));
        assert!(!here("http://10.0.0.1/"));
    }
}
