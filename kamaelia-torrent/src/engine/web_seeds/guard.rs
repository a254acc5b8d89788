//! Which addresses a web seed may be at.
//!
//! The URL of a web seed comes from whoever made the torrent. It may name a server of the local
//! network, which many people have, but must not be a way to make us press buttons there: only
//! plain paths are asked for, without a query.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::engine::network::outlet::Outlet;
use crate::engine::trackers::fetch::Guard;

/// How long an answer of the name service is good. Every part of every file is asked for by name.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Names remembered: that of the server, and those it redirects to.
const NAMES_MAX: usize = 16;

/// Resolves names, and refuses what a stranger's URL must not reach.
#[derive(Debug)]
pub(super) struct WebSeedGuard {
    guard: Guard,
    remembered: Mutex<HashMap<String, (ResolvedSocketAddrs, Instant)>>,
}

/// A URL with a query, at an address of the local network.
#[derive(Debug, thiserror::Error)]
#[error("a query to a server in the local network")]
pub(super) struct LocalQuery;

impl Resolver for WebSeedGuard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let addresses = self.addresses(uri, config, timeout)?;
        if uri.query().is_some() && addresses.iter().any(is_local) {
            return Err(ureq::Error::Other(Box::new(LocalQuery)));
        }
        Ok(addresses)
    }
}

impl WebSeedGuard {
    /// Looks up names as this outlet does.
    pub(super) fn new(outlet: &Outlet) -> Self {
        WebSeedGuard { guard: Guard::new(outlet), remembered: Mutex::default() }
    }

    fn addresses(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let server = format!("{:?}://{:?}", uri.scheme(), uri.authority());
        let now = Instant::now();
        let remembered = || self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((addresses, since)) = remembered().get(&server)
            && now.duration_since(*since) < REMEMBERED
        {
            return Ok(addresses.clone());
        }
        let addresses = self.guard.resolve(uri, config, timeout)?;
        let mut names = remembered();
        if names.len() >= NAMES_MAX {
            names.clear();
        }
        names.insert(server, (addresses.clone(), now));
        Ok(addresses)
    }
}

/// This machine, or one of the network around it.
fn is_local(address: &SocketAddr) -> bool {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
        }
        IpAddr::V6(ip) => {
            ip.is_loopback()
                || ip.is_unique_local()
                || ip.is_unicast_link_local()
                || ip.is_unspecified()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_around_is_told_from_the_world() {
        for (address, local) in [
            ("127.0.0.1:80", true),
            ("10.1.2.3:80", true),
            ("192.168.0.1:80", true),
            ("169.254.1.1:80", true),
            ("0.0.0.0:80", true),
            ("[::1]:80", true),
            ("[fd00::1]:80", true),
            ("[fe80::1]:80", true),
            ("[::ffff:10.0.0.1]:80", true),
            ("192.0.2.1:80", false),
            ("[2001:db8::1]:80", false),
        ] {
            assert_eq!(is_local(&address.parse().expect("an address")), local, "{address}");
        }
    }
}
