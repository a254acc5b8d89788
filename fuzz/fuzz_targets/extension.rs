//! Messages of the extension protocol, and those that carry metadata.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("extension", bytes));
