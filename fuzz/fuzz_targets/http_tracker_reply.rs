//! What HTTP trackers answer.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("http_tracker_reply", bytes));
