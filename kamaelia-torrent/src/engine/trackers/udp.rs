//! Trackers reached by UDP: names resolved, sockets opened, both address families asked.
//!
//! A tracker that has addresses of both families is told by both, since each reply names peers of
//! one family alone (BEP 15). The first answer is the outcome; peers of the other come as more.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::names::{Found, Name, Names};
use super::{About, Asked, Told};
use crate::engine::entropy::new_secret;
use crate::engine::network::outlet::Outlet;
use crate::engine::network::transport::{DatagramId, Transport};
use crate::engine::peers::Role;
use crate::tracker::UdpTracker;
use crate::tracker::udp::{Answer, Outcome, Question, UdpClient};

/// Datagrams taken in one turn, so that a flood of them does not keep the loop from its peers.
const RECEIVED_PER_TURN: usize = 256;

/// Questions by UDP, under way or waiting for a name.
pub(super) struct UdpTracking {
    client: UdpClient,
    names: Names,
    outlet: Outlet,
    /// Of IPv4 and IPv6, and the same to this machine itself; from when they are first needed.
    sockets: [Option<DatagramId>; 4],
    /// Those that wait for a name. Bounded with the names.
    waiting: HashMap<Name, Vec<Call>>,
    /// By the tokens of their exchanges without the lowest bit, which tells the family.
    rounds: HashMap<u64, Round>,
    last_round: u64,
    told: VecDeque<(Asked, Told)>,
}

/// A question to one tracker.
struct Call {
    asked: Asked,
    question: Question,
    host: String,
    patience: Duration,
}

/// The exchanges that put one question.
struct Round {
    asked: Asked,
    host: String,
    under_way: usize,
    is_answered: bool,
}

impl UdpTracking {
    /// `wake` is called when a name has been resolved.
    pub(super) fn new(outlet: Outlet, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        UdpTracking {
            outlet,
            client: UdpClient::new(new_secret()),
            names: Names::new(wake),
            sockets: [None; 4],
            waiting: HashMap::new(),
            rounds: HashMap::new(),
            last_round: 0,
            told: VecDeque::new(),
        }
    }

    /// Begins to ask; what comes of it is told by [`UdpTracking::next`].
    pub(super) fn ask(
        &mut self,
        now: Instant,
        asked: Asked,
        tracker: &UdpTracker,
        question: Question,
        patience: Duration,
    ) {
        let name = (tracker.host().to_owned(), tracker.port());
        let host = host_and_port(&name);
        let call = Call { asked, question, host, patience };
        // Not even the name is looked up: that would go round the proxy, too.
        if self.outlet.has_proxy() && !is_here(&name.0) {
            let reason = "is not asked: datagrams cannot go through the proxy, and go no other way";
            return self.fail(&call, reason);
        }
        match self.names.find(now, &name, asked.about == About::Farewell) {
            Found::Addresses(addresses) => self.call(now, call, &addresses),
            Found::Later => self.waiting.entry(name).or_default().push(call),
            Found::Full => self.fail(&call, "was not asked: too many names wait to be resolved"),
        }
    }

    /// Whether a goodbye has not been answered yet.
    pub(super) fn has_farewells(&self) -> bool {
        let waiting = self.waiting.values().flatten().map(|call| call.asked);
        let under_way = self.rounds.values().map(|round| round.asked);
        waiting.chain(under_way).any(|asked| asked.about == About::Farewell)
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.client.next_timeout()
    }

    /// Hears what came, and says what is to be said.
    pub(super) fn turn(
        &mut self,
        now: Instant,
        transport: &mut Transport<Role>,
        buffer: &mut [u8],
    ) {
        while let Some(resolved) = self.names.poll(now) {
            for call in self.waiting.remove(&resolved.name).unwrap_or_default() {
                match &resolved.addresses {
                    Ok(addresses) => self.call(now, call, addresses),
                    Err(reason) => self.fail(&call, reason),
                }
            }
        }
        for socket in self.sockets.into_iter().flatten() {
            for _ in 0..RECEIVED_PER_TURN {
                let Some((length, from)) = transport.receive(socket, buffer) else { break };
                self.client.handle_datagram(now, from, &buffer[..length]);
            }
        }
        self.client.handle_timeout(now);
        self.transmit(transport);
    }

