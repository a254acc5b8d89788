//! The numbers one swarm lives by.

use crate::metainfo::PeerId;
use crate::swarm::choking::{Choker, StandardChoker};
use crate::swarm::factory::Factory;
use crate::swarm::picking::{Picker, RarestFirst};
use crate::wire::BlockForm;

/// What a swarm may use, and how it chooses. `Default` gives everything; the peer id is the caller's
/// to set.
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
    /// Peers we upload to at a time; when we have all we want, others beside those of them who ask for
    /// less than 4 KiB a second, or take less than a sixteenth of what the fastest takes. With none nothing is uploaded at all: newcomers are offered no
    /// pieces either (BEP 6).
    pub upload_slots: usize,
    /// Addresses remembered.
    pub candidates_max: usize,
    /// Bytes of pieces in memory: being put together, or handed to the driver to store. Two pieces
    /// are always allowed, whatever their size, or nothing could ever be finished.
    pub pieces_in_memory_max: u64,
    /// Bytes for one peer that are being read from disk or wait for its socket. More are read as
    /// these are sent.
    pub upload_ahead_max: usize,
    /// Which piece to begin next: [`RarestFirst`] unless somebody knows better.
    pub picker: Factory<dyn Picker>,
    /// Whom to serve: [`StandardChoker`] unless somebody knows better.
    pub choker: Factory<dyn Choker>,
    /// Whether a torrent that is complete when it starts gives every piece away once (BEP 16). Only
    /// for its first seed: it is slower for everyone when there are others.
    pub super_seeding: bool,
    /// Whether peers are told of our pieces although they have them too. Nobody needs to hear that to
    /// fetch anything, but it lets them count copies and seeds. A crowd in one memory, where these
    /// announcements are half of all, does better without.
    pub redundant_haves: bool,
    /// How blocks are carried and kept: whole, unless all peers are in the same memory.
    pub block_form: BlockForm,
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
            picker: Factory::picker(RarestFirst::default),
            choker: Factory::choker(StandardChoker::default),
            super_seeding: false,
            redundant_haves: true,
            block_form: BlockForm::Whole,
        }
    }
}
