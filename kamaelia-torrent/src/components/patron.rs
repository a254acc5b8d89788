//! One user of the client that all users share.
//!
//! Takes and gives what a [`TorrentClient`](super::TorrentClient) does, and hears only of its own
//! torrents. The first patron brings the service and its client to life; the last one to leave ends
//! them. When a patron leaves its torrents go on, as long as there is another patron.

use std::collections::{HashMap, HashSet};

use axon_core::{
    Address, Asked, Closed, Component, Control, Either, Inbox, Outbox, ServiceError, Services,
    WeakAddress, WiringErrors, either,
};

use super::client::ClientConfig;
use super::messages::{
    ListTorrents, PatronLeft, Quit, ServiceAdd, ServiceMessage, ServicePassOn, ServiceRemove,
    TorrentMessage, TorrentRequest, TorrentStatusUpdate, TorrentTrouble,
};
use super::service::TorrentService;
use crate::engine::{Activity, TorrentId};

/// The token of a patron's own question; no line of text has a zero in it.
const RESTORED: &str = "restored\0";

/// When a patron leaves. All leave as soon as their graph asks them to finish, when the component
/// that reads what they say has ended, or when the client they share has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Leave {
    /// When no more requests can come, and every torrent it asked for is complete, was paused, or
    /// has failed for good. If torrents are seeded until something, complete means that too. One that
    /// waits for its disk has failed when it has tried again in vain since the last request, and
    /// nothing else is under way.
    #[default]
    WhenComplete,
    /// When no more requests can come and all are answered, whatever the torrents do.
    WhenAnswered,
    /// Only when asked to.
    WhenAsked,
}

/// Why a patron could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PatronError {
    /// The name of the service is taken by something else.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The service could not be started.
    #[error(transparent)]
    Wiring(#[from] WiringErrors),
}

/// A user of the shared client.
#[derive(Component)]
pub struct TorrentPatron {
    /// What to do. Each request has exactly one answer.
    pub inbox: Inbox<TorrentRequest>,
    /// Asks it to leave when everything asked is answered, and no more can be asked; answered last.
    #[optional]
    pub quit: Inbox<Quit>,
    /// What the service says. Reached by address.
    #[optional]
    pub torrent_inbox: Inbox<TorrentMessage>,
    /// Answers, and the statuses of the torrents it asked for.
    pub outbox: Outbox<TorrentMessage>,
    control: Control,
    services: Services,
    config: ClientConfig,
    leave: Leave,
    /// Those who asked it to leave, and wait for that.
    quits: Vec<Quit>,
    /// No more quits can come.
    quits_end: bool,
    /// Requests without an answer.
    unanswered: usize,
    /// Torrents taken on of which it has not heard how they stand: the other half of their answer.
    unheard: HashSet<TorrentId>,
    /// Torrents that are neither complete nor lost.
    unfinished: HashSet<TorrentId>,
    /// Torrents that rest until somebody says otherwise.
    held: HashSet<TorrentId>,
    /// Torrents that wait for their disk.
    waiting: HashMap<TorrentId, Waiting>,
}

/// A torrent that waits for its disk.
struct Waiting {
    reason: String,
    tries_in_vain: u32,
    /// How many of these there had been when it became known that nobody will ask for anything more.
    before_the_end: u32,
}

impl TorrentPatron {
    /// A patron that meets others through `services`. If it is the first one, the client is started
    /// with `config`.
    pub fn new(services: &Services, config: ClientConfig) -> Self {
        TorrentPatron {
            inbox: Inbox::new(),
            quit: Inbox::new(),
            torrent_inbox: Inbox::new(),
            outbox: Outbox::new(),
            control: Control::default(),
            services: services.clone(),
            config,
            leave: Leave::default(),
            quits: Vec::new(),
            quits_end: false,
            unanswered: 0,
            unheard: HashSet::new(),
            unfinished: HashSet::new(),
            held: HashSet::new(),
            waiting: HashMap::new(),
        }
    }

    /// Says when the patron leaves.
    pub fn leave(mut self, leave: Leave) -> Self {
        self.leave = leave;
        self
    }

    async fn main(mut self) -> Result<(), PatronError> {
        let service = self.services.find_or_start(TorrentService::NAME, || self.start_service())?;
        // From now on it is the service that holds the box for its messages open, so that the box
        // finishes when the service ends, be it in another graph.
        let reply_service = self.torrent_inbox.address();
        let own = reply_service.downgrade();
        let add = ServiceMessage::Add(ServiceAdd { reply_service });
        if service.send(add).await.is_ok() {
            // Whoever has ended at the other end of a box has told why.
            let _ = self.work(&service, &own).await;
        }
        if let Some(reply_service) = own.upgrade() {
            let _ = service.send(ServiceMessage::Remove(ServiceRemove { reply_service })).await;
        }
        Ok(())
    }

