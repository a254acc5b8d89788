//! The components of this crate, as they describe themselves.

use axon_core::catalogue::{Described, Description};

use crate::view::{GraphAlone, LiveView};
use crate::{
    ChunksToLines, CommandRunner, ConnectedSocketAdapter, ConsoleEchoer, ConsoleReader, Fanout,
    Fold, FolderWatcher, PureTransformer, RateLimit, ServerCore, SimpleHTTPClient, TCPClient,
    TriggeredFileReader, TwoSourceListifier, WholeFileWriter,
};

/// All of them, in the order of their names.
pub fn catalogue() -> Vec<Description> {
    vec![
        ChunksToLines::DESCRIPTION,
        CommandRunner::<()>::DESCRIPTION,
        ConnectedSocketAdapter::DESCRIPTION,
        ConsoleEchoer::<String>::DESCRIPTION,
        ConsoleReader::DESCRIPTION,
        Fanout::<()>::DESCRIPTION,
        Fold::<(), ()>::DESCRIPTION,
        FolderWatcher::DESCRIPTION,
        LiveView::<GraphAlone>::DESCRIPTION,
        PureTransformer::<(), ()>::DESCRIPTION,
        RateLimit::<()>::DESCRIPTION,
        ServerCore::DESCRIPTION,
        SimpleHTTPClient::DESCRIPTION,
        TCPClient::DESCRIPTION,
        TriggeredFileReader::DESCRIPTION,
        TwoSourceListifier::<(), ()>::DESCRIPTION,
        WholeFileWriter::DESCRIPTION,
    ]
}
