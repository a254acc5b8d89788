//! Puts a custom peer into the world: what the world brings becomes calls to it.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;

use super::conversation::{Conversation, Greeting, Phase};
use super::custom_peer::CustomPeer;
use super::hands::{Body, Hands, Line};
use crate::simulation::address::{address, calls_from, peer_id};
use crate::simulation::content::Content;
use crate::simulation::messages::MessageCounts;
use crate::simulation::network::{LineId, Network, News};
use crate::simulation::report::Recorder;
use crate::simulation::time::Epoch;
use crate::simulation::tracker::{Told, Tracker};
use crate::simulation::{Moment, NodeId};
use crate::tracker::{Identity, Schedule, Standing, Tiers, TrackerId};
use crate::wire::{BlockForm, Handshake, Message, MessageReader};

/// What a stranger finds around itself.
pub(in crate::simulation) struct Outside<'a> {
    pub(in crate::simulation) now: Moment,
    pub(in crate::simulation) epoch: Epoch,
    /// How many nodes there are.
    pub(in crate::simulation) nodes: usize,
    /// How long a message to the tracker and its answer take.
    pub(in crate::simulation) round_trip: Duration,
    pub(in crate::simulation) form: BlockForm,
    pub(in crate::simulation) content: &'a Content,
    pub(in crate::simulation) network: &'a mut Network,
    pub(in crate::simulation) tracker: &'a mut Tracker,
    pub(in crate::simulation) recorder: &'a mut Recorder,
    pub(in crate::simulation) messages: &'a mut MessageCounts,
}

/// A node that a custom peer lives in.
pub(in crate::simulation) struct Stranger {
    peer: Box<dyn CustomPeer>,
    pub(super) body: Body,
    schedule: Schedule,
    handshake: Handshake,
    /// It has not heard yet that it is here.
    is_new: bool,
}

impl Stranger {
    /// A peer that joins now.
    pub(in crate::simulation) fn new(
        node: NodeId,
        peer: Box<dyn CustomPeer>,
        seed: u64,
        outside: &Outside<'_>,
    ) -> Self {
        let mut chance = Rng::with_seed(seed);
        let (info_hash, address) = (outside.content.info_hash(), address(node));
        let peer_id = peer_id(node);
        let identity = Identity { info_hash, peer_id, port: address.port(), ipv6: None };
        let tiers = Tiers::new(Some(&outside.tracker.announce_url()), &[], chance.u64(..));
        let now = outside.epoch.instant(outside.now);
        Stranger {
            schedule: Schedule::new(identity, tiers, chance.u64(..), now),
            handshake: peer.handshake(Handshake::new(info_hash, peer_id)),
            peer,
            body: Body {
                node,
                address,
                conversations: BTreeMap::new(),
                wake: None,
                chance,
                uploaded: 0,
                downloaded: 0,
            },
            is_new: true,
        }
    }

    /// Hears what the network has brought, does what is due, and says when it is to be looked at
    /// next.
    pub(in crate::simulation) fn turn(
        &mut self,
        news: &mut Vec<News>,
        outside: &mut Outside<'_>,
    ) -> Option<Moment> {
        if std::mem::take(&mut self.is_new) {
            self.tell(outside, |peer, hands| peer.on_joined(hands));
        }
        for item in news.drain(..) {
            self.hear(item, outside);
        }
        if self.body.wake.is_some_and(|wake| wake <= outside.now) {
            self.body.wake = None;
            self.tell(outside, |peer, hands| peer.on_woken(hands));
        }
        self.announce(outside);
        let announce = self.schedule.next_timeout().map(|due| outside.epoch.moment(due));
        self.body.wake.into_iter().chain(announce).min()
    }

    /// The tracker has answered, or a sentence says why not.
    pub(in crate::simulation) fn on_told(
        &mut self,
        tracker: TrackerId,
        told: Told,
        outside: &mut Outside<'_>,
    ) {
        let now = outside.epoch.instant(outside.now);
        match told {
            Ok(reply) => {
                self.schedule.handle_reply(now, tracker, &reply);
                self.tell(outside, |peer, hands| peer.on_found(&reply.peers, hands));
            }
            Err(reason) => self.schedule.handle_failure(now, tracker, reason),
        }
    }

    /// It is gone without a word. It may come back, and then it is told that it has joined.
    pub(in crate::simulation) fn vanish(&mut self) {
        self.body.conversations.clear();
        self.body.wake = None;
        self.is_new = true;
    }

    /// It says goodbye to the tracker and hangs up.
    pub(in crate::simulation) fn leave(&mut self, outside: &mut Outside<'_>) {
        for (line, conversation) in std::mem::take(&mut self.body.conversations) {
            outside.network.close(outside.now, line, conversation.side);
        }
        self.schedule.handle_stop(outside.epoch.instant(outside.now));
        self.announce(outside);
    }

    fn announce(&mut self, outside: &mut Outside<'_>) {
        let standing = Standing {
            uploaded: self.body.uploaded,
            downloaded: self.body.downloaded,
            left: self.peer.left(outside.content.layout()),
        };
        let now = outside.epoch.instant(outside.now);
        while let Some(request) = self.schedule.poll_request(now, &standing) {
            let node = self.body.node;
            outside.tracker.ask(outside.now, node, calls_from(node), outside.round_trip, request);
        }
    }

