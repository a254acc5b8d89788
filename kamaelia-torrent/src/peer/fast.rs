//! Whether the fast extension is in use between the two (BEP 6), and who is a newcomer by it.

use std::net::IpAddr;

use crate::metainfo::{InfoHash, Layout};
use crate::peer::ProtocolError;
use crate::peer::allowed_fast::{Grant, PIECES_MAX};
use crate::peer::pieces::Pieces;
use crate::wire::{Handshake, Message};

/// What the two handshakes agreed on.
#[derive(Debug, Default)]
pub(crate) struct Fast {
    /// We said that we know it.
    ours: bool,
    /// Both sides did.
    agreed: bool,
    /// By what a newcomer's pieces are chosen, until they have said what they have.
    newcomer: Option<(InfoHash, IpAddr)>,
}

impl Fast {
    pub(super) fn offered(ours: &Handshake) -> Self {
        Fast { ours: ours.knows_fast(), ..Fast::default() }
    }

    pub(super) fn on_greeted(&mut self, theirs: &Handshake, ip: IpAddr) {
        self.agreed = self.ours && theirs.knows_fast();
        self.newcomer = self.agreed.then_some((theirs.info_hash, ip));
    }

    /// They get nothing to begin with.
    pub(crate) fn withhold(&mut self) {
        self.newcomer = None;
    }

    /// In use: each request has exactly one answer, and a choke takes none back.
    pub(crate) fn is_agreed(&self) -> bool {
        self.agreed
    }

    /// Refuses a message that may only come when the extension is in use.
    pub(super) fn check(&self, message: &Message<'_>) -> Result<(), ProtocolError> {
        let message = match message {
            _ if self.agreed => return Ok(()),
            Message::HaveAll => "have all",
            Message::HaveNone => "have none",
            Message::SuggestPiece(_) => "suggest piece",
            Message::Reject(_) => "reject request",
            Message::AllowedFast(_) => "allowed fast",
            _ => return Ok(()),
        };
        Err(ProtocolError::NotAgreedOn { message })
    }

    /// They have said, perhaps for the first time, what they have: what they get to begin with if
    /// that is next to nothing.
    pub(super) fn grant(&mut self, layout: &Layout, pieces: &Pieces) -> Option<Grant> {
        let (info_hash, ip) = self.newcomer.take()?;
        let begins = pieces.count() < PIECES_MAX as usize && !pieces.is_complete();
        begins.then(|| Grant::new(layout, info_hash, ip))
    }
}
