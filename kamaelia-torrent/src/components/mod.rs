//! The door: components that put the engine into a graph.
//!
//! Requests and statuses, small and owned, pass through their boxes; blocks of data never do. Only
//! this folder knows `axon_core`.
//!
//! | component | takes | gives |
//! |---|---|---|
//! | [`TorrentClient`] | [`TorrentRequest`](messages::TorrentRequest) | [`TorrentMessage`](messages::TorrentMessage) |
//! | [`TorrentPatron`] | the same | the same, from a client it shares with all other patrons |
//! | [`TorrentService`] | what patrons say | what the client says, to the patron it is for |
//! | [`TorrentMaker`] | [`MakeTorrent`](messages::MakeTorrent) | a `.torrent`, or why not |
//! | [`InstructionParser`] | command lines | what to make, URLs, paths and orders, sorted |
//! | [`MonitorParser`] | what a patron gives | lines for another program |
//! | [`TorrentOutcomes`] | what a patron gives | each torrent once: complete, or why not |
//! | [`BasicTorrentExplainer`] | anything | its text |
//! | [`TorrentTracker`] | HTTP, UDP | HTTP, UDP |
//!
//! Two sections are made of several, to stand before a patron: [`retrieve`] takes magnet links, URLs and
//! paths of `.torrent`s, and [`publish`] paths of what is to be shared.

mod catalogue;
mod client;
mod explainer;
pub(crate) mod instruction_parser;
mod maker;
pub mod messages;
mod monitor_parser;
mod outcomes;
mod patron;
mod publish;
mod retrieve;
mod service;
mod tag;
mod tally;
mod tracker;

pub use catalogue::catalogue;
pub use client::{ClientConfig, TorrentClient};
pub use explainer::BasicTorrentExplainer;
pub use instruction_parser::InstructionParser;
pub use maker::TorrentMaker;
pub use monitor_parser::{Format, JsonEvent, MonitorParser, PIPE_PROTOCOL};
pub use outcomes::{TorrentDone, TorrentNotDone, TorrentOutcomes};
pub use patron::{Leave, PatronError, TorrentPatron};
pub use publish::publish;
pub use retrieve::retrieve;
pub use service::TorrentService;
pub use tag::{TAG_BYTES_MAX, split_tag};
pub use tally::Tally;
pub use tracker::TorrentTracker;
