//! Finding peers nearby, and being found from afar, as values: nothing here opens a socket or reads
//! a clock.
//!
//! [`local`] tells the neighbours which torrents we have, and hears which they have (BEP 14).
//! [`mapping`] asks the router to let others in (RFC 6886 and 6887).

pub mod local;
pub mod mapping;

pub use local::LocalDiscovery;
pub use mapping::PortMapping;
