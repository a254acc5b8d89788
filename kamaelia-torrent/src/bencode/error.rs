//! What can be wrong with bencoded bytes, and where.

/// Why bytes are not the bencoded value they should be. Positions count bytes from 0.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BencodeError {
    /// There are more bytes than the caller reads.
    #[error("{length} bytes are more than the {limit} accepted here")]
    TooLong {
        /// Bytes given.
        length: usize,
        /// Bytes accepted.
        limit: usize,
    },
    /// The bytes stop before the value is complete.
    #[error("the data is cut off: it ends after {position} bytes, inside a value")]
    CutOff {
        /// Where the next byte would be.
        position: usize,
    },
    /// No value, or nothing that may stand here, begins with this byte.
    #[error("byte {position} is `{}`, which begins no value", .byte.escape_ascii())]
    UnexpectedByte {
        /// Where it is.
        position: usize,
        /// The byte.
        byte: u8,
    },
    /// Not a whole number in its shortest form: `i-0e`, `i03e`, `i+1e`, `ie`.
    #[error("the number at byte {position} is not a whole number in its shortest form")]
    BadInteger {
        /// Where the number begins.
        position: usize,
    },
    /// A number that does not fit 64 bits with a sign.
    #[error("the number at byte {position} does not fit 64 bits")]
    IntegerTooLarge {
        /// Where the number begins.
        position: usize,
    },
    /// A string length that is not in its shortest form, or beyond any memory.
    #[error("the length of the string at byte {position} is not a number that can be read")]
    BadLength {
        /// Where the string begins.
        position: usize,
    },
    /// A string that claims more bytes than there are.
    #[error(
        "the string at byte {position} claims {length} bytes where {remaining} are left: \
         the data is cut off or damaged"
    )]
    StringTooLong {
        /// Where the string begins.
        position: usize,
        /// Bytes it claims.
        length: usize,
        /// Bytes there are.
        remaining: usize,
    },
    /// Lists and dictionaries inside each other, deeper than we follow.
    #[error("the value at byte {position} is nested deeper than {limit} levels")]
    TooDeep {
        /// Where the level too many begins.
        position: usize,
        /// Levels accepted.
        limit: usize,
    },
    /// More keys in dictionaries that are open at once than we remember.
    #[error("the key at byte {position} is one more than the {limit} accepted")]
    TooManyKeys {
        /// Where the key begins.
        position: usize,
        /// Keys accepted.
        limit: usize,
    },
    /// A dictionary key that is not a string.
    #[error("the dictionary key at byte {position} is not a string")]
    KeyNotString {
        /// Where the key begins.
        position: usize,
    },
    /// A dictionary that ends after a key.
    #[error("the dictionary that ends at byte {position} has a key without a value")]
    MissingValue {
        /// Where the dictionary ends.
        position: usize,
    },
    /// A dictionary with the same key twice: two readers could take different values.
    #[error("the dictionary that ends at byte {position} has the key `{key}` twice")]
    DuplicateKey {
        /// Where the dictionary ends.
        position: usize,
        /// The key, shortened, bytes that are not printable ASCII escaped.
        key: String,
    },
    /// A key that sorts before the one in front of it, where [`Limits::sorted`] asks for order.
    ///
    /// [`Limits::sorted`]: super::Limits::sorted
    #[error("the dictionary key at byte {position} is out of order")]
    UnsortedKey {
        /// Where the key begins.
        position: usize,
    },
    /// Bytes after the value.
    #[error("the value ends at byte {position}, but {count} more bytes follow")]
    TrailingBytes {
        /// Where the value ends.
        position: usize,
        /// Bytes after it.
        count: usize,
    },
}
