//! One who plays a script, by raw bytes, from a machine of its own.

use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use fastrand::Rng;
use kamaelia_torrent::engine::world::{Host, HostNews, Line};
use kamaelia_torrent::metainfo::PeerId;
use kamaelia_torrent::wire::encryption::{Caller, Ciphers, Encryption, SECRET_LENGTH, Secret};
use kamaelia_torrent::wire::{BlockForm, Handshake, HandshakeReader, MessageReader};

use crate::script::{Opening, Scene, Script, Step};

/// The most that is said for ever: somebody must have had enough before.
const FOR_EVER: u64 = 6 << 20;

/// One offender.
pub(crate) struct Offender {
    host: Arc<dyn Host>,
    script: Script,
    scene: Arc<Scene>,
    victim: SocketAddr,
    chance: Rng,
    talks: BTreeMap<Line, Talk>,
    /// Calls it has made or taken.
    calls: u32,
    greeted: u32,
    comes: Instant,
    /// Lines that the other side has closed.
    pub(crate) closed: u32,
    /// It was read out to the end, and nobody minded.
    pub(crate) is_through: bool,
}

/// One line.
struct Talk {
    phase: Phase,
    step: usize,
    /// Of this step.
    done: u64,
    wakes: Option<Instant>,
    waiting: Vec<u8>,
    ciphers: Option<Ciphers>,
}

enum Phase {
    Calling,
    Agreeing(Box<Caller>),
    Greeting(HandshakeReader),
    Talking(Box<MessageReader>),
    Echoing,
}

impl Talk {
    fn new(phase: Phase) -> Self {
        Talk { phase, step: 0, done: 0, wakes: None, waiting: Vec::new(), ciphers: None }
    }

    fn say(&mut self, bytes: &[u8]) {
        let start = self.waiting.len();
        self.waiting.extend_from_slice(bytes);
        if let Some(ciphers) = &mut self.ciphers {
            ciphers.encrypt(&mut self.waiting[start..]);
        }
    }

    fn next_step(&mut self) {
        (self.step, self.done, self.wakes) = (self.step + 1, 0, None);
    }
}

impl Offender {
    pub(crate) fn new(
        host: Arc<dyn Host>,
        script: Script,
        scene: Arc<Scene>,
        victim: SocketAddr,
    ) -> Self {
        let comes = host.now() + script.after;
        let chance = Rng::with_seed(host.seed());
        if script.is_called {
            host.listen(&[]).expect("a place to be called at");
        }
        Offender {
            host,
            script,
            scene,
            victim,
            chance,
            talks: BTreeMap::new(),
            calls: 0,
            greeted: 0,
            comes,
            closed: 0,
            is_through: false,
        }
    }

    /// Lines that are open.
    pub(crate) fn open(&self) -> usize {
        self.talks.len()
    }

    /// Whether it will call no more.
    pub(crate) fn is_spent(&self) -> bool {
        self.calls >= self.script.calls
    }

    /// Does what there is to do now.
    pub(crate) fn act(&mut self) {
        while let Some(news) = self.host.next_news() {
            match news {
                HostNews::Called { line, .. } => {
                    self.calls += 1;
                    self.talks.insert(line, Talk::new(Phase::Calling));
                    self.begin(line);
                }
                HostNews::Line { line, .. } => self.look_at(line),
            }
        }
        let is_here = self.host.now() >= self.comes;
        while is_here
            && !self.script.is_called
            && self.calls < self.script.calls
            && self.talks.len() < self.script.lines as usize
        {
            let line = self.host.connect(self.victim).expect("a line");
            self.talks.insert(line, Talk::new(Phase::Calling));
            self.calls += 1;
        }
        let lines: Vec<Line> = self.talks.keys().copied().collect();
        lines.into_iter().for_each(|line| self.go_on(line));
    }

