//! Many at once, and for long: what they take, and that they take no more after a while.
//!
//! A normal run takes a tenth of everything or less. `KAMAELIA_LOAD=full` asks for all of it, in release:
//! `KAMAELIA_LOAD=full cargo test --release -p kamaelia-torrent --test load -- --nocapture --test-threads=1`.

mod alone;
mod churn;
mod connections;
mod content;
mod page;
mod real_time;
#[path = "../reliability/mod.rs"]
mod reliability;
mod seed;
mod size;
mod torrents;
mod tracker;
