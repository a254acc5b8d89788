//! Connection ids that need no memory (BEP 15).
//!
//! An id is a mark of the address it was sent to and of the minute: whoever names it was there to
//! receive it. Nothing is kept, so a flood of connects fills nothing.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::tracker::Secret;

/// How finely ids tell the time.
const SLOT: Duration = Duration::from_secs(60);

/// An id of so many slots before is still good: for two minutes at least, as BEP 15 has it, and
/// three at most.
const SLOTS_GOOD: u64 = 2;

/// Makes ids, and knows its own.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    secret: Secret,
    /// Slots are counted from here, the moment of the first id.
    start: Option<Instant>,
}

impl Connections {
    pub(super) fn new(secret: Secret) -> Self {
        Connections { secret, start: None }
    }

    /// The id that this address has to name.
    pub(super) fn id(&mut self, now: Instant, address: IpAddr) -> u64 {
        self.start.get_or_insert(now);
        self.mark(self.slot(now), address)
    }

    /// Whether this id was given to this address, not long ago.
    pub(super) fn is_good(&self, now: Instant, address: IpAddr, id: u64) -> bool {
        let slot = self.slot(now);
        self.start.is_some()
            && (slot.saturating_sub(SLOTS_GOOD)..=slot)
                .rev()
                .any(|slot| self.mark(slot, address) == id)
    }

    fn slot(&self, now: Instant) -> u64 {
        let age = self.start.map_or(Duration::ZERO, |start| now.saturating_duration_since(start));
        age.as_secs() / SLOT.as_secs()
    }

    fn mark(&self, slot: u64, address: IpAddr) -> u64 {
        let octets = match address {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => address.octets(),
        };
        self.secret.mark(&[&octets, &slot.to_be_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_good_for_two_minutes_and_not_for_more_than_three() {
        let start = Instant::now();
        let here = IpAddr::from([1, 2, 3, 4]);
        let mut connections = Connections::new(Secret::new([1; 32]));
        connections.id(start, here);
        for given_at in [0, 1, 59, 60, 100] {
            let given = start + Duration::from_secs(given_at);
            let id = connections.id(given, here);
            assert!(connections.is_good(given + Duration::from_secs(120), here, id));
            assert!(!connections.is_good(given + Duration::from_secs(180), here, id));
        }
    }

    #[test]
    fn an_id_is_good_for_its_address_and_its_tracker_alone() {
        let now = Instant::now();
        let (here, there) = (IpAddr::from([1, 2, 3, 4]), IpAddr::from([1, 2, 3, 5]));
        let mut one = Connections::new(Secret::new([1; 32]));
        let mut other = Connections::new(Secret::new([2; 32]));
        let id = one.id(now, here);
        other.id(now, here);
        assert!(one.is_good(now, here, id));
        assert!(!one.is_good(now, there, id));
        assert!(!other.is_good(now, here, id));
        assert!(!one.is_good(now, here, id.wrapping_add(1)));
    }

    #[test]
    fn before_the_first_id_none_is_good() {
        let now = Instant::now();
        let here = IpAddr::from([1, 2, 3, 4]);
        let mut twin = Connections::new(Secret::new([1; 32]));
        let id = twin.id(now, here);
        assert!(!Connections::new(Secret::new([1; 32])).is_good(now, here, id));
    }
}