    /// When it wants to do something if nothing happens.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let comes = (self.calls < self.script.calls).then_some(self.comes);
        let comes = comes.filter(|comes| *comes > self.host.now());
        self.talks.values().filter_map(|talk| talk.wakes).chain(comes).min()
    }

    fn look_at(&mut self, line: Line) {
        let Some(talk) = self.talks.get(&line) else { return };
        if matches!(talk.phase, Phase::Calling) {
            match self.host.is_up(line) {
                Some(true) => self.begin(line),
                Some(false) => return self.over(line),
                None => return,
            }
        }
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.host.read(line, &mut buffer) {
                Ok(0) => return self.over(line),
                Ok(count) => self.hear(line, &mut buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => return self.over(line),
            }
            if !self.talks.contains_key(&line) {
                return;
            }
        }
    }

    fn over(&mut self, line: Line) {
        self.talks.remove(&line);
        self.host.close(line);
        self.closed += 1;
    }

    fn handshake(&mut self, change: fn(Handshake) -> Handshake) -> Handshake {
        let mut id = *b"-XX0001-000000000000";
        let number = u64::from(self.greeted).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.greeted += 1;
        id[12..].copy_from_slice(&(self.host.seed() ^ number).to_be_bytes());
        change(Handshake::new(self.scene.metainfo.info_hash(), PeerId(id)))
    }

    fn begin(&mut self, line: Line) {
        let (mut first, phase);
        match self.script.opening {
            Opening::Steps => {
                first = Vec::new();
                phase = Phase::Talking(Box::new(MessageReader::new(0, BlockForm::Whole)));
            }
            Opening::Echo => (first, phase) = (Vec::new(), Phase::Echoing),
            Opening::Plainly(change) => {
                first = self.handshake(change).encode().to_vec();
                phase = Phase::Greeting(HandshakeReader::default());
            }
            Opening::Encrypted(change) => {
                first = Vec::new();
                let secret = Secret::new([self.chance.u8(1..); SECRET_LENGTH]);
                let (ours, policy) = (self.handshake(change), Encryption::Required);
                let caller = Caller::new(ours, policy, secret, &mut self.chance, &mut first);
                phase = Phase::Agreeing(Box::new(caller));
            }
        }
        let talk = self.talks.get_mut(&line).expect("it is there");
        talk.phase = phase;
        talk.say(&first);
    }

    fn hear(&mut self, line: Line, bytes: &mut [u8]) {
        let Some(talk) = self.talks.get_mut(&line) else { return };
        if let Some(ciphers) = &mut talk.ciphers {
            ciphers.decrypt(bytes);
        }
        if let Phase::Echoing = talk.phase {
            return talk.say(bytes);
        }
        let mut rest = &*bytes;
        let mut agreed = Vec::new();
        if let Phase::Agreeing(caller) = &mut talk.phase {
            let mut answer = Vec::new();
            let heard = caller.receive(rest, &mut self.chance, &mut answer);
            talk.say(&answer);
            let Ok(Some(agreement)) = heard else { return };
            talk.ciphers = agreement.ciphers;
            talk.phase = Phase::Greeting(HandshakeReader::default());
            agreed = agreement.rest;
            rest = &agreed;
        }
        if let Phase::Greeting(reader) = &mut talk.phase {
            let Ok(Some(_)) = reader.read(&mut rest) else { return };
            talk.phase = Phase::Talking(Box::new(MessageReader::new(0, BlockForm::Whole)));
        }
        let Phase::Talking(reader) = &mut talk.phase else { return };
        let mut said = Vec::new();
        // One that began with its steps may not be answered in messages.
        while let Ok(Some(message)) = reader.read(&mut rest) {
            if let Some(answer) = self.script.answer {
                said.extend(answer(&message, &self.scene, &mut self.chance));
            }
        }
        talk.say(&said);
        drop(agreed);
    }

    /// Says what its line takes of what it has to say.
    fn go_on(&mut self, line: Line) {
        let now = self.host.now();
        loop {
            let Some(talk) = self.talks.get_mut(&line) else { return };
            if matches!(talk.phase, Phase::Calling) {
                return;
            }
            if !talk.waiting.is_empty() {
                match self.host.write(line, &[IoSlice::new(&talk.waiting)]) {
                    Ok(count) => drop(talk.waiting.drain(..count)),
                    // It is looked at again when there is news of the line.
                    Err(_) => return,
                }
                continue;
            }
            if !matches!(talk.phase, Phase::Talking(_)) || talk.wakes.is_some_and(|at| at > now) {
                return;
            }
            match self.script.steps.get(talk.step) {
                None => {
                    talk.wakes = None;
                    return;
                }
                Some(Step::Say(bytes)) => {
                    talk.say(bytes);
                    talk.next_step();
                }
                Some(Step::Wait(time)) => match talk.wakes {
                    None => talk.wakes = Some(now + *time),
                    Some(_) => talk.next_step(),
                },
                Some(Step::ForEver(bytes)) => {
                    if talk.done >= FOR_EVER {
                        self.is_through = true;
                        return talk.next_step();
                    }
                    let many = bytes.repeat(1 + 16 * 1024 / bytes.len());
                    talk.done += many.len() as u64;
                    talk.say(&many);
                }
                Some(Step::Drip(bytes, every)) => match bytes.get(talk.done as usize) {
                    Some(byte) => {
                        talk.say(&[*byte]);
                        talk.done += 1;
                        talk.wakes = Some(now + *every);
                    }
                    None => talk.next_step(),
                },
                Some(Step::Repeat(bytes, every, times)) => match talk.done < u64::from(*times) {
                    true => {
                        talk.say(bytes);
                        talk.done += 1;
                        talk.wakes = Some(now + *every);
                    }
                    false => talk.next_step(),
                },
                Some(Step::HangUp) => {
                    self.talks.remove(&line);
                    self.host.close(line);
                    return;
                }
            }
        }
    }
}
