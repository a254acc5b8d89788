//! The same bytes are the same messages in whatever parts they come, and a message that is written is
//! the message that is read.

use crate::metainfo::{InfoHash, PeerId};
use crate::wire::{
    BlockForm, BlockName, FrameError, Handshake, HandshakeError, HandshakeReader, Message,
    MessageReader, decode_bitfield, encode_bitfield,
};

/// Two bytes say how the rest is cut and how many pieces the torrent has.
pub(super) fn check(bytes: &[u8]) {
    let (split, rest) = super::first(bytes);
    let (pieces, stream) = super::first(rest);
    let pieces = u32::from(pieces) * 97;
    let (messages, ending) = read(pieces, &[stream]);
    let in_parts = read(pieces, &super::parts(split, stream));
    assert_eq!(in_parts, (messages.clone(), ending));
    let written = messages.concat();
    assert_eq!(read(pieces, &super::parts(split, &written)), (messages, Ok(())));
    check_handshake(split, stream);
    if let Ok(bits) = decode_bitfield(stream, pieces) {
        assert_eq!(encode_bitfield(&bits), stream);
    }
}

/// Each message as it is written, but for those of kinds we do not know.
fn read(pieces: u32, parts: &[&[u8]]) -> (Vec<Vec<u8>>, Result<(), FrameError>) {
    let mut reader = MessageReader::new(pieces, BlockForm::Whole);
    let mut messages = Vec::new();
    for part in parts {
        let mut part = *part;
        loop {
            match reader.read(&mut part) {
                Ok(Some(Message::Unknown { .. })) => {}
                Ok(Some(message)) => messages.push(written(&message)),
                Ok(None) => break,
                Err(error) => return (messages, Err(error)),
            }
        }
        assert_eq!(part, b"", "what is not read is kept");
    }
    (messages, Ok(()))
}

fn written(message: &Message<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    assert_eq!(Message::decode(&bytes[4..]), Ok(*message));
    bytes
}

fn check_handshake(split: u8, stream: &[u8]) {
    let whole = read_handshake(&[stream]);
    assert_eq!(read_handshake(&super::parts(split, stream)), whole);
    if let Ok(Some((handshake, rest))) = whole {
        assert_eq!([&handshake.encode()[..], &rest].concat(), stream);
    }
}

/// The handshake, and what follows it.
fn read_handshake(parts: &[&[u8]]) -> Result<Option<(Handshake, Vec<u8>)>, HandshakeError> {
    let mut reader = HandshakeReader::default();
    for (index, part) in parts.iter().enumerate() {
        let mut part = *part;
        if let Some(handshake) = reader.read(&mut part)? {
            let rest = [part, &parts[index + 1..].concat()].concat();
            return Ok(Some((handshake, rest)));
        }
    }
    Ok(None)
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let name = BlockName { piece: 1, offset: 16_384, length: 3 };
    let all = [
        Message::KeepAlive,
        Message::Unchoke,
        Message::Interested,
        Message::Have(7),
        Message::Bitfield(b"\xff\x80"),
        Message::Request(name),
        Message::Piece { block: name, data: b"abc" },
        Message::Cancel(name),
        Message::Port(6881),
        Message::SuggestPiece(1),
        Message::HaveAll,
        Message::HaveNone,
        Message::Reject(name),
        Message::AllowedFast(3),
        Message::Extended { id: 0, payload: b"d1:md6:ut_pexi1eee" },
    ];
    let stream: Vec<u8> = all.iter().flat_map(written).collect();
    let handshake = Handshake::new(InfoHash([1; 20]), PeerId([2; 20])).with_extensions().encode();
    let unknown = b"\0\0\0\x03\x63ab\0\0\0\x01\x00";
    let torn = b"\0\0\0\x0d\x06\0\0";
    let long = b"\xff\xff\xff\xff\x07";
    let ways: [&[u8]; 5] = [&stream, &handshake, unknown, torn, long];
    ways.iter().flat_map(|way| [[&[0, 3], *way].concat(), [&[5, 200], *way].concat()]).collect()
}
