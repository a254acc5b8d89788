//! An announce as it was asked, whichever way it came.

use crate::metainfo::{InfoHash, PeerId};

/// What a peer says has happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum AskedEvent {
    /// Nothing, or nothing that matters to us.
    None,
    Started,
    Completed,
    Stopped,
}

/// What is asked. What we have no use for is not read, and an address least of all: it would let
/// anyone point a swarm at anyone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Asked {
    pub(super) info_hash: InfoHash,
    pub(super) peer_id: PeerId,
    pub(super) port: u16,
    /// Bytes missing; a peer that does not say lacks something.
    pub(super) left: u64,
    pub(super) event: AskedEvent,
    /// As many peers as it wants, if it says so.
    pub(super) peers_wanted: Option<usize>,
}
