//! The handshake of the extension protocol (BEP 10): what a client says about itself.
//!
//! All of it is optional, and none of it is to be believed without a look: a value of the wrong kind
//! or out of range is read as not said, so that one odd key costs nobody a conversation.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;
use serde_bytes::ByteBuf;

use super::{Extension, ExtensionError, ExtensionIds, dictionary};
use crate::bencode::{Dict, Value, encode};

/// The number of this message among those of the extension protocol.
pub const EXTENSION_HANDSHAKE: u8 = 0;

/// Characters kept of a client's name.
pub const CLIENT_CHARS_MAX: usize = 64;

/// What one handshake says. It may be sent again later, and then says what has changed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ExtensionHandshake {
    /// Which extensions the sender hears, and under which numbers (`m`).
    pub extensions: ExtensionIds,
    /// The client and its version (`v`): printable, at most [`CLIENT_CHARS_MAX`] characters.
    pub client: Option<String>,
    /// The port the sender takes connections on (`p`). Never 0.
    pub listen_port: Option<u16>,
    /// How many requests the sender keeps before it drops some (`reqq`). Never 0.
    pub requests_max: Option<u32>,
    /// The address the sender sees its reader at (`yourip`).
    pub your_ip: Option<IpAddr>,
    /// An address of the sender (`ipv4`).
    pub ipv4: Option<Ipv4Addr>,
    /// An address of the sender (`ipv6`).
    pub ipv6: Option<Ipv6Addr>,
    /// Bytes of the `info` dictionary, from those who have it (`metadata_size`, BEP 9). A stranger's
    /// word: bound it before taking memory for it. Never 0.
    pub metadata_size: Option<u32>,
    /// Whether the sender downloads nothing more (`upload_only`, BEP 21).
    pub upload_only: Option<bool>,
}

impl ExtensionHandshake {
    /// Reads the payload of an extended message with the number [`EXTENSION_HANDSHAKE`].
    pub fn decode(payload: &[u8]) -> Result<Self, ExtensionError> {
        let (dictionary, _) = dictionary(payload)?;
        let mut handshake = ExtensionHandshake::default();
        for (key, value) in dictionary.entries() {
            match key {
                b"m" => handshake.extensions = value.as_dict().map(ids).unwrap_or_default(),
                b"v" => handshake.client = value.as_bytes().and_then(client),
                b"p" => handshake.listen_port = number(value),
                b"reqq" => handshake.requests_max = number(value),
                b"yourip" => handshake.your_ip = value.as_bytes().and_then(ip),
                b"ipv4" => handshake.ipv4 = octets(value).map(Ipv4Addr::from),
                b"ipv6" => handshake.ipv6 = octets::<16>(value).map(Ipv6Addr::from),
                b"metadata_size" => handshake.metadata_size = number(value),
                b"upload_only" => handshake.upload_only = value.as_integer().map(|said| said != 0),
                _ => {}
            }
        }
        Ok(handshake)
    }

    /// The payload of an extended message with the number [`EXTENSION_HANDSHAKE`].
    pub fn encode(&self) -> Vec<u8> {
        let octets = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => ByteBuf::from(ip.octets()),
            IpAddr::V6(ip) => ByteBuf::from(ip.octets()),
        };
        let spelled = Spelled {
            m: self.extensions.said().map(|(extension, id)| (extension.name(), id)).collect(),
            v: self.client.as_deref(),
            p: self.listen_port,
            reqq: self.requests_max,
            yourip: self.your_ip.map(octets),
            ipv4: self.ipv4.map(|ip| octets(ip.into())),
            ipv6: self.ipv6.map(|ip| octets(ip.into())),
            metadata_size: self.metadata_size,
            upload_only: self.upload_only.map(u8::from),
        };
        encode(&spelled).expect("texts and numbers of 32 bits have a form in bencode")
    }
}

/// The keys as they stand in the dictionary; what is `None` is left out.
#[derive(Serialize)]
struct Spelled<'a> {
    m: BTreeMap<&'static str, u8>,
    v: Option<&'a str>,
    p: Option<u16>,
    reqq: Option<u32>,
    yourip: Option<ByteBuf>,
    ipv4: Option<ByteBuf>,
    ipv6: Option<ByteBuf>,
    metadata_size: Option<u32>,
    upload_only: Option<u8>,
}

