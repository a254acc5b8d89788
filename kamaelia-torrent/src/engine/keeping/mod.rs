//! Keeps torrents from one run to the next.

pub(in crate::engine) mod saving;
pub(crate) mod session;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::disk::{Job, work};
use crate::engine::torrent::Torrent;
use crate::engine::{AddError, Content, Engine, Event, NewTorrent, TorrentId};
use crate::metainfo::{InfoHash, Layout, Priority};
use crate::storage::{Resume, Storage};
use crate::tracker::Standing;

pub(in crate::engine) use session::Session;
pub use session::SessionError;
use session::{Entry, Kept};

/// How much of the totals a crash may cost.
const KEEP_TOTALS_AFTER: Duration = Duration::from_secs(60);

/// How often the session is written at most.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// What one torrent brings from former runs, and what is still to be kept of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::engine) struct Keeping {
    /// Where it stands among the others.
    place: u64,
    /// Bytes sent in former runs.
    pub(in crate::engine) uploaded: u64,
    /// Bytes received in former runs.
    pub(in crate::engine) downloaded: u64,
    /// Bytes sent and received in this run, by swarms that are gone.
    pub(in crate::engine) run: (u64, u64),
    /// What was chosen of its files in former runs, until it is taken on.
    pub(in crate::engine) selection: Vec<Priority>,
    /// The totals as they are kept.
    kept: (u64, u64),
    /// When to keep them anew.
    due: Option<Instant>,
}

impl Keeping {
    /// The swarm is about to be replaced, and this is how the torrent stands.
    pub(in crate::engine) fn add_run(&mut self, standing: Standing) {
        self.run = (standing.uploaded, standing.downloaded);
    }

    /// Nobody will keep the totals any more.
    pub(in crate::engine) fn rest(&mut self) {
        self.due = None;
    }

    pub(in crate::engine) fn next_timeout(&self) -> Option<Instant> {
        self.due
    }

    /// Whether the totals should be kept now. A torrent that is idle needs nobody to wake up.
    fn poll(&mut self, now: Instant, totals: (u64, u64)) -> bool {
        if totals == self.kept {
            self.due = None;
            return false;
        }
        let due = *self.due.get_or_insert(now + KEEP_TOTALS_AFTER) <= now;
        if due {
            self.due = None;
        }
        due
    }
}

/// Why a torrent of a former run was not taken up.
#[derive(Debug, thiserror::Error)]
enum RestoreError {
    #[error("it has no magnet link that can be read")]
    BadLink,
    #[error(transparent)]
    Add(#[from] AddError),
}

impl Engine {
    /// Takes up the torrents of former runs.
    pub(in crate::engine) fn restore(&mut self) -> Result<(), crate::engine::StartError> {
        let Some(session) = self.session.clone() else { return Ok(()) };
        let (all, lost) = session.read()?;
        lost.into_iter().for_each(|reason| self.note_lost(&reason));
        for kept in all {
            let info_hash = kept.entry.info_hash;
            if let Err(error) = self.restore_one(kept) {
                self.note_lost(&format!("torrent {info_hash}: {error}"));
            }
        }
        Ok(())
    }

    fn note_lost(&mut self, reason: &str) {
        let reason = format!("{reason}; add the torrent anew, or remove what is left of it");
        self.events.push_back(Event::Lost { reason });
    }

    fn restore_one(&mut self, kept: Kept) -> Result<(), RestoreError> {
        let Kept { entry, metainfo } = kept;
        let keeping = Keeping {
            place: entry.place,
            uploaded: entry.uploaded,
            downloaded: entry.downloaded,
            kept: (entry.uploaded, entry.downloaded),
            selection: entry.selection,
            ..Keeping::default()
        };
        self.last_place = self.last_place.max(entry.place);
        let content = entry.content;
        let id = match (metainfo, entry.magnet.map(|magnet| magnet.parse()), &content) {
            (Some(metainfo), ..) => {
                self.take_on(NewTorrent { metainfo, content, known: None }, keeping)?
            }
            (None, Some(Ok(magnet)), Content::Download(root)) => {
                self.take_on_magnet(magnet, root.clone(), keeping)?
            }
            _ => return Err(RestoreError::BadLink),
        };
        if let Some(torrent) = self.torrents.get_mut(&id) {
            torrent.was_here = true;
        }
        if entry.is_held {
            self.pause(id);
        }
        Ok(())
    }

    /// The place of a torrent that is new here.
    pub(in crate::engine) fn new_keeping(&mut self) -> Keeping {
        self.last_place += 1;
        Keeping { place: self.last_place, ..Keeping::default() }
    }

    /// Where it is noted which pieces of a torrent are there.
    pub(in crate::engine) fn resume_for(
        &self,
        info_hash: InfoHash,
        layout: &Arc<Layout>,
    ) -> Arc<Resume> {
        Arc::new(match &self.session {
            Some(session) => Resume::in_file(info_hash, layout.clone(), session.journal(info_hash)),
            None => Resume::in_memory(info_hash, layout.clone()),
        })
    }

