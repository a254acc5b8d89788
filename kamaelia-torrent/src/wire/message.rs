//! What peers say after the handshake (BEP 3, and the fast extension, BEP 6), one value a message.

use crate::metainfo::Block;
use crate::wire::FrameError;

/// Bytes before the data in a piece message: its length, its number, the piece and the offset.
pub const PIECE_HEADER_LENGTH: usize = 13;

/// Bytes that follow the length field of a piece message, before the data.
pub(super) const PIECE_BODY_MIN: usize = 9;

/// A block as the other side names it: it may not exist. [`Layout::block`] knows.
///
/// [`Layout::block`]: crate::metainfo::Layout::block
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BlockName {
    /// The piece's number.
    pub piece: u32,
    /// Bytes from the start of the piece.
    pub offset: u32,
    /// Bytes.
    pub length: u32,
}

/// One message. Numbers are as the other side sent them: nothing is checked against a torrent yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Message<'a> {
    /// Nothing, to keep the connection open.
    KeepAlive,
    /// Requests will not be answered from now on.
    Choke,
    /// Requests will be answered.
    Unchoke,
    /// The sender would like to ask for blocks.
    Interested,
    /// The sender lacks nothing we have.
    NotInterested,
    /// The sender has this piece.
    Have(u32),
    /// The pieces the sender has; see [`decode_bitfield`](crate::wire::decode_bitfield).
    Bitfield(&'a [u8]),
    /// Please send this block.
    Request(BlockName),
    /// Here is a block.
    Piece {
        /// Which, and how long it is by the message's length field.
        block: BlockName,
        /// The block, or what stands for it: see [`BlockForm`](crate::wire::BlockForm).
        data: &'a [u8],
    },
    /// The block is no longer wanted.
    Cancel(BlockName),
    /// Where the sender's DHT node listens (BEP 5).
    Port(u16),
    /// The sender would do well to give out this piece (BEP 6).
    SuggestPiece(u32),
    /// The sender has every piece (BEP 6).
    HaveAll,
    /// The sender has no piece (BEP 6).
    HaveNone,
    /// This request will not be answered with the block (BEP 6).
    Reject(BlockName),
    /// Requests for this piece are answered even without an unchoke (BEP 6).
    AllowedFast(u32),
    /// A message of the extension protocol (BEP 10).
    Extended {
        /// 0 for the handshake, else the number its reader gave that extension.
        id: u8,
        /// What the extension makes of it.
        payload: &'a [u8],
    },
    /// A message of a kind we do not know.
    Unknown {
        /// Its number.
        id: u8,
    },
}

const CHOKE: u8 = 0;
const UNCHOKE: u8 = 1;
const INTERESTED: u8 = 2;
const NOT_INTERESTED: u8 = 3;
const HAVE: u8 = 4;
const BITFIELD: u8 = 5;
const REQUEST: u8 = 6;
pub(super) const PIECE_ID: u8 = 7;
const CANCEL: u8 = 8;
const PORT: u8 = 9;
const SUGGEST_PIECE: u8 = 13;
const HAVE_ALL: u8 = 14;
const HAVE_NONE: u8 = 15;
const REJECT: u8 = 16;
const ALLOWED_FAST: u8 = 17;
const EXTENDED: u8 = 20;

impl From<Block> for BlockName {
    fn from(block: Block) -> Self {
        BlockName { piece: block.piece().get(), offset: block.offset(), length: block.length() }
    }
}

impl<'a> Message<'a> {
    /// Reads the bytes that follow the length field, all of them.
    pub fn decode(body: &'a [u8]) -> Result<Self, FrameError> {
        Message::decode_said(body, body.len() as u32)
    }

