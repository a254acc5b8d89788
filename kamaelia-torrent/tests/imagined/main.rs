//! Engines, and graphs with engines in them, in an imagined world: an hour takes no time, and the same
//! seed makes the same hour.

#[path = "../hostile_peers/account.rs"]
mod account;
mod cable;
mod engines;
mod graphs;
mod growth;
#[path = "../reliability/mod.rs"]
mod reliability;
#[path = "../hostile_peers/seat.rs"]
mod seat;
