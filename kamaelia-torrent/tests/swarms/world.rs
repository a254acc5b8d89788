//! Swarms joined by an imaginary wire, with imaginary disks and a clock moved by hand.
//!
//! One seed decides everything. Bytes travel in order and are split at random places; a link carries
//! so many bytes a tick each way, and can be cut. When nothing is on its way the clock jumps to the
//! next moment at which a swarm wants to be woken.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use fixedbitset::FixedBitSet;
use kamaelia_torrent::metainfo::{
    BLOCK_LENGTH, Block, FileEntry, InfoHash, Layout, PeerId, PieceIndex,
};
use kamaelia_torrent::swarm::{Action, CloseReason, ConnectionId, ReadFailed, Swarm, SwarmConfig};
use kamaelia_torrent::wire::{BlockForm, HandshakeReader};

use crate::pipe::Pipe;
use crate::web::WebServer;

pub(crate) const TICK: Duration = Duration::from_millis(10);
pub(crate) const INFO_HASH: InfoHash = InfoHash([7; 20]);

/// What a node does with what it is asked to read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Manner {
    Honest,
    /// Sends wrong bytes.
    Lying,
    /// Sends wrong bytes now and then.
    Slipping,
    /// Takes requests, and answers none.
    Silent,
    /// Takes requests, and answers every other for a while; in the end none.
    Fickle,
    /// Takes requests, and refuses most.
    Refusing,
}

/// One client: a swarm, its disk, and a diary.
pub(crate) struct Node {
    pub(crate) swarm: Swarm,
    pub(crate) address: SocketAddr,
    pub(crate) manner: Manner,
    /// It cannot be reached, and reaches nobody.
    pub(crate) is_gone: bool,
    /// Pieces that cannot be written, as if the disk were full.
    pub(crate) disk_full: bool,
    pub(crate) disk: Vec<u8>,
    pub(crate) completed: usize,
    pub(crate) finished: usize,
    /// In the order they were written.
    pub(crate) stored: Vec<PieceIndex>,
    pub(crate) closed: Vec<(SocketAddr, CloseReason)>,
    /// Which end of which link a connection is.
    pub(crate) ends: BTreeMap<ConnectionId, (usize, usize)>,
    /// Its web seeds, by number.
    pub(crate) web: Vec<WebServer>,
    jobs: VecDeque<Job>,
}

enum Job {
    Read(ConnectionId, Block),
    Store(PieceIndex, Vec<u8>),
}

struct Link {
    nodes: [usize; 2],
    ids: [Option<ConnectionId>; 2],
    /// `pipes[n]` leads to `nodes[n]`.
    pipes: [Pipe; 2],
    /// The end that was called reads the handshake before its swarm hears of the call.
    greeting: Option<HandshakeReader>,
    closing: bool,
}

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) start: Instant,
    pub(crate) layout: Arc<Layout>,
    /// All pieces as they are kept: whole, or marks of blocks.
    pub(crate) content: Vec<u8>,
    pub(crate) nodes: Vec<Node>,
    /// Bytes a tick and direction for links to this node.
    pub(crate) speed: BTreeMap<usize, usize>,
    pub(crate) config: SwarmConfig,
    rng: Rng,
    links: Vec<Option<Link>>,
}

impl World {
    pub(crate) fn new(seed: u64, piece_length: u64, length: u64) -> Self {
        World::of_files(seed, piece_length, &[length])
    }

    /// A torrent of several files.
    pub(crate) fn of_files(seed: u64, piece_length: u64, lengths: &[u64]) -> Self {
        let mut rng = Rng::with_seed(seed);
        let length = lengths.iter().sum();
        let file = |(number, length): (usize, &u64)| FileEntry {
            path: vec![number.to_string()],
            length: *length,
            padding: false,
        };
        let layout = Layout::new(piece_length, lengths.iter().enumerate().map(file).collect());
        let start = Instant::now();
        World {
            now: start,
            start,
            layout: Arc::new(layout.expect("sizes of a torrent")),
            content: (0..length).map(|_| rng.u8(..)).collect(),
            nodes: Vec::new(),
            speed: BTreeMap::new(),
            config: SwarmConfig::default(),
            rng,
            links: Vec::new(),
        }
    }

