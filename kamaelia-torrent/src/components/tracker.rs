//! The tracker we serve, as a component.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use axon_core::{Asked, Control, ThreadedComponent};
use kamaelia_io::http::{self, HttpServer, Response};
use kamaelia_io::udp::{self, UdpServer};

use crate::engine::new_secret;
use crate::tracker::{Tracker, TrackerConfig};

/// How long the servers sleep at most; being asked to end wakes them sooner.
const TURN: Duration = Duration::from_secs(60);

/// Answers announces and scrapes over HTTP, and over UDP if it has been given an address for that,
/// on threads of its own, until it is asked to finish or stop. Peers that stay silent are
/// forgotten. Whichever way they ask, peers of a torrent learn of each other.
#[derive(ThreadedComponent)]
pub struct TorrentTracker {
    control: Control,
    http: HttpServer,
    udp: Option<UdpServer>,
    config: TrackerConfig,
}

impl TorrentTracker {
    /// Takes the address for HTTP at once, so that torrents can name it before the graph runs.
    /// Port 0 lets the system choose.
    pub fn bind(address: SocketAddr) -> Result<Self, http::BindError> {
        let http = HttpServer::bind(address)?;
        let config = TrackerConfig::new(fastrand::u64(..), new_secret());
        Ok(TorrentTracker { control: Control::default(), http, udp: None, config })
    }

    /// Takes an address for UDP, too, at once.
    pub fn bind_udp(&mut self, address: SocketAddr) -> Result<(), udp::BindError> {
        self.udp = Some(UdpServer::bind(address)?);
        Ok(())
    }

    /// Tells under which addresses this machine's network is reached from outside, so that peers
    /// on it can be found by those outside.
    pub fn external(mut self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        self.config.external = addresses.into_iter().collect();
        self
    }

    /// At most this many connections at a time; at least one. 256 unless told.
    pub fn connections_max(mut self, count: usize) -> Self {
        self.http.set_connections_max(count);
        self
    }

    /// Where it listens for HTTP.
    pub fn local_addr(&self) -> SocketAddr {
        self.http.local_addr()
    }

    /// Where it takes datagrams, if it does.
    pub fn udp_addr(&self) -> Option<SocketAddr> {
        self.udp.as_ref().map(UdpServer::local_addr)
    }

    fn main(self) -> io::Result<()> {
        let TorrentTracker { mut control, http, udp, config } = self;
        let wake_http = http.waker();
        control.wake_with(wake_http.clone());
        let shared =
            Shared { tracker: Mutex::new(Tracker::new(config)), over: AtomicBool::new(false) };
        let Some(udp) = udp else { return shared.serve_http(http, &mut control) };
        let wake_udp = udp.waker();
        thread::scope(|scope| {
            let by_udp = thread::Builder::new().name("tracker udp".into());
            let by_udp = by_udp.spawn_scoped(scope, || {
                let _end = shared.end_of_one(wake_http);
                shared.serve_udp(udp)
            })?;
            let result = {
                let _end = shared.end_of_one(wake_udp);
                shared.serve_http(http, &mut control)
            };
            let by_udp = by_udp.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            result.and(by_udp)
        })
    }
}

/// What both servers use.
struct Shared {
    tracker: Mutex<Tracker>,
    over: AtomicBool,
}

/// When one server ends, however it does, so does the other.
struct EndOfOne<'a> {
    over: &'a AtomicBool,
    wake_other: Waker,
}

impl Drop for EndOfOne<'_> {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        self.wake_other.wake_by_ref();
    }
}

impl Shared {
    fn end_of_one(&self, wake_other: Waker) -> EndOfOne<'_> {
        EndOfOne { over: &self.over, wake_other }
    }

    fn serve_http(&self, mut server: HttpServer, control: &mut Control) -> io::Result<()> {
        while control.asked() < Asked::Finish && !self.is_over() {
            server.turn(TURN, &mut |request, remote, local| {
                let now = Instant::now();
                let reply = self.tracker().handle_request(now, &request.target, remote, local);
                Response::new(reply.status, reply.content_type, reply.body)
            })?;
            control.came_back();
        }
        Ok(())
    }

    fn serve_udp(&self, mut server: UdpServer) -> io::Result<()> {
        while !self.is_over() {
            server.turn(TURN, &mut |datagram, remote, local| {
                self.tracker().handle_datagram(Instant::now(), datagram, remote, local)
            })?;
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    fn tracker(&self) -> MutexGuard<'_, Tracker> {
        self.tracker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
