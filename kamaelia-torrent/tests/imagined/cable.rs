//! The smallest world an engine can live in: hosts on one cable, and a tracker.
//!
//! Everything takes the same time to arrive, and nothing is ever lost. What happens at one moment
//! happens in the order in which it was set going.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::fetch::Problem;
use kamaelia_torrent::engine::world::{Host, HostNews, Line, World};
use kamaelia_torrent::tracker::{Secret, Tracker, TrackerConfig};

/// What trackers' URLs begin with.
pub(crate) const TRACKER: &str = "http://tracker.example";

/// The port of every host that does not ask for one.
const PORT: u16 = 6881;

/// Bytes of one line that may be on their way.
const IN_FLIGHT_MAX: usize = 128 * 1024;

/// A world. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Cable(Arc<Mutex<State>>);

struct State {
    start: Instant,
    now: Instant,
    latency: Duration,
    chance: fastrand::Rng,
    hosts: BTreeMap<IpAddr, Machine>,
    /// By their numbers: the other end of a line has the number that differs in the lowest bit.
    ends: BTreeMap<u64, End>,
    to_come: BTreeMap<(Instant, u64), Happening>,
    /// Things set going, lines opened.
    serial: u64,
    tracker: Tracker,
}

#[derive(Default)]
struct Machine {
    listening: Option<SocketAddr>,
    news: VecDeque<HostNews>,
    fetched: VecDeque<(u64, Result<Vec<u8>, Problem>)>,
    waker: Option<Waker>,
}

/// One end of a line.
struct End {
    host: IpAddr,
    is_up: Option<bool>,
    arrived: VecDeque<u8>,
    /// What this end has sent and the other has not got yet.
    in_flight: usize,
    other_is_gone: bool,
}

enum Happening {
    Called { line: u64, to: SocketAddr },
    Answered { line: u64, is_up: bool },
    Bytes { line: u64, bytes: Vec<u8> },
    Gone { line: u64 },
    Asked { host: IpAddr, token: u64, url: String },
    Told { host: IpAddr, token: u64, result: Result<Vec<u8>, Problem> },
}

impl Cable {
    pub(crate) fn new(seed: u64, latency: Duration) -> Self {
        let start = Instant::now();
        Cable(Arc::new(Mutex::new(State {
            start,
            now: start,
            latency,
            chance: fastrand::Rng::with_seed(seed),
            hosts: BTreeMap::new(),
            ends: BTreeMap::new(),
            to_come: BTreeMap::new(),
            serial: 0,
            tracker: Tracker::new(TrackerConfig::new(seed, Secret::new([7; 32]))),
        })))
    }

    /// A host of this number on it.
    pub(crate) fn host(&self, number: u8) -> World {
        let ip = IpAddr::from([10, 0, 0, number]);
        let mut state = self.state();
        state.hosts.insert(ip, Machine::default());
        let seed = state.chance.u64(..);
        World::Imagined(Arc::new(Plugged { cable: self.clone(), ip, seed }))
    }

    /// How long there has been time.
    pub(crate) fn elapsed(&self) -> Duration {
        let state = self.state();
        state.now - state.start
    }

    pub(crate) fn now(&self) -> Instant {
        self.state().now
    }

    pub(crate) fn move_to(&self, moment: Instant) {
        for waker in self.state().move_to(moment, None) {
            waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics in the midst of it")
    }
}

/// One host, as its engine has it.
struct Plugged {
    cable: Cable,
    ip: IpAddr,
    seed: u64,
}

impl Plugged {
    fn with<T>(&self, look: impl FnOnce(&mut Machine) -> T) -> T {
        look(self.cable.state().hosts.get_mut(&self.ip).expect("hosts stay"))
    }
}

impl Host for Plugged {
    fn now(&self) -> Instant {
        self.cable.now()
    }

    fn move_to(&self, moment: Instant) {
        let wakers = self.cable.state().move_to(moment, Some(self.ip));
        wakers.into_iter().for_each(Waker::wake);
    }

    fn next_due(&self) -> Option<Instant> {
        let state = self.cable.state();
        let machine = &state.hosts[&self.ip];
        if !machine.news.is_empty() || !machine.fetched.is_empty() {
            return Some(state.now);
        }
        state.to_come.keys().next().map(|(at, _)| *at)
    }

