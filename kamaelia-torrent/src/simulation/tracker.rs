//! The tracker of a simulated swarm: the one we serve, asked in virtual time.
//!
//! What a [`Schedule`](crate::tracker::Schedule) wants to say goes the whole way: as a URL to the
//! served tracker's reader of requests, or as datagrams of BEP 15, and what comes back through the
//! client's reader of replies. Only sockets are left out, and time passes in their place.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::time::Epoch;
use super::{Moment, NodeId};
use crate::tracker::serve::Limits;
use crate::tracker::udp::{self, Question, UdpClient};
use crate::tracker::{
    Announce, AnnounceReply, Call, Request, Secret, Tracker as Served, TrackerConfig, TrackerId,
    UdpTracker,
};

/// Where it is: an address that documents may use for examples (RFC 5737), so nobody's.
const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 6969);

/// How often peers announce, as public trackers have it.
const INTERVAL: Duration = Duration::from_secs(30 * 60);

/// How often they may.
const MIN_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// A tracker that all peers of a simulation can reach.
pub(super) struct Tracker {
    epoch: Epoch,
    served: Served,
    chance: Rng,
    down_until: Moment,
    /// By when they arrive, and then in the order they were given.
    answers: BTreeMap<(Moment, u64), (NodeId, TrackerId, Told)>,
    asked: u64,
}

/// A reply, or why there is none, in a sentence.
pub(super) type Told = Result<AnnounceReply, String>;

impl Tracker {
    pub(super) fn new(epoch: Epoch, seed: u64) -> Self {
        let mut chance = Rng::with_seed(seed);
        let config = TrackerConfig {
            interval: INTERVAL,
            min_interval: MIN_INTERVAL,
            limits: Limits { torrent_peers_max: Limits::default().peers_max, ..Limits::default() },
            ..TrackerConfig::new(chance.u64(..), secret(&mut chance))
        };
        Tracker {
            epoch,
            served: Served::new(config),
            chance,
            down_until: Moment::START,
            answers: BTreeMap::new(),
            asked: 0,
        }
    }

    /// Where it is announced to by HTTP.
    pub(super) fn announce_url(&self) -> String {
        format!("http://{ADDRESS}/announce")
    }

    /// Where it is announced to by UDP.
    pub(super) fn udp_url(&self) -> String {
        format!("udp://{ADDRESS}/announce")
    }

    /// Nobody is answered before then.
    pub(super) fn set_down(&mut self, until: Moment) {
        self.down_until = until;
    }

    /// Peers it knows.
    #[cfg(test)]
    pub(super) fn peers(&self) -> usize {
        self.served.peers()
    }

    /// Takes a request of a node, which is seen at this address, and to which a message and its
    /// answer take `round_trip`. Each request has one answer, for which the node's schedule waits.
    pub(super) fn ask(
        &mut self,
        now: Moment,
        node: NodeId,
        from: SocketAddr,
        round_trip: Duration,
        request: Request,
    ) {
        let (due, told) = match request.call {
            Call::Http(url) => (now + round_trip, self.by_http(now, &url, from)),
            Call::Udp(_, _, patience) if self.is_down(now) => {
                (now + patience, Err(in_words(&udp::UdpError::TimedOut)))
            }
            // The tracker first sees whether the peer is where it says it is.
            Call::Udp(tracker, announce, _) => {
                (now + 2 * round_trip, self.by_udp(now, &tracker, announce, from))
            }
        };
        self.answers.insert((due, self.asked), (node, request.tracker, told));
        self.asked += 1;
    }

    /// The next answer that has arrived by now: to whom, and from which of its trackers.
    pub(super) fn poll(&mut self, now: Moment) -> Option<(NodeId, TrackerId, Told)> {
        self.next_due().filter(|due| *due <= now)?;
        Some(self.answers.pop_first()?.1)
    }

    /// When the next answer arrives.
    pub(super) fn next_due(&self) -> Option<Moment> {
        self.answers.first_key_value().map(|((due, _), _)| *due)
    }

    fn is_down(&self, now: Moment) -> bool {
        now < self.down_until
    }

