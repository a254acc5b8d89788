//! Several swarms and an imaginary wire: what a torrent does as a whole.

mod abridged;
mod announcing;
mod choices;
mod downloads;
mod extended;
mod fast;
mod holding;
mod meetings;
mod pipe;
mod strangers;
mod super_seeding;
mod survival;
mod thousand;
mod trouble;
mod waiting;
mod web;
mod web_seeds;
mod world;
