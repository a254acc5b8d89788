//! The world the clients believe in: it moves time, bytes and news.

mod client;
mod guests;
mod happening;
mod node;
mod script;

use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::engine::Deadlines;
use crate::simulation::behaviour::Outside;
use crate::simulation::content::Content;
use crate::simulation::messages::MessageCounts;
use crate::simulation::network::{Access, Network};
use crate::simulation::report::{Recorder, Report, Snapshot, TorrentSize};
use crate::simulation::scenario::{Peers, Swarm as Scenario};
use crate::simulation::time::Epoch;
use crate::simulation::tracker::Tracker;
use crate::simulation::{Moment, NodeId, TorrentError};
use crate::wire::BlockForm;
use node::{Inhabitant, Node};
use script::{Script, Step};

/// How often those who watch are shown how it stands.
const TURN: Duration = Duration::from_secs(1);

/// How far the tracker is from the core of the network.
const TRACKER_LATENCY: Duration = Duration::from_millis(20);

/// A simulation under way.
pub(in crate::simulation) struct World {
    scenario: Scenario,
    epoch: Epoch,
    now: Moment,
    tick: Duration,
    form: BlockForm,
    chance: Rng,
    content: Content,
    network: Network,
    tracker: Tracker,
    nodes: Vec<Node>,
    agenda: Deadlines<NodeId, Moment>,
    script: Script,
    recorder: Recorder,
    messages: MessageCounts,
    /// Who has everything since this step.
    finished: Vec<NodeId>,
}

/// What a node finds around itself.
struct Surroundings<'a> {
    now: Moment,
    /// The same moment, as the engine says it.
    instant: Instant,
    epoch: Epoch,
    /// How many nodes there are.
    nodes: usize,
    form: BlockForm,
    content: &'a Content,
    /// How long a message to the tracker and its answer take.
    round_trip: Duration,
    network: &'a mut Network,
    tracker: &'a mut Tracker,
    recorder: &'a mut Recorder,
    messages: &'a mut MessageCounts,
    /// Who has just got everything.
    finished: &'a mut Vec<NodeId>,
}

impl Surroundings<'_> {
    /// What those see of it who are not the engine's own.
    fn outside(&mut self) -> Outside<'_> {
        Outside {
            now: self.now,
            epoch: self.epoch,
            nodes: self.nodes,
            round_trip: self.round_trip,
            form: self.form,
            content: self.content,
            network: self.network,
            tracker: self.tracker,
            recorder: self.recorder,
            messages: self.messages,
        }
    }
}

impl World {
    /// A world in which nobody has joined yet.
    pub(in crate::simulation) fn new(
        scenario: Scenario,
        start: Instant,
    ) -> Result<Self, TorrentError> {
        let (content, epoch) = (Content::new(&scenario.torrent)?, Epoch::new(start));
        let mut chance = Rng::with_seed(scenario.seed);
        let tick = scenario.tick_length();
        let mut network = Network::new(tick, chance.u64(..));
        let (mut nodes, mut script) = (Vec::new(), Script::default());
        for (number, group) in scenario.groups.iter().enumerate() {
            for place in 0..group.count {
                let node = network.add(group.access.unwrap_or(scenario.access));
                network.set_online(Moment::START, node, false);
                nodes.push(Node::new(number, place));
                script.plan(group.arrivals.moment(place, &mut chance), Step::Join(node));
            }
        }
        for (at, event) in &scenario.events {
            script.plan(Moment::after(*at), Step::Event(event.clone()));
        }
        Ok(World {
            epoch,
            now: Moment::START,
            tick,
            form: BlockForm::Abridged,
            recorder: Recorder::new(
                scenario.seed,
                TorrentSize::from(content.layout().as_ref()),
                scenario.keeps_log,
            ),
            content,
            network,
            tracker: Tracker::new(epoch, chance.u64(..)),
            agenda: Deadlines::default(),
            messages: MessageCounts::default(),
            finished: Vec::new(),
            nodes,
            script,
            chance,
            scenario,
        })
    }

    /// How everybody stands.
    pub(in crate::simulation) fn snapshot(&self) -> &Snapshot {
        self.recorder.snapshot()
    }

    /// Goes on for a virtual second; false when it is over.
    pub(in crate::simulation) fn turn(&mut self) -> bool {
        let end = (self.now + TURN).min(Moment::after(self.scenario.until));
        while self.now < end {
            if !self.step(end) {
                return false;
            }
        }
        !self.is_over() && self.now < Moment::after(self.scenario.until)
    }

    /// Goes on to the next moment at which something happens, or to `end`; false when nothing will ever
    /// happen again.
    fn step(&mut self, end: Moment) -> bool {
        let Some(next) = self.next_due() else { return false };
        self.go_to(next.min(end));
        true
    }

