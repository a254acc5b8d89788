//! What a torrent is: its identity, its files, its pieces and their hashes.
//!
//! Bytes of a `.torrent` come in; a checked [`Metainfo`] goes out, with the [`Layout`] that says
//! how its bytes are cut. The other way round, a [`TorrentDraft`] holds what a new torrent is made
//! of and becomes the bytes of its file. Nothing here touches a file or a socket: names are
//! checked before anyone creates them, hashes are of bytes someone else has read.

mod error;
mod ids;
mod info;
pub mod layout;
mod magnet;
mod make;
mod paths;
mod piece_hasher;
mod piece_length;
mod selection;
mod torrent_file;
mod url;
mod web_seed;
mod write;

pub use error::TorrentFileError;
pub use ids::{InfoHash, ParseInfoHashError, PeerId};
pub use layout::{BLOCK_LENGTH, Block, FileEntry, Layout, LayoutError, PieceIndex, Span};
pub use magnet::{MAGNET_BYTES_MAX, MAGNET_PLACES_MAX, Magnet, ParseMagnetError, magnet_link};
pub use make::{MakeError, TorrentDraft};
pub use paths::{
    FILES_MAX, NAME_BYTES_MAX, NAMES_MAX, PATH_BYTES_MAX, PathError, PathFault, check_paths,
};
pub use piece_hasher::PieceHasher;
pub use piece_length::{
    PIECE_LENGTH_DEFAULT, PIECE_LENGTH_MADE_MIN, PieceLengthError, check_piece_length,
    piece_length_for,
};
pub use selection::{NoSuchFile, ParsePriorityError, PiecePriorities, Priority, Selection};
pub use torrent_file::{Metainfo, TEXT_BYTES_MAX, TORRENT_BYTES_MAX, URL_BYTES_MAX, URLS_MAX};
pub use url::{UrlError, check_tracker_url, check_web_seed_url};
pub use web_seed::web_seed_url;
