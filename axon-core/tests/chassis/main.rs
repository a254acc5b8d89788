//! Chassis: what they make of the components that are put into them.

#[path = "../common/mod.rs"]
mod common;
mod parts;

mod backplane;
mod carousel;
mod everything;
mod par;
mod playlist;
mod pool;
mod section;
mod seq;
mod time_to_live;
mod tpipe;