    fn start_service(&self) -> Result<Address<ServiceMessage>, PatronError> {
        let (graph, address) = TorrentService::with_client(&self.services, self.config.clone());
        self.control.adopt(graph)?;
        Ok(address)
    }

    async fn work(
        &mut self,
        service: &Address<ServiceMessage>,
        own: &WeakAddress<TorrentMessage>,
    ) -> Result<(), Closed> {
        if self.config.engine.state.is_some() {
            // When this is answered, all torrents of former runs have been told of: before that, to
            // leave since nothing is left to do would be too soon.
            let list = ListTorrents { token: RESTORED.into() };
            self.ask(TorrentRequest::List(list), service, own).await?;
        }
        let mut requests_end = false;
        while !self.may_leave(requests_end) {
            match self.next(requests_end).await {
                Next::Request(message) => self.ask(message, service, own).await?,
                Next::NoMoreRequests => {
                    requests_end = true;
                    for waiting in self.waiting.values_mut() {
                        waiting.before_the_end = waiting.tries_in_vain;
                    }
                }
                Next::Quit(quit) => {
                    self.leave = Leave::WhenAnswered;
                    self.quits.push(quit);
                }
                Next::NoMoreQuits => self.quits_end = true,
                Next::Message(message) => {
                    self.note(&message);
                    if message.token().is_none_or(|token| token.as_str() != RESTORED) {
                        self.outbox.send(message).await?;
                    }
                }
                Next::Leave => return Ok(()),
            }
        }
        for trouble in self.given_up() {
            self.outbox.send(TorrentMessage::Trouble(trouble)).await?;
        }
        for quit in std::mem::take(&mut self.quits) {
            self.outbox.send(TorrentMessage::Left(PatronLeft { token: quit.token })).await?;
        }
        Ok(())
    }

    async fn ask(
        &mut self,
        message: TorrentRequest,
        service: &Address<ServiceMessage>,
        own: &WeakAddress<TorrentMessage>,
    ) -> Result<(), Closed> {
        self.unanswered += 1;
        let reply_service = own.upgrade().ok_or(Closed)?;
        let pass_on = ServicePassOn { reply_service, message };
        service.send(ServiceMessage::PassOn(pass_on)).await
    }

    async fn next(&mut self, requests_end: bool) -> Next {
        let asked = either(self.control.until_asked(Asked::Finish), self.outbox.until_closed());
        let messages = async { self.torrent_inbox.recv().await.map_or(Next::Leave, Next::Message) };
        let requests = async {
            if requests_end {
                return std::future::pending().await;
            }
            self.inbox.recv().await.map_or(Next::NoMoreRequests, Next::Request)
        };
        let quits = async {
            if self.quits_end {
                return std::future::pending().await;
            }
            self.quit.recv().await.map_or(Next::NoMoreQuits, Next::Quit)
        };
        // Answers go before requests, so that there are never more on the way than boxes hold.
        match either(asked, either(messages, either(quits, requests))).await {
            Either::First(_) => Next::Leave,
            Either::Second(Either::First(next)) => next,
            Either::Second(Either::Second(Either::First(next) | Either::Second(next))) => next,
        }
    }

    fn may_leave(&self, requests_end: bool) -> bool {
        let answered = requests_end && self.unanswered == 0 && self.unheard.is_empty();
        match self.leave {
            Leave::WhenComplete => {
                answered && self.unfinished.iter().all(|id| self.is_hopeless(id))
            }
            Leave::WhenAnswered => answered,
            Leave::WhenAsked => false,
        }
    }

    /// Whether a torrent would be waited for in vain once nobody can ask for anything more. Nobody is
    /// left who could resume one that rests; a disk that has just failed again may do so for ever.
    fn is_hopeless(&self, id: &TorrentId) -> bool {
        let tried_since = |waiting: &Waiting| waiting.tries_in_vain > waiting.before_the_end;
        self.held.contains(id) || self.waiting.get(id).is_some_and(tried_since)
    }