    /// What comes back from a URL, byte for byte.
    pub(super) fn fetch(
        &mut self,
        now: Moment,
        url: &str,
        from: SocketAddr,
    ) -> Result<Vec<u8>, String> {
        if self.is_down(now) {
            return Err(format!("the tracker at {ADDRESS} refuses connections"));
        }
        let target = url.strip_prefix(&format!("http://{ADDRESS}"));
        let target = target.ok_or_else(|| format!("there is no tracker at {url}"))?;
        let now = self.epoch.instant(now);
        Ok(self.served.handle_request(now, target, from, ADDRESS).body)
    }

    fn by_http(&mut self, now: Moment, url: &str, from: SocketAddr) -> Told {
        let body = self.fetch(now, url, from)?;
        AnnounceReply::from_bytes(&body).map_err(|error| error.to_string())
    }

    fn by_udp(
        &mut self,
        now: Moment,
        tracker: &UdpTracker,
        announce: Announce,
        from: SocketAddr,
    ) -> Told {
        let mut client = UdpClient::new(secret(&mut self.chance));
        let question = Question::Announce { announce, url_data: tracker.data().to_vec() };
        let now = self.epoch.instant(now);
        client.ask(now, 0, ADDRESS, question, udp::EXCHANGE_TIMEOUT);
        self.exchange(now, &mut client, from);
        match client.poll_outcome().map(|outcome| outcome.result) {
            Some(Ok(udp::Answer::Announced(reply))) => Ok(reply),
            Some(Err(error)) => Err(in_words(&error)),
            Some(Ok(udp::Answer::Scraped(_))) | None => Err(in_words(&udp::UdpError::TimedOut)),
        }
    }

    /// Carries datagrams to and fro until nobody has anything to say.
    fn exchange(&mut self, now: Instant, client: &mut UdpClient, from: SocketAddr) {
        while let Some(datagram) = client.poll_transmit() {
            if let Some(reply) = self.served.handle_datagram(now, &datagram.bytes, from, ADDRESS) {
                client.handle_datagram(now, ADDRESS, &reply);
            }
        }
    }
}

fn in_words(error: &udp::UdpError) -> String {
    format!("the tracker at {ADDRESS} {error}")
}