    /// A world in which blocks are told by their marks.
    pub(crate) fn abridged(seed: u64, piece_length: u64, length: u64) -> Self {
        let mut world = World::new(seed, piece_length, length);
        world.config.block_form = BlockForm::Abridged;
        let form = world.config.block_form;
        let kept =
            world.layout.pieces().map(|piece| form.piece_bytes(world.layout.piece_size(piece)));
        let kept: usize = kept.sum();
        world.content.truncate(kept);
        assert_eq!(world.content.len(), kept, "blocks are longer than their marks");
        world
    }

    /// Where a piece lies on a disk.
    fn place(&self, piece: PieceIndex) -> Range<usize> {
        let form = self.config.block_form;
        let start = piece.as_usize() * form.piece_bytes(self.layout.piece_length());
        start..start + form.piece_bytes(self.layout.piece_size(piece))
    }

    pub(crate) fn add_seed(&mut self, manner: Manner) -> usize {
        let mut have = FixedBitSet::with_capacity(self.layout.piece_count() as usize);
        have.insert_range(..);
        let disk = self.content.clone();
        self.add(manner, have, disk)
    }

    /// Someone who has these pieces and lacks the others.
    pub(crate) fn add_with(
        &mut self,
        manner: Manner,
        pieces: impl IntoIterator<Item = usize>,
    ) -> usize {
        let mut have = FixedBitSet::with_capacity(self.layout.piece_count() as usize);
        have.extend(pieces);
        let mut disk = vec![0; self.content.len()];
        for piece in have.ones().filter_map(|index| self.layout.piece(index as u32)) {
            let bytes = self.place(piece);
            disk[bytes.clone()].copy_from_slice(&self.content[bytes]);
        }
        self.add(manner, have, disk)
    }

    pub(crate) fn add_leecher(&mut self) -> usize {
        let have = FixedBitSet::with_capacity(self.layout.piece_count() as usize);
        let disk = vec![0; self.content.len()];
        self.add(Manner::Honest, have, disk)
    }

    /// Leechers who know everybody that was there before them.
    pub(crate) fn add_crowd(&mut self, count: usize) -> Vec<usize> {
        let leechers: Vec<_> = (0..count).map(|_| self.add_leecher()).collect();
        for leecher in &leechers {
            self.introduce(*leecher, 0..*leecher);
        }
        leechers
    }

    fn add(&mut self, manner: Manner, have: FixedBitSet, disk: Vec<u8>) -> usize {
        let number = self.nodes.len();
        let mut peer_id = PeerId(*b"-KA0100-000000000000");
        peer_id.0[19] = number as u8;
        let config = SwarmConfig { peer_id, ..self.config.clone() };
        let seed = self.rng.u64(..);
        let layout = Arc::clone(&self.layout);
        self.nodes.push(Node {
            swarm: Swarm::new(config, INFO_HASH, layout, have, seed, self.now),
            address: address(number),
            manner,
            is_gone: false,
            disk_full: false,
            disk,
            completed: 0,
            finished: 0,
            stored: Vec::new(),
            closed: Vec::new(),
            ends: BTreeMap::new(),
            web: Vec::new(),
            jobs: VecDeque::new(),
        });
        number
    }

    /// Tells a node of others.
    pub(crate) fn introduce(&mut self, node: usize, others: impl IntoIterator<Item = usize>) {
        let others: Vec<_> = others.into_iter().map(address).collect();
        self.nodes[node].swarm.add_candidates(self.now, others);
    }

    /// Runs until the condition holds; false if it does not within so many seconds.
    pub(crate) fn run_until(&mut self, seconds: u64, done: impl FnMut(&World) -> bool) -> bool {
        self.run_to(self.now + Duration::from_secs(seconds), done)
    }

    fn run_to(&mut self, end: Instant, mut done: impl FnMut(&World) -> bool) -> bool {
        while !done(self) {
            if self.now >= end {
                return false;
            }
            self.step(end);
        }
        true
    }

    pub(crate) fn run_for(&mut self, seconds: u64) {
        self.run_until(seconds, |_| false);
    }

    pub(crate) fn run_for_ms(&mut self, milliseconds: u64) {
        self.run_to(self.now + Duration::from_millis(milliseconds), |_| false);
    }

    pub(crate) fn is_done(&self, node: usize) -> bool {
        self.nodes[node].swarm.is_complete() && self.nodes[node].disk == self.content
    }

    pub(crate) fn seconds(&self) -> f64 {
        (self.now - self.start).as_secs_f64()
    }

    /// Open connections between two nodes.
    pub(crate) fn links_between(&self, a: usize, b: usize) -> usize {
        let links = self.links.iter().flatten().filter(|link| !link.closing);
        links.filter(|link| link.nodes == [a, b] || link.nodes == [b, a]).count()
    }

