//! What a block costs, and what an idle line takes.
//!
//! `cargo test --release -p kamaelia-torrent --lib network::tests::speed -- --ignored --nocapture`

use rustix::time::{ClockId, clock_gettime};

use super::*;

/// Lines of each node on which it sends blocks; on the others it is silent.
const UNCHOKED: usize = 5;
/// Blocks that wait on each of them.
const AHEAD: usize = 4;

/// Nodes with so many lines each, some of which are kept busy.
struct Crowd {
    network: Network,
    now: Moment,
    tick: Duration,
    blocks: u64,
    nodes: Vec<NodeId>,
}

impl Crowd {
    fn new(nodes: u32, lines: u32, tick: Duration) -> Self {
        let mut network = Network::new(tick, 1);
        let access = Access::default().up(MIB).down(10 * MIB);
        for _ in 0..nodes {
            network.add(access);
        }
        for node in 0..nodes {
            for line in 0..lines / 2 {
                // Neighbours far apart, as strangers are.
                let to = (node + 1 + line * 7_919 % (nodes - 1)) % nodes;
                network.call(Moment::START, NodeId(node), Some(NodeId(to)));
            }
        }
        Crowd { network, now: Moment::START, tick, blocks: 0, nodes: Vec::new() }
    }

    fn step(&mut self, starts: &mut Vec<LineId>) {
        self.now = self.now + self.tick;
        self.network.step(self.now);
        let mut nodes = std::mem::take(&mut self.nodes);
        self.network.with_news(&mut nodes);
        for node in &nodes {
            let mut news = self.network.take_news(*node);
            for news in news.drain(..) {
                match news {
                    News::Up(line) => starts.push(line),
                    // A block came: the next is asked for. Its data are told by their mark.
                    News::Bytes(line, Side::Called, bytes) => {
                        self.blocks += bytes.len() as u64 / 21;
                        for _ in 0..bytes.len() / 21 {
                            self.network.send(line, Side::Called, [0; 17].to_vec(), 0);
                        }
                    }
                    News::Drained(line, Side::Caller) => self.top_up(line),
                    _ => {}
                }
            }
            self.network.reuse(news);
        }
        self.nodes = nodes;
    }

    fn top_up(&mut self, line: LineId) {
        while self.network.queued(line, Side::Caller) < AHEAD * BLOCK as usize {
            self.network.send(line, Side::Caller, [0; 21].to_vec(), BLOCK - 8);
        }
    }
}

fn measure(nodes: u32, tick: u64) {
    let lines = 60;
    let mut crowd = Crowd::new(nodes, lines, Duration::from_millis(tick));
    let mut up = Vec::new();
    (0..2_000 / tick).for_each(|_| crowd.step(&mut up));
    assert_eq!(up.len(), (nodes * lines / 2) as usize);
    for line in up.iter().step_by(lines as usize / 2 / UNCHOKED) {
        crowd.top_up(*line);
    }
    (0..5_000 / tick).for_each(|_| crowd.step(&mut up));
    let (blocks, seconds) = (crowd.blocks, 60);
    let start = cpu();
    (0..seconds * 1_000 / tick).for_each(|_| crowd.step(&mut up));
    let took = cpu() - start;
    let blocks = crowd.blocks - blocks;
    let most = seconds * u64::from(nodes) * 64;
    println!(
        "{nodes} nodes, tick {tick} ms: {blocks} of {most} blocks, {:.0} ns for each and its request",
        took.as_nanos() as f64 / blocks as f64
    );
    assert!(blocks > most * 97 / 100, "the uplinks are busy");
}

/// What this process has used so far.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[test]
#[ignore = "a measurement, for release builds"]
fn a_block_costs_little() {
    for nodes in [20, 100, 1_000] {
        [10, 50].into_iter().for_each(|tick| measure(nodes, tick));
    }
}

#[test]
fn an_idle_line_is_small() {
    let bytes = size_of::<line::Line>();
    assert!(bytes + 2 * size_of::<flow::Flow>() <= 160, "{bytes}");
}
