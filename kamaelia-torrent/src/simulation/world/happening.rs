//! Peers come and go, and what else the scenario has happen.

use super::World;
use super::client::Client;
use super::node::{Inhabitant, Presence};
use super::script::Step;
use crate::simulation::NodeId;
use crate::simulation::behaviour::Stranger;
use crate::simulation::joining::Guest;
use crate::simulation::report::{Newcomer, Rates, Role};
use crate::simulation::scenario::{Departure, Event, Kind, Who};

impl World {
    pub(super) fn happen(&mut self, step: Step) {
        match step {
            Step::Join(node) => self.join(node),
            Step::Leave(node) => self.leave(node),
            Step::GoAway(node) => self.go_away(node),
            Step::ComeBack(node) => self.come_back(node),
            Step::Event(event) => self.on_event(event),
        }
    }

    pub(super) fn join(&mut self, id: NodeId) {
        let place = &mut self.nodes[id.as_usize()];
        if place.presence != Presence::Expected {
            return;
        }
        place.presence = Presence::Here;
        let (group, number) = (self.scenario.groups[place.group].clone(), place.number);
        let seed = self.chance.u64(..);
        self.network.set_online(self.now, id, true);
        let rates = Rates::from(self.access(id));
        let newcomer = Newcomer { group: &group.name, role: group.role(), rates };
        self.recorder.joined(self.now, id, newcomer);
        if let Some((inhabitant, mut around)) = self.visit(id) {
            *inhabitant = match &group.kind {
                Kind::Custom(make) => {
                    let outside = around.outside();
                    Inhabitant::Stranger(Box::new(Stranger::new(id, make(number), seed, &outside)))
                }
                Kind::Engine => Inhabitant::Guest(Box::new(Guest::new(id))),
                Kind::Client(_) => {
                    Inhabitant::Client(Box::new(Client::new(id, &group, seed, &around)))
                }
            };
        }
        if group.role() == Role::Leecher {
            self.note_found(id);
        }
        self.agenda.set(id, Some(self.now));
        if let Departure::AfterJoining(stay) = group.departure {
            self.script.plan(self.now + stay, Step::Leave(id));
        }
        if group.has_all() {
            self.plan_leaving(id);
        }
        self.plan_absence(id);
    }

    /// A peer is here, and may be one that comes and goes.
    fn plan_absence(&mut self, id: NodeId) {
        if let Some(churn) = self.group(id).churn {
            self.script.plan(self.now + churn.stay(&mut self.chance), Step::GoAway(id));
        }
    }

    /// Takes down what a leecher came with, which may be everything.
    fn note_found(&mut self, id: NodeId) {
        let Some(client) = self.nodes[id.as_usize()].client() else { return };
        for piece in client.swarm().have().ones() {
            self.recorder.piece_found(self.now, id, piece as u32); // Pieces are numbered in 32 bits.
        }
        if client.swarm().is_complete() {
            self.recorder.finished(self.now, id);
        }
    }

    /// A peer has everything, and may leave because of that.
    pub(super) fn plan_leaving(&mut self, id: NodeId) {
        if let Departure::AfterFinishing(stay) = self.group(id).departure {
            self.script.plan(self.now + stay, Step::Leave(id));
        }
    }

    fn leave(&mut self, id: NodeId) {
        if let Some((inhabitant, mut around)) = self.visit(id) {
            match inhabitant {
                Inhabitant::Client(client) => client.leave(&mut around),
                Inhabitant::Stranger(stranger) => stranger.leave(&mut around.outside()),
                Inhabitant::Nobody | Inhabitant::Guest(_) => {}
            }
        }
        if self.node(id).presence == Presence::Gone {
            return;
        }
        self.note_wasted(id);
        let node = &mut self.nodes[id.as_usize()];
        node.inhabitant = Inhabitant::Nobody;
        node.presence = Presence::Gone;
        self.recorder.left(self.now, id);
        self.network.set_online(self.now, id, false);
        self.agenda.set(id, None);
    }

