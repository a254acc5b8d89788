//! The component that shows its graph.
//!
//! What is it: a window into the graph it is part of, for a person with a browser, and for programs
//! that collect numbers.
//!
//! How to use it: add it to the graph, by [`WithView`](super::WithView) or by hand, and open the
//! address it tells.
//!
//! How it works: an [`HttpServer`] on a thread of its own. While somebody looks it takes a snapshot
//! twice a second, and sends it if something has moved. While nobody looks it sleeps.
//!
//! When it stops: when nobody is left in the graph but components that look on, and when its graph is
//! asked to finish or stop.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use axon_core::{Asked, Control, Inbox, Outbox, ThreadedComponent};

use super::error::ViewError;
use super::events::Events;
use super::exhibit::{Exhibit, GraphAlone};
use super::guard::Guard;
use super::site::{COMMAND_LENGTH_MAX, Site};
use super::token::Token;
use crate::http::{HttpServer, Limits};

/// How often it looks while somebody watches.
const PERIOD: Duration = Duration::from_millis(500);

/// How long it sleeps at most while nobody does; whatever happens wakes it sooner.
const SLEEP: Duration = Duration::from_secs(60 * 60);

/// Serves a page on which the graph it is part of is seen to run.
///
/// Only this machine can reach it. What it tells, and what it is told, needs a token that is made anew
/// for each run and is part of the [address](Self::url); besides, requests that pages of others have
/// browsers send are refused.
///
/// | path | what it is |
/// |---|---|
/// | `/` | the page |
/// | `/events` | what the page is told, as server-sent events |
/// | `/graph.json` | [`Snapshot::to_json`](axon_core::inspect::Snapshot::to_json) |
/// | `/metrics` | numbers in the text format of Prometheus |
/// | `/command` | takes a line for the outbox `commands`, by POST |
///
/// All but the page ask for `Authorization: Bearer TOKEN`.
///
/// A graph that has one is never reported as stuck, since a person may look at it as long as he likes;
/// the page shows who is.
#[derive(ThreadedComponent)]
pub struct LiveView<E: Exhibit = GraphAlone> {
    /// What the exhibit hears.
    #[optional]
    pub inbox: Inbox<E::Message>,
    /// Lines that a person at the page has given, without their ends.
    #[optional]
    pub commands: Outbox<String>,

    control: Control,
    server: HttpServer,
    token: Token,
    exhibit: E,
    title: String,
}

impl LiveView {
    /// A view of the graph alone, on this machine's loopback. Takes the address at once; port 0 lets
    /// the system choose.
    pub fn bind(address: SocketAddr) -> Result<Self, ViewError> {
        Self::with_exhibit(address, GraphAlone)
    }
}

impl<E: Exhibit> LiveView<E> {
    /// A view of the graph, and of something beside it.
    pub fn with_exhibit(address: SocketAddr, exhibit: E) -> Result<Self, ViewError> {
        if !address.ip().is_loopback() {
            return Err(ViewError::NotLoopback { address });
        }
        Self::reachable_by_others(address, exhibit)
    }

    /// The same at any address. Whoever can listen in on the way to it learns the token, since nothing
    /// is encrypted.
    pub fn reachable_by_others(address: SocketAddr, exhibit: E) -> Result<Self, ViewError> {
        let limits = Limits { body_max: COMMAND_LENGTH_MAX, ..Limits::default() };
        let server = HttpServer::bind_with(address, limits)?;
        Ok(LiveView {
            inbox: Inbox::new(),
            commands: Outbox::new(),
            control: Control::default(),
            server,
            token: Token::random().map_err(ViewError::NoToken)?,
            exhibit,
            title: own_name(),
        })
    }

    /// What the page calls the program; unless told otherwise the name of its file.
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// At most this many connections at a time; at least one. 256 unless told.
    pub fn connections_max(mut self, count: usize) -> Self {
        self.server.set_connections_max(count);
        self
    }

    /// The address of the page with the token, to be told to nobody but the person who looks. For a
    /// view at every address of this machine it is the one by which the machine reaches itself.
    pub fn url(&self) -> String {
        let mut address = self.server.local_addr();
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        // What follows the # stays in the browser: it is in no log and no header.
        format!("http://{address}/#{}", self.token.reveal())
    }

    fn main(self) -> io::Result<()> {
        let LiveView { inbox, commands, control, mut server, token, exhibit, title } = self;
        control.look_on();
        control.wake_with(server.waker());
        let guard = Guard::new(token, server.local_addr());
        let graph = control.graph();
        let mut site = Site { guard, exhibit, inbox, commands, graph, is_newly_watched: false };
        let mut audience = Audience { events: Events::of(title), look_at: None, is_behind: false };
        while control.asked() < Asked::Finish {
            site.listen();
            audience.tell(&mut server, &mut site);
            let wait = audience.wait(&server);
            server.turn(wait, &mut |request, _remote, _local| site.answer(request))?;
            control.came_back();
        }
        Ok(())
    }
}

/// Those who look.
struct Audience {
    events: Events,
    /// When to look next.
    look_at: Option<Instant>,
    /// Somebody has missed something.
    is_behind: bool,
}

impl Audience {
    /// Shows how things stand, if somebody looks and it is time.
    fn tell<E: Exhibit>(&mut self, server: &mut HttpServer, site: &mut Site<E>) {
        self.is_behind |= std::mem::take(&mut site.is_newly_watched);
        let ready = server.streams_ready();
        let now = Instant::now();
        if server.streams() == 0 || self.look_at.is_some_and(|at| now < at) {
            return;
        }
        self.look_at = Some(now + PERIOD);
        if ready == 0 {
            return;
        }
        let (takes, all) = (site.commands.is_taken(), self.is_behind);
        let told = self.events.next(site.snapshot().outline(), site.exhibit.state(), takes, all);
        if let Some(part) = told {
            server.offer(&part);
            self.is_behind = ready < server.streams();
        }
    }

    /// How long there is nothing to show.
    fn wait(&mut self, server: &HttpServer) -> Duration {
        if server.streams() == 0 {
            self.look_at = None;
            return SLEEP;
        }
        let now = Instant::now();
        self.look_at.map_or(PERIOD, |at| at.saturating_duration_since(now))
    }
}

fn own_name() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.file_stem().map_or_else(|| "a graph".into(), |name| name.to_string_lossy().into_owned())
}
