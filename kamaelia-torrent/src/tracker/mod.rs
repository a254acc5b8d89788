//! Trackers, from both sides, as values: nothing here opens a socket or reads a clock.
//!
//! As a client, a torrent has a [`Schedule`]: it says when to announce, to whom, and in which way.
//! A driver fetches a URL and has what came read by [`AnnounceReply::from_bytes`], or puts a
//! question to the [`UdpClient`]; and hands the reply back, or the failure. Out come addresses of
//! peers.
//!
//! As a server, a [`Tracker`] is given each request's target, or each datagram, with the two
//! addresses it passed between, and gives the answer.
//!
//! [`announce`](Announce) and [`reply`](AnnounceReply) are what both ways have in common. [`http`]
//! spells them for HTTP (BEP 3, 7, 23, 24, 48) and [`udp`] for datagrams (BEP 15, 41), [`tiers`]
//! orders trackers (BEP 12), [`schedule`] decides when, and [`serve`] keeps swarms for others.

mod announce;
pub mod http;
mod peers;
mod reply;
pub mod schedule;
mod secret;
pub mod serve;
pub mod tiers;
pub mod udp;
mod url;

pub use announce::{Announce, Event};
pub use http::ReplyError;
pub use peers::PEERS_MAX;
pub use reply::{AnnounceReply, INTERVAL_MAX, INTERVAL_MIN, ScrapeReply, Scraped};
pub use schedule::{Call, Identity, Request, Schedule, ScrapeCall, ScrapeRequest, Standing};
pub use secret::Secret;
pub use serve::{Tracker, TrackerConfig};
pub use tiers::{Tiers, TrackerId};
pub use udp::{UdpClient, UdpTracker};
pub use url::{TrackerUrl, UrlError, check_url};
