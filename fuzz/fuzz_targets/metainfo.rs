//! Torrent files, and `info` dictionaries.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("metainfo", bytes));
