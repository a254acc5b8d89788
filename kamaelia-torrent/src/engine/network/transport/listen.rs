//! Where peers can reach us.

use std::io;
use std::net::SocketAddr;

use mio::net::TcpListener;

use crate::engine::network::outlet::Outlet;

/// Why we cannot be reached. Nothing has started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// An address cannot be listened on.
    #[error("cannot listen for peers on {address}: {}", reason(.source))]
    Address {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives us no way to wait for sockets.
    #[error("cannot wait for sockets: {0}")]
    Poll(io::Error),
    /// The [host](crate::engine::world::Host) that was imagined does not take calls there.
    #[error("cannot listen for peers in an imagined world: {0}")]
    Imagined(io::Error),
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program uses that port; choose another one, or 0 for any".to_owned()
        }
        io::ErrorKind::AddrNotAvailable if error.raw_os_error().is_some() => {
            "this machine does not have that address".to_owned()
        }
        _ => error.to_string(),
    }
}

/// Listeners for all of them. Each that asks for any port gets one of its own.
pub(super) fn bind_all(
    addresses: &[SocketAddr],
    outlet: &Outlet,
) -> Result<Vec<TcpListener>, ListenError> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        let source = |source| ListenError::Address { address: *address, source };
        let listener = outlet.listen(*address).map_err(source)?;
        listener.set_nonblocking(true).map_err(source)?;
        listeners.push(TcpListener::from_std(listener));
    }
    Ok(listeners)
}