    /// Takes down what a client got that was of no use; once, when it is over for it.
    pub(super) fn note_wasted(&mut self, id: NodeId) {
        let now = self.epoch.instant(self.now);
        if let Some(client) = self.nodes[id.as_usize()].client() {
            self.recorder.wasted(id, client.swarm().progress(now).wasted);
        }
    }

    fn vanish(&mut self, id: NodeId) {
        let now = self.epoch.instant(self.now);
        let node = &mut self.nodes[id.as_usize()];
        if !node.is_here() {
            return;
        }
        node.presence = Presence::Away;
        match &mut node.inhabitant {
            Inhabitant::Client(client) => client.vanish(now),
            Inhabitant::Stranger(stranger) => stranger.vanish(),
            // An engine hears of it from the network.
            Inhabitant::Nobody | Inhabitant::Guest(_) => {}
        }
        self.recorder.left(self.now, id);
        self.network.set_online(self.now, id, false);
        self.agenda.set(id, None);
    }

    fn come_back(&mut self, id: NodeId) {
        let node = &mut self.nodes[id.as_usize()];
        if node.presence != Presence::Away {
            return;
        }
        node.presence = Presence::Here;
        self.recorder.returned(self.now, id);
        self.network.set_online(self.now, id, true);
        self.agenda.set(id, Some(self.now));
        self.plan_absence(id);
    }

    fn go_away(&mut self, id: NodeId) {
        self.vanish(id);
        if self.node(id).presence == Presence::Away
            && let Some(churn) = self.group(id).churn
        {
            self.script.plan(self.now + churn.absence(&mut self.chance), Step::ComeBack(id));
        }
    }

    fn on_event(&mut self, event: Event) {
        self.recorder.event(self.now, None, format!("{event:?}"));
        let now = self.epoch.instant(self.now);
        match event {
            Event::Leave(who) => self.each(&who, World::leave),
            Event::Vanish(who) => self.each(&who, World::vanish),
            Event::Return(who) => self.each(&who, World::come_back),
            Event::Access(who, access) => {
                let rates = Rates::from(access);
                self.each(&who, |world, id| {
                    world.network.set_access(id, access);
                    world.recorder.access_changed(id, rates);
                });
            }
            Event::Disk(who, rules) => {
                self.each_client(&who, |client| client.set_disk(rules));
            }
            Event::Cut(who) => {
                let mut groups = vec![0; self.nodes.len()];
                self.each(&who, |_, id| groups[id.as_usize()] = 1);
                self.network.separate(&groups);
            }
            Event::Heal => self.network.rejoin(),
            Event::TrackerDown(time) => self.tracker.set_down(self.now + time),
            Event::Pause(who) => self.each_client(&who, |client| client.swarm_mut().pause(now)),
            Event::Resume(who) => self.each_client(&who, |client| client.swarm_mut().resume(now)),
        }
    }

    fn each_client(&mut self, who: &Who, mut change: impl FnMut(&mut Client)) {
        self.each(who, |world, id| {
            if let Some(client) = world.nodes[id.as_usize()].client_mut() {
                change(client);
                world.agenda.set(id, Some(world.now));
            }
        });
    }

    /// Does something with each who is meant.
    fn each(&mut self, who: &Who, mut change: impl FnMut(&mut World, NodeId)) {
        let mut meant = self.members(who);
        if let Who::Some(_, count) = who {
            self.chance.shuffle(&mut meant);
            meant.truncate(*count as usize);
            meant.sort_unstable();
        }
        for id in meant {
            change(self, id);
        }
    }

    fn members(&self, who: &Who) -> Vec<NodeId> {
        let is_meant = |id: &NodeId| match who {
            Who::Everyone => true,
            Who::Group(name) | Who::Some(name, _) => *name == self.group(*id).name,
            Who::One(name, one) => *name == self.group(*id).name && *one == self.node(*id).number,
        };
        let is_known =
            |id: &NodeId| matches!(self.node(*id).presence, Presence::Here | Presence::Away);
        self.ids().filter(is_known).filter(is_meant).collect()
    }
}
