//! Metadata for one who hunts for it.
//!
//! For three seconds only offenders are there who say that they have it, then somebody comes who does.

use std::time::Duration;

use fastrand::Rng;
use kamaelia_torrent::wire::Message;
use kamaelia_torrent::wire::extension::{
    EXTENSION_HANDSHAKE, Extension, ExtensionHandshake, ExtensionIds, MetadataMessage,
};
use log::Level::{Debug, Info};

use crate::case::{Case, End, End::*, Role::*};
use crate::script::{Answer, Scene, Script, encoded};

/// Bytes of the metadata of what is shared here; a test holds this to be true.
const SIZE: u32 = 1_269;

/// One who says that it has metadata of this size.
fn offering(size: u32) -> Script {
    let handshake = ExtensionHandshake {
        extensions: ExtensionIds::ours([Extension::Metadata]),
        metadata_size: Some(size),
        ..ExtensionHandshake::default()
    };
    introduced(&handshake.encode())
}

fn introduced(payload: &[u8]) -> Script {
    let introduced = Message::Extended { id: EXTENSION_HANDSHAKE, payload };
    Script::greeting().says(&[introduced, Message::HaveNone])
}

fn extended(payload: &[u8]) -> Vec<u8> {
    encoded(&[Message::Extended { id: Extension::Metadata.our_id(), payload }])
}

/// The piece that is asked for, if one is.
fn asked(message: &Message<'_>) -> Option<u32> {
    let Message::Extended { id, payload } = message else { return None };
    match MetadataMessage::decode(payload) {
        Ok(MetadataMessage::Request { piece }) if *id == Extension::Metadata.our_id() => {
            Some(piece)
        }
        _ => None,
    }
}

fn data(piece: u32, total_size: u32, data: &[u8]) -> Vec<u8> {
    extended(&MetadataMessage::Data { piece, total_size: Some(total_size), data }.encode())
}

/// Answers each request for a piece by what this makes of its number and of the right bytes.
macro_rules! giving {
    ($give:expr) => {
        |message: &Message<'_>, scene: &Scene, _: &mut Rng| {
            let give: fn(u32, &[u8]) -> Vec<u8> = $give;
            asked(message).map(|piece| give(piece, scene.metainfo.info_bytes())).unwrap_or_default()
        }
    };
}

fn case(name: &'static str, script: Script, answer: Answer, end: End) -> Case {
    Case::of(name, script.answers(answer), end).at(&[Hunter])
}

pub(crate) fn cases() -> Vec<Case> {
    let nothing: Answer = |_, _, _| Vec::new();
    // With what it looks for, the engine calls everybody anew.
    let of_no_use = LetGo(Debug, "its metadata is here");
    let corrupt = LetGo(Info, "the peer sent corrupt data");
    let broken = LetGo(Info, "the peer broke the protocol");
    let sized = |size: &[u8]| {
        introduced(&[b"d1:md11:ut_metadatai2ee13:metadata_sizei", size, b"ee"].concat())
    };
    vec![
        case("metadata of no bytes", sized(b"0"), nothing, of_no_use),
        case("metadata of less than no bytes", sized(b"-5"), nothing, of_no_use),
        case("metadata of four gigabytes", offering(u32::MAX), nothing, of_no_use),
        case("metadata of more bytes than can be counted", sized(&[b'9'; 40]), nothing, broken),
        case("metadata just above what is taken", offering((8 << 20) + 1), nothing, of_no_use),
        case(
            "metadata of as many bytes as are taken, and it never comes",
            offering(8 << 20),
            nothing,
            of_no_use,
        )
        .by(8),
        case(
            "metadata of the wrong size",
            offering(5_000),
            giving!(|piece, _| data(piece, 5_000, &[7; 5_000])),
            corrupt,
        ),
        case(
            "metadata of the right size and the wrong bytes",
            offering(SIZE),
            giving!(|piece, right| data(piece, right.len() as u32, &vec![7; right.len()])),
            corrupt,
        ),
        case(
            "metadata with one wrong byte, by eight who agree on it",
            offering(SIZE),
            giving!(|piece, right| {
                let mut wrong = right.to_vec();
                wrong[right.len() / 2] ^= 1;
                data(piece, right.len() as u32, &wrong)
            }),
            corrupt,
        )
        .by(8),
        case(
            "metadata shorter than it was announced",
            offering(SIZE),
            giving!(|piece, right| data(piece, right.len() as u32, &right[..100])),
            corrupt,
        ),
        case(
            "metadata longer than it was announced",
            offering(SIZE),
            giving!(|piece, right| data(piece, right.len() as u32, &[7; 16_384])),
            corrupt,
        ),
        case(
            "another piece than was asked for",
            offering(SIZE),
            giving!(|_, right| data(9, right.len() as u32, right)),
            of_no_use,
        ),
        case(
            "metadata in more bytes than a piece has",
            offering(SIZE),
            giving!(|piece, right| data(piece, right.len() as u32, &[7; 20_000])),
            LetGo(Info, ""),
        ),
        case(
            "an answer that cannot be read",
            offering(SIZE),
            giving!(|_, _| extended(b"d8:msg_type")),
            broken,
        ),
        case(
            "metadata that is refused for ever",
            offering(SIZE),
            giving!(|piece, _| extended(&MetadataMessage::Reject { piece }.encode())),
            of_no_use,
        ),
        case("metadata that is promised and never comes", offering(SIZE), nothing, of_no_use).by(8),
        case(
            "metadata, a byte in ten seconds",
            offering(SIZE)
                .waits(Duration::from_millis(500))
                .drips(data(0, SIZE, &[7; SIZE as usize]), Duration::from_secs(10)),
            nothing,
            of_no_use,
        ),
    ]
}

#[test]
fn the_metadata_that_is_played_with_has_the_size_that_liars_say() {
    assert_eq!(crate::stage::metadata_size(), SIZE as usize);
}
