//! The numbers one swarm lives by.

use crate::metainfo::PeerId;

/// What a swarm may use. `Default` gives every number; the peer id is the caller's to set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SwarmConfig {
    /// The name we give ourselves.
    pub peer_id: PeerId,
    /// Where we take connections, if we do: told to those whom we call, as they cannot know.
    pub listen_port: Option<u16>,
    /// Connections open at a time, in both directions, half-open ones included.
    pub connections_max: usize,
    /// Connections being opened at a time.
    pub half_open_max: usize,
    /// Incoming connections from one IP address; the machine's own addresses are exempt.
    pub per_address_max: usize,
    /// Peers we upload to at a time; the last of these slots goes to someone new by chance.
    pub upload_slots: usize,
    /// Addresses remembered.
    pub candidates_max: usize,
    /// Bytes of pieces in memory: being put together, or handed to the driver to store. Two pieces
    /// are always allowed, whatever their size, or nothing could ever be finished.
    pub pieces_in_memory_max: u64,
    /// Bytes for one peer that are being read from disk or wait for its socket. More are read as
    /// these are sent.
    pub upload_ahead_max: usize,
}

impl Default for SwarmConfig {
    fn default() -> Self {
        SwarmConfig {
            peer_id: PeerId([0; 20]),
            listen_port: None,
            connections_max: 60,
            half_open_max: 16,
            per_address_max: 8,
            upload_slots: 8,
            candidates_max: 1_000,
            pieces_in_memory_max: 64 * 1024 * 1024,
            upload_ahead_max: 512 * 1024,
        }
    }
}
