//! Asking the router to let others in: PCP (RFC 6887), or NAT-PMP (RFC 6886) where that is all it
//! speaks.
//!
//! One TCP port is wished for. A driver sends what [`PortMapping::poll_transmit`] gives to port
//! [`ROUTER_PORT`] of the router, hands in what the router answers, and calls
//! [`PortMapping::handle_timeout`] when the time has come. What came of it is told by
//! [`PortMapping::poll_event`].
//!
//! A mapping is asked for again when half its time is over, which also makes it anew on a router
//! that has forgotten it, so the epochs of both protocols need not be watched.

mod pcp;
mod pmp;

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

/// Where routers take such requests.
pub const ROUTER_PORT: u16 = 5351;

/// How long a mapping is asked to last.
const LIFETIME: Duration = Duration::from_secs(2 * 60 * 60);

/// However short a router lets mappings live, they are not asked for more often.
const RENEWAL_MIN: Duration = Duration::from_secs(60);

/// After a refusal, or where nobody answers, the next try.
const RETRY_AFTER: Duration = Duration::from_secs(15 * 60);

/// The pauses after each request by PCP, of which the first is the protocol's. A router that speaks
/// only the other one often says nothing.
const PCP_PAUSES: &[Duration] = &[Duration::from_secs(3), Duration::from_secs(6)];

