//! What peers and we tell each other about ourselves (BEP 10), and what follows from it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use log::debug;

use crate::metainfo::Metainfo;
use crate::swarm::sightings::Sightings;
use crate::swarm::{ConnectionId, Swarm};
use crate::wire::extension::METADATA_BYTES_MAX;
use crate::wire::{Extension, ExtensionHandshake, ExtensionIds};

/// What we call ourselves.
pub(super) const CLIENT: &str = concat!("Kamaelia ", env!("CARGO_PKG_VERSION"));

/// What we are to our peers.
#[derive(Default)]
pub(super) struct Ourselves {
    /// What the torrent says of itself, if the driver has told us.
    metainfo: Option<Arc<Metainfo>>,
    /// We have said that we want nothing more (BEP 21).
    upload_only: bool,
    /// Where others see us.
    sightings: Sightings,
}

impl Ourselves {
    pub(super) fn new(upload_only: bool) -> Self {
        Ourselves { upload_only, ..Ourselves::default() }
    }
}

impl Swarm {
    /// The whole of what the torrent is about: from now on it is given to those who came with a
    /// magnet link (BEP 9), and what it says about privacy is kept (BEP 27). To be called before
    /// there are peers.
    ///
    /// Peers of a private torrent are told neither of each other nor what it is about.
    pub fn set_metainfo(&mut self, metainfo: Arc<Metainfo>) {
        self.ourselves.metainfo = Some(metainfo);
    }

    /// Only trackers may say who is there.
    pub(super) fn is_private(&self) -> bool {
        self.ourselves.metainfo.as_ref().is_some_and(|metainfo| metainfo.is_private())
    }

    /// The `info` dictionary, if it may be given to those who ask for it.
    fn metadata(&self) -> Option<&[u8]> {
        let metainfo =
            self.ourselves.metainfo.as_ref().filter(|metainfo| !metainfo.is_private())?;
        Some(metainfo.info_bytes()).filter(|info| info.len() <= METADATA_BYTES_MAX)
    }

    /// Tells a peer who we are, if it can hear it. What comes first, the bitfield, has been said.
    pub(super) fn introduce(&mut self, id: ConnectionId) {
        let ours = self.introduction();
        if let Some(connection) = self.connections.get_mut(id) {
            let listen_port = self.config.listen_port.filter(|_| connection.outgoing);
            let your_ip = Some(connection.address.ip());
            connection.peer.introduce(ExtensionHandshake { listen_port, your_ip, ..ours });
        }
    }

    fn introduction(&self) -> ExtensionHandshake {
        let shares = |extension: &Extension| match extension {
            Extension::PeerExchange => !self.is_private(),
            // Who asks to be sent it without having any is taken for one who looks for it.
            Extension::Metadata => self.metadata().is_some(),
            Extension::DontHave | Extension::UploadOnly => true,
        };
        ExtensionHandshake {
            extensions: ExtensionIds::ours(Extension::ALL.into_iter().filter(shares)),
            client: Some(CLIENT.to_owned()),
            metadata_size: self.metadata().and_then(|info| u32::try_from(info.len()).ok()),
            upload_only: self.ourselves.upload_only.then_some(true),
            ..ExtensionHandshake::default()
        }
    }

    /// Tells everybody when we begin or cease to want something of this torrent (BEP 21).
    pub(super) fn tell_what_we_want(&mut self, now: Instant) {
        let upload_only = self.is_finished();
        if std::mem::replace(&mut self.ourselves.upload_only, upload_only) == upload_only {
            return;
        }
        for id in self.connections.ids() {
            if let Some(connection) = self.connections.get_mut(id).filter(|c| c.peer.is_greeted()) {
                connection.peer.tell_upload_only(upload_only);
                self.list(now, id);
            }
        }
    }

    /// A peer has said something about itself.
    pub(super) fn on_introduced(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        if let Some(client) = connection.peer.extended.client() {
            debug!("{}: is {client}", connection.address);
        }
        self.note_where_it_listens(now, id);
        self.note_where_we_are(id);
        self.on_exchange_wanted(now, id);
        self.part_if_done(now, id);
    }

    /// One who called us says where it can be called.
    fn note_where_it_listens(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let callable = !connection.outgoing && connection.listens_at.is_none();
        let Some(port) = connection.peer.extended.listen_port().filter(|_| callable) else {
            return;
        };
        let address = SocketAddr::new(connection.address.ip(), port);
        if self.candidates.on_called(now, address, &mut self.rng) {
            connection.listens_at = Some(address);
        }
    }

    fn note_where_we_are(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        let Some(seen_as) = connection.peer.extended.seen_as() else {
            return;
        };
        let ourselves = &mut self.ourselves.sightings;
        if ourselves.add(connection.party, seen_as) {
            let port = self.config.listen_port.unwrap_or(0);
            let believed = ourselves.believed().into_iter();
            let seen_at = believed.map(|ip| SocketAddr::new(ip, port)).collect();
            self.candidates.set_seen_at(seen_at, &mut self.rng);
        }
    }

    /// Gives a peer what it asked for of the metadata, as fast as it takes it.
    pub(super) fn serve_metadata(&mut self, id: ConnectionId) {
        let Some(metainfo) = self.ourselves.metainfo.clone() else {
            return;
        };
        if let Some(connection) = self.connections.get_mut(id) {
            connection.peer.serve_metadata(metainfo.info_bytes(), self.config.upload_ahead_max);
        }
    }
}
