//! What the swarm asks of its driver, and why it lets a peer go.

use std::net::SocketAddr;
use std::ops::Range;

use crate::metainfo::{Block, PieceIndex};
use crate::peer::ProtocolError;
use crate::swarm::{ConnectionId, WebSeedId};

/// What the driver does next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    /// Open a TCP connection, and report `connected` or `connect_failed`. Until then it counts as
    /// half open, so the driver gives up after a time of its own.
    Connect(SocketAddr),
    /// Put these bytes on the wire, after those sent before. A block's data is the very buffer that
    /// `block_read` brought; its 13-byte header ends the `Send` just before it. An abridged block
    /// ends the `Send` that its header is in.
    Send {
        /// Where to.
        connection: ConnectionId,
        /// Never empty.
        bytes: Vec<u8>,
        /// How many more bytes a wire would carry if blocks were whole: 0 unless they are abridged.
        /// `drained` counts them.
        omitted: u32,
    },
    /// Close the socket; bytes not yet sent may be dropped. The swarm has already forgotten the
    /// connection, so anything the driver still reports about it is ignored.
    Close {
        /// Which one.
        connection: ConnectionId,
        /// For the log.
        reason: CloseReason,
    },
    /// Read a block of a piece we have, and report `block_read`.
    Read {
        /// Who will get it: hand this back with the answer.
        connection: ConnectionId,
        /// What to read.
        block: Block,
    },
    /// Check the piece's hash and, if it is right, write it. Report `piece_stored`,
    /// `piece_corrupt` or `piece_not_stored`.
    Store {
        /// Which piece.
        piece: PieceIndex,
        /// All its bytes, or the marks of its blocks if they are abridged.
        data: Vec<u8>,
    },
    /// Fetch these consecutive pieces from a web server (BEP 19), in order. Report `web_bytes` and
    /// `web_piece` as they come, and `web_ended` when no more do.
    Fetch {
        /// Which server.
        web_seed: WebSeedId,
        /// The pieces, by number; at least one.
        pieces: Range<u32>,
    },
    /// Break off what this web server was asked for. What the driver still reports of that is
    /// ignored, unless it was asked anew: then nothing of before may be reported.
    StopFetch {
        /// Which server.
        web_seed: WebSeedId,
    },
    /// The last piece has been stored. Said once, and only when the swarm did not begin complete.
    Completed,
    /// The last piece that is wanted has been stored, but others are lacking. Said again if more was
    /// wanted meanwhile.
    Finished,
}

/// Why the swarm closes a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer broke the protocol.
    #[error("the peer broke the protocol: {0}")]
    Protocol(ProtocolError),
    /// It answered with the handshake of another torrent.
    #[error("the peer speaks about another torrent")]
    OtherTorrent,
    /// We had connected to ourselves.
    #[error("the address is our own")]
    Ourselves,
    /// There is another connection to the same peer.
    #[error("there is another connection to the same peer")]
    Duplicate,
    /// It sent data that no hash agrees with.
    #[error("the peer sent corrupt data")]
    Banned,
    /// Neither side lacks anything it wants.
    #[error("neither side wants anything")]
    NothingToShare,
    /// No handshake came in time.
    #[error("no handshake came within {seconds} s")]
    HandshakeTimeout {
        /// How long we waited.
        seconds: u64,
    },
    /// Nothing came for long, not even a keep-alive.
    #[error("nothing came for {seconds} s")]
    Silent {
        /// How long we waited.
        seconds: u64,
    },
    /// It let request after request time out, and sent nothing.
    #[error("{timeouts} times in a row it did not answer our requests")]
    Unresponsive {
        /// How many time-outs in a row.
        timeouts: u32,
    },
    /// It does not take what we send.
    #[error("{bytes} bytes wait for the peer to take them")]
    NotReading {
        /// How many are waiting.
        bytes: usize,
    },
    /// As many connections as the configuration allows are open.
    #[error("as many connections as allowed are open")]
    Full,
    /// The driver no longer wants anybody at its address.
    #[error("nobody is wanted at the peer's address")]
    Unwanted,
    /// The torrent is held.
    #[error("the torrent is paused")]
    Held,
    /// It does not have the torrent's metadata, or does not give it, and there is nothing else to
    /// ask for yet.
    #[error("it does not give the metadata")]
    NoMetadata,
}

impl CloseReason {
    /// Whether the peer did what no client in its right mind does, rather than fall silent, stand in the
    /// way or come at the wrong time.
    pub fn is_misconduct(&self) -> bool {
        matches!(self, CloseReason::Protocol(_) | CloseReason::Banned)
    }
}

/// Why an incoming connection is not taken. The driver closes the socket; there is no connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Its handshake is about another torrent.
    #[error("the peer speaks about another torrent")]
    OtherTorrent,
    /// We had connected to ourselves.
    #[error("the peer is ourselves")]
    Ourselves,
    /// There is another connection to the same peer.
    #[error("there is another connection to the same peer")]
    Duplicate,
    /// It sent corrupt data before.
    #[error("the peer is banned for corrupt data")]
    Banned,
    /// It broke the protocol several times before, and not long ago.
    #[error("the peer broke the protocol again and again")]
    Misbehaved,
    /// As many connections as the configuration allows are open.
    #[error("as many connections as allowed are open")]
    Full,
    /// The torrent is held.
    #[error("the torrent is paused")]
    Held,
    /// As many connections from its address as the configuration allows are open.
    #[error("as many connections as allowed are open from this address")]
    FullForAddress,
}

/// The disk could not bring a block. The driver knows why, and pauses the swarm if that will last.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the block could not be read")]
pub struct ReadFailed;
