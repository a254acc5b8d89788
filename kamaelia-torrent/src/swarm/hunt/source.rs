//! One conversation with a peer of a torrent whose pieces nobody here knows yet.
//!
//! It goes as far as the metadata does: the handshake, that of the extension protocol, and the
//! messages of BEP 9. What the peer has, and whether it would serve us, is stepped over; the peer is
//! called again when that can be understood.
//!
//! One piece is asked for at a time: rtorrent takes a second request for its last word and answers
//! nothing more. Several peers are asked at once, so that costs time only where there is one.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::draft::{DraftId, piece_count};
use crate::metainfo::PeerId;
use crate::peer::{Chatter, Liveness, ProtocolError, Sending};
use crate::swarm::blame::Party;
use crate::swarm::exchange::Exchange;
use crate::wire::extension::{EXTENSION_HANDSHAKE, PeerExchange};
use crate::wire::{
    BlockForm, Extension, ExtensionHandshake, ExtensionIds, Handshake, HandshakeReader, Message,
    MessageReader, MetadataMessage,
};

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// How long a peer is left alone that did not answer, or refused; longer with each time.
const REST: Duration = Duration::from_secs(15);

/// Times in a row that a peer may refuse or not answer before it only takes up a place.
const REFUSALS_MAX: u32 = 4;

/// How long a peer is kept that has nothing to give and is not asked for anything. It may get the
/// metadata itself, and say so.
const USELESS_AFTER: Duration = Duration::from_secs(60);

/// One peer.
pub(super) struct Source {
    pub(super) address: SocketAddr,
    /// Who answers for what comes from there.
    pub(super) party: Party,
    /// Whether we opened the connection.
    pub(super) outgoing: bool,
    /// Known once both handshakes are through.
    pub(super) peer_id: Option<PeerId>,
    /// Their handshake, until it is whole.
    greeting: Option<HandshakeReader>,
    frames: MessageReader,
    /// What they say that brings us nothing.
    chatter: Chatter,
    pub(super) sending: Sending,
    pub(super) liveness: Liveness,
    began: Instant,
    /// Under which numbers they hear extensions.
    ids: ExtensionIds,
    /// The size of the metadata by their word, if we would take it.
    size: Option<u32>,
    exchange: Exchange,
    /// Where they take connections, by their word.
    listen_port: Option<u16>,
    /// The draft they help to fill.
    pub(super) draft: Option<DraftId>,
    /// The piece they are asked for, and until when they may answer.
    asked: Option<(u32, Instant)>,
    patience: Patience,
    /// They had a part in false metadata, so they fill a draft of their own.
    pub(super) is_suspect: bool,
    /// They have sent a piece of metadata.
    pub(super) has_given: bool,
}

/// How often in a row they refused or did not answer, and until when they are left alone for it.
#[derive(Default)]
struct Patience {
    refusals: u32,
    rests_until: Option<Instant>,
}

impl Patience {
    fn rest(&mut self, now: Instant) {
        self.refusals += 1;
        self.rests_until = Some(now + REST * self.refusals);
    }

    fn rests_at(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| until > now)
    }
}

/// What one message came to.
#[derive(Debug)]
pub(super) enum Heard<'a> {
    /// Their handshake is here.
    Greeted(Handshake),
    /// They said what they have and hear.
    Introduced,
    /// They said whom they talk with (BEP 11).
    Peers(PeerExchange),
    /// The answer to a request that was open.
    Piece { number: u32, data: &'a [u8] },
    /// The request for this piece was open and is refused.
    Refused(u32),
    /// Nothing that helps.
    Nothing,
}

impl Source {
    /// A conversation that begins: with their handshake when they connected, without when we did.
    pub(super) fn new(now: Instant, address: SocketAddr, theirs: Option<&Handshake>) -> Self {
        Source {
            address,
            party: Party::of(address),
            outgoing: theirs.is_none(),
            peer_id: theirs.map(|theirs| theirs.peer_id),
            greeting: theirs.is_none().then(HandshakeReader::default),
            // Metadata of the size we take describes no torrent with a longer bitfield.
            frames: MessageReader::new(0, BlockForm::Whole),
            chatter: Chatter::new(now),
            sending: Sending::default(),
            liveness: Liveness::new(now),
            began: now,
            ids: ExtensionIds::default(),
            size: None,
            exchange: Exchange::default(),
            listen_port: None,
            draft: None,
            asked: None,
            patience: Patience::default(),
            is_suspect: false,
            has_given: false,
        }
    }

    /// Whether both handshakes are through.
    pub(super) fn is_greeted(&self) -> bool {
        self.greeting.is_none()
    }

    /// Whether they say that they have the metadata, and hear requests.
    pub(super) fn has_metadata(&self) -> bool {
        self.size.is_some() && self.ids.id(Extension::Metadata).is_some()
    }

    /// The size of the metadata by their word, when they can be asked for it now.
    pub(super) fn offers(&self, now: Instant) -> Option<u32> {
        self.size.filter(|_| self.has_metadata() && !self.patience.rests_at(now))
    }

    /// Where they can be called: an address they called us from is not one.
    pub(super) fn call_address(&self) -> Option<SocketAddr> {
        match self.outgoing {
            true => Some(self.address),
            false => self.listen_port.map(|port| SocketAddr::new(self.address.ip(), port)),
        }
    }

    /// Times in a row that they refused or did not answer.
    pub(super) fn refusals(&self) -> u32 {
        self.patience.refusals
    }

