//! Torrents that begin with a magnet link, as the client has them.

use std::sync::Arc;

use super::TorrentClient;
use crate::components::messages::{CreateFromMagnet, TorrentMessage, TorrentMetadataFound};
use crate::engine::{Engine, TorrentId};

impl TorrentClient {
    pub(super) fn on_magnet(&mut self, engine: &mut Engine, create: CreateFromMagnet) {
        let CreateFromMagnet { token, magnet } = create;
        let (name, info_hash) = (magnet.title(), magnet.info_hash.to_string());
        let result = engine.add_magnet(magnet, self.config.directory.clone());
        self.answer_create(engine, token, name, info_hash, result);
    }

    pub(super) fn tell_metadata(
        &mut self,
        engine: &Engine,
        torrentid: TorrentId,
        rawmetainfo: Arc<[u8]>,
    ) {
        // It may have been closed meanwhile, and then has no name any more.
        let Some((name, _)) = engine.identity(torrentid) else { return };
        let found = TorrentMetadataFound { torrentid, name: name.to_owned(), rawmetainfo };
        self.say(TorrentMessage::MetadataFound(found));
        self.tell(engine, torrentid);
    }
}
