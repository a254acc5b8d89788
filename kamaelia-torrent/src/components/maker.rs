//! Makes torrents of files and directories.

use std::ops::ControlFlow;

use axon_core::{Asked, Closed, Control, Inbox, Outbox, ThreadedComponent};

use super::messages::{MadeTorrent, MakeTorrent, TorrentStartFail};
use crate::engine::{MakeOptions, make};

/// Reads files and directories and describes them as torrents. Works through one request after the
/// other on its own thread; each has exactly one answer, in the same order. Ends when no more
/// requests can come; a stop ends the reading of a large file too.
#[derive(ThreadedComponent)]
pub struct TorrentMaker {
    /// What to make torrents of; a path alone will do.
    pub inbox: Inbox<MakeTorrent>,
    /// The torrents, or why there is none.
    pub outbox: Outbox<Result<MadeTorrent, TorrentStartFail>>,
    control: Control,
    defaulttracker: Option<String>,
}

impl TorrentMaker {
    /// A maker whose torrents name this tracker where the request names none.
    pub fn new(defaulttracker: Option<String>) -> Self {
        TorrentMaker {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            control: Control::default(),
            defaulttracker,
        }
    }

    fn main(mut self) -> Result<(), Closed> {
        while let Some(request) = self.inbox.recv_blocking() {
            let made = self.answer(request);
            self.outbox.send_blocking(made)?;
        }
        Ok(())
    }

    fn answer(&self, request: MakeTorrent) -> Result<MadeTorrent, TorrentStartFail> {
        let token = request.token;
        let mut options = MakeOptions {
            title: request.title,
            tracker: request.trackerurl.or_else(|| self.defaulttracker.clone()),
            comment: request.comment,
            ..MakeOptions::default()
        };
        if let Some(power) = request.log2piecesizebytes {
            // A power beyond all numbers is refused like any other length that is too large.
            options.piece_length = 1u64.checked_shl(power).unwrap_or(u64::MAX);
        }
        let made = make(&request.srcfile, &options, |_| match self.control.asked() {
            Asked::Stop => ControlFlow::Break(()),
            Asked::GoOn | Asked::Finish => ControlFlow::Continue(()),
        });
        match made {
            Ok(made) => {
                let rawmetainfo = made.rawmetainfo.into();
                Ok(MadeTorrent { token, rawmetainfo, files: made.files })
            }
            Err(error) => Err(TorrentStartFail::new(token, error)),
        }
    }
}
