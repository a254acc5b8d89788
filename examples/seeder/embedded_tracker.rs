//! The tracker that makes other set-up unnecessary.

use std::error::Error;
use std::net::{Ipv6Addr, SocketAddr};
use std::thread::{self, JoinHandle};

use axon_core::{GraphHandle, Graphline};
use examples::{cause, reachable};
use kamaelia_torrent::components::TorrentTracker;
use kamaelia_torrent::engine::outlet::Bind;

use crate::options::Options;

/// The port people expect a tracker at.
const PORT: u16 = 6969;

/// A tracker in a graph of its own, which ends after the seeder's has.
pub(crate) struct EmbeddedTracker {
    address: SocketAddr,
    takes_datagrams: bool,
    graph: GraphHandle,
    thread: Option<JoinHandle<()>>,
}

impl EmbeddedTracker {
    /// Starts it unless the options name another one or none. So many may ask it by HTTP at a time.
    pub(crate) fn start(
        options: &Options,
        visitors_max: usize,
    ) -> Result<Option<Self>, Box<dyn Error>> {
        if !options.has_tracker() {
            return Ok(None);
        }
        let mut tracker = bind(options)?.connections_max(visitors_max);
        let address = tracker.local_addr();
        // On the same port, so that one opening in a firewall does for both. Those who cannot use
        // it ask by HTTP.
        if let Err(error) = tracker.bind_udp(address) {
            log::warn!("the tracker is not reached by UDP: {error}");
        }
        let takes_datagrams = tracker.udp_addr().is_some();
        let graph = Graphline::new().add("tracker", tracker).build()?;
        let handle = graph.handle();
        let thread = thread::Builder::new().name("tracker graph".into()).spawn(move || {
            if let Err(error) = graph.run() {
                log::error!("{}", cause(&error));
            }
        })?;
        Ok(Some(EmbeddedTracker { address, takes_datagrams, graph: handle, thread: Some(thread) }))
    }

    /// What torrents name.
    pub(crate) fn urls(&self) -> Vec<String> {
        let address = reachable(self.address);
        let by_udp = self.takes_datagrams.then(|| format!("udp://{address}/announce"));
        std::iter::once(format!("http://{address}/announce")).chain(by_udp).collect()
    }
}

impl Drop for EmbeddedTracker {
    fn drop(&mut self) {
        self.graph.finish();
        if let Some(thread) = self.thread.take() {
            // It has told its errors to the log.
            let _ = thread.join();
        }
    }
}

/// An address that was asked for must be had; else the usual port, or any, will do. The tracker is
/// where the peers are: whoever listens on loopback alone is not told of under another address.
fn bind(options: &Options) -> Result<TorrentTracker, Box<dyn Error>> {
    if let Some(address) = options.tracker_listen {
        return Ok(TorrentTracker::bind(address)?);
    }
    let own = match options.bind {
        Some(Bind::Address(ip)) => ip,
        _ => Ipv6Addr::UNSPECIFIED.into(),
    };
    let ip = options.listen.first().map_or(own, SocketAddr::ip);
    let at = |port| TorrentTracker::bind(SocketAddr::new(ip, port));
    at(PORT).or_else(|_| at(0)).map_err(|error| {
        format!(
            "no tracker can be at {ip}, where peers are listened for: {}; --tracker-listen says where \
             else, and --no-tracker that there is none",
            error.reason()
        )
        .into()
    })
}
