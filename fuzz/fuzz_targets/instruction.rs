//! Lines of the seeder's standard input.

#![no_main]

fuzz::target!(|bytes| kamaelia_torrent::strangers_bytes::check("instruction", bytes));