    /// Sends what is to be sent.
    pub(super) fn transmit(&mut self, transport: &mut Transport<Role>) {
        while let Some(datagram) = self.client.poll_transmit() {
            let sent = self
                .socket(transport, datagram.to)
                .and_then(|socket| transport.send_datagram(socket, datagram.to, &datagram.bytes));
            if let Err(error) = sent {
                self.client.handle_unreachable(datagram.to, &error.to_string());
            }
        }
    }

    /// What became of a question.
    pub(super) fn next(&mut self) -> Option<(Asked, Told)> {
        while let Some(outcome) = self.client.poll_outcome() {
            self.on_outcome(outcome);
        }
        self.told.pop_front()
    }

    fn call(&mut self, now: Instant, call: Call, addresses: &[SocketAddr]) {
        let family = |wanted: bool| addresses.iter().find(|address| address.is_ipv4() == wanted);
        let servers = [family(true), family(false)];
        let under_way = servers.iter().flatten().count();
        if under_way == 0 {
            self.fail(&call, "is a name without an address");
            return;
        }
        let number = self.last_round + 2;
        self.last_round = number;
        let Call { asked, question, host, patience } = call;
        let round = Round { asked, host, under_way, is_answered: false };
        self.rounds.insert(number, round);
        for (token, server) in (number..).zip(servers) {
            if let Some(server) = server {
                self.client.ask(now, token, *server, question.clone(), patience);
            }
        }
    }

    fn on_outcome(&mut self, outcome: Outcome) {
        let number = outcome.token & !1;
        let Some(round) = self.rounds.get_mut(&number) else { return };
        round.under_way -= 1;
        let told = match outcome.result {
            Ok(Answer::Announced(reply)) if round.is_answered => Some(Told::More(reply.peers)),
            Ok(Answer::Scraped(_)) if round.is_answered => None,
            Ok(answer) => {
                round.is_answered = true;
                Some(match answer {
                    Answer::Announced(reply) => Told::Reply(reply),
                    Answer::Scraped(reply) => Told::Scraped(reply),
                })
            }
            Err(error) => {
                let is_last = round.under_way == 0 && !round.is_answered;
                is_last.then(|| Told::Failure(format!("tracker {} {error}", round.host)))
            }
        };
        self.told.extend(told.map(|told| (round.asked, told)));
        if round.under_way == 0 {
            self.rounds.remove(&number);
        }
    }

    fn fail(&mut self, call: &Call, reason: &str) {
        self.told.push_back((call.asked, Told::Failure(format!("tracker {} {reason}", call.host))));
    }

    /// The socket by which this address is reached.
    fn socket(
        &mut self,
        transport: &mut Transport<Role>,
        to: SocketAddr,
    ) -> io::Result<DatagramId> {
        let (place, from): (usize, IpAddr) = match (to.is_ipv4(), to.ip().is_loopback()) {
            (true, false) => (0, Ipv4Addr::UNSPECIFIED.into()),
            (false, false) => (1, Ipv6Addr::UNSPECIFIED.into()),
            (true, true) => (2, Ipv4Addr::LOCALHOST.into()),
            (false, true) => (3, Ipv6Addr::LOCALHOST.into()),
        };
        if let Some(socket) = self.sockets[place] {
            return Ok(socket);
        }
        let socket = transport.open_datagrams(SocketAddr::new(from, 0))?;
        self.sockets[place] = Some(socket);
        Ok(socket)
    }
}

fn is_here(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn host_and_port((host, port): &Name) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
