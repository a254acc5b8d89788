//! What a custom peer can do.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use fastrand::Rng;

use super::conversation::Conversation;
use crate::metainfo::{Block, Layout};
use crate::simulation::address::node_at;
use crate::simulation::content::{Content, corrupt};
use crate::simulation::messages::MessageCounts;
use crate::simulation::network::{LineId, Network};
use crate::simulation::report::Recorder;
use crate::simulation::{Moment, NodeId};
use crate::wire::{BlockForm, BlockName, Message, piece_header};

/// One line to another peer. Never taken for another line.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Line(pub(super) LineId);

/// What a custom peer has at hand.
pub(super) struct Body {
    pub(super) node: NodeId,
    pub(super) address: SocketAddr,
    pub(super) conversations: BTreeMap<LineId, Conversation>,
    pub(super) wake: Option<Moment>,
    pub(super) chance: Rng,
    /// Bytes of blocks given.
    pub(super) uploaded: u64,
    /// Bytes of blocks that came.
    pub(super) downloaded: u64,
}

/// What a [`CustomPeer`](super::CustomPeer) does things with, and asks about the world.
pub struct Hands<'a> {
    pub(super) body: &'a mut Body,
    pub(super) now: Moment,
    pub(super) nodes: usize,
    pub(super) form: BlockForm,
    pub(super) content: &'a Content,
    pub(super) network: &'a mut Network,
    pub(super) recorder: &'a mut Recorder,
    pub(super) messages: &'a mut MessageCounts,
}

/// Questions.
impl Hands<'_> {
    /// What time it is.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// How the torrent is cut.
    pub fn layout(&self) -> &Layout {
        self.content.layout()
    }

    /// Where this peer takes calls.
    pub fn address(&self) -> SocketAddr {
        self.body.address
    }

    /// All lines on which both sides have said who they are, in an order that is always the same.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        let talking = self.body.conversations.iter().filter(|(_, with)| with.is_talking());
        talking.map(|(id, _)| Line(*id))
    }

    /// Where the other side takes calls, whoever has called; `None` when the line is over.
    pub fn address_of(&self, line: Line) -> Option<SocketAddr> {
        Some(self.body.conversations.get(&line.0)?.with)
    }

    /// Bytes that have been said on this line and are not on their way yet, for want of bandwidth.
    pub fn waiting(&self, line: Line) -> usize {
        let conversation = self.body.conversations.get(&line.0);
        conversation.map_or(0, |conversation| self.network.queued(line.0, conversation.side))
    }

    /// Whether these are the data of that block, as a piece message brings them.
    pub fn is_right(&self, block: BlockName, data: &[u8]) -> bool {
        self.block(block).is_some_and(|block| self.content.data(self.form, block) == data)
    }

    /// Chance, which is the same in every run with the same seed.
    pub fn chance(&mut self) -> &mut Rng {
        &mut self.body.chance
    }

    fn block(&self, name: BlockName) -> Option<Block> {
        self.layout().block(name.piece, name.offset, name.length)
    }
}

/// Deeds. On a line that is over they do nothing.
impl Hands<'_> {
    /// Calls a peer, unless it is on the line already or called just now. Either
    /// [`on_greeted`](super::CustomPeer::on_greeted) or
    /// [`on_call_failed`](super::CustomPeer::on_call_failed) follows.
    pub fn call(&mut self, address: SocketAddr) {
        let conversations = &mut self.body.conversations;
        let is_known = conversations.values().any(|conversation| conversation.with == address);
        if is_known || address == self.body.address {
            return;
        }
        let node = node_at(address, self.nodes);
        let line = self.network.call(self.now, self.body.node, node);
        conversations.insert(line, Conversation::calling(address, node));
    }

    /// Says something. A block is better given with [`give`](Self::give), which knows its bytes.
    pub fn say(&mut self, line: Line, message: &Message<'_>) {
        let mut bytes = Vec::new();
        message.encode(&mut bytes);
        let omitted = match message {
            Message::Piece { block, .. } => self.form.omitted(block.length),
            _ => 0,
        };
        self.send(line, bytes, omitted);
    }

    /// Says any bytes at all, be they a message or not.
    pub fn say_bytes(&mut self, line: Line, bytes: Vec<u8>) {
        self.send(line, bytes, 0);
    }

    /// Gives a block: the right bytes, whether this peer could know them or not. Does nothing if the
    /// torrent has no such block.
    pub fn give(&mut self, line: Line, block: BlockName) {
        if let Some(block) = self.block(block) {
            let data = self.content.data(self.form, block);
            self.give_data(line, block, &data);
        }
    }

    /// Gives wrong bytes for a block.
    pub fn give_wrong(&mut self, line: Line, block: BlockName) {
        if let Some(block) = self.block(block) {
            let mut data = self.content.data(self.form, block);
            corrupt(&mut data, &mut self.body.chance);
            self.give_data(line, block, &data);
        }
    }

    /// Hangs up. What was said before still arrives.
    pub fn hang_up(&mut self, line: Line) {
        if let Some(Conversation { side, node, .. }) = self.body.conversations.remove(&line.0) {
            self.network.close(self.now, line.0, side);
            if let Some(node) = node {
                self.recorder.disconnected(self.now, self.body.node, node, "it was hung up on");
            }
        }
    }

    /// Asks for [`on_woken`](super::CustomPeer::on_woken) after so long, and not when it was asked
    /// for before.
    pub fn wake_after(&mut self, time: Duration) {
        self.body.wake = Some(self.now + time);
    }

    fn give_data(&mut self, line: Line, block: Block, data: &[u8]) {
        let bytes = [&piece_header(block)[..], data].concat();
        self.send(line, bytes, self.form.omitted(block.length()));
        self.body.uploaded += u64::from(block.length());
    }

    fn send(&mut self, line: Line, bytes: Vec<u8>, omitted: u32) {
        let Some(conversation) = self.body.conversations.get_mut(&line.0) else { return };
        let said = conversation.said.count(&bytes, omitted, self.messages);
        self.recorder.overhead(self.body.node, said.messages, said.overhead);
        self.network.send(line.0, conversation.side, bytes, omitted);
    }
}