    /// Has happen what is due by this moment, before which nothing is.
    fn go_to(&mut self, moment: Moment) {
        self.now = moment;
        while let Some(step) = self.script.pop_due(self.now) {
            self.happen(step);
        }
        self.hear_tracker();
        self.network.step(self.now);
        self.turn_nodes();
        for id in std::mem::take(&mut self.finished) {
            self.plan_leaving(id);
        }
    }

    /// Hands every answer of the tracker to whom it is for.
    fn hear_tracker(&mut self) {
        while let Some((id, tracker, told)) = self.tracker.poll(self.now) {
            let is_here = self.node(id).is_here();
            let (inhabitant, mut around) = self.look(id);
            // Who is away has asked in vain, and is to ask again.
            let told = if is_here { told } else { Err("the network cannot be reached".into()) };
            match inhabitant {
                Inhabitant::Client(client) => client.on_told(tracker, told, &mut around),
                Inhabitant::Stranger(stranger) => {
                    stranger.on_told(tracker, told, &mut around.outside());
                }
                Inhabitant::Nobody | Inhabitant::Guest(_) => {}
            }
            if is_here {
                self.agenda.set(id, Some(self.now));
            }
        }
    }

    /// Nobody lacks anything any more, and nobody is to come who does.
    fn is_over(&self) -> bool {
        !self.script.expects_someone() && !self.nodes.iter().any(Node::is_waiting)
    }

    pub(in crate::simulation) fn into_report(mut self) -> Report {
        for id in self.ids() {
            self.note_wasted(id);
        }
        self.recorder.said(self.messages.named());
        self.recorder.finish(self.now)
    }

    /// When something happens next: a whole number of ticks from the start, at least one from now.
    pub(in crate::simulation) fn next_due(&self) -> Option<Moment> {
        let due = [
            self.network.next_due(),
            self.agenda.soonest(),
            self.script.soonest(),
            self.tracker.next_due(),
        ];
        let due = due.into_iter().flatten().min()?;
        let tick = Moment::after(self.tick).0;
        let at = Moment(due.0.div_ceil(tick) * tick);
        Some(at.max(self.now + self.tick))
    }

    /// Gives every node its turn that has news or waits for this moment, in the order of their
    /// numbers.
    fn turn_nodes(&mut self) {
        let mut nodes = Vec::new();
        self.network.with_news(&mut nodes);
        while let Some(node) = self.agenda.pop_due(self.now) {
            nodes.push(node);
        }
        nodes.sort_unstable();
        nodes.dedup();
        for node in nodes {
            self.turn_node(node);
        }
    }

    fn turn_node(&mut self, id: NodeId) {
        let mut news = self.network.take_news(id);
        if self.turn_guest(id, &mut news) {
            return self.network.reuse(news);
        }
        let Some((inhabitant, mut around)) = self.visit(id) else { return };
        let due = match inhabitant {
            Inhabitant::Client(client) => client.turn(&mut news, &mut around),
            Inhabitant::Stranger(stranger) => stranger.turn(&mut news, &mut around.outside()),
            Inhabitant::Nobody | Inhabitant::Guest(_) => None,
        };
        self.network.reuse(news);
        self.agenda.set(id, due);
    }

    /// All nodes, there or not.
    fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..).map(NodeId).take(self.nodes.len())
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.as_usize()]
    }

    /// The group a node belongs to.
    fn group(&self, id: NodeId) -> &Peers {
        &self.scenario.groups[self.node(id).group]
    }

    /// How a node is joined to the network.
    fn access(&self, id: NodeId) -> Access {
        self.group(id).access.unwrap_or(self.scenario.access)
    }

    /// How long a message of a node to the tracker and its answer take.
    fn round_trip(&self, id: NodeId) -> Duration {
        2 * (self.access(id).latency + TRACKER_LATENCY)
    }

    /// A node that is here, and what it finds around itself.
    fn visit(&mut self, id: NodeId) -> Option<(&mut Inhabitant, Surroundings<'_>)> {
        self.node(id).is_here().then(|| self.look(id))
    }

    /// A node, and what is around it.
    fn look(&mut self, id: NodeId) -> (&mut Inhabitant, Surroundings<'_>) {
        let nodes = self.nodes.len();
        let round_trip = self.round_trip(id);
        let around = Surroundings {
            now: self.now,
            instant: self.epoch.instant(self.now),
            epoch: self.epoch,
            nodes,
            form: self.form,
            round_trip,
            content: &self.content,
            network: &mut self.network,
            tracker: &mut self.tracker,
            recorder: &mut self.recorder,
            messages: &mut self.messages,
            finished: &mut self.finished,
        };
        (&mut self.nodes[id.as_usize()].inhabitant, around)
    }
}
