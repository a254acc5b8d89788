//! A swarm of swarms: one seed, and others that have nothing yet.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;
use kamaelia_torrent::metainfo::{FileEntry, InfoHash, Layout, PeerId, PieceIndex};
use kamaelia_torrent::swarm::{Action, ConnectionId, Swarm, SwarmConfig};
use kamaelia_torrent::wire::BlockForm;

const TICK: Duration = Duration::from_millis(100);
const PIECE: u64 = 256 * 1024;

/// Bytes each swarm can send in a tick: ten blocks or so.
const UPLINK: usize = 160 * 1024;

/// One swarm and its ends of lines.
struct Node {
    swarm: Swarm,
    /// By the connection's slot.
    lines: Vec<Option<Line>>,
    /// Lines on which something has come.
    news: Vec<ConnectionId>,
    /// Pieces that will be on disk by the next tick.
    storing: Vec<PieceIndex>,
    /// Lines with something to send, in turns.
    backlog: VecDeque<ConnectionId>,
}

struct Line {
    other: (usize, ConnectionId),
    arrived: Vec<u8>,
    parcels: VecDeque<(Vec<u8>, u32)>,
    queued: usize,
}

/// All of them.
pub(crate) struct Crowd {
    now: Instant,
    nodes: Vec<Node>,
    /// Blocks that were sent.
    pub(crate) blocks: u64,
    /// Announcements of pieces that were sent.
    pub(crate) haves: u64,
    pub(crate) ticks: u64,
}

impl Crowd {
    pub(crate) fn new(swarms: u32, connections: usize, pieces: u32) -> Self {
        let file =
            FileEntry { path: vec!["f".into()], length: u64::from(pieces) * PIECE, padding: false };
        let layout = Arc::new(Layout::new(PIECE, vec![file]).expect("sizes of a torrent"));
        let now = Instant::now();
        let nodes = (0..swarms).map(|number| node(number, connections, &layout, now)).collect();
        let mut crowd = Crowd { now, nodes, blocks: 0, haves: 0, ticks: 0 };
        let mut chance = fastrand::Rng::with_seed(1);
        for number in 0..swarms {
            let others = (0..2 * connections).map(|_| address(chance.u32(..swarms)));
            crowd.nodes[number as usize].swarm.add_candidates(now, others.chain([address(0)]));
        }
        crowd
    }

    /// Until all have everything.
    pub(crate) fn run(&mut self) {
        while !self.nodes.iter().all(|node| node.swarm.is_complete()) {
            self.now += TICK;
            self.ticks += 1;
            assert!(self.ticks < 1_000_000, "it never ends");
            for number in 0..self.nodes.len() {
                self.think(number);
            }
            for number in 0..self.nodes.len() {
                self.carry(number);
            }
        }
    }

    /// Bytes that came more than once.
    pub(crate) fn wasted(&self) -> u64 {
        self.nodes.iter().map(|node| node.swarm.progress(self.now).wasted).sum()
    }

    /// Tells a swarm what has happened, and does what it wants.
    fn think(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        if node.swarm.next_timeout().is_some_and(|due| due <= self.now) {
            node.swarm.handle_timeout(self.now);
        }
        for piece in std::mem::take(&mut node.storing) {
            node.swarm.piece_stored(self.now, piece);
        }
        let mut news = std::mem::take(&mut node.news);
        for id in news.drain(..) {
            if let Some(line) =
                node.lines[id.slot()].as_mut().filter(|line| !line.arrived.is_empty())
            {
                node.swarm.received(self.now, id, &line.arrived);
                line.arrived.clear();
            }
        }
        node.news = news;
        while let Some(action) = self.nodes[number].swarm.poll_action() {
            self.act(number, action);
        }
    }

    fn act(&mut self, number: usize, action: Action) {
        let now = self.now;
        let node = &mut self.nodes[number];
        match action {
            Action::Connect(to) => self.connect(number, to),
            Action::Send { connection, bytes, omitted } => {
                self.blocks += u64::from(omitted > 0);
                self.haves += count_haves(&bytes);
                let Some(line) = &mut node.lines[connection.slot()] else { return };
                line.queued += bytes.len() + omitted as usize;
                if line.parcels.is_empty() {
                    node.backlog.push_back(connection);
                }
                line.parcels.push_back((bytes, omitted));
            }
            Action::Close { connection, .. } => {
                if let Some(line) = node.lines[connection.slot()].take() {
                    let (other, id) = line.other;
                    self.nodes[other].lines[id.slot()] = None;
                    self.nodes[other].swarm.closed(now, id);
                }
            }
            Action::Read { connection, block } => {
                let place = u64::from(block.piece().get()) << 32 | u64::from(block.offset());
                node.swarm.block_read(now, connection, block, Ok(place.to_le_bytes().to_vec()));
            }
            Action::Store { piece, .. } => node.storing.push(piece),
            _ => {}
        }
    }

