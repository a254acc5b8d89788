//! What they say about themselves in the extension protocol (BEP 10), and what they send by it.

use std::net::IpAddr;

use crate::peer::ProtocolError;
use crate::wire::extension::{
    EXTENSION_HANDSHAKE, Extension, ExtensionError, ExtensionHandshake, ExtensionIds,
    MetadataMessage, PeerExchange, decode_dont_have,
};
use crate::wire::{Handshake, Message};

/// Messages that cannot be read, until the peer is taken for broken. Their ends are known, so one
/// does no harm.
const MALFORMED_MAX: u32 = 16;

/// What they said, and what we told them that we hear.
#[derive(Debug, Default)]
pub(crate) struct Extended {
    /// We said that we know the protocol.
    offered: bool,
    /// Both sides did.
    agreed: bool,
    /// What we have asked to be sent.
    ours: ExtensionIds,
    /// What they have asked to be sent, and by which numbers.
    theirs: ExtensionIds,
    client: Option<String>,
    listen_port: Option<u16>,
    requests_max: Option<u32>,
    seen_as: Option<IpAddr>,
    upload_only: bool,
    metadata_size: Option<u32>,
    malformed: u32,
}

/// What a message came to.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Heard<'a> {
    /// They have said something about themselves.
    Introduction,
    /// They talk with others.
    Peers(PeerExchange),
    /// About metadata.
    Metadata(MetadataMessage<'a>),
    /// They have a piece no longer.
    DontHave(u32),
}

impl Extended {
    pub(super) fn offered(ours: &Handshake) -> Self {
        Extended { offered: ours.knows_extensions(), ..Extended::default() }
    }

    pub(super) fn on_greeted(&mut self, theirs: &Handshake) {
        self.agreed = self.offered && theirs.knows_extensions();
    }

    /// In use: they can hear what we say about ourselves.
    pub(crate) fn is_agreed(&self) -> bool {
        self.agreed
    }

    /// What they call their program, fit to be shown.
    pub(crate) fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// Where they take connections.
    pub(crate) fn listen_port(&self) -> Option<u16> {
        self.listen_port
    }

    /// How many requests they keep.
    pub(super) fn requests_max(&self) -> Option<u32> {
        self.requests_max
    }

    /// The address they see us at: a stranger's word.
    pub(crate) fn seen_as(&self) -> Option<IpAddr> {
        self.seen_as
    }

    /// They say that they want nothing (BEP 21). Some say so, too, who cannot want anything yet, as
    /// they look for the metadata.
    pub(super) fn is_upload_only(&self) -> bool {
        self.upload_only && !self.looks_for_metadata()
    }

    fn looks_for_metadata(&self) -> bool {
        self.hears(Extension::Metadata) && self.metadata_size.is_none()
    }

    /// Whether they want to be sent this.
    pub(crate) fn hears(&self, extension: Extension) -> bool {
        self.theirs.id(extension).is_some()
    }

    /// We are about to tell them that we hear these.
    pub(super) fn tell(&mut self, ours: ExtensionIds) {
        self.ours.update(ours);
    }

