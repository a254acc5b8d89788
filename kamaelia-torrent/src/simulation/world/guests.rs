//! Nodes on which engines live, and how the world goes on for them.

use std::net::SocketAddr;
use std::time::Instant;

use super::World;
use super::node::Inhabitant;
use crate::engine::fetch::Problem;
use crate::engine::world::Line;
use crate::metainfo::Metainfo;
use crate::simulation::address::calls_from;
use crate::simulation::joining::Guest;
use crate::simulation::network::{Network, News};
use crate::simulation::scenario::{Kind, ScenarioError, Swarm as Scenario};
use crate::simulation::{Moment, NodeId};
use crate::wire::BlockForm;

impl World {
    /// A world whose nodes speak as real ones do, and its torrent. Those who are engines are there
    /// from the start.
    pub(in crate::simulation) fn open(
        scenario: Scenario,
        start: Instant,
    ) -> Result<(Self, Metainfo), ScenarioError> {
        let mut world = World::new(scenario, start)?;
        world.form = BlockForm::Whole;
        let metainfo = world.content.make_whole(world.tracker.announce_url())?;
        for id in world.ids() {
            if matches!(world.group(id).kind, Kind::Engine) {
                world.join(id);
            }
        }
        Ok((world, metainfo))
    }

    /// The nodes of engines in the group of this name.
    pub(in crate::simulation) fn guests(&self, group: &str) -> Vec<NodeId> {
        let is_guest = |id: &NodeId| matches!(self.node(*id).inhabitant, Inhabitant::Guest(_));
        self.ids().filter(is_guest).filter(|id| self.group(*id).name == group).collect()
    }

    /// Has everything happen that is to happen until then, and goes on to the last tick before it
    /// even if nothing is: what engines do then, they do now.
    pub(in crate::simulation) fn advance(&mut self, to: Moment) {
        while let Some(next) = self.next_due().filter(|next| *next <= to) {
            self.go_to(next);
        }
        let tick = Moment::after(self.tick).0;
        let last = Moment(to.0 / tick * tick);
        if last > self.now {
            self.go_to(last);
        }
    }

    /// The bytes of the torrent from there on.
    pub(in crate::simulation) fn fill(&self, start: u64, buffer: &mut [u8]) {
        self.content.fill(start, buffer);
    }

    /// An engine's node, and the network around it; `None` if it has left for good.
    pub(in crate::simulation) fn guest(
        &mut self,
        id: NodeId,
    ) -> Option<(&mut Guest, &mut Network)> {
        match &mut self.nodes[id.as_usize()].inhabitant {
            Inhabitant::Guest(guest) => Some((guest, &mut self.network)),
            _ => None,
        }
    }

    pub(in crate::simulation) fn connect(
        &mut self,
        id: NodeId,
        now: Moment,
        to: SocketAddr,
    ) -> Option<Line> {
        let nodes = self.nodes.len();
        let (guest, network) = self.guest(id)?;
        Some(guest.connect(now, to, nodes, network))
    }

    /// Asks the tracker. What it answers is there after a round trip.
    pub(in crate::simulation) fn fetch(&mut self, id: NodeId, now: Moment, token: u64, url: &str) {
        let due = now + self.round_trip(id);
        let answer = match self.node(id).is_here() {
            true => self.tracker.fetch(now, url, calls_from(id)),
            false => Err("there is no way to the network".into()),
        };
        if let Some((guest, _)) = self.guest(id) {
            guest.expect(due, (token, answer.map_err(Problem::Unreachable)));
            let due = guest.next_due();
            self.agenda.set(id, due);
        }
    }

    /// What the network has brought to an engine's node; false if it is none. Also to one that is
    /// away: that is how it learns so.
    pub(super) fn turn_guest(&mut self, id: NodeId, news: &mut Vec<News>) -> bool {
        let now = self.now;
        let Some((guest, network)) = self.guest(id) else { return false };
        for item in news.drain(..) {
            guest.hear(item, now, network);
        }
        let due = guest.next_due().filter(|due| *due > now);
        self.agenda.set(id, due);
        true
    }
}
