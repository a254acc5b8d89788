//! Claims about the network as a whole, made by moving its clock.

mod bandwidth;
mod lines;
mod repeating;
mod round_trips;
mod speed;
mod trouble;

use std::time::Duration;

use super::*;

const TICK: Duration = Duration::from_millis(10);
const MIB: u64 = 1 << 20;
const BLOCK: u32 = 16_384;

/// A network with a clock, and a diary of all that its nodes heard.
struct Lab {
    network: Network,
    now: Moment,
    heard: Vec<(Moment, NodeId, News)>,
}

impl Lab {
    fn new(seed: u64) -> Self {
        Lab { network: Network::new(TICK, seed), now: Moment::START, heard: Vec::new() }
    }

    fn add(&mut self, access: Access) -> NodeId {
        self.network.add(access)
    }

    /// A line that is up.
    fn connect(&mut self, from: NodeId, to: NodeId) -> LineId {
        let line = self.network.call(self.now, from, Some(to));
        assert!(self.run_until(60, |news| *news == News::Up(line)), "the line comes up");
        line
    }

    /// A chunk of so many bytes in true length, of which few are carried.
    fn send(&mut self, line: LineId, side: Side, length: u32) {
        self.network.send(line, side, vec![0; 8], length - 8);
    }

    fn step(&mut self) {
        self.now = self.now + TICK;
        self.network.step(self.now);
        let mut nodes = Vec::new();
        self.network.with_news(&mut nodes);
        for node in nodes {
            let news = self.network.take_news(node);
            self.heard.extend(news.iter().map(|news| (self.now, node, news.clone())));
            self.network.reuse(news);
        }
    }

    fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.now < end {
            self.step();
        }
    }

    /// Steps until such news is heard; false if it is not within so many seconds.
    fn run_until(&mut self, seconds: u64, mut wanted: impl FnMut(&News) -> bool) -> bool {
        let end = self.now + Duration::from_secs(seconds);
        while self.now < end {
            let known = self.heard.len();
            self.step();
            if self.heard[known..].iter().any(|(_, _, news)| wanted(news)) {
                return true;
            }
        }
        false
    }

    /// What one node heard, and when, in milliseconds; without the news that its queue fell.
    fn diary(&self, node: NodeId) -> Vec<(u64, News)> {
        let mine = self.heard.iter().filter(|(_, who, _)| *who == node);
        let mine = mine.filter(|(_, _, news)| !matches!(news, News::Drained(..)));
        mine.map(|(when, _, news)| (when.0 / 1000, news.clone())).collect()
    }

    /// Bytes carried to one side of a line; omitted ones are not among them.
    fn carried(&self, line: LineId, side: Side) -> usize {
        let bytes = |(_, _, news): &(Moment, NodeId, News)| match news {
            News::Bytes(on, to, bytes) if *on == line && *to == side => bytes.len(),
            _ => 0,
        };
        self.heard.iter().map(bytes).sum()
    }
}
