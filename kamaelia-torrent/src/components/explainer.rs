//! Turns messages into their text.

use std::fmt::Display;

use axon_core::{Closed, Component, Inbox, Outbox};

/// Sends the text form of each message, and a newline. Works on anything that has one.
#[derive(Component)]
pub struct BasicTorrentExplainer<T: Display + Send + 'static> {
    /// What to explain.
    pub inbox: Inbox<T>,
    /// A line for each message, ending in a newline.
    pub outbox: Outbox<String>,
}

impl<T: Display + Send + 'static> Default for BasicTorrentExplainer<T> {
    fn default() -> Self {
        BasicTorrentExplainer { inbox: Inbox::new(), outbox: Outbox::new() }
    }
}

impl<T: Display + Send + 'static> BasicTorrentExplainer<T> {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(message) = self.inbox.recv().await {
            self.outbox.send(format!("{message}\n")).await?;
        }
        Ok(())
    }
}
