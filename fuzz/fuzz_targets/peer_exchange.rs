//! Peers that peers name.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("peer_exchange", bytes));
