//! When a tracker is asked only how large the swarm is (BEP 48).
//!
//! Most replies to announces say it. After one that does not, its tracker is scraped; so is the
//! tracker whose turn it is when somebody wants to know now.

use super::Schedule;
use crate::metainfo::InfoHash;
use crate::tracker::http::scrape_url;
use crate::tracker::reply::{AnnounceReply, Scraped};
use crate::tracker::tiers::TrackerId;
use crate::tracker::udp::UdpTracker;
use crate::tracker::url::TrackerUrl;

/// A scrape to make now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScrapeRequest {
    /// Whom it goes to; the answer is handed in with it.
    pub tracker: TrackerId,
    /// Which swarm it is about.
    pub torrent: InfoHash,
    /// How it is made.
    pub call: ScrapeCall,
}

/// How a tracker is scraped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ScrapeCall {
    /// By fetching this URL, which may hold a secret of the user's.
    Http(String),
    /// By asking this tracker in datagrams.
    Udp(UdpTracker),
}

/// Whom to scrape, and whom not again.
#[derive(Clone, Debug, Default)]
pub(super) struct Scrapes {
    wanted: Option<TrackerId>,
    /// Trackers that have not answered a scrape with what was asked.
    useless: Vec<TrackerId>,
}

impl Scrapes {
    pub(super) fn on_reply(&mut self, tracker: TrackerId, reply: &AnnounceReply) {
        let is_silent = reply.complete.is_none() && reply.incomplete.is_none();
        if is_silent && !self.useless.contains(&tracker) {
            self.wanted = Some(tracker);
        }
    }
}

impl Schedule {
    /// Somebody wants to know how large the swarm is. False if there is no tracker to ask.
    pub fn handle_scrape_wanted(&mut self) -> bool {
        self.scrapes.wanted = self.tiers.current();
        self.scrapes.wanted.is_some()
    }

    /// The scrape to make now, if there is one. Each has to be answered by
    /// [`Schedule::handle_scraped`], also one that could not be made.
    pub fn poll_scrape(&mut self) -> Option<ScrapeRequest> {
        let tracker = self.scrapes.wanted.take()?;
        let torrent = self.identity.info_hash;
        let call = match self.tiers.url(tracker) {
            TrackerUrl::Http(url) => scrape_url(url, &[torrent]).map(ScrapeCall::Http),
            TrackerUrl::Udp(server) => Some(ScrapeCall::Udp(server.clone())),
        };
        if call.is_none() {
            self.handle_scraped(tracker, None);
        }
        Some(ScrapeRequest { tracker, torrent, call: call? })
    }

    /// What a tracker said of the swarm; `None` if it said nothing of use.
    pub fn handle_scraped(&mut self, tracker: TrackerId, scraped: Option<Scraped>) {
        match scraped {
            Some(scraped) => {
                (self.complete, self.incomplete) =
                    (Some(scraped.complete), Some(scraped.incomplete));
            }
            None if self.scrapes.useless.contains(&tracker) => {}
            None => self.scrapes.useless.push(tracker),
        }
    }
}
