//! Resolves names on threads of its own, and remembers what it found.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

/// Threads that resolve: a name whose servers are silent holds up one for half a minute or so.
const THREADS: usize = 2;

/// Names that may wait for a thread.
const WAITING_MAX: usize = 1024;

/// How long an address is taken for a name without asking again.
const KEPT: Duration = Duration::from_secs(10 * 60);

/// Names remembered.
const KNOWN_MAX: usize = 1024;

/// A name and a port.
pub(super) type Name = (String, u16);

/// What is known of a name.
pub(super) enum Found {
    /// Where it leads.
    Addresses(Vec<SocketAddr>),
    /// [`Names::poll`] will tell.
    Later,
    /// Too many names are waiting.
    Full,
}

/// A name that was asked for, and where it leads.
pub(super) struct Resolved {
    pub(super) name: Name,
    pub(super) addresses: Result<Vec<SocketAddr>, String>,
}

/// Names that were resolved, and threads for more of them. The threads are left to themselves at
/// the end: nothing can interrupt them, and they hold nothing.
pub(super) struct Names {
    wake: Arc<dyn Fn() + Send + Sync>,
    /// From the first name on that has to be looked up.
    threads: Option<Threads>,
    known: HashMap<Name, (Instant, Vec<SocketAddr>)>,
    /// Names that are with the threads.
    asked: Vec<Name>,
}

struct Threads {
    names: Sender<Name>,
    resolved: Receiver<(Name, io::Result<Vec<SocketAddr>>)>,
}

impl Names {
    /// `wake` is called when [`Names::poll`] has something to tell.
    pub(super) fn new(wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        Names { wake, threads: None, known: HashMap::new(), asked: Vec::new() }
    }

    /// Where a name leads. An address leads to itself. In a hurry, what was true some time ago
    /// will do. Does not block.
    pub(super) fn find(&mut self, now: Instant, name: &Name, in_a_hurry: bool) -> Found {
        if let Ok(ip) = name.0.parse::<IpAddr>() {
            return Found::Addresses(vec![SocketAddr::new(ip, name.1)]);
        }
        match self.known.get(name) {
            Some((since, found)) if in_a_hurry || now < *since + KEPT => {
                return Found::Addresses(found.clone());
            }
            _ => {}
        }
        if self.asked.contains(name) {
            return Found::Later;
        }
        let is_taken = self.asked.len() < WAITING_MAX
            && self.threads().is_ok_and(|threads| threads.names.try_send(name.clone()).is_ok());
        if !is_taken {
            return Found::Full;
        }
        self.asked.push(name.clone());
        Found::Later
    }

    /// The next name that was asked for and has been looked up.
    pub(super) fn poll(&mut self, now: Instant) -> Option<Resolved> {
        let (name, result) = self.threads.as_ref()?.resolved.try_recv().ok()?;
        self.asked.retain(|asked| *asked != name);
        let before = self.known.remove(&name);
        let addresses = match (result, before) {
            (Ok(found), _) => {
                if self.known.len() >= KNOWN_MAX {
                    self.known.clear();
                }
                self.known.insert(name.clone(), (now, found.clone()));
                Ok(found)
            }
            // Better where it was than nowhere.
            (Err(_), Some((_, found))) => Ok(found),
            (Err(error), None) => Err(format!("is not a name that leads to a server: {error}")),
        };
        Some(Resolved { name, addresses })
    }

    fn threads(&mut self) -> io::Result<&Threads> {
        if self.threads.is_none() {
            self.threads = Some(Threads::start(&self.wake)?);
        }
        self.threads.as_ref().ok_or_else(|| io::ErrorKind::Other.into())
    }
}

impl Threads {
    fn start(wake: &Arc<dyn Fn() + Send + Sync>) -> io::Result<Self> {
        let (names, queue) = bounded::<Name>(WAITING_MAX);
        // As many as there are names.
        let (tell, resolved) = unbounded();
        for number in 0..THREADS {
            let (queue, tell, wake) = (queue.clone(), tell.clone(), wake.clone());
            thread::Builder::new().name(format!("names-{number}")).spawn(move || {
                for name in queue {
                    let found = (name.0.as_str(), name.1).to_socket_addrs().map(Vec::from_iter);
                    if tell.send((name, found)).is_err() {
                        return;
                    }
                    wake();
                }
            })?;
        }
        Ok(Threads { names, resolved })
    }
}