    /// A message for them, if they want to be sent such.
    pub(super) fn spell<'a>(&self, extension: Extension, payload: &'a [u8]) -> Option<Message<'a>> {
        self.theirs.id(extension).map(|id| Message::Extended { id, payload })
    }

    /// Takes in a message; nothing when it is none that we asked for.
    pub(super) fn hear<'a>(
        &mut self,
        id: u8,
        payload: &'a [u8],
    ) -> Result<Option<Heard<'a>>, ProtocolError> {
        let heard = match (id, Extension::of_our_id(id)) {
            _ if !self.agreed => return Ok(None),
            (EXTENSION_HANDSHAKE, _) => self.hear_introduction(payload),
            (_, Some(extension)) if self.ours.id(extension).is_some() => {
                self.read(extension, payload)
            }
            _ => return Ok(None),
        };
        match heard {
            Ok(heard) => Ok(Some(heard)),
            Err(error) => self.on_malformed(error),
        }
    }

    fn read<'a>(
        &mut self,
        extension: Extension,
        payload: &'a [u8],
    ) -> Result<Heard<'a>, ExtensionError> {
        match extension {
            Extension::PeerExchange => PeerExchange::decode(payload).map(Heard::Peers),
            Extension::Metadata => MetadataMessage::decode(payload).map(Heard::Metadata),
            Extension::DontHave => decode_dont_have(payload).map(Heard::DontHave),
            Extension::UploadOnly => {
                self.upload_only = payload.iter().any(|byte| *byte != 0);
                Ok(Heard::Introduction)
            }
        }
    }

    /// They may say more later, and then only what has changed.
    fn hear_introduction(&mut self, payload: &[u8]) -> Result<Heard<'static>, ExtensionError> {
        let said = ExtensionHandshake::decode(payload)?;
        self.theirs.update(said.extensions);
        self.client = said.client.or(self.client.take());
        self.listen_port = said.listen_port.or(self.listen_port);
        self.requests_max = said.requests_max.or(self.requests_max);
        // A connection has one address at our end, so there is one answer: who gives another each
        // time only has us choose anew each time whom to call first.
        self.seen_as = self.seen_as.or(said.your_ip);
        self.metadata_size = said.metadata_size.or(self.metadata_size);
        self.upload_only = said.upload_only.unwrap_or(self.upload_only);
        Ok(Heard::Introduction)
    }

    fn on_malformed<T>(&mut self, error: ExtensionError) -> Result<Option<T>, ProtocolError> {
        self.malformed += 1;
        match self.malformed {
            messages if messages > MALFORMED_MAX => Err(error.into()),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{InfoHash, PeerId};

    fn agreed(ours: impl IntoIterator<Item = Extension>) -> Extended {
        let handshake = Handshake::new(InfoHash([0; 20]), PeerId([0; 20])).with_extensions();
        let mut extended = Extended::offered(&handshake);
        extended.on_greeted(&handshake);
        extended.tell(ExtensionIds::ours(ours));
        extended
    }

    #[test]
    fn a_later_handshake_changes_what_it_names_and_nothing_else() {
        let mut extended = agreed([]);
        let first = b"d1:md11:lt_donthavei7ee1:pi6881e4:reqqi250e11:upload_onlyi1e1:v3:abce";
        assert_eq!(extended.hear(0, first), Ok(Some(Heard::Introduction)));
        assert_eq!(extended.hear(0, b"d4:reqqi100ee"), Ok(Some(Heard::Introduction)));
        assert_eq!((extended.listen_port(), extended.requests_max()), (Some(6_881), Some(100)));
        assert_eq!((extended.client(), extended.is_upload_only()), (Some("abc"), true));
        assert!(extended.hears(Extension::DontHave) && !extended.hears(Extension::Metadata));
        assert_eq!(extended.hear(0, b"d11:upload_onlyi0ee"), Ok(Some(Heard::Introduction)));
        assert!(!extended.is_upload_only());
    }

    #[test]
    fn where_they_see_us_is_said_once_since_a_connection_has_one_address() {
        let mut extended = agreed([]);
        for last in [1, 2, 1, 2] {
            let said = [&b"d6:yourip4:"[..], &[192, 0, 2, last], b"e"].concat();
            assert_eq!(extended.hear(0, &said), Ok(Some(Heard::Introduction)));
            assert_eq!(extended.seen_as(), Some(IpAddr::from([192, 0, 2, 1])));
        }
    }

    #[test]
    fn what_they_want_may_change_by_a_message_of_its_own() {
        let mut extended = agreed([Extension::UploadOnly]);
        let id = Extension::UploadOnly.our_id();
        assert_eq!(extended.hear(id, &[1]), Ok(Some(Heard::Introduction)));
        assert!(extended.is_upload_only());
        assert_eq!(extended.hear(id, &[0]), Ok(Some(Heard::Introduction)));
        assert!(!extended.is_upload_only());
    }

    #[test]
    fn who_looks_for_metadata_wants_something_whatever_it_says() {
        let mut extended = agreed([]);
        let looks = b"d1:md11:ut_metadatai3ee11:upload_onlyi1ee";
        assert_eq!(extended.hear(0, looks), Ok(Some(Heard::Introduction)));
        assert!(!extended.is_upload_only());
        assert_eq!(extended.hear(0, b"d13:metadata_sizei9ee"), Ok(Some(Heard::Introduction)));
        assert!(extended.is_upload_only());
    }

    #[test]
    fn what_we_did_not_ask_for_is_stepped_over() {
        let mut extended = agreed([Extension::DontHave]);
        let id = Extension::DontHave.our_id();
        assert_eq!(extended.hear(id, &[0, 0, 0, 9]), Ok(Some(Heard::DontHave(9))));
        assert_eq!(extended.hear(Extension::PeerExchange.our_id(), b"x"), Ok(None));
        assert_eq!(extended.hear(200, b"x"), Ok(None));
        let mut stranger = Extended::default();
        assert_eq!(stranger.hear(0, b"d1:pi1ee"), Ok(None));
        assert_eq!(stranger.listen_port(), None);
    }

    #[test]
    fn one_message_that_cannot_be_read_is_forgiven_and_many_are_not() {
        let mut extended = agreed([]);
        for _ in 0..MALFORMED_MAX {
            assert_eq!(extended.hear(0, b"i1e"), Ok(None));
        }
        let error = Err(ExtensionError::NotADictionary.into());
        assert_eq!(extended.hear(0, b"i1e"), error);
    }
}
