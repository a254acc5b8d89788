//! Datagram sockets, beside the connections.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};

/// Names one datagram socket. It stays open as long as the transport.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::engine) struct DatagramId(usize);

/// All of them; as many as there are tokens.
#[derive(Default)]
pub(super) struct Datagrams {
    sockets: Vec<Datagram>,
}

struct Datagram {
    socket: UdpSocket,
    /// Something may have come.
    knocked: bool,
}

impl Datagrams {
    pub(super) fn adopt(
        &mut self,
        socket: std::net::UdpSocket,
        registry: &Registry,
        mut tokens: Range<usize>,
    ) -> io::Result<DatagramId> {
        socket.set_nonblocking(true)?;
        let mut socket = UdpSocket::from_std(socket);
        let at = self.sockets.len();
        let token = tokens.nth(at).ok_or(io::ErrorKind::QuotaExceeded)?;
        registry.register(&mut socket, Token(token), Interest::READABLE)?;
        self.sockets.push(Datagram { socket, knocked: true });
        Ok(DatagramId(at))
    }

    pub(super) fn hear(&mut self, at: usize) {
        if let Some(datagram) = self.sockets.get_mut(at) {
            datagram.knocked = true;
        }
    }

    /// Whether something may have come that nobody has taken.
    pub(super) fn are_waiting(&self) -> bool {
        self.sockets.iter().any(|datagram| datagram.knocked)
    }

    pub(super) fn receive(
        &mut self,
        id: DatagramId,
        buffer: &mut [u8],
    ) -> Option<(usize, SocketAddr)> {
        let datagram = &mut self.sockets[id.0];
        while datagram.knocked {
            match datagram.socket.recv_from(buffer) {
                Ok(received) => return Some(received),
                // Some systems tell here that an earlier datagram reached nobody.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(_) => datagram.knocked = false,
            }
        }
        None
    }

    pub(super) fn send(&self, id: DatagramId, to: SocketAddr, bytes: &[u8]) -> io::Result<()> {
        match self.sockets[id.0].socket.send_to(bytes, to) {
            Ok(_) => Ok(()),
            // It is as if it were lost on the way, and that is provided for.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }
}
