//! Pages and files from the web.
//!
//! What is it: requests go in, answers come out.
//!
//! How to use it: send an [`HttpRequest`], or a URL turned into one. A body comes back byte for
//! byte; everything else that can happen comes back as a sentence: an error page is not taken for
//! what it stands in for. The URL in the answer is the one that was asked for.
//!
//! How it works: one request at a time, in order, exactly one answer each, on ureq in a thread that
//! may block. Redirects are followed, and bodies that come compressed are unpacked. Every wait and every size has a limit, see [`HttpLimits`]. Proxies are
//! taken from the environment (`http_proxy` and its relatives), except for this machine itself; an
//! agent of one's own ([`SimpleHTTPClient::with_agent`]) goes the way it is made for.
//!
//! When it stops: when no more requests can come, after the last answer; when nobody is left to
//! take answers; at once when the graph is asked to stop: the request under way is broken off, so
//! a silent server holds up nobody.

use axon_core::{Component, ComponentResult, Inbox, Outbox};
use ureq::Agent;

use super::fetch::Fetcher;
use super::{HttpAnswer, HttpLimits, HttpRequest};
use crate::errand::{Done, Errands};

/// Fetches URLs, one answer for each request.
///
/// ```no_run
/// use axon_core::Pipeline;
/// use kamaelia_io::{ConsoleEchoer, ConsoleReader, HttpAnswer, HttpRequest, PureTransformer};
/// use kamaelia_io::SimpleHTTPClient;
///
/// Pipeline::new(ConsoleReader::new("url> "))
///     .then(PureTransformer::map(|url: String| HttpRequest::get(url)))
///     .then(SimpleHTTPClient::new())
///     .then(PureTransformer::map(|answer: HttpAnswer| match answer {
///         Ok(response) => format!("{} bytes\n", response.body.len()),
///         Err(error) => format!("{error}\n"),
///     }))
///     .then(ConsoleEchoer::new())
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Component)]
pub struct SimpleHTTPClient {
    /// What to fetch.
    pub inbox: Inbox<HttpRequest>,
    /// What came of it.
    pub outbox: Outbox<HttpAnswer>,
    /// Private: what the fetching thread brings.
    #[optional]
    fetched: Inbox<Done<HttpAnswer>>,
    limits: HttpLimits,
    /// Instead of one that finds its own way.
    agent: Option<Agent>,
}

impl SimpleHTTPClient {
    /// With the limits that suit most.
    pub fn new() -> Self {
        SimpleHTTPClient::with_limits(HttpLimits::default())
    }

    /// With limits of one's own.
    pub fn with_limits(limits: HttpLimits) -> Self {
        SimpleHTTPClient {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            fetched: Inbox::new(),
            limits,
            agent: None,
        }
    }

    /// Asks by way of this agent, with the connections, names and proxy it is made for. The limits
    /// hold all the same.
    pub fn with_agent(mut self, agent: Agent) -> Self {
        self.agent = Some(agent);
        self
    }

    async fn main(mut self) -> ComponentResult {
        let fetcher = Fetcher::new(self.limits, self.agent);
        let _hang_up = HangUp(fetcher.agent());
        let fetch = move |request| fetcher.fetch(request);
        let mut errands = Errands::start("http client", &mut self.fetched, fetch)?;
        while let Some(request) = self.inbox.recv().await {
            let answer = errands.run(request, &mut self.fetched).await?;
            self.outbox.send(answer).await?;
        }
        Ok(())
    }
}

impl Default for SimpleHTTPClient {
    fn default() -> Self {
        SimpleHTTPClient::new()
    }
}

/// Breaks off whatever is under way when the component ends.
struct HangUp(Agent);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.clone().shutdown();
    }
}
