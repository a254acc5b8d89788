//! When one torrent announces, to which tracker, and what it says.
//!
//! A driver asks [`Schedule::poll_request`] whenever [`Schedule::next_timeout`] has passed or
//! something has changed, makes the call it is given, and answers every request with
//! [`Schedule::handle_reply`] or [`Schedule::handle_failure`]. One request is out at a time, save
//! for the last ones: after [`Schedule::handle_stop`] there is one for each tracker that knows
//! us, and their answers matter to nobody.

use std::net::Ipv6Addr;
use std::time::{Duration, Instant};

mod goodbyes;
mod scrape;

use goodbyes::Goodbyes;
use scrape::Scrapes;
pub use scrape::{ScrapeCall, ScrapeRequest};

use super::announce::{Announce, Event};
use super::reply::AnnounceReply;
use super::tiers::{Tiers, TrackerId};
use super::udp::{EXCHANGE_TIMEOUT, UdpTracker};
use super::url::TrackerUrl;
use crate::metainfo::{InfoHash, PeerId};

/// Peers asked for at a time, when any are wanted.
const PEERS_WANTED: u32 = 50;

/// The pause after all trackers have failed once; it doubles with every further round.
const BACKOFF_MIN: Duration = Duration::from_secs(15);

/// The longest pause between rounds of failures.
const BACKOFF_MAX: Duration = Duration::from_secs(30 * 60);

/// Up to this part of a pause is added by chance, so that a tracker that comes back does not
/// meet everyone at once.
const JITTER: f64 = 0.25;

/// How long a tracker reached by UDP may be silent where there are others. Nobody answers for a
/// server that is down, nor for a firewall, and a torrent without peers should not wait for that.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(15);

/// How soon a torrent without peers asks again, where the tracker does not say how soon it may.
const EARLY_DEFAULT: Duration = Duration::from_secs(5 * 60);

/// Who announces, and what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// The torrent.
    pub info_hash: InfoHash,
    /// Our name in this run.
    pub peer_id: PeerId,
    /// The port on which we accept peers.
    pub port: u16,
    /// Our IPv6 address, if it is known that others can reach it.
    pub ipv6: Option<Ipv6Addr>,
}

/// Where the torrent stands at the moment of asking, in bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Standing {
    /// Sent to peers in this run.
    pub uploaded: u64,
    /// Received from peers in this run.
    pub downloaded: u64,
    /// Still missing.
    pub left: u64,
}

/// An announce to make now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// Whom it goes to; the answer is handed in with it.
    pub tracker: TrackerId,
    /// How it is made.
    pub call: Call,
    /// What it says beyond a sign of life. [`Event::Stopped`] is a goodbye.
    pub event: Option<Event>,
}

/// How a tracker is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Call {
    /// By fetching this URL, which may hold a secret of the user's.
    Http(String),
    /// By telling this tracker in datagrams, and waiting so long for its answer.
    Udp(UdpTracker, Announce, Duration),
}

/// What one tracker knows of us, and wants from us.
#[derive(Clone, Debug, Default)]
struct Acquaintance {
    /// It has answered our `started`.
    is_greeted: bool,
    tracker_id: Option<Vec<u8>>,
}

/// An announce that is out.
#[derive(Clone, Copy, Debug)]
struct Awaited {
    tracker: TrackerId,
    event: Option<Event>,
}

#[derive(Clone, Debug)]
enum Phase {
    /// Announcing; `Some` while the answer of a tracker is awaited.
    Running(Option<Awaited>),
    /// Saying goodbye, for good or for a while.
    Stopping(Goodbyes),
}

/// The announces of one torrent.
#[derive(Clone, Debug)]
pub struct Schedule {
    identity: Identity,
    tiers: Tiers,
    /// As many as there are trackers.
    acquaintances: Vec<Acquaintance>,
    chance: fastrand::Rng,
    key: u32,
    phase: Phase,
    /// When the next announce is due.
    due: Instant,
    /// From when on wanting peers is reason enough.
    early: Instant,
    wants_peers: bool,
    /// The download became complete, and no tracker has been told yet.
    owes_completed: bool,
    /// Rounds in which every tracker failed, since one answered.
    failed_rounds: u32,
    complete: Option<u32>,
    incomplete: Option<u32>,
    trouble: Option<String>,
    scrapes: Scrapes,
    /// Who answered last.
    served_by: Option<TrackerId>,
}