    /// Cuts every wire between two nodes.
    pub(crate) fn cut(&mut self, a: usize, b: usize) {
        for number in 0..self.links.len() {
            if let Some(link) = &self.links[number]
                && (link.nodes == [a, b] || link.nodes == [b, a])
            {
                self.hang_up(number);
            }
        }
    }

    /// A node leaves without a word, or comes back.
    pub(crate) fn set_gone(&mut self, node: usize, is_gone: bool) {
        self.nodes[node].is_gone = is_gone;
        for other in 0..self.nodes.len() {
            self.cut(node, other);
        }
    }

    fn step(&mut self, end: Instant) {
        self.now += TICK;
        let mut busy = false;
        for node in 0..self.nodes.len() {
            let due = self.nodes[node].swarm.next_timeout();
            if due.is_some_and(|due| due <= self.now) {
                self.nodes[node].swarm.handle_timeout(self.now);
            }
            busy |= self.act(node);
            busy |= self.work(node);
            busy |= self.serve_web(node);
        }
        for number in 0..self.links.len() {
            busy |= self.carry(number);
        }
        if !busy && self.now < end {
            let due = self.nodes.iter().filter_map(|node| node.swarm.next_timeout());
            self.now = due.min().unwrap_or(end).clamp(self.now, end.max(self.now));
        }
    }

    /// Does what a swarm asks.
    pub(crate) fn act(&mut self, number: usize) -> bool {
        let mut busy = false;
        while let Some(action) = self.nodes[number].swarm.poll_action() {
            busy = true;
            let node = &mut self.nodes[number];
            match action {
                Action::Connect(address) => self.connect(number, address),
                Action::Send { connection, bytes, omitted } => {
                    self.send(number, connection, bytes, omitted);
                }
                Action::Close { connection, reason } => self.close(number, connection, reason),
                Action::Read { connection, block } => {
                    node.jobs.push_back(Job::Read(connection, block));
                }
                Action::Store { piece, data } => node.jobs.push_back(Job::Store(piece, data)),
                Action::Fetch { web_seed, pieces } => {
                    node.web[web_seed.as_usize()].order(pieces);
                }
                Action::StopFetch { web_seed } => node.web[web_seed.as_usize()].stop(),
                Action::Completed => node.completed += 1,
                Action::Finished => node.finished += 1,
            }
        }
        busy
    }

    fn connect(&mut self, caller: usize, to: SocketAddr) {
        let called = self.nodes.iter().position(|node| node.address == to);
        let called = called.filter(|called| !self.nodes[*called].is_gone);
        let node = &mut self.nodes[caller];
        let Some(called) = called.filter(|_| !node.is_gone) else {
            return node.swarm.connect_failed(self.now, to);
        };
        let id = node.swarm.connected(self.now, to);
        node.ends.insert(id, (self.links.len(), 0));
        self.links.push(Some(Link {
            nodes: [caller, called],
            ids: [Some(id), None],
            pipes: Default::default(),
            greeting: Some(HandshakeReader::default()),
            closing: false,
        }));
    }

    fn send(&mut self, number: usize, id: ConnectionId, bytes: Vec<u8>, omitted: u32) {
        assert!(!bytes.is_empty(), "a send has something to send");
        let (link, end) = self.nodes[number].ends[&id];
        if let Some(link) = &mut self.links[link] {
            link.pipes[1 - end].send(bytes, omitted);
        }
    }

    fn close(&mut self, number: usize, id: ConnectionId, reason: CloseReason) {
        let node = &mut self.nodes[number];
        // The wire may have been cut before the swarm's wish was heard.
        let Some((link, end)) = node.ends.remove(&id) else {
            return;
        };
        let Some(link) = &mut self.links[link] else {
            return;
        };
        node.closed.push((address(link.nodes[1 - end]), reason));
        link.ids[end] = None;
        link.pipes[end] = Pipe::default();
        link.closing = true;
    }

