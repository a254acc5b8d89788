//! Bencode, before anything else reads it.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("bencode", bytes));