impl Schedule {
    /// Begins: the first announce is due now.
    pub fn new(identity: Identity, tiers: Tiers, seed: u64, now: Instant) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed);
        Schedule {
            identity,
            acquaintances: vec![Acquaintance::default(); tiers.len()],
            tiers,
            key: chance.u32(..),
            chance,
            phase: Phase::Running(None),
            due: now,
            early: now,
            wants_peers: true,
            owes_completed: false,
            failed_rounds: 0,
            complete: None,
            incomplete: None,
            trouble: None,
            scrapes: Scrapes::default(),
            served_by: None,
        }
    }

    /// The request to make now, if one is due. Each has to be answered, also one that could not
    /// be made.
    pub fn poll_request(&mut self, now: Instant, standing: &Standing) -> Option<Request> {
        if let Phase::Stopping(goodbyes) = &mut self.phase {
            let tracker = goodbyes.poll()?;
            return Some(self.request(tracker, Some(Event::Stopped), standing));
        }
        if self.next_timeout()? > now {
            return None;
        }
        let tracker = self.tiers.current()?;
        let event = self.event_for(tracker);
        self.phase = Phase::Running(Some(Awaited { tracker, event }));
        Some(self.request(tracker, event, standing))
    }

    /// When there is something to ask for, if nothing else happens. Nothing is, while an answer
    /// is awaited, or where there is no tracker; at once, while goodbyes are left to say.
    pub fn next_timeout(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Running(None) if self.tiers.is_empty() => None,
            Phase::Running(None) if self.wants_peers => Some(self.due.min(self.early)),
            Phase::Running(None) => Some(self.due),
            Phase::Running(Some(_)) => None,
            Phase::Stopping(goodbyes) => (!goodbyes.is_said()).then_some(self.due),
        }
    }

    /// A tracker has answered. The peers it named are the caller's to use. Says whether those from
    /// before have to be let go: a private torrent has moved from one tracker to another (BEP 27).
    pub fn handle_reply(
        &mut self,
        now: Instant,
        tracker: TrackerId,
        reply: &AnnounceReply,
    ) -> bool {
        self.on_goodbye_answered(now);
        let Some(awaited) = self.take_awaited(tracker) else {
            return false;
        };
        let acquaintance = &mut self.acquaintances[tracker.as_usize()];
        acquaintance.is_greeted = true;
        if reply.tracker_id.is_some() {
            acquaintance.tracker_id.clone_from(&reply.tracker_id);
        }
        self.tiers.on_success(tracker);
        self.owes_completed &= awaited.event != Some(Event::Completed);
        self.failed_rounds = 0;
        self.trouble.clone_from(&reply.warning);
        self.complete = reply.complete.or(self.complete);
        self.incomplete = reply.incomplete.or(self.incomplete);
        self.scrapes.on_reply(tracker, reply);
        let soonest = reply.min_interval.unwrap_or(EARLY_DEFAULT);
        self.early = now + soonest.min(reply.interval);
        self.due = if self.owes_completed { now } else { now + reply.interval };
        let before = self.served_by.replace(tracker);
        self.tiers.stays() && before.is_some_and(|before| before != tracker)
    }

    /// A tracker has not answered, or not with a reply: the next one is asked, and after the last
    /// there is a pause. `reason` is a sentence for people.
    pub fn handle_failure(&mut self, now: Instant, tracker: TrackerId, reason: impl Into<String>) {
        self.on_goodbye_answered(now);
        if self.take_awaited(tracker).is_none() {
            return;
        }
        self.trouble = Some(reason.into());
        self.due = if self.tiers.on_failure() { now } else { now + self.next_backoff() };
        self.early = self.due;
    }

    /// The download has just become complete: the tracker is told at once, and told once.
    pub fn handle_complete(&mut self, now: Instant) {
        self.owes_completed = true;
        // Not while every tracker fails: then it is told when one answers.
        if self.failed_rounds == 0 {
            self.due = self.due.min(now);
        }
    }

    /// It has turned out that the torrent is private: it stays with a tracker from now on (BEP 27).
    pub fn handle_private(&mut self) {
        self.tiers = self.tiers.clone().staying();
    }

    /// Peers reach us at this port from now on. Trackers hear of it as soon as they may be asked.
    pub fn handle_port(&mut self, now: Instant, port: u16) {
        if self.identity.port != port {
            self.identity.port = port;
            self.due = self.due.min(self.early.max(now));
        }
    }

    /// Whether the swarm has use for more peers. While it has, announces come as early as the
    /// tracker allows.
    pub fn handle_want(&mut self, wants_peers: bool) {
        self.wants_peers = wants_peers;
    }

    /// The torrent ends or rests: what is left are goodbyes to the trackers that know us.
    pub fn handle_stop(&mut self, now: Instant) {
        let awaited = match &mut self.phase {
            Phase::Running(awaited) => *awaited,
            Phase::Stopping(goodbyes) => return goodbyes.set_resumes(false),
        };
        let mut left: Vec<TrackerId> = self.tiers.ids().collect();
        left.retain(|tracker| {
            // One whose answer is still out may have heard of us.
            let may_know_us = awaited.is_some_and(|awaited| awaited.tracker == *tracker);
            may_know_us || self.acquaintances[tracker.as_usize()].is_greeted
        });
        self.due = now;
        self.phase = Phase::Stopping(Goodbyes::new(left, usize::from(awaited.is_some())));
    }

    /// The torrent goes on after a rest. Trackers hear `started` again, after every goodbye has its
    /// answer.
    pub fn handle_resume(&mut self, now: Instant) {
        if let Phase::Stopping(goodbyes) = &mut self.phase {
            goodbyes.set_resumes(true);
            self.begin_again_if_through(now);
        }
    }

    /// Whether it has been stopped and every goodbye has been asked for.
    pub fn is_over(&self) -> bool {
        matches!(&self.phase, Phase::Stopping(goodbyes) if goodbyes.is_said())
    }

    /// The tracker's announce URL, which may hold a secret of the user's.
    pub fn url(&self, tracker: TrackerId) -> &str {
        self.tiers.url(tracker).as_str()
    }

    /// Whether there is anyone to announce to.
    pub fn has_trackers(&self) -> bool {
        !self.tiers.is_empty()
    }

    /// Seeds in the swarm, as the tracker last said.
    pub fn complete(&self) -> Option<u32> {
        self.complete
    }

    /// Others in the swarm, as the tracker last said.
    pub fn incomplete(&self) -> Option<u32> {
        self.incomplete
    }

    /// What went wrong last, or the tracker's warning; nothing once an announce went well.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    fn event_for(&self, tracker: TrackerId) -> Option<Event> {
        if !self.acquaintances[tracker.as_usize()].is_greeted {
            return Some(Event::Started);
        }
        self.owes_completed.then_some(Event::Completed)
    }

    fn request(&self, tracker: TrackerId, event: Option<Event>, standing: &Standing) -> Request {
        let wanted = self.wants_peers && event != Some(Event::Stopped);
        let announce = Announce {
            info_hash: self.identity.info_hash,
            peer_id: self.identity.peer_id,
            port: self.identity.port,
            uploaded: standing.uploaded,
            downloaded: standing.downloaded,
            left: standing.left,
            event,
            peers_wanted: if wanted { PEERS_WANTED } else { 0 },
            key: self.key,
            ipv6: self.identity.ipv6,
            tracker_id: self.acquaintances[tracker.as_usize()].tracker_id.clone(),
        };
        let call = match self.tiers.url(tracker) {
            TrackerUrl::Http(url) => Call::Http(announce.url(url)),
            TrackerUrl::Udp(server) => Call::Udp(server.clone(), announce, self.patience()),
        };
        Request { tracker, call, event }
    }

    fn patience(&self) -> Duration {
        if self.tiers.len() > 1 { PATIENCE_WITH_OTHERS } else { EXCHANGE_TIMEOUT }
    }

    /// While goodbyes are said, every answer is to something said before or to one of them.
    fn on_goodbye_answered(&mut self, now: Instant) {
        if let Phase::Stopping(goodbyes) = &mut self.phase {
            goodbyes.on_answered();
            self.begin_again_if_through(now);
        }
    }

    fn begin_again_if_through(&mut self, now: Instant) {
        let is_through = matches!(&self.phase, Phase::Stopping(goodbyes) if goodbyes.is_through());
        if !is_through {
            return;
        }
        self.phase = Phase::Running(None);
        self.acquaintances.iter_mut().for_each(|tracker| tracker.is_greeted = false);
        self.failed_rounds = 0;
        (self.due, self.early) = (now, now);
    }

    /// Ends the wait for this tracker, if it is the one awaited.
    fn take_awaited(&mut self, tracker: TrackerId) -> Option<Awaited> {
        let Phase::Running(slot) = &mut self.phase else {
            return None;
        };
        slot.take_if(|awaited| awaited.tracker == tracker)
    }

    fn next_backoff(&mut self) -> Duration {
        let doubled = 2u32.saturating_pow(self.failed_rounds);
        self.failed_rounds = self.failed_rounds.saturating_add(1);
        let pause = BACKOFF_MIN.saturating_mul(doubled).min(BACKOFF_MAX.div_f64(1.0 + JITTER));
        pause.mul_f64(1.0 + JITTER * self.chance.f64())
    }
}

#[cfg(test)]
mod tests;
