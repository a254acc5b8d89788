//! A connection that is there already.
//!
//! What is it: the component in which a [`ServerCore`](super::ServerCore) puts each connection it takes.
//!
//! How to use it: a ServerCore makes them; make one of your own where you accept connections yourself.
//!
//! How it works: as [`TCPClient`](super::TCPClient), from the moment it is connected.
//!
//! When it stops: when no more can come in, all was sent, and nothing more comes from the other end: that
//! may have closed its side long before and still wait for an answer. If the other end goes on sending
//! although nobody takes it, two seconds later. When the connection breaks off, which is the right of a
//! stranger and so no failure. Asked to finish, it receives no more. Asked to stop, it closes at once.

use std::io;
use std::net::{SocketAddr, TcpStream};

use axon_core::{Control, Inbox, Outbox, ThreadedComponent};

use super::TcpError;
use super::conversation::{Boxes, Conversation, Role};

/// Moves bytes both ways between its boxes and a socket.
#[derive(ThreadedComponent)]
pub struct ConnectedSocketAdapter {
    /// What to send.
    pub inbox: Inbox<Vec<u8>>,
    /// What the other end sends, in pieces of at most 16 KiB.
    #[optional]
    pub outbox: Outbox<Vec<u8>>,
    control: Control,
    stream: mio::net::TcpStream,
    remote: SocketAddr,
}

impl ConnectedSocketAdapter {
    /// Around this socket, which fails if it is not connected.
    pub fn new(stream: TcpStream) -> io::Result<Self> {
        let remote = stream.peer_addr()?;
        stream.set_nonblocking(true)?;
        Ok(Self::accepted(mio::net::TcpStream::from_std(stream), remote))
    }

    pub(super) fn accepted(stream: mio::net::TcpStream, remote: SocketAddr) -> Self {
        let (inbox, outbox, control) = (Inbox::new(), Outbox::new(), Control::default());
        ConnectedSocketAdapter { inbox, outbox, control, stream, remote }
    }

    fn main(self) -> Result<(), TcpError> {
        let ConnectedSocketAdapter { inbox, outbox, control, stream, remote } = self;
        let boxes = Boxes { inbox, outbox, control };
        match Conversation::new(stream, remote, Role::Called, boxes).run() {
            Err(error @ TcpError::BrokenOff { .. }) => {
                log::debug!("{error}");
                Ok(())
            }
            result => result,
        }
    }
}
