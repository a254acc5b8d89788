//! The failure of a component that sent more than a link holds.

/// A component sent into a link that was full, and whose policy is to
/// [`fail`](crate::LinkPolicy::fail) then.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{link}` was full, with {size} of {limit} {unit}, and fails then; take from it faster, let it \
     hold more, or let it wait or drop"
)]
#[non_exhaustive]
pub struct Overflow {
    /// Both boxes, as `component.outbox -> component.inbox`.
    pub link: String,
    /// What it held.
    pub size: usize,
    /// What it may hold.
    pub limit: usize,
    /// What is counted: `messages` or `bytes`.
    pub unit: &'static str,
}
