//! Why there is no view.

use std::io;
use std::net::SocketAddr;

use crate::http::BindError;

/// Why a view cannot be opened. Nothing of it is left then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// It is not on this machine's loopback, and so could be reached by others.
    #[error(
        "the page at {address} could be reached from other machines; take 127.0.0.1, or say that \
         this is wanted"
    )]
    NotLoopback {
        /// Where it was to be.
        address: SocketAddr,
    },
    /// What was given is no address.
    #[error("no address for the view: {0}")]
    NoAddress(io::Error),
    /// The address cannot be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system has no random bytes, of which tokens are made.
    #[error("no token for the view: {0}")]
    NoToken(io::Error),
}
