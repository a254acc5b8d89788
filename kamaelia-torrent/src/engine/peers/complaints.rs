//! What is told of strangers that misbehave: each with its reason, and of a flood of them no more than
//! somebody would read.

use std::fmt::Arguments;
use std::time::{Duration, Instant};

use log::Level;

/// Complaints in a row that are told to whoever wants to know what is going on.
const TOLD_MAX: u32 = 20;

/// How long it takes until one more may be told.
const ONE_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// Tells why strangers were let go. Of many at a time the last are only details.
#[derive(Debug)]
pub(in crate::engine) struct Complaints {
    /// How many may be told now.
    left: u32,
    /// Since when the next one grows.
    since: Instant,
    /// Those of late that were only details.
    untold: u64,
}

impl Complaints {
    pub(in crate::engine) fn new(now: Instant) -> Self {
        Complaints { left: TOLD_MAX, since: now, untold: 0 }
    }

    /// Tells one.
    pub(in crate::engine) fn tell(&mut self, now: Instant, complaint: Arguments<'_>) {
        let untold = std::mem::take(&mut self.untold);
        let level = self.next_level(now);
        match level {
            Level::Info if untold > 0 => log::info!("{complaint}; and {untold} more before it"),
            _ => log::log!(level, "{complaint}"),
        }
        if level != Level::Info {
            self.untold = untold + 1;
        }
    }

    fn next_level(&mut self, now: Instant) -> Level {
        while self.left < TOLD_MAX && self.since + ONE_AGAIN_AFTER <= now {
            self.left += 1;
            self.since += ONE_AGAIN_AFTER;
        }
        if self.left == TOLD_MAX {
            self.since = now;
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Level::Info
            }
            None => Level::Debug,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(complaints: &mut Complaints, now: Instant, count: u32) -> Vec<Level> {
        (0..count).map(|_| complaints.next_level(now)).collect()
    }

    #[test]
    fn of_many_at_a_time_the_first_are_told_and_later_one_now_and_then() {
        let start = Instant::now();
        let mut complaints = Complaints::new(start);
        let told = [Level::Info; TOLD_MAX as usize];
        assert_eq!(levels(&mut complaints, start, TOLD_MAX), told);
        assert_eq!(levels(&mut complaints, start, 3), [Level::Debug; 3]);
        let later = start + 2 * ONE_AGAIN_AFTER;
        let expected = [Level::Info, Level::Info, Level::Debug];
        assert_eq!(levels(&mut complaints, later, 3), expected);
    }

    #[test]
    fn after_a_quiet_hour_as_many_are_told_as_at_first_and_not_more() {
        let start = Instant::now();
        let mut complaints = Complaints::new(start);
        levels(&mut complaints, start, 5);
        let later = start + Duration::from_secs(3_600);
        let levels = levels(&mut complaints, later, TOLD_MAX + 1);
        assert_eq!(levels.iter().filter(|level| **level == Level::Info).count(), TOLD_MAX as usize);
        assert_eq!(levels.last(), Some(&Level::Debug));
    }

    #[test]
    fn those_that_were_not_told_are_counted() {
        let start = Instant::now();
        let mut complaints = Complaints::new(start);
        for _ in 0..TOLD_MAX + 7 {
            complaints.tell(start, format_args!("it misbehaves"));
        }
        assert_eq!(complaints.untold, 7);
        complaints.tell(start + ONE_AGAIN_AFTER, format_args!("it misbehaves"));
        assert_eq!(complaints.untold, 0);
    }
}
