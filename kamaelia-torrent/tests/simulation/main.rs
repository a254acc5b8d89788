//! Simulated swarms, as those who use the simulation would make them.

mod behaviours;
mod cuts;
mod disks;
mod hostile;
mod joining;
mod spreading;
mod strangers;
mod trackers;
