//! Who may ask whom, and who would like to (BEP 3's choked and interested).

use crate::peer::Event;

/// The flags of a conversation. It begins with both sides choked and neither interested.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choking {
    they_serve: bool,
    they_want: bool,
    they_ever_wanted: bool,
    we_serve: bool,
    we_want: bool,
}

impl Choking {
    /// They answer our requests.
    pub(crate) fn they_serve(self) -> bool {
        self.they_serve
    }

    /// They would like to ask us.
    pub(crate) fn they_want(self) -> bool {
        self.they_want
    }

    /// They would, or once did.
    pub(crate) fn they_ever_wanted(self) -> bool {
        self.they_ever_wanted
    }

    /// We answer their requests.
    pub(crate) fn we_serve(self) -> bool {
        self.we_serve
    }

    /// We have told them that we would like to ask.
    pub(crate) fn we_want(self) -> bool {
        self.we_want
    }

    /// True when this is a change, which they must hear of.
    pub(super) fn set_served(&mut self, served: bool) -> bool {
        std::mem::replace(&mut self.we_serve, served) != served
    }

    /// True when this is a change, which they must hear of.
    pub(super) fn set_interest(&mut self, interested: bool) -> bool {
        std::mem::replace(&mut self.we_want, interested) != interested
    }

    pub(super) fn on_choke(&mut self) -> Option<Event> {
        std::mem::replace(&mut self.they_serve, false).then_some(Event::Choked)
    }

    pub(super) fn on_unchoke(&mut self) -> Option<Event> {
        (!std::mem::replace(&mut self.they_serve, true)).then_some(Event::Unchoked)
    }

    pub(super) fn on_interested(&mut self) -> Option<Event> {
        self.they_ever_wanted = true;
        (!std::mem::replace(&mut self.they_want, true)).then_some(Event::Interested)
    }

    pub(super) fn on_not_interested(&mut self) -> Option<Event> {
        std::mem::replace(&mut self.they_want, false).then_some(Event::NotInterested)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saying_the_same_again_is_no_event() {
        let mut choking = Choking::default();
        assert_eq!(choking.on_choke(), None);
        assert_eq!(choking.on_unchoke(), Some(Event::Unchoked));
        assert_eq!(choking.on_unchoke(), None);
        assert_eq!(choking.on_interested(), Some(Event::Interested));
        assert_eq!(choking.on_interested(), None);
        assert_eq!(choking.on_not_interested(), Some(Event::NotInterested));
        assert_eq!(choking.on_choke(), Some(Event::Choked));
    }
}
