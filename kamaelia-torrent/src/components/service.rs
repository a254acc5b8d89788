//! One client for all patrons.
//!
//! Patrons say what they want, with the address for their answers. Each request goes to the client
//! under a token of the service's own, by which its answer finds the asker again; statuses go to
//! everyone who asked for that torrent. The service ends when the last patron's address of it is
//! dropped, and with it the client. It comes to life with the first patron.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use axon_core::{
    Address, CAPACITY_DEFAULT, Closed, Component, Either, Graphline, Inbox, LinkPolicy, Outbox,
    Services, TrySendError, either,
};

use super::client::{ClientConfig, TorrentClient};
use super::messages::{
    ListTorrents, ListedTorrent, ServiceMessage, ServicePassOn, Token, TorrentLost, TorrentMessage,
    TorrentRequest, TorrentRestored, TorrentStatusUpdate, TorrentTrouble,
};
use crate::engine::TorrentId;

/// Shares one [`TorrentClient`] among any number of patrons.
#[derive(Component, Default)]
pub struct TorrentService {
    /// What patrons say. Reached by address.
    pub notify: Inbox<ServiceMessage>,
    /// What the client says.
    pub from_client: Inbox<TorrentMessage>,
    /// What the client is asked.
    pub to_client: Outbox<TorrentRequest>,

    patrons: Vec<Patron>,
    /// On its way to the client. While it waits, patrons wait too.
    request: Option<TorrentRequest>,
    /// Requests under way, by the token the client knows them by.
    asked: HashMap<Token, Asker>,
    last_token: u64,
    /// Torrents that were there before anybody asked: every patron that comes hears of them.
    restored: Vec<TorrentRestored>,
    /// Those that should have been: every patron hears of them, too.
    lost: Vec<TorrentLost>,
}

/// Who asked.
struct Asker {
    patron: Address<TorrentMessage>,
    /// The asker's own token; `None` if the service has asked on its behalf how the torrents stand
    /// that were there before.
    token: Option<Token>,
}

struct Patron {
    reply_service: Address<TorrentMessage>,
    torrents: HashSet<TorrentId>,
    /// What it has no room for yet: no more answers than it has requests under way, and what goes
    /// wrong meanwhile.
    unsent: VecDeque<TorrentMessage>,
    /// The newest status of each torrent that it had no room for.
    statuses: BTreeMap<TorrentId, TorrentMessage>,
    /// The one before all those, which waits for room.
    sending: Option<Sending>,
}

type Sending = Pin<Box<dyn Future<Output = Result<(), Closed>> + Send>>;

/// Messages for which a patron keeps room when it has been told all.
const UNSENT_USUAL: usize = 64;

/// What the service has to deal with next.
enum Next {
    Patron(ServiceMessage),
    Client(TorrentMessage),
    /// The last patron is gone, or the client is.
    End,
}

impl TorrentService {
    /// The name under which patrons find the service.
    pub const NAME: &str = "torrentsrv";

    /// A service and its client, ready to be adopted by the first patron, and the address of the
    /// service. The client starts when no other that patrons meeting through `services` have shared
    /// is left: one that is on its way out still has the port, and may be writing.
    pub fn with_client(
        services: &Services,
        config: ClientConfig,
    ) -> (Graphline, Address<ServiceMessage>) {
        let mut service = TorrentService::default();
        let address = service.notify.address();
        let client = TorrentClient::new(config).shared(services);
        let graph = Graphline::new()
            // Never waited for without reading answers, so the circle of the two cannot fill up.
            .link_with(LinkPolicy::fail(CAPACITY_DEFAULT), &service.to_client, &client.inbox)
            .link(&client.outbox, &service.from_client)
            .add("service", service)
            .add("client", client);
        (graph, address)
    }

    async fn main(mut self) -> Result<(), Closed> {
        loop {
            match self.next().await? {
                Next::Patron(message) => self.on_patron(message),
                Next::Client(message) => self.on_client(message),
                Next::End => return Ok(()),
            }
        }
    }

