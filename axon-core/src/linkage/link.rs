//! One link, as its two ends and everybody else see it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::count::Count;
use super::meter::{Meter, Observed};
use super::mode::{BESIDE, CUT, Mode, OBSERVED};
use super::policy::WhenFull;
use super::shelf::Fill;
use super::{InboxState, LinkPolicy, Overflow};
use crate::scheduler::flag::WaitFlag;
use crate::scheduler::slot::Slot;

/// What outlives the two ends of a link in them both.
pub(crate) struct LinkState {
    pub(crate) sender: Arc<Slot>,
    pub(crate) sender_waits: WaitFlag,
    pub(crate) mode: Mode,
    pub(crate) inbox: Arc<InboxState>,
    pub(super) sent: Count,
    pub(super) taken: Count,
    limit: usize,
    when_full: WhenFull,
    rare: OnceLock<Box<Rare>>,
}

/// What most links never need.
#[derive(Default)]
struct Rare {
    /// Both boxes, as people read them.
    name: OnceLock<String>,
    dropped: Count,
    meter: Meter,
}

/// What has passed a link so far: what was sent was taken, was dropped or waits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct LinkStats {
    pub(crate) sent: u64,
    pub(crate) taken: u64,
    pub(crate) dropped: u64,
    pub(crate) waiting: u64,
    pub(crate) limit: usize,
    /// While the link is observed; then the other numbers are exact too.
    pub(crate) observed: Option<Observed>,
}

/// One of the two ends of a link.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Sending,
    Receiving,
}

impl LinkState {
    /// A link whose owners may not be known yet.
    pub(super) fn new(sender: Arc<Slot>, inbox: Arc<InboxState>, policy: &LinkPolicy) -> Arc<Self> {
        let link = LinkState {
            sender,
            sender_waits: WaitFlag::new(),
            mode: Mode::default(),
            inbox,
            sent: Count::default(),
            taken: Count::default(),
            limit: policy.limit(),
            when_full: policy.when_full(),
            rare: OnceLock::new(),
        };
        link.settle();
        Arc::new(link)
    }

    /// Finds out whether both owners live on one worker; called again when more is known of them,
    /// before either of them runs. Until then they count as living apart, which is safe everywhere.
    pub(crate) fn settle(&self) {
        // A component that talks to itself could do so for ever: it is counted as if from elsewhere.
        let neighbour = self.inbox.owner().filter(|owner| !Arc::ptr_eq(owner, &self.sender));
        let receiver = neighbour.and_then(|owner| owner.worker());
        if self.sender.worker().is_some() && self.sender.worker() == receiver {
            self.mode.set(BESIDE);
        } else {
            self.mode.clear(BESIDE);
        }
    }

    #[inline]
    pub(crate) fn is_beside(&self) -> bool {
        self.mode.look().is(BESIDE)
    }

    /// Whether messages may still be sent and taken here.
    pub(crate) fn is_alive(&self) -> bool {
        !self.mode.look_closely().is_over()
    }

    /// Whether what this link holds was sent before anything that the other holds: they leave one
    /// component, and this one was cut.
    pub(crate) fn precedes(&self, other: &LinkState) -> bool {
        Arc::ptr_eq(&self.sender, &other.sender) && self.mode.look_closely().is(CUT)
    }

    /// What is sent from now on does not go here. Both owners hear of it, whatever they wait for.
    pub(super) fn cut(&self) {
        self.mode.set(CUT);
        self.sender.wake();
        self.inbox.wake_owner();
    }

    /// From now on, or no longer, keeps exact books of how full the link is and of how long its
    /// sender is blocked. Counting begins anew.
    pub(crate) fn observe(&self, on: bool) {
        if on {
            self.rare().meter.reset();
            self.mode.set(OBSERVED);
        } else {
            self.mode.clear(OBSERVED);
        }
    }

    /// The books, kept while the link is observed.
    pub(crate) fn meter(&self) -> &Meter {
        &self.rare().meter
    }

    /// What has passed so far.
    pub(crate) fn stats(&self) -> LinkStats {
        let seen = self.rare.get().filter(|_| self.mode.look().is(OBSERVED));
        // The books first: what they tell of is counted already.
        let observed = seen.map(|rare| rare.meter.read());
        let (sent, dropped) = (self.sent(), self.dropped());
        let waiting = match &observed {
            Some(observed) => observed.waiting as u64,
            None => sent.saturating_sub(self.taken() + dropped),
        };
        let taken = sent.saturating_sub(waiting + dropped);
        LinkStats { sent, taken, dropped, waiting, limit: self.limit, observed }
    }

