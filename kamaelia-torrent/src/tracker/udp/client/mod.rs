//! Exchanges with all trackers reached by UDP (BEP 15).
//!
//! A driver puts questions with [`UdpClient::ask`], sends what [`UdpClient::poll_transmit`] gives,
//! hands in what comes back, and calls [`UdpClient::handle_timeout`] when the time has come. Each
//! question has one [`Outcome`].
//!
//! Datagrams get lost, so requests are said again, after 15 seconds and then after 30. The
//! specification doubles the pause up to eight times, more than two hours in all; an exchange ends
//! after a minute at most, and going on doubling is left to the schedule, which has other trackers
//! to try meanwhile.

mod servers;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::UdpError;
use super::reply::{Answer, Reply};
use super::request::{Question, connect};
use crate::tracker::Secret;
use servers::{Connection, Servers};

/// The most exchanges under way. One is below a kilobyte.
pub const EXCHANGES_MAX: usize = 4096;

/// The longest an exchange may take.
pub const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the first reply is waited for; twice as long for each further one.
const RESEND_AFTER: Duration = Duration::from_secs(15);

/// A datagram to send.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Datagram {
    /// Where to.
    pub to: SocketAddr,
    /// What it says.
    pub bytes: Vec<u8>,
}

/// What became of a question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// The question's.
    pub token: u64,
    /// The answer, or why there is none.
    pub result: Result<Answer, UdpError>,
}

/// The exchanges, and what trackers gave to be told again.
#[derive(Debug)]
pub struct UdpClient {
    secret: Secret,
    /// Transactions numbered so far.
    count: u64,
    /// By transaction.
    exchanges: BTreeMap<u32, Exchange>,
    servers: Servers,
    /// When each exchange and each connect is due.
    due: BTreeSet<(Instant, Due)>,
    transmits: VecDeque<Datagram>,
    outcomes: VecDeque<Outcome>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Due {
    Exchange(u32),
    Connect(SocketAddr),
}

#[derive(Debug)]
struct Exchange {
    token: u64,
    server: SocketAddr,
    question: Question,
    began: Instant,
    /// When it is given up.
    end: Instant,
    stage: Stage,
    /// When it is looked at again; as in `due`.
    next: Instant,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Until the server has given a connection id.
    Connecting,
    /// The question is out, said so many times before.
    Asking { attempt: u32, connection: Connection },
}

impl UdpClient {
    /// Nothing is under way. The secret makes numbers that strangers cannot guess and so not
    /// answer in a tracker's name.
    pub fn new(secret: Secret) -> Self {
        UdpClient {
            secret,
            count: 0,
            exchanges: BTreeMap::new(),
            servers: Servers::default(),
            due: BTreeSet::new(),
            transmits: VecDeque::new(),
            outcomes: VecDeque::new(),
        }
    }

    /// Asks the tracker at this address, and waits so long for the answer, but no longer than
    /// [`EXCHANGE_TIMEOUT`]. The outcome has this token.
    pub fn ask(
        &mut self,
        now: Instant,
        token: u64,
        server: SocketAddr,
        question: Question,
        patience: Duration,
    ) {
        if self.exchanges.len() >= EXCHANGES_MAX {
            let result = Err(UdpError::TooMany { limit: EXCHANGES_MAX });
            self.outcomes.push_back(Outcome { token, result });
            return;
        }
        let transaction = self.new_transaction();
        let end = now + patience.min(EXCHANGE_TIMEOUT);
        let stage = Stage::Connecting;
        let exchange = Exchange { token, server, question, began: now, end, stage, next: end };
        self.exchanges.insert(transaction, exchange);
        self.due.insert((end, Due::Exchange(transaction)));
        self.proceed(now, transaction);
    }

    /// Whether no question waits for its answer.
    pub fn is_idle(&self) -> bool {
        self.exchanges.is_empty()
    }

    /// A datagram came from this address. What is no reply of a tracker that was asked changes
    /// nothing.
    pub fn handle_datagram(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        let Some(reply) = Reply::from_bytes(bytes) else { return };
        if self.servers.is_connecting(from, reply.transaction) {
            self.on_connect_reply(now, from, &reply);
        } else if self.exchanges.get(&reply.transaction).is_some_and(|it| it.server == from) {
            self.on_reply(now, from, &reply);
        }
    }

