//! Engines, and graphs with engines in them, in an imagined world: an hour takes no time, and the same
//! seed makes the same hour.

mod cable;
mod engines;
mod graphs;
