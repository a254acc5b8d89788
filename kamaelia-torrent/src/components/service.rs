//! One client for all patrons.
//!
//! Patrons say what they want, with the address for their answers. Each request goes to the client
//! under a token of the service's own, by which its answer finds the asker again; statuses go to
//! everyone who asked for that torrent. The service ends when the last patron's address of it is
//! dropped, and with it the client. It comes to life with the first patron.

use std::collections::{HashMap, VecDeque};

use axon_core::{
    Address, Closed, Component, Either, Graphline, Inbox, Outbox, TrySendError, either,
};

use super::client::{ClientConfig, TorrentClient};
use super::messages::{ServiceMessage, Token, TorrentMessage, TorrentRequest};
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
    /// Requests under way, by the token the client knows them by.
    asked: HashMap<Token, Asker>,
    last_token: u64,
}

/// Who asked, under which token of their own.
struct Asker {
    patron: Address<TorrentMessage>,
    token: Token,
}

struct Patron {
    reply_service: Address<TorrentMessage>,
    torrents: Vec<TorrentId>,
    /// Answers it has no room for yet: never more than it has requests under way.
    unsent: VecDeque<TorrentMessage>,
}

impl TorrentService {
    /// The name under which patrons find the service.
    pub const NAME: &str = "torrentsrv";

    /// A service and its client, ready to be adopted by the first patron, and the address of the
    /// service.
    pub fn with_client(config: ClientConfig) -> (Graphline, Address<ServiceMessage>) {
        let mut service = TorrentService::default();
        let address = service.notify.address();
        let client = TorrentClient::new(config);
        let graph = Graphline::new()
            .link(&service.to_client, &client.inbox)
            .link(&client.outbox, &service.from_client)
            .add("service", service)
            .add("client", client);
        (graph, address)
    }

    async fn main(mut self) -> Result<(), Closed> {
        loop {
            match either(self.notify.recv(), self.from_client.recv()).await {
                Either::First(Some(message)) => self.on_patron(message).await?,
                Either::Second(Some(message)) => self.on_client(message),
                // The last patron is gone, or the client is.
                Either::First(None) | Either::Second(None) => return Ok(()),
            }
            for patron in &mut self.patrons {
                patron.send_unsent();
            }
        }
    }

    async fn on_patron(&mut self, message: ServiceMessage) -> Result<(), Closed> {
        match message {
            ServiceMessage::Add(add) => {
                let reply_service = add.reply_service;
                let (torrents, unsent) = (Vec::new(), VecDeque::new());
                self.patrons.push(Patron { reply_service, torrents, unsent });
                Ok(())
            }
            ServiceMessage::Remove(remove) => {
                self.patrons.retain(|patron| patron.reply_service != remove.reply_service);
                self.asked.retain(|_, asker| asker.patron != remove.reply_service);
                Ok(())
            }
            ServiceMessage::PassOn(pass_on) => {
                let mut request = pass_on.message;
                self.last_token += 1;
                let token = Token::from(self.last_token.to_string());
                let asked = std::mem::replace(request.token_mut(), token.clone());
                self.asked.insert(token, Asker { patron: pass_on.reply_service, token: asked });
                self.to_client.send(request).await
            }
        }
    }

    fn on_client(&mut self, message: TorrentMessage) {
        if message.token().is_some() {
            self.on_answer(message);
        } else if let Some(id) = message.torrentid() {
            let is_status = matches!(message, TorrentMessage::Status(_));
            for patron in self.patrons.iter_mut().filter(|patron| patron.torrents.contains(&id)) {
                // A patron that is behind gets the next status instead of this one.
                if !is_status || patron.unsent.is_empty() {
                    patron.send(message.clone());
                }
            }
        }
    }

    fn on_answer(&mut self, mut answer: TorrentMessage) {
        let Some(token) = answer.token_mut() else { return };
        // An asker that has left meanwhile is not remembered.
        let Some(asker) = self.asked.remove(token) else { return };
        *token = asker.token;
        if let TorrentMessage::Closed(closed) = &answer {
            for patron in &mut self.patrons {
                patron.torrents.retain(|id| *id != closed.torrentid);
            }
        }
        let patron = self.patrons.iter_mut().find(|patron| patron.reply_service == asker.patron);
        let Some(patron) = patron else { return };
        if let TorrentMessage::Created(_) | TorrentMessage::AlreadyDownloading(_) = &answer
            && let Some(id) = answer.torrentid()
            && !patron.torrents.contains(&id)
        {
            patron.torrents.push(id);
        }
        patron.send(answer);
    }
}

impl Patron {
    fn send(&mut self, message: TorrentMessage) {
        self.unsent.push_back(message);
        self.send_unsent();
    }

    /// Sends what there is room for: one patron that does not read must not hold up the others.
    fn send_unsent(&mut self) {
        while let Some(message) = self.unsent.pop_front() {
            match self.reply_service.try_send(message) {
                Ok(()) => {}
                Err(TrySendError::Full(message)) => return self.unsent.push_front(message),
                // It is gone without a word; its removal is on the way.
                Err(TrySendError::Closed(_)) => return self.unsent.clear(),
            }
        }
    }
}
