//! Magnet links.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("magnet", bytes));
