//! Web servers of an imaginary world.

use std::ops::Range;

use kamaelia_torrent::metainfo::PieceIndex;
use kamaelia_torrent::swarm::{FetchFailed, Outlook, WebSeedId};

use crate::world::World;

/// What a server does when it is asked for pieces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum WebManner {
    Honest,
    /// Sends wrong bytes.
    Lying,
    /// Sends nothing, for ever.
    Silent,
    /// Sends nothing, and says so.
    Failing(Outlook),
}

/// A server as one client knows it.
pub(crate) struct WebServer {
    pub(crate) manner: WebManner,
    /// Bytes a tick.
    pub(crate) speed: usize,
    /// Every order there was.
    pub(crate) orders: Vec<Range<u32>>,
    /// What is left of the last one, and bytes sent of its next piece.
    at: Option<(Range<u32>, usize)>,
}

impl WebServer {
    pub(crate) fn order(&mut self, pieces: Range<u32>) {
        assert!(self.at.is_none(), "one order at a time");
        assert!(pieces.start < pieces.end);
        self.orders.push(pieces.clone());
        self.at = Some((pieces, 0));
    }

    pub(crate) fn stop(&mut self) {
        assert!(self.at.take().is_some(), "there was something to stop");
    }
}

impl World {
    /// Gives a node a web seed.
    pub(crate) fn add_web_seed(&mut self, node: usize, manner: WebManner) -> WebSeedId {
        let server = WebServer { manner, speed: 1 << 20, orders: Vec::new(), at: None };
        self.nodes[node].web.push(server);
        self.nodes[node].swarm.add_web_seed(self.now).expect("there is room")
    }

    /// Each server of a node sends what it can in a tick.
    pub(crate) fn serve_web(&mut self, node: usize) -> bool {
        let ids: Vec<WebSeedId> = self.nodes[node].swarm.web_seeds().map(|(id, _)| id).collect();
        let busy: Vec<bool> = ids.into_iter().map(|id| self.serve_one(node, id)).collect();
        busy.contains(&true)
    }

    fn serve_one(&mut self, number: usize, id: WebSeedId) -> bool {
        let node = &mut self.nodes[number];
        let server = &mut node.web[id.as_usize()];
        let Some((pieces, sent)) = &mut server.at else { return false };
        match server.manner {
            WebManner::Silent => return false,
            WebManner::Failing(outlook) => {
                server.at = None;
                let failed = FetchFailed { reason: "it said so".into(), outlook };
                node.swarm.web_ended(self.now, id, Err(failed));
            }
            WebManner::Honest | WebManner::Lying => {
                let Some(piece) =
                    self.layout.piece(pieces.start).filter(|_| pieces.start < pieces.end)
                else {
                    server.at = None;
                    node.swarm.web_ended(self.now, id, Ok(()));
                    self.act(number);
                    return true;
                };
                let size = self.layout.piece_size(piece) as usize;
                let count = server.speed.min(size - *sent);
                *sent += count;
                let whole = *sent == size;
                if whole {
                    (pieces.start, *sent) = (pieces.start + 1, 0);
                }
                let lies = server.manner == WebManner::Lying;
                node.swarm.web_bytes(self.now, id, count as u64);
                if whole {
                    let data = self.piece(piece, lies);
                    self.nodes[number].swarm.web_piece(self.now, id, piece, data);
                }
            }
        }
        self.act(number);
        true
    }

    fn piece(&self, piece: PieceIndex, wrong: bool) -> Vec<u8> {
        let start = self.layout.piece_start(piece) as usize;
        let mut data = self.content[start..][..self.layout.piece_size(piece) as usize].to_vec();
        data[0] ^= u8::from(wrong);
        data
    }
}