    fn wake_with(&self, waker: Waker) {
        self.with(|machine| machine.waker = Some(waker));
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn listen(&self, addresses: &[SocketAddr]) -> io::Result<Vec<SocketAddr>> {
        let port = addresses.first().map_or(0, SocketAddr::port);
        let address = SocketAddr::new(self.ip, if port == 0 { PORT } else { port });
        self.with(|machine| machine.listening = Some(address));
        Ok(vec![address])
    }

    fn next_news(&self) -> Option<HostNews> {
        self.with(|machine| machine.news.pop_front())
    }

    fn connect(&self, to: SocketAddr) -> io::Result<Line> {
        let mut state = self.cable.state();
        state.serial += 1;
        let line = 2 * state.serial;
        state.ends.insert(line, End::new(self.ip, None));
        state.set_going(Happening::Called { line, to });
        Ok(Line(line))
    }

    fn is_up(&self, line: Line) -> Option<bool> {
        self.cable.state().ends.get(&line.0).and_then(|end| end.is_up)
    }

    fn read(&self, line: Line, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.cable.state();
        let end = state.ends.get_mut(&line.0).ok_or(io::ErrorKind::NotConnected)?;
        if end.arrived.is_empty() {
            return if end.other_is_gone { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        let count = buffer.len().min(end.arrived.len());
        for (place, byte) in buffer.iter_mut().zip(end.arrived.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn write(&self, line: Line, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = self.cable.state();
        let end = state.ends.get_mut(&line.0).ok_or(io::ErrorKind::NotConnected)?;
        if end.other_is_gone {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let room = IN_FLIGHT_MAX - end.in_flight;
        let bytes: Vec<u8> =
            slices.iter().flat_map(|slice| slice.iter()).copied().take(room).collect();
        if bytes.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = bytes.len();
        end.in_flight += count;
        state.set_going(Happening::Bytes { line: line.0 ^ 1, bytes });
        Ok(count)
    }

    fn close(&self, line: Line) {
        let mut state = self.cable.state();
        if state.ends.remove(&line.0).is_some() {
            state.set_going(Happening::Gone { line: line.0 ^ 1 });
        }
    }

    fn fetch(&self, token: u64, url: &str) {
        let (host, url) = (self.ip, url.to_owned());
        self.cable.state().set_going(Happening::Asked { host, token, url });
    }

    fn next_fetched(&self) -> Option<(u64, Result<Vec<u8>, Problem>)> {
        self.with(|machine| machine.fetched.pop_front())
    }

    fn leave(&self) {
        let mut state = self.cable.state();
        let mut wakers = Vec::new();
        for (ip, machine) in &mut state.hosts {
            if *ip == self.ip {
                machine.listening = None;
                machine.waker = None;
            }
            wakers.extend(machine.waker.clone());
        }
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl End {
    fn new(host: IpAddr, is_up: Option<bool>) -> Self {
        End { host, is_up, arrived: VecDeque::new(), in_flight: 0, other_is_gone: false }
    }
}

impl State {
    fn set_going(&mut self, happening: Happening) {
        self.serial += 1;
        self.to_come.insert((self.now + self.latency, self.serial), happening);
    }

    /// Whom to wake: those who have news then, save the one who moves time.
    fn move_to(&mut self, moment: Instant, mover: Option<IpAddr>) -> Vec<Waker> {
        while let Some(first) = self.to_come.first_entry()
            && first.key().0 <= moment
        {
            let ((at, _), happening) = first.remove_entry();
            self.now = self.now.max(at);
            self.on(happening);
        }
        self.now = self.now.max(moment);
        let others = self.hosts.iter().filter(|(ip, _)| Some(**ip) != mover);
        let have_news =
            others.filter(|(_, host)| !host.news.is_empty() || !host.fetched.is_empty());
        have_news.filter_map(|(_, host)| host.waker.clone()).collect()
    }

    fn on(&mut self, happening: Happening) {
        match happening {
            Happening::Called { line, to } => {
                let Some(caller) = self.ends.get(&line).map(|end| end.host) else { return };
                let is_up = match self.hosts.get_mut(&to.ip()) {
                    Some(machine) if machine.listening == Some(to) => {
                        let from = SocketAddr::new(caller, 50_000);
                        machine.news.push_back(HostNews::Called { line: Line(line ^ 1), from });
                        self.ends.insert(line ^ 1, End::new(to.ip(), Some(true)));
                        true
                    }
                    _ => false,
                };
                self.set_going(Happening::Answered { line, is_up });
            }
            Happening::Answered { line, is_up } => {
                if let Some(end) = self.ends.get_mut(&line) {
                    end.is_up = Some(is_up);
                    self.tell(line, false, true);
                }
            }
            Happening::Bytes { line, bytes } => {
                let count = bytes.len();
                if let Some(sender) = self.ends.get_mut(&(line ^ 1)) {
                    sender.in_flight -= count;
                    self.tell(line ^ 1, false, true);
                }
                if let Some(end) = self.ends.get_mut(&line) {
                    end.arrived.extend(bytes);
                    self.tell(line, true, false);
                }
            }
            Happening::Gone { line } => {
                if let Some(end) = self.ends.get_mut(&line) {
                    end.other_is_gone = true;
                    self.tell(line, true, true);
                }
            }
            Happening::Asked { host, token, url } => {
                let (remote, local) = (SocketAddr::new(host, 50_000), ([10, 0, 0, 0], 80).into());
                let result = url
                    .strip_prefix(TRACKER)
                    .ok_or(Problem::Unknown)
                    .map(|asked| self.tracker.handle_request(self.now, asked, remote, local).body);
                self.set_going(Happening::Told { host, token, result });
            }
            Happening::Told { host, token, result } => {
                if let Some(machine) = self.hosts.get_mut(&host) {
                    machine.fetched.push_back((token, result));
                }
            }
        }
    }

    fn tell(&mut self, line: u64, readable: bool, writable: bool) {
        let host = self.ends[&line].host;
        if let Some(machine) = self.hosts.get_mut(&host) {
            machine.news.push_back(HostNews::Line { line: Line(line), readable, writable });
        }
    }
}
