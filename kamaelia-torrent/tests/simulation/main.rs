//! Simulated swarms, as those who use the simulation would make them.

mod joining;
mod spreading;