    /// The same for a message that would have `said` bytes if its data were not abridged.
    pub(super) fn decode_said(body: &'a [u8], said: u32) -> Result<Self, FrameError> {
        let Some((&id, payload)) = body.split_first() else {
            return Ok(Message::KeepAlive);
        };
        let message = match id {
            CHOKE => payload.is_empty().then_some(Message::Choke),
            UNCHOKE => payload.is_empty().then_some(Message::Unchoke),
            INTERESTED => payload.is_empty().then_some(Message::Interested),
            NOT_INTERESTED => payload.is_empty().then_some(Message::NotInterested),
            HAVE => numbers(payload).map(|[piece]| Message::Have(piece)),
            BITFIELD => Some(Message::Bitfield(payload)),
            REQUEST => decode_name(payload).map(Message::Request),
            PIECE_ID => decode_piece(payload, said),
            CANCEL => decode_name(payload).map(Message::Cancel),
            PORT => payload.try_into().ok().map(|port| Message::Port(u16::from_be_bytes(port))),
            SUGGEST_PIECE => numbers(payload).map(|[piece]| Message::SuggestPiece(piece)),
            HAVE_ALL => payload.is_empty().then_some(Message::HaveAll),
            HAVE_NONE => payload.is_empty().then_some(Message::HaveNone),
            REJECT => decode_name(payload).map(Message::Reject),
            ALLOWED_FAST => numbers(payload).map(|[piece]| Message::AllowedFast(piece)),
            EXTENDED => decode_extended(payload),
            id => Some(Message::Unknown { id }),
        };
        message.ok_or(FrameError::WrongLength { id, length: body.len() as u32 })
    }

    /// Appends the bytes to send, the length field included.
    ///
    /// An unknown message has no bytes that we could know, so nothing is appended.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Message::KeepAlive => out.extend_from_slice(&[0; 4]),
            Message::Choke => head(out, CHOKE, 0),
            Message::Unchoke => head(out, UNCHOKE, 0),
            Message::Interested => head(out, INTERESTED, 0),
            Message::NotInterested => head(out, NOT_INTERESTED, 0),
            Message::Have(piece) => encode_piece(out, HAVE, piece),
            Message::Bitfield(bits) => {
                head(out, BITFIELD, bits.len());
                out.extend_from_slice(bits);
            }
            Message::Request(name) => encode_name(out, REQUEST, name),
            Message::Piece { block, data } => {
                out.extend_from_slice(&header_of(block));
                out.extend_from_slice(data);
            }
            Message::Cancel(name) => encode_name(out, CANCEL, name),
            Message::Port(port) => {
                head(out, PORT, 2);
                out.extend_from_slice(&port.to_be_bytes());
            }
            Message::SuggestPiece(piece) => encode_piece(out, SUGGEST_PIECE, piece),
            Message::HaveAll => head(out, HAVE_ALL, 0),
            Message::HaveNone => head(out, HAVE_NONE, 0),
            Message::Reject(name) => encode_name(out, REJECT, name),
            Message::AllowedFast(piece) => encode_piece(out, ALLOWED_FAST, piece),
            Message::Extended { id, payload } => {
                head(out, EXTENDED, 1 + payload.len());
                out.push(id);
                out.extend_from_slice(payload);
            }
            Message::Unknown { .. } => {}
        }
    }
}

/// What goes before a block's data in a piece message, so that the data can be sent as it lies.
pub fn piece_header(block: Block) -> [u8; PIECE_HEADER_LENGTH] {
    header_of(block.into())
}

fn header_of(block: BlockName) -> [u8; PIECE_HEADER_LENGTH] {
    let BlockName { piece, offset, length } = block;
    let mut header = [0; PIECE_HEADER_LENGTH];
    header[..4].copy_from_slice(&(PIECE_BODY_MIN as u32 + length).to_be_bytes());
    header[4] = PIECE_ID;
    header[5..9].copy_from_slice(&piece.to_be_bytes());
    header[9..].copy_from_slice(&offset.to_be_bytes());
    header
}

fn decode_name(payload: &[u8]) -> Option<BlockName> {
    let [piece, offset, length] = numbers(payload)?;
    Some(BlockName { piece, offset, length })
}

fn decode_piece(payload: &[u8], said: u32) -> Option<Message<'_>> {
    let (place, data) = payload.split_at_checked(8)?;
    let [piece, offset] = numbers(place)?;
    let length = said - PIECE_BODY_MIN as u32;
    Some(Message::Piece { block: BlockName { piece, offset, length }, data })
}

