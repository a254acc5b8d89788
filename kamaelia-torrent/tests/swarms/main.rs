//! Several swarms and an imaginary wire: what a torrent does as a whole.

mod downloads;
mod holding;
mod meetings;
mod strangers;
mod trouble;
mod world;