    /// What is to be said of torrents whose disk is not waited for any longer.
    fn given_up(&self) -> Vec<TorrentTrouble> {
        if self.leave != Leave::WhenComplete {
            return Vec::new();
        }
        let unfinished = |(id, _): &(&TorrentId, _)| self.unfinished.contains(id);
        let mut given_up: Vec<_> = self.waiting.iter().filter(unfinished).collect();
        given_up.sort_unstable_by_key(|(id, _)| **id);
        let trouble = |(id, waiting): (&TorrentId, &Waiting)| TorrentTrouble {
            torrentid: *id,
            reason: format!(
                "given up after another try, since nothing else is left to do: {}",
                waiting.reason
            ),
            is_final: true,
        };
        given_up.into_iter().map(trouble).collect()
    }

    /// Keeps count of what is still to come.
    fn note(&mut self, message: &TorrentMessage) {
        if message.token().is_some() {
            self.unanswered = self.unanswered.saturating_sub(1);
        }
        match message {
            TorrentMessage::Created(created) => self.note_taken_on(created.torrentid),
            TorrentMessage::AlreadyDownloading(already) => self.note_taken_on(already.torrentid),
            TorrentMessage::Restored(restored) => self.note_taken_on(restored.torrentid),
            TorrentMessage::Closed(closed) => self.note_lost(closed.torrentid),
            TorrentMessage::Trouble(trouble) if trouble.is_final => {
                self.note_lost(trouble.torrentid);
            }
            TorrentMessage::Changed(update) | TorrentMessage::Status(update) => {
                self.note_status(update);
            }
            _ => {}
        }
    }

    fn note_taken_on(&mut self, id: TorrentId) {
        self.unheard.insert(id);
        self.unfinished.insert(id);
    }

    fn note_lost(&mut self, id: TorrentId) {
        self.unheard.remove(&id);
        self.unfinished.remove(&id);
        self.held.remove(&id);
        self.waiting.remove(&id);
    }

    fn note_status(&mut self, update: &TorrentStatusUpdate) {
        let id = update.torrentid;
        self.unheard.remove(&id);
        let is_seeded = matches!(update.stats.activity, Activity::Finished(_));
        if update.stats.is_complete() && (is_seeded || !self.config.engine.until.is_ever()) {
            self.unfinished.remove(&id);
        }
        // One that is still being checked may turn out to be complete; a magnet link's has no bytes
        // yet, and nothing to check.
        let is_checked = update.stats.known_percent().is_some() || update.stats.total == 0;
        if update.stats.activity == Activity::OnHold && is_checked {
            self.held.insert(id);
        } else {
            self.held.remove(&id);
        }
        self.note_waiting(update);
    }

    fn note_waiting(&mut self, update: &TorrentStatusUpdate) {
        let Activity::Paused(reason) = &update.stats.activity else {
            self.waiting.remove(&update.torrentid);
            return;
        };
        let before = self.waiting.get(&update.torrentid);
        let tries_in_vain = update.stats.tries_in_vain;
        let before_the_end = before.map_or(0, |waiting| waiting.before_the_end);
        let waiting = Waiting {
            reason: reason.clone(),
            tries_in_vain,
            // It may have been mended meanwhile, and counts anew.
            before_the_end: before_the_end.min(tries_in_vain),
        };
        self.waiting.insert(update.torrentid, waiting);
    }
}

/// What a patron has to deal with next.
enum Next {
    Request(TorrentRequest),
    NoMoreRequests,
    Quit(Quit),
    NoMoreQuits,
    Message(TorrentMessage),
    Leave,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::messages::{NewTorrentCreated, TorrentClosed};
    use crate::engine::Status;

    #[test]
    fn nothing_is_noted_of_torrents_that_are_gone_whatever_they_did() {
        let id = TorrentId::from(1);
        let token = || "token".into();
        let doing = |activity| {
            let stats = Status { is_known: true, ..Status::new(activity, 100) };
            TorrentMessage::Changed(TorrentStatusUpdate { torrentid: id, stats })
        };
        let does = [Activity::Downloading, Activity::OnHold, Activity::Paused("no room".into())];
        for activity in does {
            let mut patron = TorrentPatron::new(&Services::new(), ClientConfig::default());
            let (name, info_hash) = ("song".to_owned(), "00".repeat(20));
            let created = NewTorrentCreated { token: token(), torrentid: id, name, info_hash };
            patron.note(&TorrentMessage::Created(created));
            patron.note(&doing(activity));
            patron.note(&TorrentMessage::Closed(TorrentClosed { token: token(), torrentid: id }));
            let TorrentPatron { unheard, unfinished, held, waiting, .. } = patron;
            let noted = [unheard.len(), unfinished.len(), held.len(), waiting.len()];
            assert_eq!(noted, [0; 4]);
        }
    }
}
