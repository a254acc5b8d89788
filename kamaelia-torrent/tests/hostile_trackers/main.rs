//! Trackers and web servers that mean us no good: what they send, and what becomes of it. A case says
//! what a server does, what a user is told or what is kept of the answer, and how much was taken.

mod answers;
mod datagrams;
mod page;
mod redirects;
#[path = "../reliability/mod.rs"]
mod reliability;
mod replies;
mod server;
#[cfg(feature = "tls")]
mod tls;
mod web_seeds;
