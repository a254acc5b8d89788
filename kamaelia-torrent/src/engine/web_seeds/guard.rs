//! Which addresses a web seed may be at.
//!
//! The URL of a web seed comes from whoever made the torrent. It may name a server of the local
//! network, which many people have, but must not be a way to make us press buttons there: only
//! plain paths are asked for, without a query.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::engine::network::outlet::Outlet;
use crate::engine::trackers::fetch::Guard;
use crate::scope::{Scope, scope};

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
        if uri.query().is_some()
            && addresses.iter().any(|address| scope(address.ip()) < Scope::World)
        {
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
