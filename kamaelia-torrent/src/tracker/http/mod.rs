//! What is said to an HTTP tracker and what it says back.
//!
//! An [`Announce`] becomes a URL; the bytes behind it become an [`AnnounceReply`]. The same for
//! scrapes. Replies come from strangers: numbers are clamped, lists are bounded, and text is made
//! fit to show.

mod announce;
mod peers;
mod reply;
mod scrape;

pub use announce::{Announce, Event, UrlError, check_url};
pub use peers::PEERS_MAX;
pub use reply::{AnnounceReply, INTERVAL_MAX, INTERVAL_MIN, ReplyError};
pub use scrape::{ScrapeReply, Scraped, scrape_url};
