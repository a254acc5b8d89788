//! One socket: what it has said, and the bytes that wait for it.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use super::stream::Stream;
use super::{Flushed, News, ReadOutcome, Readiness, SocketId};
use crate::engine::disk::SpareBuffers;
use crate::wire::encryption::Ciphers;

/// Buffers handed to the system in one write.
const SLICES_MAX: usize = 64;

pub(super) struct Connection {
    stream: Stream,
    phase: Phase,
    /// News of it is in line, or the caller is reading.
    told_readable: bool,
    /// The last write was taken whole.
    writable: bool,
    outgoing: VecDeque<Vec<u8>>,
    /// Bytes of the first buffer that are written already.
    written: usize,
    queued: usize,
    /// What all bytes go through, in both directions.
    ciphers: Option<Box<Ciphers>>,
    /// Where buffers go when they are written.
    spare: SpareBuffers,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Phase {
    Connecting,
    Open,
}

/// What an event amounts to.
#[derive(Default)]
pub(super) struct Told {
    connected: Option<bool>,
    readable: bool,
    writable: bool,
}

impl Told {
    pub(super) fn news(self, id: SocketId) -> impl Iterator<Item = News> {
        let connected = self.connected.map(|up| match up {
            true => News::Connected(id),
            false => News::ConnectFailed(id),
        });
        let readable = self.readable.then_some(News::Readable(id));
        let writable = self.writable.then_some(News::Writable(id));
        [connected, readable, writable].into_iter().flatten()
    }
}

impl Connection {
    pub(super) fn accepted(stream: Stream, spare: SpareBuffers) -> Self {
        let mut connection = Connection::connecting(stream, spare);
        connection.open();
        connection.told_readable = true;
        connection
    }

    pub(super) fn connecting(stream: Stream, spare: SpareBuffers) -> Self {
        Connection {
            stream,
            phase: Phase::Connecting,
            told_readable: false,
            writable: false,
            outgoing: VecDeque::new(),
            written: 0,
            queued: 0,
            ciphers: None,
            spare,
        }
    }

    pub(super) fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// The system says that the socket can be read or written.
    pub(super) fn hear(&mut self, Readiness { readable, writable }: Readiness) -> Told {
        let mut told = Told::default();
        if self.phase == Phase::Connecting {
            match self.stream.connect_result() {
                None => return told,
                Some(false) => return Told { connected: Some(false), ..told },
                Some(true) => self.open(),
            }
            told.connected = Some(true);
        }
        if readable && !self.told_readable {
            self.told_readable = true;
            told.readable = true;
        }
        if writable && !self.writable {
            self.writable = true;
            told.writable = self.queued > 0;
        }
        told
    }

    fn open(&mut self) {
        self.phase = Phase::Open;
        self.writable = true;
        // Requests are small and answers wait for them: never hold one back to fill a packet.
        self.stream.hurry();
    }

    /// From now on everything goes through these; what was sent before goes as it is.
    pub(super) fn encrypt(&mut self, ciphers: Ciphers) {
        self.ciphers = Some(Box::new(ciphers));
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> ReadOutcome {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return ReadOutcome::Gone,
                Ok(count) => {
                    if let Some(ciphers) = &mut self.ciphers {
                        ciphers.decrypt(&mut buffer[..count]);
                    }
                    return ReadOutcome::Bytes(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.told_readable = false;
                    return ReadOutcome::Nothing;
                }
                Err(_) => return ReadOutcome::Gone,
            }
        }
    }

    pub(super) fn send(&mut self, mut bytes: Vec<u8>) {
        if let Some(ciphers) = &mut self.ciphers {
            ciphers.encrypt(&mut bytes);
        }
        self.queued += bytes.len();
        self.outgoing.push_back(bytes);
    }

    /// Writes what the system takes, but no more than this. What is written becomes spare.
    pub(super) fn flush(&mut self, at_most: usize) -> io::Result<Flushed> {
        let before = self.queued;
        while self.writable && self.queued > 0 && before - self.queued < at_most {
            match self.write_some(at_most - (before - self.queued)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.take_off(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.writable = false,
                Err(error) => return Err(error),
            }
        }
        let queued = self.queued;
        let takes_more = self.writable && queued > 0;
        Ok(Flushed { written: before - queued, queued, takes_more })
    }

    fn write_some(&mut self, at_most: usize) -> io::Result<usize> {
        let mut slices = [IoSlice::new(&[]); SLICES_MAX];
        let (mut count, mut left) = (0, at_most);
        for (slice, buffer) in slices.iter_mut().zip(&self.outgoing) {
            if left == 0 {
                break;
            }
            let from = if count == 0 { self.written } else { 0 };
            let length = left.min(buffer.len() - from);
            *slice = IoSlice::new(&buffer[from..from + length]);
            left -= length;
            count += 1;
        }
        self.stream.write_vectored(&slices[..count])
    }

    fn take_off(&mut self, mut count: usize) {
        self.queued -= count;
        while let Some(first) = self.outgoing.front() {
            let left = first.len() - self.written;
            if count < left {
                self.written += count;
                return;
            }
            count -= left;
            self.written = 0;
            if let Some(sent) = self.outgoing.pop_front() {
                self.spare.put(sent);
            }
        }
    }
}
