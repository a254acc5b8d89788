//! Names of web servers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Stands for every server whose name the proxy looks up: an address that nobody has (RFC 5737).
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// Looks up names as the system does, unless that is the proxy's to do.
#[derive(Debug)]
pub struct Names {
    system: DefaultResolver,
    by_proxy: bool,
}

impl Names {
    pub(super) fn new(by_proxy: bool) -> Self {
        Names { system: DefaultResolver::default(), by_proxy }
    }
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        if !self.by_proxy || host == "localhost" {
            return self.system.resolve(uri, config, timeout);
        }
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let ip = host.parse().unwrap_or(ELSEWHERE);
        let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let mut addresses = self.empty();
        addresses.push(SocketAddr::new(ip, uri.port_u16().unwrap_or(default)));
        Ok(addresses)
    }
}
