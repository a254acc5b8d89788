//! Links made, cut and fed while the components at their ends run.

use std::sync::Arc;

use super::ends::ReceiverEnd;
use super::policy::LinkPolicy;
use super::shelf::{Put, Shelf};
use super::{InboxState, LinkState, OutboxState};
use crate::chassis::WiringError;

/// Messages put into an inbox from aside that nobody has taken yet: enough for a person at a
/// keyboard and for a test.
const INJECTED_MAX: usize = 64;

/// Why two boxes cannot be linked while they are in use. Nothing has changed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Unlinkable {
    #[error("the outbox is linked already")]
    Linked,
    #[error("the component of the {direction} is not running")]
    NotRunning { direction: &'static str },
    #[error("the outbox gives {gives}, but the inbox takes {takes}")]
    OtherType { gives: String, takes: String },
    #[error("the link carries {carries}, but its bound in bytes weighs {weighs}")]
    OtherWeigher { carries: String, weighs: String },
}

/// Why a message was not put into an inbox from aside; it is dropped.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum InjectError {
    #[error("{INJECTED_MAX} messages that were put in from aside have not been taken yet")]
    Full,
    #[error("the component of the inbox is not running")]
    NotRunning,
    #[error("the inbox takes {takes}, not {given}")]
    OtherType { takes: String, given: String },
}

impl Unlinkable {
    /// The same with the names of both ends.
    pub(crate) fn between(self, from: &str, to: &str) -> WiringError {
        let (from, to) = (from.to_owned(), to.to_owned());
        match self {
            Unlinkable::Linked => WiringError::LinkedTwice { from },
            Unlinkable::NotRunning { direction } => {
                let end = if direction == "outbox" { from } else { to };
                WiringError::BoxNotRunning { end, direction }
            }
            Unlinkable::OtherType { gives, takes } => {
                WiringError::OtherType { from: (from, gives), to: (to, takes) }
            }
            Unlinkable::OtherWeigher { carries, weighs } => {
                WiringError::OtherWeigher { from, to, carries, weighs }
            }
        }
    }
}

/// Links two boxes whose components run, or will. What is sent after this returns goes along the
/// new link; a box that is linked stays as it is.
pub(crate) fn link_running(
    from: &OutboxState,
    to: &Arc<InboxState>,
    policy: &LinkPolicy,
) -> Result<Arc<LinkState>, Unlinkable> {
    let no_outbox = Unlinkable::NotRunning { direction: "outbox" };
    let no_inbox = Unlinkable::NotRunning { direction: "inbox" };
    let (Some(gives), Some(sender)) = (from.kind(), from.owner()) else { return Err(no_outbox) };
    let Some(takes) = to.kind() else { return Err(no_inbox) };
    if gives.id() != takes.id() {
        return Err(Unlinkable::OtherType { gives: gives.text(), takes: takes.text() });
    }
    if let Some(weighs) = policy.misweighs(gives.id()) {
        let (carries, weighs) = (gives.text(), weighs.to_owned());
        return Err(Unlinkable::OtherWeigher { carries, weighs });
    }
    let mut post = from.post();
    if post.link.as_ref().is_some_and(|link| link.is_alive()) {
        return Err(Unlinkable::Linked);
    }
    if from.is_gone() {
        return Err(no_outbox);
    }
    let joined = gives.join(policy, sender.clone(), to.clone());
    let refused = to.receive(joined.state.clone(), joined.receiver_end);
    if refused.is_err() {
        return Err(no_inbox);
    }
    // An outbox that goes just now leaves the inbox with the end of a link that has ended.
    let given = from.give(&mut post, joined.sender_end, joined.state.clone());
    drop(post);
    given.map(|()| joined.state).map_err(|_| no_outbox)
}

/// Cuts the link that leaves this outbox; false if there is none. What was sent before reaches the
/// inbox it was sent to; what is sent after is dropped, as from any box that is loose.
pub(crate) fn unlink_running(from: &OutboxState) -> bool {
    from.cut()
}

/// Puts one message into an inbox as if it had been sent.
pub(crate) fn inject<T: Send + 'static>(
    to: &Arc<InboxState>,
    message: T,
) -> Result<(), InjectError> {
    let (Some(owner), Some(kind)) = (to.owner(), to.kind()) else {
        return Err(InjectError::NotRunning);
    };
    if kind.id() != std::any::TypeId::of::<T>() {
        let given = crate::boxes::short_type_name::<T>();
        return Err(InjectError::OtherType { takes: kind.text(), given });
    }
    if to.is_gone() {
        return Err(InjectError::NotRunning);
    }
    let put = to.with_injected(|injected| {
        let mut message = message;
        if let Some(open) = injected.as_ref().and_then(|open| open.downcast_ref::<Arc<Shelf<T>>>())
        {
            match open.put(message) {
                Put::Done(_) => return Ok(None),
                Put::Full(message) => return Err(message),
                Put::Closed(back) => message = back,
            }
        }
        let (shelf, end) = ReceiverEnd::fed_from_aside(owner.clone(), to.clone(), INJECTED_MAX);
        shelf.put(message);
        *injected = Some(Box::new(shelf));
        Ok(Some(end))
    });
    match put {
        Ok(Some(end)) => {
            let link = end.state.clone();
            to.receive(link, Box::new(end)).map_err(|_| InjectError::NotRunning)
        }
        Ok(None) => {
            to.wake_owner();
            Ok(())
        }
        Err(_message) => Err(InjectError::Full),
    }
}
