//! What a torrent is: its identity, its files, its pieces and their hashes.
//!
//! Bytes of a `.torrent` come in; a checked [`Layout`] and the hashes of the pieces go out.
//! Nothing here touches a file or a socket.

mod ids;
pub mod layout;

pub use ids::{InfoHash, ParseInfoHashError, PeerId};
pub use layout::{BLOCK_LENGTH, Block, FileEntry, Layout, LayoutError, PieceIndex, Span};