    /// Nothing can be sent to this address: those that wait for it need not wait.
    pub fn handle_unreachable(&mut self, server: SocketAddr, reason: &str) {
        let waiting = self.exchanges.iter().filter(|(_, exchange)| exchange.server == server);
        let waiting: Vec<u32> = waiting.map(|(transaction, _)| *transaction).collect();
        for transaction in waiting {
            self.finish(transaction, Err(UdpError::Unreachable { reason: reason.to_owned() }));
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Says again what has had no reply, and gives up what never had one.
    pub fn handle_timeout(&mut self, now: Instant) {
        while self.next_timeout().is_some_and(|at| at <= now)
            && let Some((_, due)) = self.due.pop_first()
        {
            match due {
                Due::Exchange(transaction) => self.on_exchange_due(now, transaction),
                Due::Connect(server) => self.on_connect_due(now, server),
            }
        }
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Datagram> {
        self.transmits.pop_front()
    }

    /// What became of a question.
    pub fn poll_outcome(&mut self) -> Option<Outcome> {
        self.outcomes.pop_front()
    }

    fn on_connect_reply(&mut self, now: Instant, from: SocketAddr, reply: &Reply<'_>) {
        if let Some(reason) = reply.refusal() {
            for transaction in self.end_connect(from) {
                self.finish(transaction, Err(UdpError::Refused { reason: reason.clone() }));
            }
        } else if let Some(id) = reply.connection() {
            let waiting = self.end_connect(from);
            self.servers.connected(from, Connection { id, since: now });
            for transaction in waiting {
                self.proceed(now, transaction);
            }
        }
    }

    fn on_reply(&mut self, now: Instant, from: SocketAddr, reply: &Reply<'_>) {
        let transaction = reply.transaction;
        let exchange = &self.exchanges[&transaction];
        if let Some(answer) = reply.answer(&exchange.question, from.ip()) {
            self.finish(transaction, Ok(answer));
        } else if let Some(reason) = reply.refusal() {
            if exchange.has_old_connection() {
                // It may be the connection that it refuses: it has forgotten us, or itself.
                self.servers.disconnect(from);
                self.proceed(now, transaction);
            } else {
                self.finish(transaction, Err(UdpError::Refused { reason }));
            }
        }
    }

    fn on_exchange_due(&mut self, now: Instant, transaction: u32) {
        let Some(exchange) = self.exchanges.get(&transaction) else { return };
        if now >= exchange.end {
            self.finish(transaction, Err(UdpError::TimedOut));
            return;
        }
        if exchange.has_old_connection() {
            // A tracker that was restarted does not answer who names an id of before.
            self.servers.disconnect(exchange.server);
        }
        self.proceed(now, transaction);
    }

    fn on_connect_due(&mut self, now: Instant, server: SocketAddr) {
        let Some(connect) = self.servers.connecting(server) else { return };
        let attempt = connect.attempt + 1;
        let (transaction, next) = (connect.transaction, now + pause(attempt));
        self.send_connect(server, transaction, attempt, next);
    }

    /// Takes an exchange as far as it goes without the tracker.
    fn proceed(&mut self, now: Instant, transaction: u32) {
        let Some(exchange) = self.exchanges.get_mut(&transaction) else { return };
        let attempt = match exchange.stage {
            Stage::Connecting => 0,
            Stage::Asking { attempt, .. } => attempt + 1,
        };
        let (server, end) = (exchange.server, exchange.end);
        let next = match self.servers.connection(server, now) {
            Some(connection) => {
                exchange.stage = Stage::Asking { attempt, connection };
                let bytes = exchange.question.to_bytes(connection.id, transaction);
                self.transmits.push_back(Datagram { to: server, bytes });
                end.min(now + pause(attempt))
            }
            None => {
                exchange.stage = Stage::Connecting;
                end
            }
        };
        self.due.remove(&(exchange.next, Due::Exchange(transaction)));
        exchange.next = next;
        self.due.insert((next, Due::Exchange(transaction)));
        if matches!(exchange.stage, Stage::Connecting) && !self.servers.wait(server, transaction) {
            let connect = self.new_transaction();
            self.send_connect(server, connect, 0, now + pause(0));
        }
    }

    fn send_connect(&mut self, to: SocketAddr, transaction: u32, attempt: u32, next: Instant) {
        self.servers.set_connecting(to, servers::Connect { transaction, attempt, next });
        self.due.insert((next, Due::Connect(to)));
        self.transmits.push_back(Datagram { to, bytes: connect(transaction) });
    }

    /// No connect to this server is under way any more; gives those that waited for it.
    fn end_connect(&mut self, server: SocketAddr) -> BTreeSet<u32> {
        let (connect, waiting) = self.servers.end_connect(server);
        if let Some(connect) = connect {
            self.due.remove(&(connect.next, Due::Connect(server)));
        }
        waiting
    }

    fn finish(&mut self, transaction: u32, result: Result<Answer, UdpError>) {
        let Some(exchange) = self.exchanges.remove(&transaction) else { return };
        self.due.remove(&(exchange.next, Due::Exchange(transaction)));
        if self.servers.stop_waiting(exchange.server, transaction) {
            self.end_connect(exchange.server);
        }
        self.outcomes.push_back(Outcome { token: exchange.token, result });
    }

    /// A number that is not in use and that strangers cannot foretell.
    fn new_transaction(&mut self) -> u32 {
        loop {
            self.count += 1;
            let number = self.secret.mark(&[&self.count.to_be_bytes()]) as u32;
            if !self.exchanges.contains_key(&number) {
                return number;
            }
        }
    }
}

impl Exchange {
    /// Whether the question went out under an id from before this exchange.
    fn has_old_connection(&self) -> bool {
        match self.stage {
            Stage::Connecting => false,
            Stage::Asking { connection, .. } => connection.since < self.began,
        }
    }
}

fn pause(attempt: u32) -> Duration {
    RESEND_AFTER.saturating_mul(2u32.saturating_pow(attempt))
}

#[cfg(test)]
mod tests;
