//! Joins an outbox to an inbox: a ring for the messages, and the state both ends share.
//!
//! Each link has a ring of its own with one producer and one consumer, also where several links
//! feed one inbox. A link knows both owners and whether they live side by side on one worker; if
//! they do, passing a message takes no atomic read-modify-write and no fence.
//!
//! Whatever is rare about a link shows in its [`Mode`](mode::Mode), the one thing that its ends look at on
//! their way; then they take a detour.

mod count;
mod ends;
mod inbox_state;
mod kind;
pub(crate) mod link;
pub(crate) mod meter;
pub(crate) mod mode;
mod news;
mod outbox_state;
mod overflow;
mod policy;
pub(crate) mod ring;
#[cfg(loom)]
mod ring_loom;
pub(crate) mod running;
pub(crate) mod shelf;
pub(crate) mod tap;
#[cfg(test)]
mod tests;

pub(crate) use ends::{ReceiverEnd, SenderEnd, join};
pub(crate) use inbox_state::InboxState;
pub(crate) use kind::MessageKind;
pub(crate) use link::{End, LinkState};
pub(crate) use outbox_state::OutboxState;
pub use overflow::Overflow;
pub use policy::LinkPolicy;
pub use tap::Tap;
