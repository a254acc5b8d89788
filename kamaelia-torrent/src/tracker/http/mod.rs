//! What is said to an HTTP tracker and what it says back.
//!
//! An announce becomes a URL; the bytes behind it become a reply. The same for scrapes. Replies
//! come from strangers: numbers are clamped, lists are bounded, and text is made fit to show.

mod announce;
mod peers;
mod reply;
mod scrape;

pub use reply::ReplyError;
pub use scrape::scrape_url;