    /// Messages sent so far. Exact when the box was last found full or empty; what was sent since
    /// is told when the receiver must be woken, between threads also each quarter of the box. A
    /// link that is observed tells every message.
    pub(crate) fn sent(&self) -> u64 {
        // What was taken was sent, be it told or not.
        self.sent.get().max(self.taken.get())
    }

    /// Messages taken so far: exact when the box was last found empty, and not more than one turn
    /// at the box behind.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.get()
    }

    /// Messages that had to go for others, under a policy that drops.
    pub(crate) fn dropped(&self) -> u64 {
        self.rare.get().map_or(0, |rare| rare.dropped.get())
    }

    pub(super) fn count_dropped(&self, dropped: u64) {
        if dropped > 0 {
            self.rare().dropped.add(dropped);
        }
    }

    /// Messages it holds at most.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn fails_when_full(&self) -> bool {
        self.when_full == WhenFull::Fail
    }

    /// What happens to a message for which there is no room.
    pub(crate) fn when_full(&self) -> WhenFull {
        self.when_full
    }

    /// Whether the sender waits for ordinary code to make room, which it may do at any time.
    pub(crate) fn waits_for_outside(&self) -> bool {
        self.sender_waits.is_raised() && self.inbox.is_outside()
    }

    /// Gives the link a name, if it can ever be told.
    pub(crate) fn name_with(&self, name: impl FnOnce() -> String) {
        if self.fails_when_full() {
            let _ = self.rare().name.set(name());
        }
    }

    /// The sender sent more than fits, which is a failure here.
    pub(crate) fn overflow(&self, fill: Fill) {
        self.sender_waits.lower();
        let known = self.rare.get().and_then(|rare| rare.name.get().cloned());
        let link = known.unwrap_or_else(|| format!("a link of {}", self.sender.name()));
        let unit = if fill.in_bytes { "bytes" } else { "messages" };
        let Fill { size, limit, .. } = fill;
        self.sender.overflowed(Overflow { link, size, limit, unit });
    }

    fn rare(&self) -> &Rare {
        self.rare.get_or_init(Box::default)
    }

    /// Wakes the owner of the other end if it waits. What this end changed must have been
    /// published.
    pub(crate) fn wake_across(&self, this: End) {
        match this {
            End::Sending => self.inbox.wake_waiting(),
            End::Receiving if !self.sender_waits.is_raised() => {}
            // Whoever looks in between finds a sender that waits no longer, and is not woken yet.
            End::Receiving if self.inbox.is_outside() => self.sender.counted(|| self.wake_sender()),
            End::Receiving => self.wake_sender(),
        }
    }

    fn wake_sender(&self) {
        if self.sender_waits.take_apart() {
            self.sender.wake();
        }
    }
}

impl fmt::Debug for LinkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LinkState({:?})", self.stats())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkage::{MessageKind, join};
    use crate::scheduler::mailroom::Mailroom;
    use crate::scheduler::slot::Home;

    fn on_worker(mailroom: &Arc<Mailroom>) -> Arc<Slot> {
        let (task, mailroom) = (mailroom.number_task(), mailroom.clone());
        Slot::new(String::new(), Home::Worker { task, mailroom })
    }

    #[test]
    fn a_link_learns_that_its_owners_are_neighbours_when_both_are_known() {
        let mailroom = Mailroom::of_manager();
        let inbox = InboxState::new();
        let (sender, _receiver) = join::<u8>(&1.into(), on_worker(&mailroom), inbox.clone());
        assert!(!sender.state.is_beside());
        inbox.settle(on_worker(&mailroom), MessageKind::of::<u8>());
        sender.state.settle();
        assert!(sender.state.is_beside());
    }

    #[test]
    fn owners_on_two_workers_are_no_neighbours() {
        let inbox = InboxState::new();
        inbox.settle(on_worker(&Mailroom::of_manager()), MessageKind::of::<u8>());
        let (sender, _receiver) = join::<u8>(&1.into(), on_worker(&Mailroom::of_manager()), inbox);
        assert!(!sender.state.is_beside());
    }

    #[test]
    fn a_component_is_not_its_own_neighbour() {
        let (inbox, itself) = (InboxState::new(), on_worker(&Mailroom::of_manager()));
        inbox.settle(itself.clone(), MessageKind::of::<u8>());
        let (sender, _receiver) = join::<u8>(&1.into(), itself, inbox);
        assert!(!sender.state.is_beside());
    }
}
