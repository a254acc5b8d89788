//! What is left to say to trackers when a torrent ends or rests.

use crate::tracker::TrackerId;

/// Goodbyes to say and goodbyes said. Trackers are asked side by side, so a `started` sent too soon
/// after a `stopped` could overtake it, and we would be forgotten until the next announce: it has to
/// wait for [`Goodbyes::is_through`].
#[derive(Clone, Debug)]
pub(super) struct Goodbyes {
    left: Vec<TrackerId>,
    /// Requests that are out: goodbyes, and perhaps one announce from before.
    awaited: usize,
    resumes: bool,
}

impl Goodbyes {
    /// Goodbyes for these, while so many requests are out.
    pub(super) fn new(left: Vec<TrackerId>, awaited: usize) -> Self {
        Goodbyes { left, awaited, resumes: false }
    }

    /// The next one to say; its answer is awaited from now on.
    pub(super) fn poll(&mut self) -> Option<TrackerId> {
        let tracker = self.left.pop()?;
        self.awaited += 1;
        Some(tracker)
    }

    /// Whether there is nothing left to say.
    pub(super) fn is_said(&self) -> bool {
        self.left.is_empty()
    }

    /// A request that was out has its answer, of whatever kind.
    pub(super) fn on_answered(&mut self) {
        self.awaited = self.awaited.saturating_sub(1);
    }

    /// Whether announces are to begin again once this is over. Goodbyes not yet said then need not
    /// be.
    pub(super) fn set_resumes(&mut self, resumes: bool) {
        self.resumes = resumes;
        if resumes {
            self.left.clear();
        }
    }

    /// Whether announces may begin again, and are to.
    pub(super) fn is_through(&self) -> bool {
        self.resumes && self.left.is_empty() && self.awaited == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracker::Tiers;

    #[test]
    fn announces_begin_again_when_every_goodbye_and_what_was_out_before_is_answered() {
        let tiers = Tiers::new(None, &[vec!["http://a/".to_owned()]], 1);
        let mut goodbyes = Goodbyes::new(tiers.ids().collect(), 1);
        assert!(goodbyes.poll().is_some());
        goodbyes.set_resumes(true);
        goodbyes.on_answered();
        assert!(!goodbyes.is_through(), "the other could still overtake");
        goodbyes.on_answered();
        assert!(goodbyes.is_through());
        goodbyes.set_resumes(false);
        assert!(!goodbyes.is_through(), "it is over for good");
    }

    #[test]
    fn a_goodbye_that_nobody_has_said_yet_need_not_be_said() {
        let tiers = Tiers::new(None, &[vec!["http://a/".to_owned()]], 1);
        let mut goodbyes = Goodbyes::new(tiers.ids().collect(), 0);
        goodbyes.set_resumes(true);
        assert_eq!(goodbyes.poll(), None);
        assert!(goodbyes.is_through());
    }
}
