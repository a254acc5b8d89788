//! What is said to a tracker in datagrams and what it says back (BEP 15 and 41).
//!
//! Whoever asks shows first that it is where it says it is: the tracker sends a connection id
//! there, and every request names it. [`UdpClient`] does that for all torrents, and says again
//! what may have been lost. Questions and datagrams come in, datagrams and answers go out.

mod client;
mod error;
mod reply;
mod request;
mod tracker_url;

pub use client::{Datagram, EXCHANGE_TIMEOUT, EXCHANGES_MAX, Outcome, UdpClient};
pub use error::UdpError;
pub use reply::Answer;
pub use request::{Question, SCRAPED_MAX};
pub use tracker_url::UdpTracker;

/// What a connect request begins with, in the place of a connection id.
pub(super) const PROTOCOL_ID: u64 = 0x0417_2710_1980;

/// What a datagram asks for or answers.
pub(super) mod action {
    pub(in crate::tracker) const CONNECT: u32 = 0;
    pub(in crate::tracker) const ANNOUNCE: u32 = 1;
    pub(in crate::tracker) const SCRAPE: u32 = 2;
    pub(in crate::tracker) const ERROR: u32 = 3;
}

/// What an announce says has happened.
pub(super) mod event {
    pub(in crate::tracker) const NONE: u32 = 0;
    pub(in crate::tracker) const COMPLETED: u32 = 1;
    pub(in crate::tracker) const STARTED: u32 = 2;
    pub(in crate::tracker) const STOPPED: u32 = 3;
}
