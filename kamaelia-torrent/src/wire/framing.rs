//! Where one message ends and the next begins.

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
