//! The encryption handshake, both sides of it.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("encryption", bytes));
