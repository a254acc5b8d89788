//! What patrons say to the service they share.

use std::fmt;

use axon_core::Address;

use super::{TorrentMessage, TorrentRequest};

/// What patrons say to the service they share.
#[derive(Clone, Debug)]
pub enum ServiceMessage {
    /// I am here.
    Add(ServiceAdd),
    /// Pass this on to the client.
    PassOn(ServicePassOn),
    /// I go.
    Remove(ServiceRemove),
}

impl fmt::Display for ServiceMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServiceMessage::Add(add) => add.fmt(f),
            ServiceMessage::PassOn(pass_on) => pass_on.fmt(f),
            ServiceMessage::Remove(remove) => remove.fmt(f),
        }
    }
}

/// A patron joins. The original's TIPCServiceAdd.
#[derive(Clone, Debug)]
pub struct ServiceAdd {
    /// Where its answers go.
    pub reply_service: Address<TorrentMessage>,
}

impl fmt::Display for ServiceAdd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Add a client to TorrentService")
    }
}

/// A patron's request. The original's TIPCServicePassOn, whose text is that of TIPCServiceAdd.
#[derive(Clone, Debug)]
pub struct ServicePassOn {
    /// Whose it is.
    pub reply_service: Address<TorrentMessage>,
    /// What the client is asked.
    pub message: TorrentRequest,
}

impl fmt::Display for ServicePassOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Add a client to TorrentService")
    }
}

/// A patron leaves. The original's TIPCServiceRemove.
#[derive(Clone, Debug)]
pub struct ServiceRemove {
    /// Which one.
    pub reply_service: Address<TorrentMessage>,
}

impl fmt::Display for ServiceRemove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remove a client from TorrentService")
    }
}
