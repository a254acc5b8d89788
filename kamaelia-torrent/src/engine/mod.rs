//! engine

pub mod disk;