fn secret(chance: &mut Rng) -> Secret {
    let mut bytes = [0; 32];
    chance.fill(&mut bytes);
    Secret::new(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{InfoHash, PeerId};
    use crate::tracker::{Identity, Schedule, Standing, Tiers};

    const ROUND_TRIP: Duration = Duration::from_millis(80);

    /// One peer's announces, made as a client makes them.
    struct Asker {
        schedule: Schedule,
        address: SocketAddr,
        node: NodeId,
        left: u64,
    }

    fn epoch() -> Epoch {
        Epoch::new(Instant::now())
    }

    fn asker(tracker: &Tracker, url: &str, number: u8) -> Asker {
        let identity = Identity {
            info_hash: InfoHash([7; 20]),
            peer_id: PeerId([number; 20]),
            port: 6881,
            ipv6: None,
        };
        let tiers = Tiers::new(Some(url), &[], 1);
        let start = tracker.epoch.instant(Moment::START);
        let schedule = Schedule::new(identity, tiers, 1, start);
        let address = SocketAddr::from(([10, 0, 0, number], 40_000));
        Asker { schedule, address, node: NodeId(number.into()), left: 1_000 }
    }

    impl Asker {
        /// Asks if the time has come; says whether it had.
        fn ask(&mut self, tracker: &mut Tracker, now: Moment) -> bool {
            let standing = Standing { left: self.left, ..Standing::default() };
            let request = self.schedule.poll_request(tracker.epoch.instant(now), &standing);
            let Some(request) = request else { return false };
            tracker.ask(now, self.node, self.address, ROUND_TRIP, request);
            true
        }

        /// Takes the answer to what it has asked; gives the peers it names.
        fn hear(&mut self, tracker: &mut Tracker) -> Result<Vec<SocketAddr>, String> {
            let now = tracker.next_due().expect("an answer under way");
            let (node, from, told) = tracker.poll(now).expect("the answer that was due");
            assert_eq!(node, self.node);
            let now = tracker.epoch.instant(now);
            match &told {
                Ok(reply) => drop(self.schedule.handle_reply(now, from, reply)),
                Err(reason) => self.schedule.handle_failure(now, from, reason),
            }
            let mut peers = told?.peers;
            peers.sort();
            Ok(peers)
        }
    }

    fn later(duration: Duration) -> Moment {
        Moment::START + duration
    }

    #[test]
    fn peers_hear_of_each_other_after_a_round_trip() {
        let mut tracker = Tracker::new(epoch(), 1);
        for (url, round_trips) in [(tracker.announce_url(), 1), (tracker.udp_url(), 2)] {
            let mut first = asker(&tracker, &url, 1);
            let mut second = asker(&tracker, &url, 2);
            assert!(first.ask(&mut tracker, Moment::START));
            assert_eq!(tracker.next_due(), Some(later(round_trips * ROUND_TRIP)));
            assert_eq!(tracker.poll(later(ROUND_TRIP / 2)), None);
            first.hear(&mut tracker).expect("a reply");
            assert!(second.ask(&mut tracker, Moment::START));
            let peers = second.hear(&mut tracker).expect("a reply");
            assert_eq!(peers, [SocketAddr::from(([10, 0, 0, 1], 6881))]);
            assert_eq!((tracker.next_due(), tracker.peers()), (None, 2));
        }
    }

    #[test]
    fn who_stops_is_forgotten() {
        let mut tracker = Tracker::new(epoch(), 1);
        let url = tracker.announce_url();
        let mut peer = asker(&tracker, &url, 1);
        peer.ask(&mut tracker, Moment::START);
        peer.hear(&mut tracker).expect("a reply");
        assert_eq!(tracker.peers(), 1);
        let now = tracker.epoch.instant(later(ROUND_TRIP));
        peer.schedule.handle_stop(now);
        assert!(peer.ask(&mut tracker, later(ROUND_TRIP)));
        assert_eq!(tracker.peers(), 0);
    }

    #[test]
    fn a_tracker_that_is_down_is_asked_again_until_it_is_back() {
        for url in [Tracker::announce_url, Tracker::udp_url] {
            let mut tracker = Tracker::new(epoch(), 1);
            let back = later(Duration::from_secs(300));
            tracker.set_down(back);
            let mut peer = asker(&tracker, &url(&tracker), 1);
            let mut failures = 0;
            let heard = loop {
                let due = peer.schedule.next_timeout().expect("another try");
                let now = tracker.epoch.moment(due);
                assert!(peer.ask(&mut tracker, now));
                match peer.hear(&mut tracker) {
                    Ok(peers) => break (now, peers),
                    Err(_) => failures += 1,
                }
            };
            assert!(failures >= 3 && heard.0 >= back, "{failures} failures, {heard:?}");
            assert_eq!((heard.1, peer.schedule.trouble()), (vec![], None));
        }
    }

    #[test]
    fn answers_arrive_in_the_order_of_time() {
        let mut tracker = Tracker::new(epoch(), 1);
        let urls = [tracker.udp_url(), tracker.announce_url(), tracker.announce_url()];
        for (number, url) in (1..).zip(&urls) {
            asker(&tracker, url, number).ask(&mut tracker, Moment::START);
        }
        let end = later(Duration::from_secs(1));
        let order = std::iter::from_fn(|| tracker.poll(end)).map(|(node, ..)| node);
        assert_eq!(order.collect::<Vec<_>>(), [NodeId(2), NodeId(3), NodeId(1)]);
    }

    #[test]
    fn the_same_seed_names_the_same_peers() {
        let named = |seed| {
            let mut tracker = Tracker::new(epoch(), seed);
            let url = tracker.announce_url();
            let peers = (1..=200).map(|number| {
                let mut peer = asker(&tracker, &url, number);
                peer.ask(&mut tracker, Moment::START);
                peer.hear(&mut tracker).expect("a reply")
            });
            peers.last().expect("the last peer's reply")
        };
        assert_eq!(named(3).len(), 50);
        assert_eq!(named(3), named(3));
        assert_ne!(named(3), named(4));
    }

    #[test]
    fn an_address_where_no_tracker_is_fails_in_a_sentence() {
        let mut tracker = Tracker::new(epoch(), 1);
        let mut peer = asker(&tracker, "http://tracker.example/announce", 1);
        peer.ask(&mut tracker, Moment::START);
        let reason = peer.hear(&mut tracker).expect_err("nobody is there");
        assert!(reason.starts_with("there is no tracker at http://tracker.example/"), "{reason}");
    }
}
