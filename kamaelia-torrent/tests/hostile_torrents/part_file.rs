//! A torrent that would write into the file beside the files of another one.

use std::sync::Arc;

use kamaelia_torrent::engine::{AddError, Content, Engine, EngineConfig, NewTorrent};
use kamaelia_torrent::metainfo::Metainfo;
use kamaelia_torrent::storage::StorageError;

use crate::generator::Torrent;

/// Its name is that of the file in which bytes of skipped files of the other are kept.
pub(crate) fn check() {
    let root = tempfile::tempdir().expect("a temporary directory");
    let mut config = EngineConfig::default();
    config.listen = Vec::new();
    let mut engine = Engine::start(config).expect("an engine");
    let mut add = |torrent: &Torrent| {
        let metainfo = Metainfo::parse(&torrent.bytes()).expect("good names");
        let content = Content::Download(root.path().to_owned());
        engine.add(NewTorrent { metainfo: Arc::new(metainfo), content, known: None })
    };
    let other = Torrent::directory("top", &[&["a"], &["b"]]);
    let hash = sha1_smol::Sha1::from(other.info_bytes()).digest();
    let name = format!(".{hash}.parts");
    for hostile in [Torrent::file(&name, 3), Torrent::directory(&name, &[&["a"]])] {
        let refused = AddError::Storage(StorageError::UnsafeName { name: name.clone() });
        assert_eq!(add(&hostile).err(), Some(refused));
    }
    for harmless in [".parts", ".0123.parts", "0123456789012345678901234567890123456789.parts"] {
        add(&Torrent::file(harmless, 3)).expect(harmless);
    }
    add(&other).expect("nothing is in its way");
}
