//! What is known of each tracker: its connection id, or who waits for one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long a connection id is good (BEP 15).
const CONNECTION_LIFETIME: Duration = Duration::from_secs(60);

/// What a tracker gave to be told again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Connection {
    pub(super) id: u64,
    /// When it came.
    pub(super) since: Instant,
}

/// A connect that is out, said so many times before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Connect {
    pub(super) transaction: u32,
    pub(super) attempt: u32,
    /// When it is said again.
    pub(super) next: Instant,
}

/// By their addresses. As many as there are exchanges, and those that answered one within
/// the last minute.
#[derive(Debug, Default)]
pub(super) struct Servers {
    servers: BTreeMap<SocketAddr, Server>,
}

#[derive(Debug, Default)]
struct Server {
    connection: Option<Connection>,
    connecting: Option<Connect>,
    /// Exchanges that wait for the connection, by their transactions.
    waiting: BTreeSet<u32>,
}

impl Servers {
    /// The connection to name, if there is one and it is still good.
    pub(super) fn connection(&self, server: SocketAddr, now: Instant) -> Option<Connection> {
        let connection = self.servers.get(&server)?.connection;
        connection.filter(|connection| connection.is_good(now))
    }

    pub(super) fn connecting(&self, server: SocketAddr) -> Option<Connect> {
        self.servers.get(&server)?.connecting
    }

    /// Whether this number is that of a connect which is out.
    pub(super) fn is_connecting(&self, server: SocketAddr, transaction: u32) -> bool {
        self.connecting(server).is_some_and(|connect| connect.transaction == transaction)
    }

    pub(super) fn set_connecting(&mut self, server: SocketAddr, connect: Connect) {
        self.servers.entry(server).or_default().connecting = Some(connect);
    }

    /// This exchange waits for a connection. Whether a connect is out already.
    pub(super) fn wait(&mut self, server: SocketAddr, transaction: u32) -> bool {
        let server = self.servers.entry(server).or_default();
        server.waiting.insert(transaction);
        server.connecting.is_some()
    }

    /// This exchange is over. Whether a connect is out for which nobody waits now.
    pub(super) fn stop_waiting(&mut self, server: SocketAddr, transaction: u32) -> bool {
        let Some(server) = self.servers.get_mut(&server) else { return false };
        server.waiting.remove(&transaction);
        server.waiting.is_empty() && server.connecting.is_some()
    }

    /// The connect that was out, and those that waited for it.
    pub(super) fn end_connect(&mut self, server: SocketAddr) -> (Option<Connect>, BTreeSet<u32>) {
        let Some(ended) = self.servers.remove(&server) else { return Default::default() };
        (ended.connecting, ended.waiting)
    }

    /// The tracker has given a connection id. Those whose time is over are forgotten.
    pub(super) fn connected(&mut self, server: SocketAddr, connection: Connection) {
        let now = connection.since;
        self.servers.retain(|_, server| server.is_of_use(now));
        self.servers.entry(server).or_default().connection = Some(connection);
    }

    /// The tracker has no use for the connection id it gave.
    pub(super) fn disconnect(&mut self, server: SocketAddr) {
        if let Some(server) = self.servers.get_mut(&server) {
            server.connection = None;
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.servers.len()
    }
}

impl Server {
    fn is_of_use(&self, now: Instant) -> bool {
        self.connecting.is_some()
            || !self.waiting.is_empty()
            || self.connection.is_some_and(|connection| connection.is_good(now))
    }
}

impl Connection {
    fn is_good(&self, now: Instant) -> bool {
        now < self.since + CONNECTION_LIFETIME
    }
}