    /// Takes the next message off the front of `input`; `None` when there is no whole one.
    pub(super) fn receive<'s, 'i: 's>(
        &'s mut self,
        now: Instant,
        input: &mut &'i [u8],
    ) -> Result<Option<Heard<'s>>, ProtocolError> {
        if input.is_empty() {
            return Ok(None);
        }
        self.liveness.on_heard(now);
        if let Some(greeting) = &mut self.greeting {
            let Some(theirs) = greeting.read(input)? else {
                return Ok(None);
            };
            self.greeting = None;
            return Ok(Some(Heard::Greeted(theirs)));
        }
        let Some((message, length)) = self.frames.read_measured(input)? else {
            return Ok(None);
        };
        self.chatter.on_said(now, length)?;
        let Message::Extended { id, payload } = message else {
            return Ok(Some(Heard::Nothing));
        };
        if id == EXTENSION_HANDSHAKE {
            let said = ExtensionHandshake::decode(payload)?;
            self.ids.update(said.extensions);
            let taken = |size: &u32| piece_count(*size).is_some();
            self.size = said.metadata_size.filter(taken).or(self.size);
            self.listen_port = said.listen_port.or(self.listen_port);
            return Ok(Some(Heard::Introduced));
        }
        match Extension::of_our_id(id) {
            Some(Extension::Metadata) => {}
            Some(Extension::PeerExchange) if self.exchange.hears(now) => {
                return Ok(Some(Heard::Peers(PeerExchange::decode(payload)?)));
            }
            _ => return Ok(Some(Heard::Nothing)),
        }
        Ok(Some(match MetadataMessage::decode(payload)? {
            MetadataMessage::Request { piece } => {
                // BEP 9: who does not have all of it must refuse.
                let answer = MetadataMessage::Reject { piece }.encode();
                say(&mut self.sending, self.ids, &answer);
                Heard::Nothing
            }
            MetadataMessage::Data { piece, data, .. } if take(&mut self.asked, piece) => {
                self.has_given = true;
                self.patience.refusals = 0;
                self.chatter.forgive(length);
                Heard::Piece { number: piece, data }
            }
            MetadataMessage::Reject { piece } if take(&mut self.asked, piece) => {
                self.patience.rest(now);
                Heard::Refused(piece)
            }
            _ => Heard::Nothing,
        }))
    }

    /// Sends our handshake.
    pub(super) fn greet(&mut self, ours: &Handshake) {
        self.sending.add_bytes(&ours.encode());
    }

    /// Says that we have no piece, to those who have to be told so first (BEP 6).
    pub(super) fn tell_pieces(&mut self, theirs: &Handshake) {
        if theirs.knows_fast() {
            self.sending.add(Message::HaveNone);
        }
    }

    /// Says which extensions we hear, and what else is to be known of us.
    pub(super) fn introduce(&mut self, handshake: &ExtensionHandshake) {
        let payload = handshake.encode();
        self.sending.add(Message::Extended { id: EXTENSION_HANDSHAKE, payload: &payload });
    }

    /// Sends a keep-alive if nothing else was sent for long.
    pub(super) fn keep_alive(&mut self, now: Instant) {
        if self.is_greeted() && self.liveness.keep_alive_due() <= now {
            self.sending.add(Message::KeepAlive);
        }
    }

    /// Whether they are asked for something.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    pub(super) fn ask(&mut self, now: Instant, piece: u32) {
        self.asked = Some((piece, now + ANSWER_WITHIN));
        say(&mut self.sending, self.ids, &MetadataMessage::Request { piece }.encode());
    }

    /// Takes the open request back.
    pub(super) fn withdraw(&mut self) -> Option<u32> {
        self.asked.take().map(|(piece, _)| piece)
    }

    /// Whether they have let a request wait for too long; then they are left alone for a while.
    pub(super) fn is_overdue(&mut self, now: Instant) -> bool {
        let is_overdue = self.asked.is_some_and(|(_, until)| until <= now);
        if is_overdue {
            self.patience.rest(now);
        }
        is_overdue
    }

    /// Whether they only take up a place.
    pub(super) fn is_useless(&self, now: Instant) -> bool {
        self.patience.refusals >= REFUSALS_MAX
            || self.is_greeted() && !self.has_metadata() && self.began + USELESS_AFTER <= now
    }

    /// The first moment at which time alone changes something.
    pub(super) fn next_timeout(&self, now: Instant) -> Instant {
        let overdue = self.asked.map(|(_, until)| until);
        let rested = self.patience.rests_until.filter(|until| *until > now);
        let useless = self.began + USELESS_AFTER;
        let useless = (self.is_greeted() && !self.has_metadata()).then_some(useless);
        let first = [overdue, rested, useless].into_iter().flatten().min();
        let silence = self.liveness.next_timeout(self.is_greeted());
        first.map_or(silence, |first| first.min(silence))
    }

    /// The IP address they are seen at.
    pub(super) fn ip(&self) -> IpAddr {
        self.address.ip()
    }
}

/// Takes out the open request; false if it is for another piece, or there is none.
fn take(asked: &mut Option<(u32, Instant)>, piece: u32) -> bool {
    asked.take_if(|(asked, _)| *asked == piece).is_some()
}

/// Sends a message about metadata, if they hear such.
fn say(sending: &mut Sending, ids: ExtensionIds, payload: &[u8]) {
    if let Some(id) = ids.id(Extension::Metadata) {
        sending.add(Message::Extended { id, payload });
    }
}
