//! Trackers, from both sides, as values: nothing here opens a socket or reads a clock.
//!
//! As a client, a torrent has a [`Schedule`]: it says when to announce, to whom, and as what URL.
//! A driver fetches the URL and hands the reply back, read by [`AnnounceReply::from_bytes`], or
//! the failure. Out come addresses of peers.
//!
//! As a server, a [`Tracker`] is given each request's target and the two addresses of its
//! connection, and gives the answer's status and body.
//!
//! [`http`] spells announces and scrapes (BEP 3, 7, 23, 48), [`tiers`] orders trackers (BEP 12),
//! [`schedule`] decides when, and [`serve`] keeps swarms for others.

mod goodbyes;
pub mod http;
pub mod schedule;
pub mod serve;
pub mod tiers;

pub use http::{Announce, AnnounceReply, Event, ReplyError, ScrapeReply, UrlError, check_url};
pub use schedule::{Identity, Request, Schedule, Standing};
pub use serve::{Tracker, TrackerConfig};
pub use tiers::{Tiers, TrackerId};