/// The same by NAT-PMP.
const PMP_PAUSES: &[Duration] = &[
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// What came of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// Others reach us there. Told again only when that changes.
    Mapped(SocketAddrV4),
    /// Nobody can be let in, or no longer; it is tried again later. A sentence for people.
    Failed(String),
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Wish {
    /// Our address on the router's network.
    ours: Ipv4Addr,
    port: u16,
    /// What the router gave before, so that it may give the same again.
    external: Option<SocketAddrV4>,
    /// In seconds; none ends the mapping.
    lifetime: u32,
    nonce: [u8; 12],
}

/// What the router has answered, in either protocol.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Answer {
    /// The mapping is there, for so many seconds.
    Mapped {
        external_ip: Option<Ipv4Addr>,
        port: u16,
        lifetime: u32,
    },
    /// The address outside, which NAT-PMP tells apart.
    External(Ipv4Addr),
    /// It does not speak this protocol.
    OtherVersion,
    Refused(&'static str),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Protocol {
    Pcp,
    Pmp,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum State {
    /// Requests are out, said so many times before.
    Asking {
        protocol: Protocol,
        attempt: usize,
    },
    Resting,
}

/// The wish for one port, and how far it is fulfilled.
#[derive(Clone, Debug)]
pub struct PortMapping {
    wish: Wish,
    state: State,
    /// By what the router answered, or else the first to try.
    protocol: Protocol,
    /// When something is to be done.
    next: Instant,
    /// The address outside, once it was told in answer to the requests that are out; NAT-PMP tells
    /// it apart from the port.
    answered_ip: Option<Ipv4Addr>,
    /// The same of the port.
    answered_port: Option<u16>,
    /// When the mapping ends, if there is one.
    mapped_until: Option<Instant>,
    told: Option<Event>,
    transmits: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
}

impl PortMapping {
    /// Wishes that connections to this port of ours come in. The seed makes a number by which the
    /// router knows us.
    pub fn new(ours: Ipv4Addr, port: u16, seed: u64, now: Instant) -> Self {
        let mut nonce = [0; 12];
        fastrand::Rng::with_seed(seed).fill(&mut nonce);
        let lifetime = LIFETIME.as_secs() as u32;
        let mut mapping = PortMapping {
            wish: Wish { ours, port, external: None, lifetime, nonce },
            state: State::Resting,
            protocol: Protocol::Pcp,
            next: now,
            answered_ip: None,
            answered_port: None,
            mapped_until: None,
            told: None,
            transmits: VecDeque::new(),
            events: VecDeque::new(),
        };
        mapping.ask(now, Protocol::Pcp, 0);
        mapping
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    pub fn next_timeout(&self) -> Instant {
        self.next
    }

    /// Says again what has had no answer, or begins anew.
    pub fn handle_timeout(&mut self, now: Instant) {
        if now < self.next {
            return;
        }
        self.mapped_until.take_if(|end| *end <= now);
        match self.state {
            State::Resting => self.ask(now, self.protocol, 0),
            State::Asking { protocol, attempt } if attempt + 1 < pauses(protocol).len() => {
                self.ask(now, protocol, attempt + 1);
            }
            State::Asking { protocol: Protocol::Pcp, .. } if self.mapped_until.is_none() => {
                self.ask(now, Protocol::Pmp, 0);
            }
            State::Asking { .. } => self.rest(now, "the router does not answer"),
        }
    }

    /// The router has answered. What is no answer to what was asked changes nothing.
    pub fn handle_datagram(&mut self, now: Instant, bytes: &[u8]) {
        let State::Asking { protocol, .. } = self.state else { return };
        let answer = match protocol {
            Protocol::Pcp => pcp::read(bytes, &self.wish),
            Protocol::Pmp => pmp::read(bytes, &self.wish),
        };
        match answer {
            None => {}
            Some(Answer::External(ip)) => {
                self.answered_ip = Some(ip);
                self.conclude(now);
            }
            Some(Answer::Mapped { external_ip, port, lifetime }) => {
                self.answered_ip = external_ip.or(self.answered_ip);
                self.answered_port = Some(port);
                let lifetime = Duration::from_secs(lifetime.into()).min(LIFETIME);
                self.mapped_until = Some(now + lifetime);
                self.conclude(now);
            }
            Some(Answer::OtherVersion) if protocol == Protocol::Pcp => {
                self.ask(now, Protocol::Pmp, 0);
            }
            Some(Answer::OtherVersion) => self.rest(now, "the router knows other protocols only"),
            Some(Answer::Refused(reason)) => {
                self.mapped_until = None;
                self.rest(now, reason);
            }
        }
    }

    /// The wish is no more: the router is told, once, and nobody waits for its answer.
    pub fn handle_stop(&mut self) {
        self.transmits.clear();
        if self.mapped_until.take().is_some() {
            let wish = Wish { lifetime: 0, external: None, ..self.wish };
            self.transmits.push_back(match self.protocol {
                Protocol::Pcp => pcp::request(&wish),
                Protocol::Pmp => pmp::map_request(&wish),
            });
        }
    }

    /// The next datagram for the router.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmits.pop_front()
    }

    /// What has come of it, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn ask(&mut self, now: Instant, protocol: Protocol, attempt: usize) {
        match protocol {
            Protocol::Pcp => self.transmits.push_back(pcp::request(&self.wish)),
            Protocol::Pmp => {
                self.transmits.push_back(pmp::address_request());
                self.transmits.push_back(pmp::map_request(&self.wish));
            }
        }
        if attempt == 0 {
            (self.answered_ip, self.answered_port) = (None, None);
        }
        self.state = State::Asking { protocol, attempt };
        self.next = now + pauses(protocol)[attempt];
    }

    /// Rests if everything asked for is there.
    fn conclude(&mut self, now: Instant) {
        let State::Asking { protocol, .. } = self.state else { return };
        let (Some(ip), Some(port)) = (self.answered_ip, self.answered_port) else { return };
        let left = self.mapped_until.map(|end| end.saturating_duration_since(now));
        let half = left.unwrap_or_default() / 2;
        if half.is_zero() {
            return self.rest(now, "the router gives a mapping that is over at once");
        }
        self.protocol = protocol;
        self.state = State::Resting;
        self.next = now + half.max(RENEWAL_MIN);
        let external = SocketAddrV4::new(ip, port);
        self.wish.external = Some(external);
        self.tell(Event::Mapped(external));
    }

    /// Tries again later. A mapping that is still there stays until its end.
    fn rest(&mut self, now: Instant, reason: &str) {
        self.state = State::Resting;
        self.protocol = Protocol::Pcp;
        self.next = now + RETRY_AFTER;
        match self.mapped_until {
            Some(end) if end > now => self.next = self.next.min(now + RENEWAL_MIN),
            _ => self.tell(Event::Failed(reason.to_owned())),
        }
    }

    fn tell(&mut self, event: Event) {
        if self.told.as_ref() != Some(&event) {
            self.told = Some(event.clone());
            self.events.push_back(event);
        }
    }
}

fn pauses(protocol: Protocol) -> &'static [Duration] {
    match protocol {
        Protocol::Pcp => PCP_PAUSES,
        Protocol::Pmp => PMP_PAUSES,
    }
}

#[cfg(test)]
mod tests;
