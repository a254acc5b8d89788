//! What became of each torrent, once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use axon_core::{Closed, Component, Inbox, Outbox};

use super::messages::TorrentMessage;
use crate::engine::TorrentId;

/// A torrent that is complete. Its text is its name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TorrentDone {
    /// Its number.
    pub torrentid: TorrentId,
    /// Its name, which is that of its file or directory.
    pub name: String,
}

impl fmt::Display for TorrentDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A torrent that is not complete, and why.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{name}: {reason}")]
pub struct TorrentNotDone {
    /// Its name, the token of a request that came to nothing, or that it is one of a former run.
    pub name: String,
    /// A sentence for people.
    pub reason: String,
}

/// Tells of each torrent once what became of it: that it is complete, or that it will not be. Of what a
/// patron says it listens to that; what happens to a torrent later is not told. It keeps a name for each
/// torrent that is under way, and a number for each other. Ends when no more can come, after it has
/// told of those that are not complete by then.
#[derive(Component, Default)]
pub struct TorrentOutcomes {
    /// What a patron says.
    pub inbox: Inbox<TorrentMessage>,
    /// Torrents that are complete.
    pub outbox: Outbox<TorrentDone>,
    /// Torrents that are not, those of a former run that are lost, and requests that came to nothing. Left
    /// loose, they are only logged.
    #[optional]
    pub failures: Outbox<TorrentNotDone>,
    torrents: HashMap<TorrentId, State>,
}

/// How far a torrent is.
enum State {
    UnderWay(String),
    Told,
}

type Outcome = Result<TorrentDone, TorrentNotDone>;

impl TorrentOutcomes {
    /// With no torrents yet.
    pub fn new() -> Self {
        TorrentOutcomes::default()
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(message) = self.inbox.recv().await {
            match self.outcome(message) {
                Some(Ok(done)) => self.outbox.send(done).await?,
                Some(Err(failure)) => self.fail(failure).await?,
                None => {}
            }
        }
        for failure in self.unfinished() {
            self.fail(failure).await?;
        }
        Ok(())
    }

    async fn fail(&mut self, failure: TorrentNotDone) -> Result<(), Closed> {
        if !self.failures.is_taken() {
            log::warn!("{failure}");
            return Ok(());
        }
        self.failures.send(failure).await
    }

    fn outcome(&mut self, message: TorrentMessage) -> Option<Outcome> {
        match message {
            TorrentMessage::Created(new) => self.begin(new.torrentid, new.name),
            TorrentMessage::AlreadyDownloading(there) => self.begin(there.torrentid, there.name),
            TorrentMessage::Restored(restored) => self.begin(restored.torrentid, restored.name),
            TorrentMessage::MetadataFound(found) => {
                if let Some(State::UnderWay(name)) = self.torrents.get_mut(&found.torrentid) {
                    *name = found.name;
                }
                None
            }
            TorrentMessage::Changed(update) | TorrentMessage::Status(update) => {
                let torrentid = update.torrentid;
                let name = update.stats.is_complete().then(|| self.tell(torrentid))??;
                Some(Ok(TorrentDone { torrentid, name }))
            }
            TorrentMessage::StartFail(failure) => {
                let name = failure.token.as_str().to_owned();
                Some(Err(TorrentNotDone { name, reason: failure.reason }))
            }
            TorrentMessage::Lost(lost) => {
                let name = "a torrent of a former run".to_owned();
                Some(Err(TorrentNotDone { name, reason: lost.reason }))
            }
            TorrentMessage::Trouble(trouble) if trouble.is_final => {
                let name = self.tell(trouble.torrentid)?;
                Some(Err(TorrentNotDone { name, reason: trouble.reason }))
            }
            TorrentMessage::Closed(closed) => {
                let State::UnderWay(name) = self.torrents.remove(&closed.torrentid)? else {
                    return None;
                };
                let reason = "it was let go of before it was complete".to_owned();
                Some(Err(TorrentNotDone { name, reason }))
            }
            _ => None,
        }
    }

    fn begin(&mut self, torrentid: TorrentId, name: String) -> Option<Outcome> {
        if let Entry::Vacant(new) = self.torrents.entry(torrentid) {
            new.insert(State::UnderWay(name));
        }
        None
    }

    /// Its name, if it was under way.
    fn tell(&mut self, torrentid: TorrentId) -> Option<String> {
        match std::mem::replace(self.torrents.get_mut(&torrentid)?, State::Told) {
            State::UnderWay(name) => Some(name),
            State::Told => None,
        }
    }

    /// In the order in which they were new.
    fn unfinished(&mut self) -> Vec<TorrentNotDone> {
        let reason = "it was not complete when everything ended";
        let mut torrents: Vec<_> = self.torrents.drain().collect();
        torrents.sort_by_key(|(torrentid, _)| *torrentid);
        let unfinished = torrents.into_iter().filter_map(|(_, state)| match state {
            State::UnderWay(name) => Some(TorrentNotDone { name, reason: reason.to_owned() }),
            State::Told => None,
        });
        unfinished.collect()
    }
}