    /// Waits for whatever comes first, and meanwhile for room at patrons that are behind.
    async fn next(&mut self) -> Result<Next, Closed> {
        let answers = async { self.from_client.recv().await.map_or(Next::End, Next::Client) };
        let requests = async {
            pass_on(&mut self.request, &mut self.to_client).await?;
            Ok(self.notify.recv().await.map_or(Next::End, Next::Patron))
        };
        let patrons = &mut self.patrons;
        let deliveries = poll_fn(|context| -> Poll<Infallible> {
            patrons.iter_mut().for_each(|patron| patron.poll_unsent(context));
            Poll::Pending
        });
        // Answers go before requests: the client takes a request only when its answers are read,
        // so that waiting for it to take one without reading them would be waiting for ever.
        match either(deliveries, either(answers, requests)).await {
            Either::Second(Either::First(next)) => Ok(next),
            Either::Second(Either::Second(next)) => next,
            Either::First(never) => match never {},
        }
    }

    fn on_patron(&mut self, message: ServiceMessage) {
        match message {
            ServiceMessage::Add(add) => {
                let mut patron = Patron::new(add.reply_service);
                self.restored.iter().for_each(|restored| patron.hear_of(restored));
                self.lost.iter().for_each(|lost| patron.hear_of_lost(lost));
                if !self.restored.is_empty() {
                    let list = ListTorrents { token: Token::default() };
                    let asker = Asker { patron: patron.reply_service.clone(), token: None };
                    self.ask(TorrentRequest::List(list), asker);
                }
                self.patrons.push(patron);
            }
            ServiceMessage::Remove(remove) => {
                self.patrons.retain(|patron| patron.reply_service != remove.reply_service);
                self.asked.retain(|_, asker| asker.patron != remove.reply_service);
            }
            ServiceMessage::PassOn(pass_on) => self.on_request(pass_on),
        }
    }

    fn on_request(&mut self, pass_on: ServicePassOn) {
        let ServicePassOn { reply_service: patron, message: request } = pass_on;
        let token = Some(request.token().clone());
        self.ask(request, Asker { patron, token });
    }

    fn ask(&mut self, mut request: TorrentRequest, asker: Asker) {
        self.last_token += 1;
        let token = Token::from(self.last_token.to_string());
        *request.token_mut() = token.clone();
        self.asked.insert(token, asker);
        self.request = Some(request);
    }

    fn on_client(&mut self, message: TorrentMessage) {
        if message.token().is_some() {
            self.on_answer(message);
        } else if let TorrentMessage::Restored(restored) = message {
            self.patrons.iter_mut().for_each(|patron| patron.hear_of(&restored));
            self.restored.push(restored);
        } else if let TorrentMessage::Lost(lost) = message {
            self.patrons.iter_mut().for_each(|patron| patron.hear_of_lost(&lost));
            self.lost.push(lost);
        } else if let Some(id) = message.torrentid() {
            for patron in self.patrons.iter_mut().filter(|patron| patron.torrents.contains(&id)) {
                patron.tell(id, message.clone());
            }
        }
    }

    fn on_answer(&mut self, mut answer: TorrentMessage) {
        let asker = answer.token().and_then(|token| self.asked.remove(token));
        if let TorrentMessage::Closed(closed) = &answer {
            self.forget(closed.torrentid, asker.as_ref());
        }
        // An asker that has left meanwhile is not remembered.
        let Some(asker) = asker else { return };
        let patron = self.patrons.iter_mut().find(|patron| patron.reply_service == asker.patron);
        let Some(patron) = patron else { return };
        let Some(asked) = asker.token else {
            if let TorrentMessage::Listed(listed) = &answer {
                patron.hear_of_all(&listed.torrents);
            }
            return;
        };
        if let Some(token) = answer.token_mut() {
            *token = asked;
        }
        if let TorrentMessage::Created(_) | TorrentMessage::AlreadyDownloading(_) = &answer
            && let Some(id) = answer.torrentid()
        {
            patron.torrents.insert(id);
        }
        if let TorrentMessage::Listed(listed) = &mut answer {
            listed.torrents.retain(|listed| patron.torrents.contains(&listed.torrentid));
        }
        patron.unsent.push_back(answer);
    }

