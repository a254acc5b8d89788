//! The components of this crate, as they describe themselves.

use axon_core::catalogue::{Described, Description};

use super::{
    BasicTorrentExplainer, InstructionParser, MonitorParser, TorrentClient, TorrentMaker,
    TorrentOutcomes, TorrentPatron, TorrentService, TorrentTracker,
};

/// All of them, in the order of their names.
pub fn catalogue() -> Vec<Description> {
    vec![
        BasicTorrentExplainer::<String>::DESCRIPTION,
        InstructionParser::DESCRIPTION,
        MonitorParser::DESCRIPTION,
        TorrentClient::DESCRIPTION,
        TorrentMaker::DESCRIPTION,
        TorrentOutcomes::DESCRIPTION,
        TorrentPatron::DESCRIPTION,
        TorrentService::DESCRIPTION,
        TorrentTracker::DESCRIPTION,
    ]
}
