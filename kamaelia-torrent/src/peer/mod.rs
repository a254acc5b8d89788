//! One conversation with one peer, from the handshake to the last message.
//!
//! Comes in: bytes, through `Peer::receive`, and what the swarm decides (ask for this, choke now).
//! Goes out: one `Received` for each message, and bytes to send. Nothing here opens a socket or
//! reads a clock. Every rule about who may say what, and when, lives in this folder, one file for
//! each concern; how a message is spelled in bytes lives in [`wire`](crate::wire), and what several
//! peers mean for one torrent is decided in [`swarm`](crate::swarm).

use std::net::IpAddr;
use std::time::Instant;

use fixedbitset::FixedBitSet;

use crate::metainfo::{Block, Layout, PieceIndex};
use crate::wire::{
    BlockName, ExtensionHandshake, Handshake, HandshakeReader, Message, MessageReader,
    encode_bitfield,
};

mod allowed_fast;
mod choking;
mod error;
mod fast;
mod liveness;
mod offers;
mod pieces;
mod pipeline;
mod rate;
mod requests;
mod sending;
mod uploads;

use choking::Choking;
use fast::Fast;
use offers::Offers;
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
    /// Whether the fast extension is in use.
    pub(crate) fast: Fast,
    /// Who may ask whom, and who would like to.
    pub(crate) choking: Choking,
    /// What they have.
    pub(crate) pieces: Pieces,
    /// Which of these they can be asked for now.
    pub(crate) offers: Offers,
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
    /// They answer no more. Without the fast extension every request must be withdrawn.
    Choked,
    /// They will not answer this request, which is over (BEP 6).
    Rejected(Asked),
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
            fast: Fast::offered(&ours),
            choking: Choking::default(),
            pieces: Pieces::new(layout.piece_count()),
            offers: Offers::default(),
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

    /// Their handshake has been accepted: what both sides know is in use from now on. Pieces that we
    /// give to newcomers are chosen by their address.
    pub(crate) fn greet(&mut self, theirs: &Handshake, ip: IpAddr) {
        self.fast.on_greeted(theirs, ip);
        self.sending.tell_rejects(self.fast.is_agreed());
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
        self.fast.check(&message)?;
        let served = self.choking.they_serve();
        let event = match message {
            Message::KeepAlive
            | Message::Port(_)
            | Message::Extended { .. }
            | Message::Unknown { .. } => None,
            Message::Choke => {
                self.requests.on_choked(now);
                self.offers.on_service(self.pieces.set(), false);
                self.choking.on_choke()
            }
            Message::Unchoke => {
                self.offers.on_service(self.pieces.set(), true);
                self.choking.on_unchoke()
            }
            Message::Interested => self.choking.on_interested(),
            Message::NotInterested => self.choking.on_not_interested(),
            Message::Have(index) => {
                let new = self.pieces.on_have(layout, index)?;
                new.inspect(|piece| self.offers.on_have(*piece, served)).map(Event::Have)
            }
            Message::Bitfield(_) | Message::HaveAll | Message::HaveNone => {
                let new = self.pieces.on_told(layout, message)?;
                self.offers.on_pieces(self.pieces.set(), served);
                if let Some(grant) = self.fast.grant(layout, &self.pieces) {
                    self.sending.add_grant(&grant);
                    self.uploads.allow(grant);
                }
                new.map(Event::Bitfield)
            }
            Message::Request(name) => {
                let (block, served) = (find(layout, name)?, self.choking.we_serve());
                if !self.uploads.on_request(block, served, have)? {
                    self.sending.add_reject(block);
                }
                None
            }
            Message::Cancel(name) => {
                let block = find(layout, name)?;
                if self.uploads.on_cancel(block) {
                    self.sending.add_reject(block);
                }
                None
            }
            Message::Reject(name) => {
                let asked = self.requests.on_reject(find(layout, name)?)?;
                asked.map(|asked| {
                    let piece = asked.block.piece();
                    self.offers.on_refused(now, piece, self.pieces.set(), served);
                    Event::Rejected(asked)
                })
            }
            Message::SuggestPiece(index) => {
                self.offers.on_suggested(layout, index)?;
                None
            }
            Message::AllowedFast(index) => {
                self.offers.on_allowed(layout, index, self.pieces.set(), served)?;
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
        let served = self.choking.they_serve();
        let may_ask = self.choking.we_want() && (served || self.offers.any_allowed());
        if may_ask { self.requests.room() } else { 0 }
    }

    /// The pieces they may be asked for now: all they have or, while they choke us, those they give
    /// all the same (BEP 6). Pieces they have just refused are left out.
    pub(crate) fn obtainable(&self) -> &FixedBitSet {
        self.offers.set(self.pieces.set(), self.choking.they_serve())
    }

    /// Pieces that they would like to be asked for, the latest last (BEP 6).
    pub(crate) fn suggested(&self) -> &[PieceIndex] {
        self.offers.suggested()
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
        let served = self.choking.they_serve();
        let overdue = self.requests.withdraw_overdue(now, served);
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
    /// choke is forgotten, and they are told so after it (BEP 6) or know it by themselves (BEP 3).
    pub(crate) fn set_served(&mut self, served: bool) {
        if !self.choking.set_served(served) {
            return;
        }
        if served {
            return self.sending.add(Message::Unchoke);
        }
        self.sending.add(Message::Choke);
        for block in self.uploads.on_choke() {
            self.sending.add_reject(block);
        }
    }

    /// Tells them about a piece we have got.
    pub(crate) fn tell_have(&mut self, piece: PieceIndex) {
        self.sending.add(Message::Have(piece.get()));
    }

    /// Tells them all we have: only as the first message. Without the fast extension nothing is said
    /// by saying nothing.
    pub(crate) fn tell_bitfield(&mut self, have: &FixedBitSet) {
        if have.is_clear() {
            if self.fast.is_agreed() {
                self.sending.add(Message::HaveNone);
            }
        } else if self.fast.is_agreed() && have.is_full() {
            self.sending.add(Message::HaveAll);
        } else {
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
            if wanted {
                self.sending.add_reject(block);
            }
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
        let others = [self.requests.next_timeout(), self.offers.next_timeout()];
        others.into_iter().flatten().fold(silence, Instant::min)
    }

    /// Whether pieces they refused may be asked for again, since it is long enough ago.
    pub(crate) fn forget_refusals(&mut self, now: Instant) -> bool {
        self.offers.handle_timeout(now, self.pieces.set(), self.choking.they_serve())
    }
}

fn find(layout: &Layout, name: BlockName) -> Result<Block, ProtocolError> {
    let BlockName { piece, offset, length } = name;
    layout.block(piece, offset, length).ok_or(ProtocolError::NoSuchBlock { piece, offset, length })
}
