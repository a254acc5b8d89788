#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! | room | what is in it |
//! |---|---|
//! | [`bencode`] | a scanner that bounds everything, in front of serde_bencode |
//! | [`metainfo`] | torrent files, info-hashes, safe paths, the cut into pieces and blocks |
//! | [`wire`] | handshakes and messages as bytes |
//! | [`peer`] | one conversation |
//! | [`swarm`] | one torrent and all its peers, as a state machine |
//! | [`tracker`] | announces and replies as values, when to announce, the tracker we serve |
//! | [`discovery`] | peers nearby, and routers that let peers in |
//! | [`hash`] | SHA-1 |
//! | [`storage`] | files and memory, checking, what torrents are made from |
//! | [`engine`] | the loop that moves all of these |
//! | [`simulation`] | whole swarms in virtual time |
//! | [`components`] | the engine in a graph |
//!
//! All above `storage` are quiet: they open no socket or file, start no thread, read no clock, and
//! draw chance only from seeds they are given.

pub mod bencode;
mod compact;
pub mod components;
pub mod discovery;
pub mod engine;
pub mod hash;
mod household;
pub mod metainfo;
pub mod peer;
mod scope;
pub mod simulation;
pub mod storage;
#[cfg(any(test, feature = "strangers-bytes"))]
#[doc(hidden)]
pub mod strangers_bytes;
pub mod swarm;
pub mod tracker;
pub mod wire;
