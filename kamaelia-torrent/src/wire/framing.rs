//! Where one message ends and the next begins.

use crate::metainfo::BLOCK_LENGTH;
use crate::wire::{BlockForm, EXTENDED_BYTES_MAX, Message, PIECE_BODY_MIN};

/// Bytes of the length field.
const LENGTH_FIELD: usize = 4;

/// The longest message of the extension protocol: its number, the extension's, and the payload.
const EXTENDED: u32 = 2 + EXTENDED_BYTES_MAX as u32;

/// How bytes fail to be messages. Each ends the conversation.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// A message longer than any we accept: refused before a byte of it is kept.
    #[error("it announced a message of {length} bytes, and {limit} is the most we accept")]
    TooLong {
        /// The length it announced.
        length: u32,
        /// The longest we accept.
        limit: u32,
    },
    /// A message whose length does not go with its kind.
    #[error("a message of kind {id} cannot have {length} bytes")]
    WrongLength {
        /// The message's number on the wire.
        id: u8,
        /// Bytes after the length field.
        length: u32,
    },
}

/// Cuts a stream, which comes in any split, into messages.
///
/// A message that lies whole in the input is lent from there; only one that is torn across two
/// inputs is kept, and then at most `limit` bytes.
#[derive(Clone, Debug)]
pub struct MessageReader {
    form: BlockForm,
    limit: u32,
    /// The start of a message whose end has not come, or a message just lent to the caller.
    kept: Vec<u8>,
    lent: bool,
}

impl MessageReader {
    /// For a torrent of so many pieces: its bitfield or a message of the extension protocol is the
    /// longest. A whole block is far shorter, and so is any kind we only step over.
    pub fn new(piece_count: u32, form: BlockForm) -> Self {
        const { assert!(PIECE_BODY_MIN as u32 + BLOCK_LENGTH < EXTENDED) };
        let bitfield = 1 + piece_count.div_ceil(8);
        MessageReader { form, limit: bitfield.max(EXTENDED), kept: Vec::new(), lent: false }
    }

    /// Takes the next message off the front of `input`, or keeps what is there of it and returns
    /// `None`. After an error the stream has lost its meaning: do not read on.
    pub fn read<'s, 'i: 's>(
        &'s mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<Message<'s>>, FrameError> {
        Ok(self.read_measured(input)?.map(|(message, _)| message))
    }

    /// The same, and how many bytes the message has on the wire, length field and all.
    pub(crate) fn read_measured<'s, 'i: 's>(
        &'s mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<(Message<'s>, u64)>, FrameError> {
        if self.lent {
            self.kept.clear();
            self.lent = false;
        }
        if self.kept.is_empty()
            && let Some(message) = self.take_whole(input)?
        {
            return Ok(Some((decode(message)?, message.len() as u64)));
        }
        if !self.keep(input)? {
            return Ok(None);
        }
        self.lent = true;
        Ok(Some((decode(&self.kept)?, self.kept.len() as u64)))
    }

    /// The first message, if all of it is there.
    fn take_whole<'i>(&self, input: &mut &'i [u8]) -> Result<Option<&'i [u8]>, FrameError> {
        let extent = self.extent(input)?;
        let Some((message, rest)) = input.split_at_checked(extent) else {
            return Ok(None);
        };
        *input = rest;
        Ok(Some(message))
    }

    /// Keeps bytes up to the end of the first message; true when it is whole.
    fn keep(&mut self, input: &mut &[u8]) -> Result<bool, FrameError> {
        loop {
            let missing = self.extent(&self.kept)? - self.kept.len();
            if missing == 0 {
                return Ok(true);
            }
            if input.is_empty() {
                return Ok(false);
            }
            self.keep_some(missing, input);
        }
    }

    fn keep_some(&mut self, missing: usize, input: &mut &[u8]) {
        let (taken, rest) = input.split_at(missing.min(input.len()));
        self.kept.reserve_exact(missing);
        self.kept.extend_from_slice(taken);
        *input = rest;
    }

    /// Bytes that are sure to belong to a message that begins so: all of it once it has so many.
    fn extent(&self, start: &[u8]) -> Result<usize, FrameError> {
        let Some(field) = start.first_chunk::<LENGTH_FIELD>() else {
            return Ok(LENGTH_FIELD);
        };
        let length = u32::from_be_bytes(*field);
        if length > self.limit {
            return Err(FrameError::TooLong { length, limit: self.limit });
        }
        let id = start.get(LENGTH_FIELD).copied();
        Ok(LENGTH_FIELD + self.form.body_length(length as usize, id))
    }
}

