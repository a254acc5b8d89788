//! A BitTorrent engine, and the components that put it into a graph.

pub mod bencode;
pub mod components;
pub mod engine;
pub mod hash;
pub mod metainfo;
pub mod peer;
pub mod storage;
pub mod swarm;
pub mod tracker;
pub mod wire;
