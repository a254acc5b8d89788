//! One conversation with one peer, from the handshake to the last message.
//!
//! Comes in: bytes, through `Peer::receive`, and what the swarm decides (ask for this, choke now).
//! Goes out: one `Received` for each message, and bytes to send. Nothing here opens a socket or
//! reads a clock. Every rule about who may say what, and when, lives in this folder, one file for
//! each concern; how a message is spelled in bytes lives in [`wire`](crate::wire), and what several
//! peers mean for one torrent is decided in [`swarm`](crate::swarm).

use std::time::Instant;

use fixedbitset::FixedBitSet;

use crate::metainfo::{Block, Layout, PieceIndex};
use crate::wire::{
    BlockName, ExtensionHandshake, Handshake, HandshakeReader, Message, MessageReader,
    encode_bitfield,
};

mod choking;
mod error;
mod liveness;
mod pieces;
mod pipeline;
mod rate;
mod requests;
mod sending;
mod uploads;

use choking::Choking;
use pieces::Pieces;
use requests::Requests;
use uploads::Uploads;

pub use error::ProtocolError;
pub(crate) use liveness::{Lapse, Liveness};
pub(crate) use rate::Rate;
pub(crate) use requests::Asked;
pub(crate) use sending::{Sending, WAITING_MAX};

/// One conversation. The swarm reads and moves each concern by its own name.
pub(crate) struct Peer {
    /// Their handshake, until it is whole.
    greeting: Option<HandshakeReader>,
    frames: MessageReader,
    /// Who may ask whom, and who would like to.
    pub(crate) choking: Choking,
    /// What they have.
    pub(crate) pieces: Pieces,
    /// What we asked them for.
    pub(crate) requests: Requests,
    /// What they asked us for.
    pub(crate) uploads: Uploads,
    /// What waits to be sent.
    pub(crate) sending: Sending,
    /// When something was last heard and said.
    pub(crate) liveness: Liveness,
    /// Blocks that came.
    pub(crate) download: Rate,
    /// Blocks that went.
    pub(crate) upload: Rate,
}

/// What one message came to.
#[derive(Debug)]
pub(crate) enum Received<'a> {
    /// A block we had asked for.
    Block {
        /// The request it answers, which is over.
        asked: Asked,
        /// Exactly as many bytes as were asked for.
        data: &'a [u8],
    },
    /// Something the swarm may have to act on.
    Event(Event),
    /// Nothing beyond this conversation.
    Settled,
}

/// What the swarm may have to act on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Event {
    /// Their handshake is here.
    Greeted(Handshake),
    /// They told many pieces at once; these they had not told before.
    Bitfield(FixedBitSet),
    /// They have one piece more.
    Have(PieceIndex),
    /// They answer no more: every request must be withdrawn.
    Choked,
    /// They answer requests.
    Unchoked,
    /// They would like to ask.
    Interested,
    /// They lack nothing we have.
    NotInterested,
    /// A block came that was not asked for, or no longer.
    Unasked {
        /// Its bytes.
        length: u32,
    },
}

impl Peer {
    /// We connected, so we speak first and their handshake is still to come.
    pub(crate) fn calling(now: Instant, ours: Handshake, layout: &Layout) -> Self {
        Peer { greeting: Some(HandshakeReader::default()), ..Peer::answering(now, ours, layout) }
    }

    /// They connected, and their handshake has been read.
    pub(crate) fn answering(now: Instant, ours: Handshake, layout: &Layout) -> Self {
        let mut peer = Peer {
            greeting: None,
            frames: MessageReader::new(layout.piece_count()),
            choking: Choking::default(),
            pieces: Pieces::new(layout.piece_count()),
            requests: Requests::new(now),
            uploads: Uploads::default(),
            sending: Sending::default(),
            liveness: Liveness::new(now),
            download: Rate::new(now),
            upload: Rate::new(now),
        };
        peer.sending.add_bytes(&ours.encode());
        peer
    }

    /// Whether both handshakes are through.
    pub(crate) fn is_greeted(&self) -> bool {
        self.greeting.is_none()
    }

