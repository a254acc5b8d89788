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
use crate::wire::extension::{Extension, MetadataMessage, PeerExchange};
use crate::wire::{BlockForm, BlockName, Handshake, HandshakeReader, Message, MessageReader};

mod allowed_fast;
mod asked_pieces;
mod chatter;
mod choking;
mod error;
mod extended;
mod fast;
mod liveness;
mod metadata;
mod offers;
mod pieces;
mod pipeline;
mod rate;
mod request_queue;
mod requests;
mod saying;
mod sending;
mod uploads;

use choking::Choking;
use extended::{Extended, Heard};
use fast::Fast;
use metadata::MetadataRequests;
use offers::Offers;
use pieces::Pieces;
use requests::{Answer, Requests};
use uploads::Uploads;

pub(crate) use chatter::Chatter;
pub use error::ProtocolError;
pub(crate) use liveness::{Lapse, Liveness};
pub(crate) use rate::Rate;
pub(crate) use requests::Asked;
pub(crate) use sending::{Parcel, Sending, WAITING_MAX};

/// Bytes of a *have* on the wire.
const HAVE_LENGTH: u64 = 9;

/// One conversation. The swarm reads and moves each concern by its own name.
pub(crate) struct Peer {
    /// Their handshake, until it is whole.
    greeting: Option<Box<HandshakeReader>>,
    frames: MessageReader,
    /// What they say that brings nothing.
    chatter: Chatter,
    /// How blocks are carried between the two.
    form: BlockForm,
    /// Whether the fast extension is in use.
    pub(crate) fast: Fast,
    /// What they said about themselves.
    pub(crate) extended: Extended,
    /// What they asked for of the metadata.
    metadata: MetadataRequests,
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
        /// What was asked for, in the form that is spoken.
        data: &'a [u8],
    },
    /// A block we had asked for and given up. It may be lacking still.
    Late {
        /// Which one.
        block: Block,
        /// The block, in the form that is spoken.
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
    /// They have a piece no longer (BEP 54), so they were asked for these blocks in vain.
    Lost(PieceIndex, Vec<Asked>),
    /// They have said something about themselves (BEP 10).
    Introduced,
    /// They talk with others (BEP 11).
    Peers(PeerExchange),
    /// They answer no more. Without the fast extension every request must be withdrawn.
    Choked,
    /// They will not answer this request, which is over (BEP 6).
    Rejected(Asked),
    /// They answer requests.
    Unchoked,
    /// They give a piece even to the choked (BEP 6).
    Offered,
    /// They would like to ask.
    Interested,
    /// They lack nothing we have.
    NotInterested,
    /// A block came that was never asked for.
    Unasked {
        /// Its bytes.
        length: u32,
    },
}

impl Peer {
    /// We connected, so we speak first and their handshake is still to come.
    pub(crate) fn calling(now: Instant, ours: Handshake, layout: &Layout, form: BlockForm) -> Self {
        let greeting = Some(Box::default());
        Peer { greeting, ..Peer::answering(now, ours, layout, form) }
    }

