//! The tracker we serve, as a component.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axon_core::{Asked, Control, ThreadedComponent};
use kamaelia_io::http::{BindError, HttpServer, Response};

use crate::tracker::{Tracker, TrackerConfig};

/// How long the server sleeps at most; being asked to end wakes it sooner.
const TURN: Duration = Duration::from_secs(60);

/// Answers announces and scrapes over HTTP, on a thread of its own, until it is asked to finish or
/// stop. Peers that stay silent are forgotten.
#[derive(ThreadedComponent)]
pub struct TorrentTracker {
    control: Control,
    server: HttpServer,
    tracker: Tracker,
}

impl TorrentTracker {
    /// Takes the address at once, so that torrents can name it before the graph runs. Port 0 lets
    /// the system choose.
    pub fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let server = HttpServer::bind(address)?;
        let config = TrackerConfig::new(fastrand::u64(..));
        Ok(TorrentTracker { control: Control::default(), server, tracker: Tracker::new(config) })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    fn main(mut self) -> std::io::Result<()> {
        self.control.wake_with(self.server.waker());
        let tracker = &mut self.tracker;
        while self.control.asked() < Asked::Finish {
            self.server.turn(TURN, &mut |request, remote, local| {
                let reply = tracker.handle_request(Instant::now(), &request.target, remote, local);
                let (status, content_type) = (reply.status, reply.content_type);
                Response { status, content_type, body: reply.body }
            })?;
            self.control.came_back();
        }
        Ok(())
    }
}
