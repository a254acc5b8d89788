//! Fetches pieces from web servers (BEP 19), each order on a thread of its own.
//!
//! Orders go in, [`WebSeedEvent`]s come out: the pieces, one after the other, and then whether all
//! of it went well. A web seed works on one order at a time, and keeps its connections for the
//! next. Everything is bounded: threads, connections to one server, redirects, the time a silent
//! server has, and the bytes taken, which are those asked for and no more.
//!
//! Nothing here decides which pieces to fetch, or whom to trust: see
//! [`swarm`](crate::swarm).

mod fault;
mod guard;
mod order;
mod pace;
mod range;
mod seeding;

use std::collections::HashMap;
use std::hash::Hash;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use ureq::config::Config;

pub use fault::{Fault, WebSeedError};
use guard::WebSeedGuard;
pub use order::{Arrival, Order, WebSource};
use pace::Pace;

use crate::engine::network::outlet::{BoundedAgent, Outlet};
use crate::engine::trackers::fetch::{
    HEADER_LENGTH_MAX, Problem, REDIRECTS_MAX, SETUP_TIMEOUT, USER_AGENT, host,
};

pub use seeding::WebSeedStatus;
pub(in crate::engine) use seeding::WebSeeding;

/// Orders under way at a time, over all torrents. Each is a thread and a connection.
pub const ORDERS_MAX: usize = 16;

/// Orders under way at one server at a time, over all torrents: as many connections as a polite
/// browser makes.
pub const ORDERS_PER_SERVER_MAX: usize = 4;

/// How long a server may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// What became of the order of one web seed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WebSeedEvent {
    /// Something came.
    Arrived(Arrival),
    /// All that was [allowed](WebSeeds::allow) was read.
    Hungry,
    /// That was the order: all of it, or an error that ended it. No more events come of it.
    Ended(Result<(), WebSeedError>),
}

/// As many orders are under way as may be, or as the system lets us.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("waits, since enough is being fetched from web servers")]
pub struct NoRoom;

/// The web seeds of all torrents, by keys of the caller's.
pub struct WebSeeds<K> {
    outlet: Outlet,
    /// For those that have ever been asked: what holds their connections.
    agents: HashMap<K, BoundedAgent>,
    active: HashMap<K, Active>,
    last_serial: u64,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// Unbounded by itself: what orders bring is bounded by the orders.
    reports: Receiver<Report<K>>,
    report: Sender<Report<K>>,
    /// Threads hold a clone each.
    threads: Arc<()>,
}

struct Active {
    serial: u64,
    server: String,
    pace: Arc<Pace>,
}

struct Report<K> {
    key: K,
    serial: u64,
    event: WebSeedEvent,
}

