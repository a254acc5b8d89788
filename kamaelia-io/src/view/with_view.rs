//! The one line that adds a view to a graph.

use std::io;
use std::net::ToSocketAddrs;

use axon_core::Graphline;

use super::error::ViewError;
use super::live_view::LiveView;

/// Graphs that can be given a view: all of them.
pub trait WithView: Into<Graphline> {
    /// The same graph with a [`LiveView`] at this address of this machine, such as `127.0.0.1:8080`,
    /// as its component `view`; port 0 lets the system choose.
    ///
    /// Tells on standard error where the page is. To tell it otherwise add a [`LiveView`] by hand.
    fn with_view(self, address: impl ToSocketAddrs) -> Result<Graphline, ViewError> {
        let mut addresses = address.to_socket_addrs().map_err(ViewError::NoAddress)?;
        let none = || ViewError::NoAddress(io::ErrorKind::AddrNotAvailable.into());
        let view = LiveView::bind(addresses.next().ok_or_else(none)?)?;
        eprintln!("the running graph is to be seen at {}", view.url());
        Ok(self.into().add("view", view))
    }
}

impl<G: Into<Graphline>> WithView for G {}
