//! What our tracker is asked by UDP.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("udp_tracker_request", bytes));