fn ids(m: Dict<'_>) -> ExtensionIds {
    let mut ids = ExtensionIds::default();
    for (name, id) in m.entries() {
        let id = id.as_integer().and_then(|id| u8::try_from(id).ok());
        if let (Some(extension), Some(id)) = (Extension::named(name), id) {
            ids.set(extension, id);
        }
    }
    ids
}

/// A name fit to be shown: whoever prints it must not be told where the cursor goes.
fn client(bytes: &[u8]) -> Option<String> {
    let bytes = &bytes[..bytes.len().min(4 * CLIENT_CHARS_MAX)];
    let text = String::from_utf8_lossy(bytes);
    let shown: String =
        text.chars().filter(|shown| !shown.is_control()).take(CLIENT_CHARS_MAX).collect();
    (!shown.is_empty()).then_some(shown)
}

/// A number above 0: where a key counts something, 0 says nothing.
fn number<T: TryFrom<i64> + PartialEq + Default>(value: Value<'_>) -> Option<T> {
    T::try_from(value.as_integer()?).ok().filter(|number| *number != T::default())
}

fn octets<const COUNT: usize>(value: Value<'_>) -> Option<[u8; COUNT]> {
    value.as_bytes()?.try_into().ok()
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    v4.or_else(|| Some(IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?).to_canonical()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn full() -> ExtensionHandshake {
        ExtensionHandshake {
            extensions: ExtensionIds::ours(Extension::ALL),
            client: Some("Größe 1.0".to_owned()),
            listen_port: Some(6881),
            requests_max: Some(2048),
            your_ip: Some(Ipv4Addr::new(192, 0, 2, 7).into()),
            ipv4: Some(Ipv4Addr::new(198, 51, 100, 1)),
            ipv6: Some(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 9)),
            metadata_size: Some(31_235),
            upload_only: Some(true),
        }
    }

    #[test]
    fn what_is_said_is_read_and_the_rest_left_out() {
        for handshake in [full(), ExtensionHandshake::default()] {
            assert_eq!(ExtensionHandshake::decode(&handshake.encode()), Ok(handshake));
        }
        let requests_max = Some(2048);
        let short = ExtensionHandshake { requests_max, ..Default::default() };
        assert_eq!(short.encode(), b"d1:mde4:reqqi2048ee");
    }

    #[test]
    fn an_extension_can_be_taken_back() {
        let handshake = ExtensionHandshake::decode(b"d1:md6:ut_pexi0eee").expect("a handshake");
        let mut ids = ExtensionIds::ours([Extension::PeerExchange]);
        ids.update(handshake.extensions);
        assert_eq!(ids.id(Extension::PeerExchange), None);
    }

    #[test]
    fn what_makes_no_sense_is_read_as_not_said() {
        for text in [
            "d1:mi1ee",
            "d1:md11:ut_metadatai256e6:ut_pex1:xee",
            "d1:pi0ee",
            "d1:pi65536ee",
            "d4:reqqi-1ee",
            "d6:yourip5:12345e",
            "d4:ipv43:123e",
            "d13:metadata_sizei-1ee",
            "d1:v0:e",
            "d5:otherli1ee12:complete_agoi7ee",
        ] {
            let read = ExtensionHandshake::decode(text.as_bytes());
            assert_eq!(read, Ok(ExtensionHandshake::default()), "{text}");
        }
    }

    #[test]
    fn what_is_no_dictionary_is_refused() {
        for text in ["", "i1e", "le", "d1:a", "x"] {
            let read = ExtensionHandshake::decode(text.as_bytes());
            assert_eq!(read, Err(ExtensionError::NotADictionary), "{text}");
        }
    }

    #[test]
    fn a_name_is_cut_and_tells_the_terminal_nothing() {
        let name = format!("\x1b[2J{}", "x".repeat(500));
        let text = format!("d1:v{}:{name}e", name.len());
        let client = ExtensionHandshake::decode(text.as_bytes()).expect("a handshake").client;
        assert_eq!(client, Some(format!("[2J{}", "x".repeat(CLIENT_CHARS_MAX - 3))));
    }

    #[test]
    fn our_address_is_the_same_in_both_its_spellings() {
        for text in [
            &b"d6:yourip4:\xc0\0\x02\x07e"[..],
            b"d6:yourip16:\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\x07e",
        ] {
            let read = ExtensionHandshake::decode(text).expect("a handshake");
            assert_eq!(read.your_ip, full().your_ip);
        }
    }

    proptest! {
        #[test]
        fn random_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = ExtensionHandshake::decode(&bytes);
        }
    }
}
