//! The text forms, byte for byte (C72).

use super::*;
use crate::components::monitor_parser::tests::status;

#[test]
fn every_message_of_the_original_has_the_original_s_text() {
    let mut inbox = axon_core::Inbox::new();
    let reply_service = inbox.address();
    let token = Token::default();
    let id = TorrentId::from(3);
    let create = CreateNewTorrent {
        token: token.clone(),
        rawmetainfo: Vec::new().into(),
        content: None,
        is_known_complete: false,
    };
    let (name, info_hash) = ("NAME".to_owned(), String::new());
    let texts: Vec<(Box<dyn fmt::Display>, &str)> = vec![
        (Box::new(MakeTorrent::from(PathBuf::from("x"))), "Create a .torrent file"),
        (
            Box::new(ServicePassOn {
                reply_service: reply_service.clone(),
                message: TorrentRequest::Create(create.clone()),
            }),
            "Add a client to TorrentService",
        ),
        (
            Box::new(ServiceAdd { reply_service: reply_service.clone() }),
            "Add a client to TorrentService",
        ),
        (Box::new(ServiceRemove { reply_service }), "Remove a client from TorrentService"),
        (
            Box::new(NewTorrentCreated {
                token: token.clone(),
                torrentid: id,
                name: name.clone(),
                info_hash: info_hash.clone(),
            }),
            "New torrent 3 created in ./NAME",
        ),
        (
            Box::new(TorrentAlreadyDownloading {
                token: token.clone(),
                torrentid: id,
                name,
                info_hash,
            }),
            "That torrent is already downloading!",
        ),
        (Box::new(TorrentStartFail::new("t", "r")), "Torrent failed to start!"),
        (Box::new(status(3, 0.567)), "Torrent 3 status : 56%"),
        (Box::new(create), "Create a new torrent"),
        (Box::new(CloseTorrent { token, torrentid: id }), "Close torrent 3"),
    ];
    for (message, text) in texts {
        assert_eq!(message.to_string(), text);
    }
}
