//! What peers send: the handshake, and messages in any split.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("framing", bytes));
