//! What can go wrong with a connection.

use std::io;
use std::net::SocketAddr;

/// Why a connection of ours came to nothing, or did not end well. It ends its component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TcpError {
    /// The name leads nowhere.
    #[error("cannot find {address}: {error}; it is written as HOST:PORT")]
    NotFound {
        /// What was looked for.
        address: String,
        /// What the system says.
        error: io::Error,
    },
    /// Nobody took the call.
    #[error("cannot connect to {address}: {}", refusal(.error))]
    NotConnected {
        /// Whom we called.
        address: String,
        /// What the system says of the last address tried.
        error: io::Error,
    },
    /// It ended with an error, so that what was sent last may not have arrived.
    #[error("the connection to {remote} broke off: {error}")]
    BrokenOff {
        /// With whom it was.
        remote: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The system has no thread or no descriptor left.
    #[error("this machine has no room for a connection: {0}")]
    NoRoom(#[from] io::Error),
}

fn refusal(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "nobody listens there; is the server running, and is the port right?".to_owned()
        }
        io::ErrorKind::TimedOut => "there was no answer in time".to_owned(),
        _ => error.to_string(),
    }
}
