//! Makes torrents of files and directories.

use std::num::NonZero;
use std::ops::ControlFlow;

use axon_core::{Asked, Closed, Control, Inbox, Outbox, ThreadedComponent, time_jumps};

use super::messages::{MadeTorrent, MakeProgress, MakeTorrent, Token, TorrentStartFail};
use crate::engine::make_with;
use crate::storage::Progress;

/// Reads files and directories and describes them as torrents. Works through one request after the
/// other on its own thread; each has exactly one answer, in the same order. Ends when no more
/// requests can come; a stop ends the reading of a large file too.
#[derive(ThreadedComponent)]
pub struct TorrentMaker {
    /// What to make torrents of; a path alone will do.
    pub inbox: Inbox<MakeTorrent>,
    /// The torrents, or why there is none.
    pub outbox: Outbox<Result<MadeTorrent, TorrentStartFail>>,
    /// How far the reading is, every few MiB; what finds no room is left out.
    #[optional]
    pub progress: Outbox<MakeProgress>,
    control: Control,
    /// URLs of one tier.
    defaulttracker: Vec<String>,
}

impl TorrentMaker {
    /// A maker whose torrents name this tracker where the request names none. It may have several
    /// URLs, and then they are of one tier (BEP 12): it is enough to reach it by one of them.
    pub fn new(defaulttracker: impl IntoIterator<Item = String>) -> Self {
        TorrentMaker {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            progress: Outbox::new(),
            control: Control::default(),
            defaulttracker: defaulttracker.into_iter().collect(),
        }
    }

    fn main(mut self) -> Result<(), Closed> {
        while let Some(request) = self.inbox.recv_blocking() {
            let made = self.answer(request);
            self.outbox.send_blocking(made)?;
        }
        Ok(())
    }

    fn answer(&mut self, request: MakeTorrent) -> Result<MadeTorrent, TorrentStartFail> {
        let MakeTorrent { token, srcfile, mut options } = request;
        if options.trackers.is_empty() && !self.defaulttracker.is_empty() {
            options.trackers.push(self.defaulttracker.clone());
        }
        // What several threads tell of their progress is never the same twice.
        let threads = time_jumps().then_some(NonZero::<usize>::MIN);
        let on_progress = |progress| self.go_on(&token, progress);
        let made = make_with(&srcfile, &options, threads, on_progress);
        match made {
            Ok(made) => {
                let rawmetainfo = made.rawmetainfo.into();
                Ok(MadeTorrent { token, rawmetainfo, files: made.files })
            }
            Err(error) => Err(TorrentStartFail::new(token, error)),
        }
    }

    /// Between two reads.
    fn go_on(&mut self, token: &Token, progress: Progress) -> ControlFlow<()> {
        // Nobody needs what the next one says anew.
        let _ = self.progress.try_send(MakeProgress { token: token.clone(), progress });
        match self.control.asked() {
            Asked::Stop => ControlFlow::Break(()),
            Asked::GoOn | Asked::Finish => ControlFlow::Continue(()),
        }
    }
}