    fn hear(&mut self, news: News, outside: &mut Outside<'_>) {
        match news {
            News::Up(line) => self.on_up(line, outside),
            News::Failed(line) => self.on_over(line, outside),
            News::Called { line, from } => {
                self.body.conversations.insert(line, Conversation::called(from));
            }
            News::Bytes(line, _, bytes) => self.on_bytes(line, &bytes, outside),
            News::Drained(line, _) => {
                if self.body.conversations.get(&line).is_some_and(Conversation::is_talking) {
                    self.tell(outside, |peer, hands| peer.on_drained(Line(line), hands));
                }
            }
            News::Closed(line, _) => self.on_over(line, outside),
        }
    }

    fn on_up(&mut self, line: LineId, outside: &mut Outside<'_>) {
        let Some(conversation) = self.body.conversations.get_mut(&line) else { return };
        conversation.phase = Phase::Greeting(Default::default());
        if let Some(node) = conversation.node {
            outside.recorder.connected(outside.now, self.body.node, node);
        }
        self.say_hello(line, outside);
    }

    fn say_hello(&mut self, line: LineId, outside: &mut Outside<'_>) {
        let ours = self.handshake.encode().to_vec();
        self.tell(outside, |_, hands| hands.say_bytes(Line(line), ours));
    }

    fn on_bytes(&mut self, line: LineId, mut bytes: &[u8], outside: &mut Outside<'_>) {
        let Some(conversation) = self.body.conversations.get_mut(&line) else { return };
        if !conversation.is_talking() {
            match conversation.greet(&mut bytes, &self.handshake) {
                Greeting::Unfinished => return,
                Greeting::Wrong => return self.give_up(line, outside),
                Greeting::Theirs(theirs) => self.on_greeted(line, &theirs, outside),
            }
        }
        self.read(line, bytes, outside);
    }

    fn on_greeted(&mut self, line: LineId, theirs: &Handshake, outside: &mut Outside<'_>) {
        let Some(conversation) = self.body.conversations.get_mut(&line) else { return };
        let piece_count = outside.content.layout().piece_count();
        conversation.phase = Phase::Talking(Some(MessageReader::new(piece_count, outside.form)));
        if conversation.was_called() {
            self.say_hello(line, outside);
        }
        self.tell(outside, |peer, hands| peer.on_greeted(Line(line), theirs, hands));
    }

    /// Hears every message that is whole, as long as the peer stays on the line.
    fn read(&mut self, line: LineId, mut bytes: &[u8], outside: &mut Outside<'_>) {
        while let Some(mut reader) = self.take_reader(line) {
            let message = match reader.read(&mut bytes) {
                Ok(None) => return self.put_reader(line, reader),
                Ok(Some(message)) => message,
                Err(_) => return self.give_up(line, outside),
            };
            if let Message::Piece { block, .. } = message {
                self.note_block(line, block.length, outside);
            }
            self.tell(outside, |peer, hands| peer.on_message(Line(line), &message, hands));
            self.put_reader(line, reader);
        }
    }

    fn note_block(&mut self, line: LineId, length: u32, outside: &mut Outside<'_>) {
        self.body.downloaded += u64::from(length);
        let from = self.body.conversations.get(&line).and_then(|conversation| conversation.node);
        if let Some(from) = from {
            outside.recorder.blocks_moved(from, self.body.node, 1, length.into());
        }
    }

    fn take_reader(&mut self, line: LineId) -> Option<MessageReader> {
        match &mut self.body.conversations.get_mut(&line)?.phase {
            Phase::Talking(reader) => reader.take(),
            Phase::Calling | Phase::Greeting(_) => None,
        }
    }

    /// Unless the peer has hung up meanwhile.
    fn put_reader(&mut self, line: LineId, reader: MessageReader) {
        if let Some(conversation) = self.body.conversations.get_mut(&line) {
            conversation.phase = Phase::Talking(Some(reader));
        }
    }

    /// What came makes no sense: nothing more is heard from there.
    fn give_up(&mut self, line: LineId, outside: &mut Outside<'_>) {
        if let Some(conversation) = self.body.conversations.get(&line) {
            outside.network.close(outside.now, line, conversation.side);
        }
        self.on_over(line, outside);
    }

    fn on_over(&mut self, line: LineId, outside: &mut Outside<'_>) {
        let Some(conversation) = self.body.conversations.remove(&line) else { return };
        if let Some(node) = conversation.node.filter(|_| !conversation.is_calling()) {
            outside.recorder.disconnected(outside.now, self.body.node, node, "");
        }
        if conversation.is_talking() {
            self.tell(outside, |peer, hands| peer.on_closed(Line(line), hands));
        } else if !conversation.was_called() {
            self.tell(outside, |peer, hands| peer.on_call_failed(conversation.with, hands));
        }
    }

    fn tell(
        &mut self,
        outside: &mut Outside<'_>,
        what: impl FnOnce(&mut dyn CustomPeer, &mut Hands<'_>),
    ) {
        let mut hands = Hands {
            body: &mut self.body,
            now: outside.now,
            nodes: outside.nodes,
            form: outside.form,
            content: outside.content,
            network: outside.network,
            recorder: outside.recorder,
            messages: outside.messages,
        };
        what(&mut *self.peer, &mut hands);
    }
}