fn decode_extended(payload: &[u8]) -> Option<Message<'_>> {
    let (&id, payload) = payload.split_first()?;
    Some(Message::Extended { id, payload })
}

/// A payload of exactly so many big-endian numbers.
fn numbers<const COUNT: usize>(payload: &[u8]) -> Option<[u32; COUNT]> {
    let (words, rest) = payload.as_chunks::<4>();
    let words: &[[u8; 4]; COUNT] = words.try_into().ok()?;
    rest.is_empty().then(|| words.map(u32::from_be_bytes))
}

fn head(out: &mut Vec<u8>, id: u8, payload: usize) {
    let length = u32::try_from(1 + payload).expect("our own messages are far below 4 GiB");
    out.reserve(5 + payload);
    out.extend_from_slice(&length.to_be_bytes());
    out.push(id);
}

fn encode_piece(out: &mut Vec<u8>, id: u8, piece: u32) {
    head(out, id, 4);
    out.extend_from_slice(&piece.to_be_bytes());
}

fn encode_name(out: &mut Vec<u8>, id: u8, name: BlockName) {
    head(out, id, 12);
    for number in [name.piece, name.offset, name.length] {
        out.extend_from_slice(&number.to_be_bytes());
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::metainfo::{FileEntry, Layout};

    const NAME: BlockName = BlockName { piece: 1, offset: 16_384, length: 9 };
    const NOTHING: BlockName = BlockName { piece: u32::MAX, offset: u32::MAX, length: 0 };

    /// One of each kind.
    pub(crate) const MESSAGES: [Message<'static>; 19] = [
        Message::KeepAlive,
        Message::Choke,
        Message::Unchoke,
        Message::Interested,
        Message::NotInterested,
        Message::Have(7),
        Message::Bitfield(&[0xf0, 0x80]),
        Message::Request(NAME),
        Message::Piece { block: NAME, data: b"some data" },
        Message::Cancel(NAME),
        Message::Port(6_881),
        Message::Piece { block: NOTHING, data: b"" },
        Message::SuggestPiece(3),
        Message::HaveAll,
        Message::HaveNone,
        Message::Reject(NAME),
        Message::AllowedFast(u32::MAX),
        Message::Extended { id: 0, payload: b"de" },
        Message::Extended { id: 3, payload: b"" },
    ];

    #[test]
    fn every_message_reads_back_from_its_own_bytes() {
        for message in MESSAGES {
            let mut bytes = Vec::new();
            message.encode(&mut bytes);
            assert_eq!(Message::decode(&bytes[4..]), Ok(message));
        }
    }

    #[test]
    fn a_length_that_does_not_go_with_the_kind_is_refused() {
        let base = [(0, 1), (3, 4), (4, 3), (4, 8), (6, 11), (7, 7), (8, 16), (9, 1)];
        let fast = [(13, 0), (13, 8), (14, 1), (15, 4), (16, 4), (16, 16), (17, 3)];
        for (id, payload) in base.into_iter().chain(fast).chain([(20, 0)]) {
            let body = [vec![id], vec![0; payload]].concat();
            let length = body.len() as u32;
            let error = FrameError::WrongLength { id, length };
            assert_eq!(Message::decode(&body), Err(error), "{id} {payload}");
        }
    }

    #[test]
    fn kinds_we_do_not_know_are_stepped_over() {
        let unknown = Message::Unknown { id: 21 };
        assert_eq!(Message::decode(&[21, 0, b'd', b'e']), Ok(unknown));
    }

    #[test]
    fn a_block_is_sent_as_its_header_and_then_its_data() {
        let file = FileEntry { path: vec!["f".into()], length: 40_000, padding: false };
        let layout = Layout::new(32_768, vec![file]).expect("sizes of a torrent");
        let block = layout.block(1, 7_000, 9).expect("a block of the last piece");
        let mut bytes = Vec::new();
        let message = Message::Piece { block: block.into(), data: b"some data" };
        message.encode(&mut bytes);
        assert_eq!([&piece_header(block)[..], b"some data"].concat(), bytes);
    }
}
