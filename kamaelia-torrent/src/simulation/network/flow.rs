//! One direction of a line: what waits, what may be sent, and what is on its way.

use super::chunks::Queue;
use super::window::Window;

/// Where a flow stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Place {
    /// Nothing waits, or the line is not up.
    #[default]
    Idle,
    /// In its sender's round.
    Sender,
    /// Until its receiver lets it send more.
    Receiver,
    /// Until its window opens or a stall is over.
    Timer,
    /// Until a partition ends.
    Partition,
}

/// From one end of a line to the other. Two hundred bytes for both directions matter: there may be
/// half a million lines.
#[derive(Default)]
pub(super) struct Flow {
    pub(super) queue: Queue,
    /// Bytes that wait.
    pub(super) queued: u64,
    pub(super) window: Window,
    /// Bytes until the next loss; none if not drawn yet, or nothing is ever lost.
    pub(super) until_loss: Option<u64>,
    /// When the last chunk on its way arrives: the next one arrives no earlier. Microseconds.
    pub(super) last_arrival: u64,
    /// The tick of that arrival, and the parcel's place in it.
    pub(super) parcel: (u64, Option<u32>),
    /// Bytes the receiver's access has taken on, and that are not sent yet.
    pub(super) allowance: u32,
    /// The step in which the sender was last told that chunks have left.
    pub(super) told: u32,
    pub(super) place: Place,
    /// It is in its receiver's round, for leave to send more.
    pub(super) asks: bool,
    /// The other end is to hear of the end of the line once all has arrived.
    pub(super) owes_goodbye: bool,
}
