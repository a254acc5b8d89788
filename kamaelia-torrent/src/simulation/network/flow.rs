//! One direction of a line: what waits, what may be sent, and what is on its way.

use super::chunks::Queue;
use super::loss::UntilLoss;
use super::window::Window;
use crate::simulation::NodeId;

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

/// From one end of a line to the other.
///
/// There may be a million, most of them idle, and those that are not are visited in no order a
/// processor could foresee: so a flow is as long as a line of its cache, and lies in one.
#[repr(align(64))]
pub(super) struct Flow {
    /// Bytes that wait.
    pub(super) queued: u64,
    pub(super) queue: Queue,
    pub(super) window: Window,
    pub(super) until_loss: UntilLoss,
    /// The tick in which the last chunk on its way arrives: the next one arrives no earlier.
    pub(super) last_tick: u64,
    /// Where in that tick it is.
    pub(super) parcel: Parcel,
    /// Bytes that the receiver lets it send.
    pub(super) allowance: u32,
    /// Where it leads.
    pub(super) to: NodeId,
    pub(super) place: Place,
    /// It is among those that ask their receiver for leave to send more.
    pub(super) asks: bool,
    /// The other end is to hear of the end of the line once all has arrived.
    pub(super) owes_goodbye: bool,
}

/// Where in its tick a parcel is, if it can be found.
#[derive(Clone, Copy)]
pub(super) struct Parcel(u32);

impl Parcel {
    pub(super) const NONE: Parcel = Parcel(u32::MAX);

    pub(super) fn at(place: Option<u32>) -> Self {
        place.map_or(Parcel::NONE, Parcel)
    }

    pub(super) fn place(self) -> Option<u32> {
        (self.0 != u32::MAX).then_some(self.0)
    }
}

impl Flow {
    pub(super) fn new(to: NodeId) -> Self {
        Flow {
            queued: 0,
            queue: Queue::default(),
            window: Window::default(),
            until_loss: UntilLoss::default(),
            last_tick: 0,
            parcel: Parcel::NONE,
            allowance: 0,
            to,
            place: Place::Idle,
            asks: false,
            owes_goodbye: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_lies_in_one_line_of_the_cache() {
        assert_eq!((size_of::<Flow>(), align_of::<Flow>()), (64, 64));
    }
}