impl<K: Copy + Eq + Hash + Send + 'static> WebSeeds<K> {
    /// No thread is started yet. All connections go by way of the outlet. `wake` is called on threads
    /// when there is an event; it does not block.
    pub fn new(outlet: &Outlet, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        let (report, reports) = unbounded();
        WebSeeds {
            outlet: outlet.clone(),
            agents: HashMap::new(),
            active: HashMap::new(),
            last_serial: 0,
            wake,
            reports,
            report,
            threads: Arc::default(),
        }
    }

    /// Has an order fetched from this web seed, instead of the one it had before; as fast as it comes,
    /// or `limited` to what is [allowed](Self::allow). Does not block.
    pub fn order(&mut self, key: K, order: Order, limited: bool) -> Result<(), NoRoom> {
        self.cancel(key);
        let server = host(&order.source.base);
        let at_server = self.active.values().filter(|active| active.server == server).count();
        if Arc::strong_count(&self.threads) > ORDERS_MAX || at_server >= ORDERS_PER_SERVER_MAX {
            return Err(NoRoom);
        }
        self.last_serial += 1;
        let pace = Arc::new(Pace::new(limited));
        let errand = Errand {
            key,
            serial: self.last_serial,
            order,
            pace: pace.clone(),
            agent: self.agents.entry(key).or_insert_with(|| agent(&self.outlet)).clone(),
            report: self.report.clone(),
            wake: self.wake.clone(),
            _thread: self.threads.clone(),
        };
        errand.start().map_err(|_| NoRoom)?;
        self.active.insert(key, Active { serial: self.last_serial, server, pace });
        Ok(())
    }

    /// So many more bytes may be read of what this web seed sends.
    pub fn allow(&mut self, key: K, bytes: usize) {
        if let Some(active) = self.active.get(&key) {
            active.pace.allow(bytes);
        }
    }

    /// From now on, what web seeds send is limited to what is allowed, or is not.
    pub fn set_limited(&mut self, is_limited: impl Fn(&K) -> bool) {
        for (key, active) in &self.active {
            active.pace.set_limited(is_limited(key));
        }
    }

    /// Whether an order of this web seed is under way.
    pub fn is_active(&self, key: K) -> bool {
        self.active.contains_key(&key)
    }

    /// Ends what this web seed is at, if anything. No event comes of it any more.
    pub fn cancel(&mut self, key: K) {
        if self.active.contains_key(&key) {
            self.hang_up(key);
        }
    }

    /// Lets go of these web seeds and of their connections. No event comes of them any more.
    pub fn forget(&mut self, which: impl Fn(&K) -> bool) {
        let keys: Vec<K> = self.agents.keys().filter(|key| which(key)).copied().collect();
        for key in keys {
            self.hang_up(key);
        }
    }

    /// What has happened, oldest first. Does not block.
    pub fn poll_event(&mut self) -> Option<(K, WebSeedEvent)> {
        loop {
            let Report { key, serial, event } = self.reports.try_recv().ok()?;
            if self.active.get(&key).is_none_or(|active| active.serial != serial) {
                continue;
            }
            if matches!(event, WebSeedEvent::Ended(_)) {
                self.active.remove(&key);
            }
            return Some((key, event));
        }
    }

    /// Ends every thread that works for this web seed, save while it resolves a name or connects.
    fn hang_up(&mut self, key: K) {
        if let Some(active) = self.active.remove(&key) {
            active.pace.end();
        }
        if let Some(agent) = self.agents.remove(&key) {
            agent.shutdown();
        }
    }
}

impl<K> Drop for WebSeeds<K> {
    /// Ends everything at once, without a wait.
    fn drop(&mut self) {
        for active in self.active.values() {
            active.pace.end();
        }
        for (_, agent) in self.agents.drain() {
            agent.shutdown();
        }
    }
}

/// An order, and all that a thread needs to fetch it.
struct Errand<K> {
    key: K,
    serial: u64,
    order: Order,
    pace: Arc<Pace>,
    agent: BoundedAgent,
    report: Sender<Report<K>>,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// By this it is counted.
    _thread: Arc<()>,
}

impl<K: Copy + Send + 'static> Errand<K> {
    fn start(self) -> io::Result<()> {
        let builder = thread::Builder::new().name("web-seed".into());
        builder.spawn(move || self.run()).map(drop)
    }

    fn run(self) {
        let mut deliver = |event| self.tell(event);
        // A mistake in what is below must not leave an order without an end.
        let run = AssertUnwindSafe(|| self.order.run(&self.agent, &self.pace, &mut deliver));
        let result = match catch_unwind(run) {
            Ok(result) => result.map_err(|(fault, file)| self.error(fault, Some(file))),
            Err(_) => Err(self.error(Problem::Other("an error of our own".into()).into(), None)),
        };
        self.tell(WebSeedEvent::Ended(result));
    }

    fn error(&self, fault: Fault, file: Option<usize>) -> WebSeedError {
        WebSeedError { host: host(&self.order.source.base), fault, file }
    }

    fn tell(&self, event: WebSeedEvent) {
        // Nobody listens any more once the engine is gone.
        let _ = self.report.send(Report { key: self.key, serial: self.serial, event });
        (self.wake)();
    }
}

/// What holds the connections of one web seed.
fn agent(outlet: &Outlet) -> BoundedAgent {
    let config = Config::builder()
        .timeout_resolve(Some(SETUP_TIMEOUT))
        .timeout_connect(Some(SETUP_TIMEOUT))
        .timeout_recv_response(Some(SILENCE_MAX))
        .timeout_per_read(Some(SILENCE_MAX))
        .timeout_per_write(Some(SILENCE_MAX))
        .max_redirects(REDIRECTS_MAX)
        .max_redirects_will_error(true)
        .max_response_header_size(HEADER_LENGTH_MAX)
        .http_status_as_error(false)
        .proxy(None)
        .user_agent(USER_AGENT)
        // What is packed has other bytes than the torrent.
        .accept_encoding("identity")
        .build();
    outlet.bounded_agent(config, WebSeedGuard::new(outlet))
}