    /// The disk: what was asked for in earlier steps is done now.
    fn work(&mut self, number: usize) -> bool {
        let jobs = std::mem::take(&mut self.nodes[number].jobs);
        let busy = !jobs.is_empty();
        for job in jobs {
            let place = match &job {
                Job::Read(_, block) => self.place(block.piece()),
                Job::Store(piece, _) => self.place(*piece),
            };
            let node = &mut self.nodes[number];
            match job {
                Job::Read(..) if node.manner == Manner::Silent => {}
                Job::Read(..) if node.manner == Manner::Fickle && self.rng.bool() => {}
                Job::Read(id, block) if node.manner == Manner::Refusing && self.rng.u8(..8) > 0 => {
                    node.swarm.block_read(self.now, id, block, Err(ReadFailed));
                }
                Job::Read(id, block) => {
                    let slips = node.manner == Manner::Slipping && self.rng.u8(..20) == 0;
                    let range = self.config.block_form.range(block);
                    let mut data = node.disk[place][range].to_vec();
                    if node.manner == Manner::Lying || slips {
                        data[0] ^= 1;
                    }
                    node.swarm.block_read(self.now, id, block, Ok(data));
                }
                Job::Store(piece, _) if node.disk_full => {
                    node.swarm.pause(self.now);
                    node.swarm.piece_not_stored(self.now, piece);
                }
                Job::Store(piece, data) => {
                    assert_eq!(data.len(), place.len());
                    if self.content[place.clone()] == data {
                        node.disk[place].copy_from_slice(&data);
                        node.stored.push(piece);
                        node.swarm.piece_stored(self.now, piece);
                    } else {
                        node.swarm.piece_corrupt(self.now, piece, &data);
                    }
                }
            }
        }
        self.act(number) || busy
    }

    /// Moves bytes along one link, both ways.
    fn carry(&mut self, number: usize) -> bool {
        let mut busy = false;
        for end in 0..2 {
            busy |= self.carry_to(number, end);
        }
        if let Some(link) = &self.links[number]
            && link.closing
            && link.pipes.iter().all(Pipe::is_empty)
        {
            self.hang_up(number);
            busy = true;
        }
        busy
    }

    fn carry_to(&mut self, number: usize, end: usize) -> bool {
        let Some(link) = &mut self.links[number] else {
            return false;
        };
        let speed = |node| self.speed.get(node).copied().unwrap_or(1 << 20);
        let speed = link.nodes.iter().map(speed).min().expect("two ends");
        let pipe = &mut link.pipes[end];
        if pipe.is_empty() {
            return false;
        }
        let moved = pipe.carry(speed);
        let left = pipe.length();
        let sender = link.nodes[1 - end];
        if let Some(id) = link.ids[1 - end] {
            self.nodes[sender].swarm.drained(self.now, id, left);
            self.act(sender);
        }
        self.deliver(number, end, &moved);
        true
    }

    fn deliver(&mut self, number: usize, end: usize, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // Now and then a crumb, mostly a good part.
            let most = match self.rng.u8(..4) {
                0 => 20,
                1 => BLOCK_LENGTH as usize,
                _ => bytes.len(),
            };
            let (mut part, rest) = bytes.split_at(self.rng.usize(1..=most.min(bytes.len())));
            bytes = rest;
            let Some(link) = &mut self.links[number] else {
                return;
            };
            let to = link.nodes[end];
            if end == 1 && !answer(link, self.now, &mut self.nodes, &mut part) {
                continue;
            }
            let Some(link) = &self.links[number] else {
                return;
            };
            if let Some(id) = link.ids[end] {
                self.nodes[to].ends.insert(id, (number, end));
                self.nodes[to].swarm.received(self.now, id, part);
            }
            self.act(to);
        }
    }

    fn hang_up(&mut self, number: usize) {
        let Some(link) = self.links[number].take() else {
            return;
        };
        for end in 0..2 {
            if let Some(id) = link.ids[end] {
                let node = &mut self.nodes[link.nodes[end]];
                node.ends.remove(&id);
                node.swarm.closed(self.now, id);
            }
        }
    }
}

/// The called end's transport: reads the handshake, and lets the swarm decide. True once it has.
fn answer(link: &mut Link, now: Instant, nodes: &mut [Node], part: &mut &[u8]) -> bool {
    let Some(greeting) = &mut link.greeting else {
        return true;
    };
    let Some(handshake) = greeting.read(part).expect("a handshake") else {
        return false;
    };
    link.greeting = None;
    let mut from = address(link.nodes[0]);
    from.set_port(40_000);
    match nodes[link.nodes[1]].swarm.accepted(now, from, handshake) {
        Ok(id) => link.ids[1] = Some(id),
        Err(_) => link.closing = true,
    }
    true
}

pub(crate) fn address(node: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, node as u8 + 1], 6_881))
}
