//! Where the bytes of one connection go and come from.

use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;

use mio::net::TcpStream;

use crate::engine::world::{Host, Line};

/// One connection of this machine, or of an imagined one. Dropping it closes it.
pub(in crate::engine) enum Stream {
    System(TcpStream),
    Imagined(ImaginedStream),
}

/// A connection of an imagined machine.
pub(in crate::engine) struct ImaginedStream {
    pub(super) host: Arc<dyn Host>,
    pub(super) line: Line,
}

impl Stream {
    /// Whether a connection that we opened came up, once that is known.
    pub(super) fn connect_result(&self) -> Option<bool> {
        match self {
            Stream::System(stream) => connect_result(stream),
            Stream::Imagined(stream) => stream.host.is_up(stream.line),
        }
    }

    /// It is up, and nothing that is sent shall wait for more.
    pub(super) fn hurry(&self) {
        if let Stream::System(stream) = self {
            let _ = stream.set_nodelay(true);
        }
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::System(stream) => stream.read(buffer),
            Stream::Imagined(stream) => stream.host.read(stream.line, buffer),
        }
    }

    pub(super) fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Stream::System(stream) => stream.write_vectored(slices),
            Stream::Imagined(stream) => stream.host.write(stream.line, slices),
        }
    }
}

impl Drop for ImaginedStream {
    fn drop(&mut self) {
        self.host.close(self.line);
    }
}

fn connect_result(stream: &TcpStream) -> Option<bool> {
    if !matches!(stream.take_error(), Ok(None)) {
        return Some(false);
    }
    match stream.peer_addr() {
        Ok(_) => Some(true),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => None,
        Err(_) => Some(false),
    }
}
