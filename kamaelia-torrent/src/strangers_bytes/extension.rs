//! Payloads of the extension protocol: what is read is written so that it is read as the same.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::wire::extension::{
    CLIENT_CHARS_MAX, METADATA_PIECE_LENGTH, decode_dont_have, encode_dont_have,
};
use crate::wire::{Extension, ExtensionHandshake, ExtensionIds, MetadataMessage};

pub(super) fn check(bytes: &[u8]) {
    match ExtensionHandshake::decode(bytes) {
        Ok(handshake) => check_handshake(&handshake),
        Err(error) => super::assert_sentence(&error.to_string()),
    }
    match MetadataMessage::decode(bytes) {
        Ok(MetadataMessage::Unknown { .. }) => {}
        Ok(message) => {
            assert_eq!(MetadataMessage::decode(&message.encode()), Ok(message));
            if let MetadataMessage::Data { data, .. } = message {
                assert!(data.len() <= METADATA_PIECE_LENGTH);
            }
        }
        Err(error) => super::assert_sentence(&error.to_string()),
    }
    if let Ok(piece) = decode_dont_have(bytes) {
        assert_eq!(encode_dont_have(piece), bytes);
    }
}

fn check_handshake(handshake: &ExtensionHandshake) {
    if let Some(client) = &handshake.client {
        assert!((1..=CLIENT_CHARS_MAX).contains(&client.chars().count()));
        super::assert_sentence(client);
    }
    assert_ne!(handshake.listen_port, Some(0));
    assert_eq!(ExtensionHandshake::decode(&handshake.encode()).as_ref(), Ok(handshake));
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let handshake = ExtensionHandshake {
        extensions: ExtensionIds::ours(Extension::ALL),
        client: Some("a client 1.0 ü".to_owned()),
        listen_port: Some(6881),
        requests_max: Some(250),
        your_ip: Some(Ipv6Addr::LOCALHOST.into()),
        ipv4: Some(Ipv4Addr::LOCALHOST),
        ipv6: Some(Ipv6Addr::LOCALHOST),
        metadata_size: Some(31_235),
        upload_only: Some(true),
    };
    vec![
        handshake.encode(),
        ExtensionHandshake::default().encode(),
        MetadataMessage::Request { piece: 1 }.encode(),
        MetadataMessage::Data { piece: 1, total_size: Some(20_000), data: b"d6:length" }.encode(),
        MetadataMessage::Reject { piece: u32::MAX }.encode(),
        b"d8:msg_typei9ee".to_vec(),
        b"d1:md6:ut_pexi256e11:ut_metadatai-1ee1:pi0e4:reqqi-1e1:v3:\xff\n\0e".to_vec(),
        encode_dont_have(7).to_vec(),
    ]
}
