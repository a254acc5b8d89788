//! The one way out: every socket that leaves this machine is opened here, or refused.
//!
//! Comes in: what a person wishes, a [`Bind`] and a [`Proxy`]. Goes out: sockets for peers,
//! trackers, web servers and datagrams, all of which obey. What cannot be honoured is an error, at
//! the start where possible; nothing goes another way instead.
//!
//! - **Bound** to an address or an interface, connections and datagrams leave by it alone. Names
//!   are an exception, since the system looks them up in its own way.
//! - Behind a **proxy**, connections go through it, names are looked up by it, nobody can connect to
//!   us, and there are no datagrams: the datagrams of SOCKS are let through by few proxies.
//! - What stays on this machine goes there directly.

mod allowance;
mod bind;
mod groups;
mod names;
mod proxy;
mod socks;
mod web;

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use ureq::unversioned::resolver::Resolver;
#[cfg(feature = "tls")]
use ureq::unversioned::transport::Connector as _;

use allowance::Allowance;
pub(in crate::engine) use allowance::BoundedAgent;
pub use bind::{Bind, EmptyBind};
pub use names::Names;
pub use proxy::{BadProxy, Proxy};
pub(in crate::engine) use socks::{Destination, Tunnel};

/// Connections the system keeps for us until we accept them.
const BACKLOG: i32 = 256;

/// How everything leaves this machine. Clones are the same way. The default goes where the system
/// sends it.
#[derive(Clone, Debug, Default)]
pub struct Outlet(Arc<Way>);

#[derive(Debug, Default)]
struct Way {
    bind: Bind,
    proxy: Option<Gate>,
}

/// A proxy, and where it is.
#[derive(Clone, Debug)]
struct Gate {
    proxy: Proxy,
    address: SocketAddr,
}

/// A way out that this machine does not have.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutletError {
    /// The address is not this machine's, or the interface is not there or not ours to use.
    #[error("nothing can leave by {bind}: {source}")]
    Bind {
        /// What was asked for.
        bind: Bind,
        /// What the system said.
        source: io::Error,
    },
    /// The proxy's name leads nowhere.
    #[error("the proxy {host} cannot be found: {source}")]
    NoProxy {
        /// Its name.
        host: String,
        /// What the system said.
        source: io::Error,
    },
    /// The proxy has no address of the family that everything is bound to.
    #[error("the proxy {host} cannot be reached by way of {bind}")]
    ProxyElsewhere {
        /// Its name.
        host: String,
        /// What everything is bound to.
        bind: Bind,
    },
}

impl Outlet {
    /// Sees to it that everything leaves in this way, and finds out whether it can. Blocks while
    /// the proxy's name is looked up.
    pub fn new(bind: Bind, proxy: Option<Proxy>) -> Result<Self, OutletError> {
        bind.check().map_err(|source| OutletError::Bind { bind: bind.clone(), source })?;
        let gate = proxy.map(|proxy| find(proxy, &bind)).transpose()?;
        Ok(Outlet(Arc::new(Way { bind, proxy: gate })))
    }

    /// What everything is bound to.
    pub fn bind(&self) -> &Bind {
        &self.0.bind
    }

    /// Whether connections go through a proxy: then nobody can connect to us, and there are no
    /// datagrams.
    pub fn has_proxy(&self) -> bool {
        self.0.proxy.is_some()
    }

    /// An agent for HTTP that goes this way alone: heed no environment in its configuration, nor a
    /// proxy of ureq's.
    pub fn agent(&self, config: ureq::config::Config, names: impl Resolver) -> ureq::Agent {
        self.agent_within(config, names, Allowance::default())
    }

    /// The same, but that servers send it no more than they are [allowed](BoundedAgent::allow).
    pub(in crate::engine) fn bounded_agent(
        &self,
        config: ureq::config::Config,
        names: impl Resolver,
    ) -> BoundedAgent {
        let allowance = Allowance::default();
        BoundedAgent::new(self.agent_within(config, names, allowance.clone()), allowance)
    }

    fn agent_within(
        &self,
        config: ureq::config::Config,
        names: impl Resolver,
        allowance: Allowance,
    ) -> ureq::Agent {
        let connector = web::Connector { outlet: self.clone(), allowance };
        #[cfg(feature = "tls")]
        let connector = connector.chain(ureq::unversioned::transport::RustlsConnector::default());
        ureq::Agent::with_parts(config, connector, names)
    }

