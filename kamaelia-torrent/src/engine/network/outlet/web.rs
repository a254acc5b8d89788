//! The way out for HTTP: ureq asks here for its connections.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector as UreqConnector, LazyBuffers, NextTimeout,
    ShutdownHandle, Transport,
};
use ureq::{Error, Timeout};

use super::allowance::Allowance;
use super::{Destination, Outlet, Tunnel, stays_here};

/// The longest that connecting may take when nobody has said it.
const CONNECT_WITHIN: Duration = Duration::from_secs(60);

/// Opens connections to web servers.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) outlet: Outlet,
    /// What servers may send.
    pub(super) allowance: Allowance,
}

impl UreqConnector for Connector {
    type Out = Stream;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let within = details.timeout.not_zero().map_or(CONNECT_WITHIN, |within| *within);
        let until = Instant::now() + within;
        let stream = self.stream(details, until)?;
        if details.config.no_delay() {
            stream.set_nodelay(true)?;
        }
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        let stream = Arc::new(Socket(stream));
        (details.register_shutdown)(Arc::downgrade(&stream) as Weak<dyn ShutdownHandle>)?;
        Ok(Some(Stream { stream, buffers, allowance: self.allowance.clone() }))
    }
}

impl Connector {
    fn stream(&self, details: &ConnectionDetails, until: Instant) -> Result<TcpStream, Error> {
        let gate = self.outlet.0.proxy.as_ref();
        let beyond = details.addrs.iter().any(|address| !stays_here(*address));
        match gate.filter(|_| beyond) {
            Some(gate) => {
                let stream =
                    self.outlet.connect_within(gate.address, left(until)?).map_err(told)?;
                let destination = destination(details).ok_or(Error::HostNotFound)?;
                let mut hello = Vec::new();
                let tunnel = Tunnel::new(&gate.proxy, destination, &mut hello);
                pass(&stream, tunnel, hello, until)?;
                Ok(stream)
            }
            None => self.first_of(&details.addrs, until),
        }
    }

    /// Half of the time that is left for each address but the last, so that one that is silent
    /// does not keep us from the others.
    fn first_of(&self, addresses: &[SocketAddr], until: Instant) -> Result<TcpStream, Error> {
        let mut result = Err(Error::HostNotFound);
        for (at, address) in addresses.iter().enumerate() {
            let left = left(until)?;
            let within = if at + 1 == addresses.len() { left } else { left / 2 };
            result = self.outlet.connect_within(*address, within).map_err(told);
            if result.is_ok() {
                break;
            }
        }
        result
    }
}

/// A server beyond the proxy: by name, unless the URL has an address.
fn destination(details: &ConnectionDetails) -> Option<Destination> {
    let authority = details.uri.authority()?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let default = if details.needs_tls() { 443 } else { 80 };
    let port = authority.port_u16().unwrap_or(default);
    match host.parse::<IpAddr>() {
        Ok(ip) => Some(Destination::Address(SocketAddr::new(ip, port))),
        Err(_) if host.len() > 255 => None,
        Err(_) => Some(Destination::Name(host.to_owned(), port)),
    }
}

/// Talks to the proxy until it leads to the server.
fn pass(
    mut stream: &TcpStream,
    mut tunnel: Tunnel,
    hello: Vec<u8>,
    until: Instant,
) -> Result<(), Error> {
    let mut out = hello;
    // One byte at a time, so that nothing of what the server says is taken from it. It is short.
    let mut byte = [0];
    loop {
        stream.set_write_timeout(Some(left(until)?))?;
        stream.write_all(&out).map_err(told)?;
        out.clear();
        stream.set_read_timeout(Some(left(until)?))?;
        if stream.read(&mut byte).map_err(told)? == 0 {
            return Err(Error::ConnectProxyFailed("the proxy hung up".to_owned()));
        }
        match tunnel.receive(&byte, &mut out) {
            Ok(None) => {}
            Ok(Some(_)) => return Ok(()),
            Err(error) => return Err(Error::ConnectProxyFailed(error.to_string())),
        }
    }
}

fn left(until: Instant) -> Result<Duration, Error> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(Error::Timeout(Timeout::Connect)) } else { Ok(left) }
}

/// Sockets say in two ways that a time is over.
fn told(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Error::Timeout(Timeout::Connect),
        _ => error.into(),
    }
}

/// A connection to a web server.
#[derive(Debug)]
pub(super) struct Stream {
    stream: Arc<Socket>,
    buffers: LazyBuffers,
    allowance: Allowance,
}

#[derive(Debug)]
struct Socket(TcpStream);

impl ShutdownHandle for Socket {
    fn shutdown(&self) {
        // Fails only when the other side is gone already.
        let _ = self.0.shutdown(std::net::Shutdown::Both);
    }
}

impl Transport for Stream {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = timeout.for_write();
        self.stream.0.set_write_timeout(timeout.not_zero().map(|time| *time))?;
        let mut stream = &self.stream.0;
        stream.write_all(&self.buffers.output()[..amount]).map_err(|error| late(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = self.allowance.shortened(timeout.for_read())?;
        self.stream.0.set_read_timeout(timeout.not_zero().map(|time| *time))?;
        let mut stream = &self.stream.0;
        let buffer = self.buffers.input_append_buf();
        let amount = loop {
            match stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result.map_err(|error| late(error, timeout))?,
            }
        };
        self.allowance.take(amount)?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        // An idle connection has nothing to read: neither bytes nor its end.
        let mut stream = &self.stream.0;
        let is_idle = |error: io::Error| error.kind() == io::ErrorKind::WouldBlock;
        stream.set_nonblocking(true).is_ok()
            && stream.read(&mut [0]).is_err_and(is_idle)
            && stream.set_nonblocking(false).is_ok()
    }
}

fn late(error: io::Error, timeout: NextTimeout) -> Error {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Error::Timeout(timeout.reason),
        _ => error.into(),
    }
}
