//! What a client does with torrents it has: lets go of them, lets them rest, tells of them.

use super::TorrentClient;
use crate::components::messages::{
    CloseTorrent, ExplainTorrent, ListTorrents, ListedTorrent, PauseTorrent, RequestRefused,
    ResumeTorrent, Token, TorrentClosed, TorrentExplained, TorrentMessage, TorrentPaused,
    TorrentResumed, TorrentsListed,
};
use crate::engine::{Engine, TorrentId};

impl TorrentClient {
    pub(super) fn on_close(&mut self, engine: &mut Engine, close: CloseTorrent) {
        let CloseTorrent { token, torrentid } = close;
        if !engine.remove(torrentid) {
            return self.refuse(token, torrentid);
        }
        self.say(TorrentMessage::Closed(TorrentClosed { token, torrentid }));
    }

    pub(super) fn on_pause(&mut self, engine: &mut Engine, pause: PauseTorrent) {
        let PauseTorrent { token, torrentid } = pause;
        if !engine.pause(torrentid) {
            return self.refuse(token, torrentid);
        }
        // Before the answer: whoever leaves with it has heard of the change.
        self.hear(engine);
        self.say(TorrentMessage::Paused(TorrentPaused { token, torrentid }));
    }

    pub(super) fn on_resume(&mut self, engine: &mut Engine, resume: ResumeTorrent) {
        let ResumeTorrent { token, torrentid } = resume;
        if !engine.resume(torrentid) {
            return self.refuse(token, torrentid);
        }
        self.hear(engine);
        self.say(TorrentMessage::Resumed(TorrentResumed { token, torrentid }));
    }

    pub(super) fn on_list(&mut self, engine: &Engine, list: ListTorrents) {
        let torrents = engine.torrents().filter_map(|id| listed(engine, id)).collect();
        self.say(TorrentMessage::Listed(TorrentsListed { token: list.token, torrents }));
    }

    pub(super) fn on_explain(&mut self, engine: &Engine, explain: ExplainTorrent) {
        let ExplainTorrent { token, torrentid, piece } = explain;
        let Some(mut why) = engine.why(torrentid) else { return self.refuse(token, torrentid) };
        if let Some(number) = piece {
            let Some(piece) = engine.piece(torrentid, number) else {
                let reason = format!("torrent {torrentid} has no piece {number} that is known of");
                return self.say(TorrentMessage::Refused(RequestRefused { token, reason }));
            };
            // One that does not run has a reason for all its pieces.
            if let Some(why_piece) = engine.why_piece(torrentid, piece) {
                why = why_piece.to_string();
            }
        }
        self.say(TorrentMessage::Explained(TorrentExplained { token, torrentid, why }));
    }

    fn refuse(&mut self, token: Token, torrentid: TorrentId) {
        let reason = format!("there is no torrent {torrentid}");
        self.say(TorrentMessage::Refused(RequestRefused { token, reason }));
    }
}

fn listed(engine: &Engine, torrentid: TorrentId) -> Option<ListedTorrent> {
    let (name, info_hash) = engine.identity(torrentid)?;
    let (name, info_hash) = (name.to_owned(), info_hash.to_string());
    Some(ListedTorrent { torrentid, name, info_hash, stats: engine.status(torrentid)? })
}
