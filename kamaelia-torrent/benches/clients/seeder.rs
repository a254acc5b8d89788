//! Our seeder, for those who download.

use std::net::SocketAddr;
use std::path::Path;

use crate::content::Content;
use crate::handshake;
use crate::peers::{Client, Work, Worker};

/// A client that serves something, from the time it does.
pub(crate) struct Seeder {
    pub(crate) worker: Worker,
}

impl Seeder {
    /// Starts ours, and waits until it serves.
    pub(crate) fn start(content: &Content, address: SocketAddr, home: &Path) -> Self {
        let seeder = Seeder::of(&crate::peers::ours::Ours, content, address, home);
        seeder.expect("our own client serves what is there")
    }

    /// Starts a client and waits until it serves; nothing if it never does.
    pub(crate) fn of(
        client: &dyn Client,
        content: &Content,
        address: SocketAddr,
        home: &Path,
    ) -> Option<Self> {
        let (torrent, directory) = (&content.torrent, &content.directory);
        let work = Work::Seed { torrent, directory, address };
        let home = home.join(format!("seeding-{}", address.port()));
        let worker = Worker::start(client, &work, &home)?;
        let info_hash = content.metainfo().info_hash();
        let is_ready =
            handshake::all_ready(address, &[info_hash], || worker.process.has_ended()).is_some();
        is_ready.then_some(Seeder { worker })
    }
}
