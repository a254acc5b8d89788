//! What our tracker is asked by HTTP.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("http_tracker_request", bytes));