    /// A torrent is closed: those who did not ask for it, and had it, are told that it is gone.
    fn forget(&mut self, torrentid: TorrentId, asker: Option<&Asker>) {
        self.restored.retain(|restored| restored.torrentid != torrentid);
        for patron in self.patrons.iter_mut().filter(|patron| patron.torrents.contains(&torrentid))
        {
            patron.torrents.remove(&torrentid);
            patron.statuses.remove(&torrentid);
            if asker.is_none_or(|asker| asker.patron != patron.reply_service) {
                let reason = "it was closed by somebody else".to_owned();
                let trouble = TorrentTrouble { torrentid, reason, is_final: true };
                patron.unsent.push_back(TorrentMessage::Trouble(trouble));
            }
        }
    }
}

/// Sends the request, if there is one. Dropping the future before it is ready loses nothing.
async fn pass_on(
    request: &mut Option<TorrentRequest>,
    outbox: &mut Outbox<TorrentRequest>,
) -> Result<(), Closed> {
    poll_fn(|_| {
        let Some(unsent) = request.take() else { return Poll::Ready(Ok(())) };
        match outbox.try_send(unsent) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(TrySendError::Closed(_)) => Poll::Ready(Err(Closed)),
            Err(TrySendError::Full(unsent)) => {
                *request = Some(unsent);
                Poll::Pending
            }
        }
    })
    .await
}

impl Patron {
    fn new(reply_service: Address<TorrentMessage>) -> Self {
        Patron {
            reply_service,
            torrents: HashSet::new(),
            unsent: VecDeque::new(),
            statuses: BTreeMap::new(),
            sending: None,
        }
    }

    fn hear_of(&mut self, restored: &TorrentRestored) {
        self.torrents.insert(restored.torrentid);
        self.unsent.push_back(TorrentMessage::Restored(restored.clone()));
    }

    fn hear_of_lost(&mut self, lost: &TorrentLost) {
        self.unsent.push_back(TorrentMessage::Lost(lost.clone()));
    }

    /// How its torrents stand that were there before it came.
    fn hear_of_all(&mut self, torrents: &[ListedTorrent]) {
        for ListedTorrent { torrentid, stats, .. } in torrents {
            if self.torrents.contains(torrentid) {
                let update = TorrentStatusUpdate { torrentid: *torrentid, stats: stats.clone() };
                self.tell(*torrentid, TorrentMessage::Status(update));
            }
        }
    }

    /// Something about one of its torrents. A patron that is behind hears of all that happens, but
    /// of statuses only the newest.
    fn tell(&mut self, torrent: TorrentId, message: TorrentMessage) {
        match message {
            TorrentMessage::Status(_) => {
                self.statuses.insert(torrent, message);
                return;
            }
            // It tells a newer one.
            TorrentMessage::Changed(_) => drop(self.statuses.remove(&torrent)),
            _ => {}
        }
        self.unsent.push_back(message);
    }

    fn next(&mut self) -> Option<TorrentMessage> {
        let status = || self.statuses.pop_first().map(|(_, status)| status);
        self.unsent.pop_front().or_else(status)
    }

    /// Sends what there is room for, and has the service woken when there is more: one patron that
    /// does not read must not hold up the others.
    fn poll_unsent(&mut self, context: &mut Context<'_>) {
        loop {
            if let Some(sending) = &mut self.sending {
                match sending.as_mut().poll(context) {
                    Poll::Pending => return,
                    Poll::Ready(_) => self.sending = None,
                }
            }
            let Some(message) = self.next() else { return self.unsent.shrink_to(UNSENT_USUAL) };
            match self.reply_service.try_send(message) {
                Ok(()) => {}
                Err(TrySendError::Full(message)) => {
                    let patron = self.reply_service.clone();
                    self.sending = Some(Box::pin(async move { patron.send(message).await }));
                }
                // It is gone without a word; its removal is on the way.
                Err(TrySendError::Closed(_)) => {
                    self.statuses.clear();
                    return self.unsent.clear();
                }
            }
        }
    }
}