    fn connect(&mut self, caller: usize, to: SocketAddr) {
        let called = number(to);
        let ours = self.nodes[caller].swarm.handshake();
        let from = address(caller as u32);
        let from = SocketAddr::new(from.ip(), 40_000);
        let Ok(theirs) = self.nodes[called].swarm.accepted(self.now, from, ours) else {
            return self.nodes[caller].swarm.connect_failed(self.now, to);
        };
        let ours = self.nodes[caller].swarm.connected_and_greeted(self.now, to);
        self.nodes[caller].open(ours, (called, theirs));
        self.nodes[called].open(theirs, (caller, ours));
        while let Some(action) = self.nodes[called].swarm.poll_action() {
            self.act(called, action);
        }
    }

    /// Takes a tick's worth of bytes off a node, a parcel of each line in turn.
    fn carry(&mut self, number: usize) {
        let mut left = UPLINK;
        while left > 0
            && let Some(id) = self.nodes[number].backlog.pop_front()
        {
            let node = &mut self.nodes[number];
            let Some(line) = &mut node.lines[id.slot()] else { continue };
            let (other, theirs) = line.other;
            let Some((bytes, omitted)) = line.parcels.pop_front() else { continue };
            let weight = bytes.len() + omitted as usize;
            left = left.saturating_sub(weight);
            line.queued -= weight;
            if !line.parcels.is_empty() {
                node.backlog.push_back(id);
            }
            node.swarm.drained(self.now, id, line.queued);
            while let Some(action) = self.nodes[number].swarm.poll_action() {
                self.act(number, action);
            }
            let receiver = &mut self.nodes[other];
            if let Some(line) = &mut receiver.lines[theirs.slot()] {
                if line.arrived.is_empty() {
                    receiver.news.push(theirs);
                }
                line.arrived.extend_from_slice(&bytes);
            }
        }
    }
}

impl Node {
    fn open(&mut self, id: ConnectionId, other: (usize, ConnectionId)) {
        if self.lines.len() <= id.slot() {
            self.lines.resize_with(id.slot() + 1, || None);
        }
        let (arrived, parcels) = (Vec::new(), VecDeque::new());
        self.lines[id.slot()] = Some(Line { other, arrived, parcels, queued: 0 });
    }
}

fn node(number: u32, connections: usize, layout: &Arc<Layout>, now: Instant) -> Node {
    let mut peer_id = PeerId(*b"-KA0100-000000000000");
    peer_id.0[16..].copy_from_slice(&number.to_be_bytes());
    let config = SwarmConfig {
        peer_id,
        connections_max: connections,
        redundant_haves: false,
        block_form: BlockForm::Abridged,
        ..SwarmConfig::default()
    };
    let mut have = FixedBitSet::with_capacity(layout.piece_count() as usize);
    have.set_range(.., number == 0);
    let seed = u64::from(number);
    let swarm = Swarm::new(config, InfoHash([7; 20]), Arc::clone(layout), have, seed, now);
    let (lines, news, storing) = (Vec::new(), Vec::new(), Vec::new());
    Node { swarm, lines, news, storing, backlog: VecDeque::new() }
}

/// How many pieces are announced one by one in these messages.
fn count_haves(mut bytes: &[u8]) -> u64 {
    let mut count = 0;
    while let Some((length, rest)) = bytes.split_first_chunk()
        && let Some((body, rest)) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)
    {
        count += u64::from(body.len() == 5 && body[0] == 4);
        bytes = rest;
    }
    count
}

/// Each in a network of its own, as what newcomers get to begin with depends on that.
fn address(number: u32) -> SocketAddr {
    let [_, a, b, c] = number.to_be_bytes();
    SocketAddr::from(([10 + a, b, c, 1], 6_881))
}

fn number(address: SocketAddr) -> usize {
    let SocketAddr::V4(address) = address else { unreachable!("all are of IPv4") };
    (address.ip().to_bits() >> 8) as usize - (10 << 16)
}