    /// Takes the next message off the front of `input`; `None` when there is no whole one. `have`
    /// says which pieces they may ask us for.
    pub(crate) fn receive<'s, 'i: 's>(
        &'s mut self,
        now: Instant,
        layout: &Layout,
        have: &FixedBitSet,
        input: &mut &'i [u8],
    ) -> Result<Option<Received<'s>>, ProtocolError> {
        if input.is_empty() {
            return Ok(None);
        }
        self.liveness.on_heard(now);
        if let Some(greeting) = &mut self.greeting {
            let Some(theirs) = greeting.read(input)? else {
                return Ok(None);
            };
            self.greeting = None;
            return Ok(Some(Received::Event(Event::Greeted(theirs))));
        }
        let Some(message) = self.frames.read(input)? else {
            return Ok(None);
        };
        let event = match message {
            Message::KeepAlive
            | Message::Port(_)
            | Message::Extended { .. }
            | Message::Unknown { .. } => None,
            Message::Choke => self.choking.on_choke(),
            Message::Unchoke => self.choking.on_unchoke(),
            Message::Interested => self.choking.on_interested(),
            Message::NotInterested => self.choking.on_not_interested(),
            Message::Have(index) => self.pieces.on_have(layout, index)?,
            Message::Bitfield(bits) => self.pieces.on_bitfield(layout, bits)?,
            Message::Request(name) => {
                let served = self.choking.we_serve();
                self.uploads.on_request(find(layout, name)?, served, have)?;
                None
            }
            Message::Cancel(name) => {
                self.uploads.on_cancel(find(layout, name)?);
                None
            }
            Message::Piece { piece, offset, data } => {
                let length = data.len() as u32; // A message is far below 4 GiB.
                let name = BlockName { piece, offset, length };
                if let Some(asked) = self.requests.on_piece(now, find(layout, name)?)? {
                    self.download.add(now, data.len());
                    return Ok(Some(Received::Block { asked, data }));
                }
                Some(Event::Unasked { length })
            }
        };
        Ok(Some(event.map_or(Received::Settled, Received::Event)))
    }

    /// How many more blocks they may be asked for now.
    pub(crate) fn request_room(&self) -> usize {
        if self.choking.they_serve() && self.choking.we_want() { self.requests.room() } else { 0 }
    }

    /// Asks for a block; see [`Asked::reserved`].
    pub(crate) fn ask(&mut self, now: Instant, block: Block, reserved: bool) {
        self.requests.ask(now, block, reserved);
        self.sending.add(Message::Request(block.into()));
    }

    /// Takes one request back, if it is still open.
    pub(crate) fn cancel(&mut self, block: Block) -> Option<Asked> {
        let asked = self.requests.withdraw_one(block)?;
        self.sending.add(Message::Cancel(block.into()));
        Some(asked)
    }

    /// Takes every request back, and tells them so.
    pub(crate) fn cancel_all(&mut self) -> Vec<Asked> {
        let withdrawn = self.requests.withdraw();
        self.tell_cancelled(&withdrawn);
        withdrawn
    }

    /// Takes back every request for this piece, and tells them so.
    pub(crate) fn cancel_piece(&mut self, piece: PieceIndex) -> Vec<Asked> {
        let withdrawn = self.requests.withdraw_piece(piece);
        self.tell_cancelled(&withdrawn);
        withdrawn
    }

    /// Takes back the requests that have waited too long, and tells them so.
    pub(crate) fn cancel_overdue(&mut self, now: Instant) -> Vec<Asked> {
        let overdue = self.requests.withdraw_overdue(now);
        self.tell_cancelled(&overdue);
        overdue
    }

    fn tell_cancelled(&mut self, withdrawn: &[Asked]) {
        for asked in withdrawn {
            self.sending.add(Message::Cancel(asked.block.into()));
        }
    }

    /// Says whether they have something we lack, if that is news to them.
    pub(crate) fn set_interest(&mut self, interested: bool) {
        if self.choking.set_interest(interested) {
            self.sending.add(match interested {
                true => Message::Interested,
                false => Message::NotInterested,
            });
        }
    }

    /// Serves them or stops serving them, if that is news to them. What they asked for before a
    /// choke is forgotten, as they know.
    pub(crate) fn set_served(&mut self, served: bool) {
        if !self.choking.set_served(served) {
            return;
        }
        if !served {
            self.uploads.forget_all();
        }
        self.sending.add(match served {
            true => Message::Unchoke,
            false => Message::Choke,
        });
    }

    /// Tells them about a piece we have got.
    pub(crate) fn tell_have(&mut self, piece: PieceIndex) {
        self.sending.add(Message::Have(piece.get()));
    }

    /// Tells them all we have: only as the first message, and only when it is something.
    pub(crate) fn tell_bitfield(&mut self, have: &FixedBitSet) {
        if !have.is_clear() {
            self.sending.add(Message::Bitfield(&encode_bitfield(have)));
        }
    }

    /// Tells them how many of their requests we keep, after the bitfield, if they can hear it.
    pub(crate) fn tell_limits(&mut self) {
        let requests_max = u32::try_from(uploads::REQUESTS_MAX).ok();
        let handshake = ExtensionHandshake { requests_max, ..Default::default() };
        self.sending.add(Message::Extended { id: 0, payload: &handshake.encode() });
    }

    /// Sends a block that the disk has brought, unless it is no longer wanted. True when it was sent.
    pub(crate) fn serve(&mut self, now: Instant, block: Block, data: Option<Vec<u8>>) -> bool {
        let wanted = self.uploads.on_read(block);
        let Some(data) = data.filter(|data| wanted && data.len() == block.range().len()) else {
            return false;
        };
        self.upload.add(now, data.len());
        self.sending.add_block(block, data);
        true
    }

    /// The next block to read for them, as long as less than `ahead_max` bytes are on their way.
    pub(crate) fn poll_read(&mut self, ahead_max: usize) -> Option<Block> {
        self.uploads.poll_read(self.sending.waiting(), ahead_max)
    }

    /// Sends a keep-alive if nothing else was sent for long.
    pub(crate) fn keep_alive(&mut self, now: Instant) {
        if self.is_greeted() && self.liveness.keep_alive_due() <= now {
            self.sending.add(Message::KeepAlive);
            self.liveness.on_said(now);
        }
    }

    /// The first moment at which time alone changes something.
    pub(crate) fn next_timeout(&self) -> Instant {
        let silence = self.liveness.next_timeout(self.is_greeted());
        self.requests.next_timeout().map_or(silence, |overdue| overdue.min(silence))
    }
}

fn find(layout: &Layout, name: BlockName) -> Result<Block, ProtocolError> {
    let BlockName { piece, offset, length } = name;
    layout.block(piece, offset, length).ok_or(ProtocolError::NoSuchBlock { piece, offset, length })
}