    /// They connected, and their handshake has been read.
    pub(crate) fn answering(
        now: Instant,
        ours: Handshake,
        layout: &Layout,
        form: BlockForm,
    ) -> Self {
        let mut peer = Peer {
            greeting: None,
            frames: MessageReader::new(layout.piece_count(), form),
            chatter: Chatter::new(now),
            form,
            fast: Fast::offered(&ours),
            extended: Extended::offered(&ours),
            metadata: MetadataRequests::default(),
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
        self.extended.on_greeted(theirs);
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
        let Some((message, length)) = self.frames.read_measured(input)? else {
            return Ok(None);
        };
        self.fast.check(&message)?;
        if is_chatter(&message, &self.pieces) {
            self.chatter.on_said(now, length)?;
        }
        let served = self.choking.they_serve();
        let event = match message {
            Message::KeepAlive | Message::Port(_) | Message::Unknown { .. } => None,
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
                let count = new.as_ref().map_or(0, |new| new.count_ones(..));
                self.chatter.forgive(HAVE_LENGTH * count as u64);
                new.map(Event::Bitfield)
            }
            Message::Request(name) => {
                let (block, served) = (find(layout, name)?, self.choking.we_serve());
                if !self.uploads.on_request(block, served, have)? {
                    if !self.uploads.has_room(block) {
                        self.chatter.on_said(now, length)?;
                    }
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
                Some(Event::Offered)
            }
            Message::Extended { id, payload } => match self.extended.hear(id, payload)? {
                Some(Heard::Introduction) => {
                    self.requests.set_limit(self.extended.requests_max());
                    Some(Event::Introduced)
                }
                Some(Heard::Peers(peers)) => Some(Event::Peers(peers)),
                Some(Heard::DontHave(index)) => {
                    let lost = self.pieces.on_dont_have(layout, index)?;
                    lost.map(|piece| {
                        self.offers.on_pieces(self.pieces.set(), served);
                        Event::Lost(piece, self.requests.withdraw_piece(piece))
                    })
                }
                Some(Heard::Metadata(MetadataMessage::Request { piece })) => {
                    if self.metadata.on_request(piece) {
                        self.chatter.forgive(length);
                    } else {
                        let refusal = MetadataMessage::Reject { piece }.encode();
                        let refusal = self.extended.spell(Extension::Metadata, &refusal);
                        refusal.into_iter().for_each(|refusal| self.sending.add(refusal));
                    }
                    None
                }
                Some(Heard::Metadata(_)) | None => None,
            },
            Message::Piece { block, data } => {
                let block = find(layout, block)?;
                let answer = self.requests.on_piece(now, block)?;
                match answer {
                    Answer::Asked(asked) => {
                        self.download.add(now, block.length().into());
                        self.chatter.on_block(block.length().into());
                        return Ok(Some(Received::Block { asked, data }));
                    }
                    Answer::Late => return Ok(Some(Received::Late { block, data })),
                    Answer::Unasked => Some(Event::Unasked { length: block.length() }),
                }
            }
        };
        Ok(Some(event.map_or(Received::Settled, Received::Event)))
    }

    /// A block that came late was lacking still: they are slow, and not silent.
    pub(crate) fn credit_late(&mut self, now: Instant, block: Block) {
        self.download.add(now, block.length().into());
        self.chatter.on_block(block.length().into());
        self.requests.on_useful(now);
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

    /// Whether they want nothing of this torrent, be it that they have everything or all they chose
    /// (BEP 21).
    pub(crate) fn is_upload_only(&self) -> bool {
        self.pieces.is_complete() || self.extended.is_upload_only()
    }

    /// Whether they need not hear that we have a piece, since they have it too and can do without.
    ///
    /// Not so one who never wanted anything of us: it may be the only seed, which pretends to lack
    /// what it has not shown us and looks at what becomes of the rest (BEP 16). Nor one who could not
    /// hear later that we want nothing more (BEP 21), and must count our pieces to know.
    pub(crate) fn can_miss(&self, piece: PieceIndex) -> bool {
        self.pieces.has(piece) && self.choking.they_ever_wanted() && self.extended.is_agreed()
    }

    /// Pieces that they would like to be asked for, the latest last (BEP 6).
    pub(crate) fn suggested(&self) -> &[PieceIndex] {
        self.offers.suggested()
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

/// Whether a message brings neither side anything, as far as it can be told by itself. There are other
/// bounds for what answers a request, and for requests that are not kept.
fn is_chatter(message: &Message<'_>, theirs: &Pieces) -> bool {
    match message {
        Message::Piece { .. } | Message::Request(_) | Message::Reject(_) => false,
        Message::Have(index) => theirs.set().contains(*index as usize),
        Message::Bitfield(_) | Message::HaveAll | Message::HaveNone => theirs.is_told(),
        _ => true,
    }
}

fn find(layout: &Layout, name: BlockName) -> Result<Block, ProtocolError> {
    let BlockName { piece, offset, length } = name;
    layout.block(piece, offset, length).ok_or(ProtocolError::NoSuchBlock { piece, offset, length })
}
