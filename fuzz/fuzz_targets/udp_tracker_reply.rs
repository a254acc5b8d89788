//! What UDP trackers answer.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("udp_tracker_reply", bytes));