/// Reads a message, length field and all.
fn decode(message: &[u8]) -> Result<Message<'_>, FrameError> {
    let (field, body) = message.split_first_chunk().expect("a message has a length field");
    Message::decode_said(body, u32::from_be_bytes(*field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::message::tests::MESSAGES;
    use crate::wire::{BlockName, MARK_LENGTH, PIECE_HEADER_LENGTH};
    use proptest::prelude::*;

    /// Feeds a stream cut at these places, and writes down every message.
    fn read_in_parts(
        form: BlockForm,
        stream: &[u8],
        cuts: &[usize],
    ) -> Result<Vec<String>, FrameError> {
        let mut reader = MessageReader::new(16, form);
        let mut messages = Vec::new();
        let mut start = 0;
        for end in cuts.iter().copied().chain([stream.len()]) {
            let mut input = &stream[start..end];
            while let Some(message) = reader.read(&mut input)? {
                messages.push(format!("{message:?}"));
            }
            assert!(input.is_empty(), "a reader takes all it is given");
            start = end;
        }
        Ok(messages)
    }

    #[test]
    fn a_whole_message_is_lent_from_the_input() {
        let mut stream = Vec::new();
        MESSAGES[8].encode(&mut stream);
        let mut reader = MessageReader::new(16, BlockForm::Whole);
        let mut input = &stream[..];
        let Ok(Some(Message::Piece { data, .. })) = reader.read(&mut input) else {
            panic!("a piece message");
        };
        assert_eq!(data.as_ptr(), stream[PIECE_HEADER_LENGTH..].as_ptr());
    }

    #[test]
    fn an_oversize_length_is_refused_before_anything_is_kept() {
        let limit = EXTENDED;
        for length in [limit + 1, u32::MAX] {
            let mut reader = MessageReader::new(16, BlockForm::Whole);
            let field = length.to_be_bytes();
            assert_eq!(reader.read(&mut &field[..3]), Ok(None));
            let error = FrameError::TooLong { length, limit };
            assert_eq!(reader.read(&mut &field[3..]), Err(error));
            assert!(reader.kept.capacity() <= LENGTH_FIELD);
        }
    }

    #[test]
    fn a_torrent_of_very_many_pieces_may_send_its_bitfield() {
        let mut reader = MessageReader::new(1_000_000, BlockForm::Whole);
        let mut stream = Vec::new();
        Message::Bitfield(&[0xff; 125_000]).encode(&mut stream);
        let read = reader.read(&mut &stream[..]).map(|message| message.is_some());
        assert_eq!(read, Ok(true));
    }

    /// A message as it is carried in this form.
    fn formed(form: BlockForm, message: Message<'static>) -> Message<'static> {
        match (form, message) {
            (BlockForm::Abridged, Message::Piece { block, .. }) => {
                Message::Piece { block, data: &[0, 0, 0, 1, 7, 0, 0, 0] }
            }
            (_, message) => message,
        }
    }

    #[test]
    fn an_abridged_block_says_its_true_length_and_is_lent_too() {
        let block = BlockName { piece: 3, offset: 0, length: BLOCK_LENGTH };
        let mut stream = Vec::new();
        Message::Piece { block, data: b"the mark" }.encode(&mut stream);
        assert_eq!(stream.len(), PIECE_HEADER_LENGTH + MARK_LENGTH);
        let mut reader = MessageReader::new(16, BlockForm::Abridged);
        let mut input = &stream[..];
        let read = reader.read(&mut input);
        assert_eq!(read, Ok(Some(Message::Piece { block, data: b"the mark" })));
        assert_eq!(reader.kept.capacity(), 0);
    }

    fn forms() -> impl Strategy<Value = BlockForm> {
        prop_oneof![Just(BlockForm::Whole), Just(BlockForm::Abridged)]
    }

    proptest! {
        #[test]
        fn messages_survive_any_split(
            form in forms(),
            chosen in proptest::collection::vec(0..MESSAGES.len(), 0..20),
            cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..30),
        ) {
            let chosen: Vec<_> = chosen.iter().map(|index| formed(form, MESSAGES[*index])).collect();
            let mut stream = Vec::new();
            for message in &chosen {
                message.encode(&mut stream);
            }
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.sort_unstable();
            let sent: Vec<_> = chosen.iter().map(|message| format!("{message:?}")).collect();
            prop_assert_eq!(read_in_parts(form, &stream, &cuts), Ok(sent));
        }

        #[test]
        fn random_bytes_are_read_the_same_in_any_split(
            form in forms(),
            bytes in proptest::collection::vec(prop_oneof![Just(0u8), 0..12u8, any::<u8>()], 0..300),
            cut in any::<proptest::sample::Index>(),
        ) {
            let cut = cut.index(bytes.len() + 1);
            let parts = read_in_parts(form, &bytes, &[cut]);
            prop_assert_eq!(parts, read_in_parts(form, &bytes, &[]));
        }
    }
}