    /// An agent for HTTP with ureq's own limits, which keeps no connections.
    pub fn web_agent(&self) -> ureq::Agent {
        let config = ureq::config::Config::builder().proxy(None).max_idle_connections(0).build();
        self.agent(config, self.names())
    }

    /// What looks up names for [`agent`](Self::agent), unless the proxy does.
    pub fn names(&self) -> Names {
        Names::new(self.has_proxy())
    }

    /// Listens for connections. The system chooses a port for port 0.
    pub fn listen(&self, address: SocketAddr) -> io::Result<TcpListener> {
        if self.has_proxy() {
            return Err(refused("nobody can connect to us through a proxy"));
        }
        let address = self.0.bind.local(address)?;
        let socket = self.socket(address, Type::STREAM, Protocol::TCP)?;
        if address.is_ipv6() && address.ip().is_unspecified() {
            // One socket for both families, where the system allows it.
            let _ = socket.set_only_v6(false);
        }
        // A port that we used a minute ago is ours again; one in use by someone else is not.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    }

    /// Begins to connect to this address, or to the proxy that leads there. Does not block; the
    /// connection is up when the socket can be written to.
    pub(in crate::engine) fn begin_to_connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let first = self.next_hop(address);
        let socket = self.caller(first)?;
        socket.set_nonblocking(true)?;
        match socket.connect(&first.into()) {
            Ok(()) => {}
            Err(error) if is_under_way(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(socket.into())
    }

    /// What has to be said to the proxy before a connection leads to this address.
    pub(in crate::engine) fn tunnel(&self, to: SocketAddr, out: &mut Vec<u8>) -> Option<Tunnel> {
        let gate = self.0.proxy.as_ref().filter(|_| !stays_here(to))?;
        Some(Tunnel::new(&gate.proxy, Destination::Address(to), out))
    }

    /// A socket for datagrams, bound to this address of ours or to the one that everything is
    /// bound to. It can wait for datagrams or not, as the caller sets it.
    pub fn datagrams(&self, address: SocketAddr) -> io::Result<UdpSocket> {
        if self.has_proxy() && !stays_here(address) {
            return Err(refused("datagrams cannot go through the proxy, and go no other way"));
        }
        let address = self.0.bind.local(address)?;
        let socket = self.socket(address, Type::DGRAM, Protocol::UDP)?;
        if address.is_ipv6() {
            // A socket for each family, whatever the system thinks of one for both.
            let _ = socket.set_only_v6(true);
        }
        socket.bind(&address.into())?;
        Ok(socket.into())
    }

    /// Connects, within this time. Blocks.
    fn connect_within(&self, address: SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
        let socket = self.caller(address)?;
        socket.connect_timeout(&address.into(), timeout)?;
        Ok(socket.into())
    }

    /// Where a connection to this address goes first.
    fn next_hop(&self, address: SocketAddr) -> SocketAddr {
        match &self.0.proxy {
            Some(gate) if !stays_here(address) => gate.address,
            _ => address,
        }
    }

    /// A socket that may connect to this address.
    fn caller(&self, to: SocketAddr) -> io::Result<Socket> {
        if stays_here(to) {
            return Socket::new(Domain::for_address(to), Type::STREAM, Some(Protocol::TCP));
        }
        let socket = self.socket(to, Type::STREAM, Protocol::TCP)?;
        if let Some(from) = self.0.bind.source_for(to)? {
            socket.bind(&from.into())?;
        }
        Ok(socket)
    }

    /// A socket of this address's family, on our interface if we have one.
    fn socket(&self, like: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
        let socket = Socket::new(Domain::for_address(like), kind, Some(protocol))?;
        if !like.ip().is_loopback() {
            self.0.bind.hold(&socket)?;
        }
        Ok(socket)
    }
}

/// Whether what is sent there never leaves this machine.
fn stays_here(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

fn refused(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, reason)
}

fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}

/// Looks up where a proxy is.
fn find(proxy: Proxy, bind: &Bind) -> Result<Gate, OutletError> {
    use std::net::ToSocketAddrs;
    let found = (proxy.host(), proxy.port()).to_socket_addrs();
    let host = || proxy.host().to_owned();
    let found = found.map_err(|source| OutletError::NoProxy { host: host(), source })?;
    let reached = |address: &SocketAddr| stays_here(*address) || bind.source_for(*address).is_ok();
    let Some(address) = found.into_iter().find(reached) else {
        return Err(OutletError::ProxyElsewhere { host: host(), bind: bind.clone() });
    };
    Ok(Gate { proxy, address })
}

#[cfg(test)]
mod tests;
