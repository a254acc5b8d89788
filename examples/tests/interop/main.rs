//! Whole programs over loopback: ours, and clients that others wrote.
//!
//! Every program runs in a directory and a home of its own, is bound to 127.0.0.1, keeps to the
//! peers that we tell it of, and is ended with its test. A test whose client is not installed says
//! so and passes, unless `KAMAELIA_FOREIGN_CLIENTS=required` is set.
//!
//! The transfers of one gibibyte, and small swarms that are compared with the simulation, are asked for
//! by name:
//!
//!     cargo test --release --package examples --test interop -- --ignored --test-threads=1

mod content;
mod foreign;
mod ours;
mod program;
mod stage;

mod foreign_trackers;
mod magnets;
mod matrix;
mod one_gibibyte;
mod our_tracker;
mod side_by_side;
mod small_swarm;
mod they_download;
mod torrents;
mod we_download;
mod web_seeds;
