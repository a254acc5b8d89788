//! Somebody with a socket.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;

use socket2::{Domain, Socket, Type};

use super::*;

/// A connection from any of this machine's many addresses.
pub(crate) struct Stranger {
    socket: Socket,
    pub(crate) address: SocketAddr,
}

impl Stranger {
    /// Connects from 127.0.0.1.
    pub(crate) fn calls(to: SocketAddr) -> Self {
        Stranger::calls_from(1, to)
    }

    /// Connects from 127.0.0.`last`.
    pub(crate) fn calls_from(last: u8, to: SocketAddr) -> Self {
        Stranger::connect(new_socket(), last, to)
    }

    /// Connects, and lets the system take as little for it as it may: its window is soon shut.
    pub(crate) fn calls_with_little_room(to: SocketAddr) -> Self {
        let socket = new_socket();
        socket.set_recv_buffer_size(1).expect("the system takes what it needs");
        Stranger::connect(socket, 1, to)
    }

    fn connect(socket: Socket, last: u8, to: SocketAddr) -> Self {
        socket.bind(&SocketAddr::from(([127, 0, 0, last], 0)).into()).expect("all are ours");
        socket.connect(&to.into()).expect("somebody listens");
        let address = socket.local_addr().expect("it is bound").as_socket().expect("an address");
        Stranger { socket, address }
    }

    /// Says this, as far as anybody listens.
    pub(crate) fn says(self, bytes: &[u8]) -> Self {
        let _ = (&self.socket).write_all(bytes);
        self
    }

    /// Whether all of this is taken by the system, which takes some itself, and the program.
    pub(crate) fn offers(&self, bytes: &[u8]) -> bool {
        (&self.socket).write_all(bytes).is_ok()
    }

    /// Each byte in a packet of its own.
    pub(crate) fn says_slowly(self, bytes: &[u8]) -> Self {
        self.socket.set_tcp_nodelay(true).expect("packets may be small");
        bytes.chunks(1).fold(self, |this, byte| {
            thread::sleep(Duration::from_micros(200));
            this.says(byte)
        })
    }

    /// Says this as what cannot wait.
    pub(crate) fn urges(self, bytes: &[u8]) -> Self {
        let _ = self.socket.send_out_of_band(bytes);
        self
    }

    /// Hears so many bytes, or up to the end.
    pub(crate) fn hears(self, count: usize) -> Self {
        let mut heard = Vec::new();
        let _ = (&self.socket).take(count as u64).read_to_end(&mut heard);
        self
    }

    /// Waits until so many bytes have come.
    #[track_caller]
    pub(crate) fn hears_all(self, count: usize) -> Self {
        (&self.socket).read_exact(&mut vec![0; count]).expect("it is told so much");
        self
    }

    /// Closes its side, and listens.
    pub(crate) fn says_no_more(self) -> Self {
        // It may be closed already.
        let _ = self.socket.shutdown(Shutdown::Write);
        self
    }

    /// Is gone at once, and leaves nothing but a reset.
    pub(crate) fn vanishes(self) {
        self.socket.set_linger(Some(Duration::ZERO)).expect("one's own socket");
    }

    /// Whether its connection is closed within ages, whatever comes before that.
    pub(crate) fn is_let_go(&self) -> bool {
        let mut bytes = [0; 4096];
        let deadline = Instant::now() + AGES;
        while Instant::now() < deadline {
            match (&self.socket).read(&mut bytes) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) if is_time_out(error.kind()) => return false,
                Err(_) => return true,
            }
        }
        false
    }

    /// Whether its connection is still open, as far as is known now.
    pub(crate) fn is_there(&self) -> bool {
        self.socket.set_nonblocking(true).expect("one's own socket");
        let heard = (&self.socket).read(&mut [0; 4096]);
        self.socket.set_nonblocking(false).expect("one's own socket");
        match heard {
            Ok(count) => count > 0,
            Err(error) => is_time_out(error.kind()),
        }
    }
}

fn new_socket() -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_read_timeout(Some(AGES)).expect("a time-out is allowed");
    socket.set_write_timeout(Some(AGES)).expect("a time-out is allowed");
    socket
}

fn is_time_out(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
