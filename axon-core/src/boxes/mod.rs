//! Where messages enter and leave a component: typed, bounded, closed by whoever ends.
//!
//! A component owns its boxes as fields. Before a graph runs, the graph puts a ring between the
//! outbox and the inbox of each link; until then a box holds nothing and says nothing.

mod address;
mod any_inbox;
mod detour;
#[cfg(feature = "futures")]
mod futures;
mod handles;
mod inbox;
mod latest;
mod outbox;
mod outboxes;
mod room;
mod taker;

pub use address::{Address, SendError, WeakAddress};
pub use any_inbox::AnyInbox;
pub(crate) use any_inbox::{InboxKey, SlotRef};
pub use handles::{InboxHandle, OutboxHandle};
pub use inbox::{Inbox, TryRecvError};
pub use latest::Latest;
pub use outbox::{AnyOutbox, Outbox, TrySendError};
pub(crate) use outbox::{InboxRef, NewLink, OutboxKey};
pub use outboxes::{NamedOutbox, Outboxes};
pub use taker::{TakeError, Taker};

/// Messages a link holds unless the graph says otherwise. Enough to run in batches, little enough
/// that a large graph costs no memory to speak of before its first message.
pub const CAPACITY_DEFAULT: usize = 64;

/// Nobody will take the message: the component at the other end has ended, or this one was asked
/// to stop. A component that has nothing else to do then ends too: `?` on this error counts as a
/// normal end.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the box at the other end is closed")]
pub struct Closed;

/// The text of a type without its path, for messages to people.
pub(crate) fn short_type_name<T>() -> String {
    shorten(std::any::type_name::<T>())
}

/// Drops module paths, also inside generic arguments.
pub(crate) fn shorten(name: &str) -> String {
    let mut short = String::new();
    let mut word_start = 0;
    for (at, letter) in name.char_indices() {
        if !(letter.is_alphanumeric() || letter == '_' || letter == ':') {
            short.push_str(last_segment(&name[word_start..at]));
            short.push(letter);
            word_start = at + letter.len_utf8();
        }
    }
    short.push_str(last_segment(&name[word_start..]));
    short
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_names_lose_their_paths_also_inside_generics() {
        assert_eq!(short_type_name::<Option<Vec<String>>>(), "Option<Vec<String>>");
        assert_eq!(short_type_name::<(u8, [Closed; 2])>(), "(u8, [Closed; 2])");
    }
}