#[cfg(test)]
mod tests {
    use axon_core::Workbench;

    use super::*;
    use crate::components::messages::{
        NewTorrentCreated, TorrentAlreadyDownloading, TorrentClosed, TorrentLost,
        TorrentMetadataFound, TorrentStartFail, TorrentStatusUpdate, TorrentTrouble,
    };
    use crate::engine::{Activity, Status};

    fn created(id: u32, name: &str) -> TorrentMessage {
        TorrentMessage::Created(NewTorrentCreated {
            token: name.into(),
            torrentid: id.into(),
            name: name.to_owned(),
            info_hash: "00".repeat(20),
        })
    }

    fn there_already(id: u32, name: &str) -> TorrentMessage {
        TorrentMessage::AlreadyDownloading(TorrentAlreadyDownloading {
            token: name.into(),
            torrentid: id.into(),
            name: name.to_owned(),
            info_hash: "00".repeat(20),
        })
    }

    fn at(id: u32, fraction_done: f64) -> TorrentMessage {
        let mut stats = Status::new(Activity::Downloading, 100);
        (stats.is_known, stats.fraction_done) = (true, fraction_done);
        stats.left = 100 - (fraction_done * 100.0) as u64;
        TorrentMessage::Changed(TorrentStatusUpdate { torrentid: id.into(), stats })
    }

    fn trouble(id: u32, is_final: bool) -> TorrentMessage {
        let reason = "the disk is full".to_owned();
        TorrentMessage::Trouble(TorrentTrouble { torrentid: id.into(), reason, is_final })
    }

    /// What is told while these are heard, and what at the end.
    fn told(messages: impl IntoIterator<Item = TorrentMessage>) -> (Vec<String>, Vec<String>) {
        let outcomes = TorrentOutcomes::new();
        let mut bench = Workbench::new();
        let heard = bench.feed(&outcomes.inbox);
        let done = bench.watch(&outcomes.outbox);
        let not_done = bench.watch(&outcomes.failures);
        bench.start(outcomes);
        let mut told = || {
            bench.until_idle();
            let done = done.drain().into_iter().map(|done| done.name);
            done.chain(not_done.drain().iter().map(ToString::to_string)).collect()
        };
        heard.send_many(messages);
        let meanwhile = told();
        drop(heard);
        (meanwhile, told())
    }

    #[test]
    fn each_torrent_is_told_once_whatever_is_heard_of_it_later() {
        let messages = [
            created(1, "one"),
            at(1, 0.5),
            at(1, 1.0),
            at(1, 1.0),
            there_already(1, "one"),
            at(1, 1.0),
            trouble(1, true),
        ];
        assert_eq!(told(messages), (vec!["one".to_owned()], vec![]));
    }

    #[test]
    fn a_torrent_goes_by_the_name_that_its_metadata_gives_it() {
        let name = "real".to_owned();
        let rawmetainfo = b"".as_slice().into();
        let found = TorrentMetadataFound { torrentid: 1.into(), name, rawmetainfo };
        let messages = [created(1, "00aa"), TorrentMessage::MetadataFound(found), at(1, 1.0)];
        assert_eq!(told(messages).0, ["real"]);
    }

    #[test]
    fn what_is_not_complete_is_told_with_its_reason_at_the_end_at_the_latest() {
        let closed = TorrentClosed { token: "close".into(), torrentid: 3.into() };
        let messages = [
            TorrentMessage::StartFail(TorrentStartFail::new("missing", "no such file")),
            created(1, "one"),
            created(2, "two"),
            trouble(2, true),
            trouble(2, true),
            created(3, "three"),
            TorrentMessage::Closed(closed),
            trouble(1, false),
            created(4, "four"),
        ];
        let (meanwhile, at_end) = told(messages);
        let expected = [
            "missing: no such file",
            "two: the disk is full",
            "three: it was let go of before it was complete",
        ];
        assert_eq!(meanwhile, expected);
        let expected = ["one", "four"]
            .map(|name| format!("{name}: it was not complete when everything ended"));
        assert_eq!(at_end, expected);
    }

    #[test]
    fn a_torrent_of_a_former_run_that_is_not_there_again_is_told() {
        let lost = TorrentLost { reason: "/state/00.entry: it is damaged".to_owned() };
        let expected = "a torrent of a former run: /state/00.entry: it is damaged".to_owned();
        assert_eq!(told([TorrentMessage::Lost(lost)]), (vec![expected], vec![]));
    }

    #[test]
    fn statuses_of_torrents_that_nobody_asked_for_are_nothing_to_it() {
        assert_eq!(told([at(7, 1.0), trouble(7, true)]), (vec![], vec![]));
    }
}
