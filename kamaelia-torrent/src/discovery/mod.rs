//! Finding peers nearby, and being found from afar, as values: nothing here opens a socket or reads
//! a clock.
//!
//! [`local`] tells the neighbours which torrents we have, and hears which they have (BEP 14).

pub mod local;

pub use local::LocalDiscovery;
