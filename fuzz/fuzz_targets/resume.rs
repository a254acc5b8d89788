//! What is kept from one run to the next.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("resume", bytes));