    /// Has a torrent kept as it is now.
    pub(in crate::engine) fn keep(&mut self, id: TorrentId) {
        let Some(session) = self.session.clone() else { return };
        let Some(torrent) = self.torrents.get_mut(&id).filter(|torrent| torrent.may_be_kept())
        else {
            return;
        };
        torrent.keeping.kept = torrent.totals();
        torrent.keeping.due = None;
        if session.keep(entry_of(torrent), torrent.known_metainfo()) {
            let job = work::keep(torrent, session);
            self.write_soon(job);
        }
    }

    /// Has the session written: now, or together with what comes in the second after the last time.
    /// A disk may take long for it, and must have time for other things, too.
    fn write_soon(&mut self, job: Job) {
        self.unwritten = Some(job);
        self.write_if_due(self.now());
    }

    pub(in crate::engine) fn write_if_due(&mut self, now: Instant) {
        if self.next_write().is_some_and(|due| due <= now)
            && let Some(job) = self.unwritten.take()
        {
            self.write_after = now + WRITE_EVERY;
            self.submit(job);
        }
    }

    /// When the session is to be written, if it is.
    pub(in crate::engine) fn next_write(&self) -> Option<Instant> {
        self.unwritten.as_ref().map(|_| self.write_after)
    }

    pub(in crate::engine) fn keep_if_due(&mut self, id: TorrentId, now: Instant) {
        if self.session.is_none() {
            return;
        }
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        let totals = torrent.totals();
        if torrent.may_be_kept() && torrent.keeping.poll(now, totals) {
            self.keep(id);
        }
    }

    /// Has a torrent kept no longer.
    pub(in crate::engine) fn forget(&mut self, id: TorrentId) {
        let Some(session) = self.session.clone() else { return };
        let Some(torrent) = self.torrents.get(&id) else { return };
        if session.forget(torrent.metainfo.info_hash(), &torrent.resume) {
            let job = work::keep(torrent, session);
            self.write_soon(job);
        }
    }

    /// What is to be written when everything has been let go of.
    pub(in crate::engine) fn last_words(&self) -> LastWords {
        let present = || self.torrents.values().filter(|torrent| !torrent.is_leaving());
        if let Some(session) = &self.session {
            // Everything else was kept when it changed.
            let is_news = |torrent: &&Torrent| torrent.totals() != torrent.keeping.kept;
            for torrent in present().filter(|torrent| torrent.may_be_kept()).filter(is_news) {
                session.keep(entry_of(torrent), torrent.known_metainfo());
            }
        }
        let bytes = present().map(|torrent| (torrent.resume.clone(), torrent.storage.clone()));
        LastWords { bytes: bytes.collect(), session: self.session.clone() }
    }
}

/// What an engine writes at its end.
pub(in crate::engine) struct LastWords {
    bytes: Vec<(Arc<Resume>, Arc<dyn Storage>)>,
    session: Option<Arc<Session>>,
}

impl LastWords {
    /// Blocks until all of it would survive a loss of power.
    pub(in crate::engine) fn write(self) {
        for (resume, storage) in self.bytes {
            if let Err(error) = resume.sync(&*storage) {
                log::warn!("{error}");
            }
        }
        if let Some(Err(error)) = self.session.map(|session| session.write()) {
            log::warn!("cannot keep all torrents for the next run: {error}");
        }
    }
}

impl Torrent {
    fn may_be_kept(&self) -> bool {
        !self.is_leaving() && !matches!(self.content, Content::Custom(_))
    }
}

fn entry_of(torrent: &Torrent) -> Entry {
    let (uploaded, downloaded) = torrent.totals();
    let selection = torrent.selection.as_ref().map(|chosen| chosen.priorities().to_vec());
    Entry {
        info_hash: torrent.metainfo.info_hash(),
        magnet: torrent.magnet.as_ref().map(ToString::to_string),
        place: torrent.keeping.place,
        content: torrent.content.clone(),
        selection: selection.unwrap_or_default(),
        uploaded,
        downloaded,
        is_held: torrent.is_held,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_kept_once_in_a_while_and_only_if_they_change() {
        let start = Instant::now();
        let mut keeping = Keeping::default();
        assert!(!keeping.poll(start, (0, 0)));
        assert_eq!(keeping.next_timeout(), None);
        assert!(!keeping.poll(start, (1, 0)));
        let due = start + KEEP_TOTALS_AFTER;
        assert_eq!(keeping.next_timeout(), Some(due));
        assert!(!keeping.poll(start + KEEP_TOTALS_AFTER / 2, (2, 0)));
        assert!(keeping.poll(due, (3, 0)));
        keeping.kept = (3, 0);
        assert!(!keeping.poll(due + KEEP_TOTALS_AFTER, (3, 0)));
        assert_eq!(keeping.next_timeout(), None);
    }
}
