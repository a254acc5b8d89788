//! What we say to them.

use std::time::Instant;

use fixedbitset::FixedBitSet;

use crate::metainfo::{Block, PieceIndex};
use crate::peer::{Asked, Peer, uploads};
use crate::wire::extension::{
    EXTENSION_HANDSHAKE, Extension, ExtensionHandshake, PeerExchange, encode_dont_have,
};
use crate::wire::{Message, encode_bitfield};

impl Peer {
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
    /// choke is forgotten, and they are told so after it (BEP 6) or know it by themselves (BEP 3). True
    /// if it was news.
    pub(crate) fn set_served(&mut self, served: bool) -> bool {
        if !self.choking.set_served(served) {
            return false;
        }
        if served {
            self.sending.add(Message::Unchoke);
            return true;
        }
        self.sending.add(Message::Choke);
        for block in self.uploads.on_choke() {
            self.sending.add_reject(block);
        }
        true
    }

    /// Tells them about a piece we have got.
    pub(crate) fn tell_have(&mut self, piece: PieceIndex) {
        self.sending.add(Message::Have(piece.get()));
    }

    /// They would do well to ask for this piece. Only with the fast extension (BEP 6).
    pub(crate) fn suggest(&mut self, piece: PieceIndex) {
        self.sending.add(Message::SuggestPiece(piece.get()));
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

    /// Tells them about ourselves, and how many of their requests we keep: a fast peer asks for more
    /// than that ahead if nobody tells it, and then waits for what was dropped. After the bitfield,
    /// and again when something has changed; only to those who can hear it.
    pub(crate) fn introduce(&mut self, mut ours: ExtensionHandshake) {
        if !self.extended.is_agreed() {
            return;
        }
        ours.requests_max = u32::try_from(uploads::REQUESTS_MAX).ok();
        self.extended.tell(ours.extensions);
        if let Some(size) = ours.metadata_size {
            self.metadata.offer(size as usize);
        }
        self.sending.add(Message::Extended { id: EXTENSION_HANDSHAKE, payload: &ours.encode() });
    }

    /// Tells them that we have a piece no longer (BEP 54), if they want to hear such. Whoever does
    /// not is refused when it asks.
    pub(crate) fn tell_dont_have(&mut self, piece: PieceIndex) {
        self.say(Extension::DontHave, &encode_dont_have(piece.get()));
    }

    /// Tells them that we want something of this torrent again, or nothing more (BEP 21), in
    /// whichever way they listen for it.
    pub(crate) fn tell_upload_only(&mut self, upload_only: bool) {
        if self.extended.hears(Extension::UploadOnly) {
            self.say(Extension::UploadOnly, &[u8::from(upload_only)]);
        } else {
            let upload_only = Some(upload_only);
            self.introduce(ExtensionHandshake { upload_only, ..Default::default() });
        }
    }

    /// Tells them with whom we talk (BEP 11), if they want to hear it.
    pub(crate) fn tell_peers(&mut self, peers: &PeerExchange) {
        self.say(Extension::PeerExchange, &peers.encode());
    }

    /// Sends what they asked for of the metadata (BEP 9), as long as less than `ahead_max` bytes wait
    /// for them.
    pub(crate) fn serve_metadata(&mut self, info: &[u8], ahead_max: usize) {
        while self.sending.waiting() < ahead_max
            && let Some(message) = self.metadata.poll(info)
        {
            self.say(Extension::Metadata, &message.encode());
        }
    }

    fn say(&mut self, extension: Extension, payload: &[u8]) {
        if let Some(message) = self.extended.spell(extension, payload) {
            self.sending.add(message);
        }
    }

    /// Sends a block that the disk has brought, unless it is no longer wanted. True when it was sent.
    pub(crate) fn serve(&mut self, now: Instant, block: Block, data: Option<Vec<u8>>) -> bool {
        let wanted = self.uploads.on_read(block);
        let carried = self.form.carried(block.length());
        let Some(data) = data.filter(|data| wanted && data.len() == carried) else {
            if wanted {
                self.sending.add_reject(block);
            }
            return false;
        };
        self.upload.add(now, block.length().into());
        self.chatter.on_block(block.length().into());
        self.sending.add_block(self.form, block, data);
        true
    }

    /// The next block to read for them, as long as less than `ahead_max` bytes are on their way.
    pub(crate) fn poll_read(&mut self, ahead_max: usize) -> Option<Block> {
        self.uploads.poll_read(self.sending.waiting(), ahead_max)
    }

    /// Bytes that were said to the peer and have not been taken by its line.
    pub(crate) fn unsent(&self) -> usize {
        self.sending.waiting()
    }

    /// Sends a keep-alive if nothing else was sent for long.
    pub(crate) fn keep_alive(&mut self, now: Instant) {
        if self.is_greeted() && self.liveness.keep_alive_due() <= now {
            self.sending.add(Message::KeepAlive);
            self.liveness.on_said(now);
        }
    }
}
