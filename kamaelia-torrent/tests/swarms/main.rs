//! Several swarms and an imaginary wire: what a torrent does as a whole.

mod choices;
mod downloads;
mod extended;
mod fast;
mod holding;
mod meetings;
mod strangers;
mod super_seeding;
mod survival;
mod thousand;
mod trouble;
mod web;
mod web_seeds;
mod world;
