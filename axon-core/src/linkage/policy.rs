//! What a link does with a message for which there is no room.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

use super::shelf::Shelf;
use crate::boxes::{CAPACITY_DEFAULT, short_type_name};

/// How much a link holds, and what happens to a message for which there is no room.
///
/// A number alone means [`wait`](Self::wait):
///
/// ```
/// # use axon_core::{Component, Graphline, Inbox, LinkPolicy, Outbox};
/// # #[derive(Component, Default)] struct Read { pub outbox: Outbox<Vec<u8>> }
/// # impl Read { async fn main(mut self) { let _ = self.outbox.send(vec![7]).await; } }
/// # #[derive(Component, Default)] struct Write { pub inbox: Inbox<Vec<u8>> }
/// # impl Write { async fn main(mut self) { while self.inbox.recv().await.is_some() {} } }
/// let (read, write) = (Read::default(), Write::default());
/// let a_mebibyte = LinkPolicy::wait(1_000).max_bytes(1 << 20, |block: &Vec<u8>| block.len());
/// Graphline::new()
///     .link_with(a_mebibyte, &read.outbox, &write.inbox)
///     .add("read", read)
///     .add("write", write)
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Clone)]
pub struct LinkPolicy {
    limit: usize,
    when_full: WhenFull,
    bytes: Option<ByteBound>,
}

/// What happens to a message for which there is no room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum WhenFull {
    Wait,
    DropOldest,
    Fail,
}

impl fmt::Display for WhenFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WhenFull::Wait => "wait",
            WhenFull::DropOldest => "drop oldest",
            WhenFull::Fail => "fail",
        })
    }
}

/// Says how heavy a message is.
pub(super) type Weigher<T> = Arc<dyn Fn(&T) -> usize + Send + Sync>;

#[derive(Clone)]
struct ByteBound {
    max: usize,
    /// A `Weigher` of messages of this type.
    weigher: Arc<dyn Any + Send + Sync>,
    message: (TypeId, String),
}

impl LinkPolicy {
    /// Holds at most `limit` messages, at least one; a sender waits for room. Memory for all of
    /// them is taken when the link is made.
    pub fn wait(limit: usize) -> Self {
        LinkPolicy { limit: limit.max(1), when_full: WhenFull::Wait, bytes: None }
    }

    /// Holds at most `limit` messages, at least one; what has waited longest makes room for what
    /// is sent. A sender never waits.
    pub fn drop_oldest(limit: usize) -> Self {
        LinkPolicy { when_full: WhenFull::DropOldest, ..LinkPolicy::wait(limit) }
    }

    /// Holds the message that was sent last, and no other. A sender never waits.
    pub fn latest() -> Self {
        LinkPolicy::drop_oldest(1)
    }

    /// Holds at most `limit` messages, at least one. To send more is a failure of the component
    /// that sends: it is told [`Closed`](crate::Closed), and when it ends its outcome is an
    /// [`Overflow`](crate::Overflow). What the link holds reaches the receiver. Only
    /// [`try_send`](crate::Outbox::try_send) may find the link full without harm.
    pub fn fail(limit: usize) -> Self {
        LinkPolicy { when_full: WhenFull::Fail, ..LinkPolicy::wait(limit) }
    }

    /// The same, holding at most `max` bytes as well, where `weigh` says how many a message has. A
    /// message counts from being sent until it is taken. A link that is empty takes any one
    /// message, however heavy. `weigh` runs at each message and must be quick.
    pub fn max_bytes<T: 'static>(
        mut self,
        max: usize,
        weigh: impl Fn(&T) -> usize + Send + Sync + 'static,
    ) -> Self {
        let weigher: Weigher<T> = Arc::new(weigh);
        let message = (TypeId::of::<T>(), short_type_name::<T>());
        self.bytes = Some(ByteBound { max, weigher: Arc::new(weigher), message });
        self
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn makes_sender_wait(&self) -> bool {
        self.when_full == WhenFull::Wait
    }

    pub(crate) fn when_full(&self) -> WhenFull {
        self.when_full
    }

    /// What its bound in bytes can weigh, if that is not what the link carries.
    pub(crate) fn misweighs(&self, carried: TypeId) -> Option<&str> {
        let bytes = self.bytes.as_ref().filter(|bytes| bytes.message.0 != carried)?;
        Some(&bytes.message.1)
    }

    /// Where messages are kept that a ring cannot keep; none if a ring can.
    pub(super) fn shelf<T: 'static>(&self) -> Option<Shelf<T>> {
        let bytes = self.bytes.as_ref().map(|bytes| {
            let weigher = bytes.weigher.downcast_ref::<Weigher<T>>();
            (bytes.max, weigher.expect("weighers are checked before links are made").clone())
        });
        let on_shelf = bytes.is_some() || self.when_full == WhenFull::DropOldest;
        on_shelf.then(|| Shelf::new(self.limit, self.when_full, bytes))
    }
}

impl Default for LinkPolicy {
    /// Waits, and holds [`CAPACITY_DEFAULT`] messages.
    fn default() -> Self {
        LinkPolicy::wait(CAPACITY_DEFAULT)
    }
}

impl From<usize> for LinkPolicy {
    fn from(limit: usize) -> Self {
        LinkPolicy::wait(limit)
    }
}

impl fmt::Debug for LinkPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LinkPolicy({:?}, {} messages", self.when_full, self.limit)?;
        if let Some(bytes) = &self.bytes {
            write!(f, ", {} bytes of {}", bytes.max, bytes.message.1)?;
        }
        write!(f, ")")
    }
}
