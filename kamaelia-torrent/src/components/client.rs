//! The engine as a component.
//!
//! Requests come in, answers and statuses go out: one answer for each request, with its token, and
//! a status of every torrent with each tick. It runs the engine's loop on a thread of its own, and
//! a request wakes that loop. It ends when no more requests can come, after a goodbye to the
//! trackers, or at once when its graph stops.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axon_core::{Asked, Control, Inbox, Outbox, ThreadedComponent, TryRecvError, TrySendError};
use fixedbitset::FixedBitSet;

use super::messages::{
    CloseTorrent, CreateNewTorrent, NewTorrentCreated, TorrentAlreadyDownloading, TorrentClosed,
    TorrentMessage, TorrentRequest, TorrentStartFail, TorrentStatusUpdate, TorrentTrouble,
};
use crate::engine::{
    AddError, Content, Engine, EngineConfig, Event, NewTorrent, StartError, Status, TorrentId,
};
use crate::metainfo::Metainfo;

/// How often the original tells how its torrents stand.
const TICK_INTERVAL_DEFAULT: Duration = Duration::from_secs(5);

/// Answers that may wait for their reader before no more requests are taken.
const UNSENT_MAX: usize = 64;

/// What a client is told before it starts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Where downloads go.
    pub directory: PathBuf,
    /// How often the status of every torrent is told.
    pub tick_interval: Duration,
    /// What the engine may use.
    pub engine: EngineConfig,
}

impl Default for ClientConfig {
    /// Downloads to the working directory, tells every five seconds.
    fn default() -> Self {
        ClientConfig {
            directory: PathBuf::from("."),
            tick_interval: TICK_INTERVAL_DEFAULT,
            engine: EngineConfig::default(),
        }
    }
}

/// A BitTorrent client with boxes.
#[derive(ThreadedComponent)]
pub struct TorrentClient {
    /// What to do. Each request has exactly one answer.
    pub inbox: Inbox<TorrentRequest>,
    /// Answers, in no particular order, and statuses.
    pub outbox: Outbox<TorrentMessage>,
    control: Control,
    config: ClientConfig,
    /// Names and info-hashes, for those who add a torrent again.
    torrents: HashMap<TorrentId, Arc<Metainfo>>,
    unsent: VecDeque<TorrentMessage>,
}

impl Default for TorrentClient {
    fn default() -> Self {
        TorrentClient::new(ClientConfig::default())
    }
}

impl TorrentClient {
    /// A client that starts its engine when its graph starts; if the engine cannot start, such as
    /// when a port is in use, the client fails and says why.
    pub fn new(config: ClientConfig) -> Self {
        TorrentClient {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            control: Control::default(),
            config,
            torrents: HashMap::new(),
            unsent: VecDeque::new(),
        }
    }

    fn main(mut self) -> Result<(), StartError> {
        let mut engine = Engine::start(self.config.engine.clone())?;
        self.control.wake_with(engine.waker());
        let mut next_tick = Instant::now();
        while self.control.asked() < Asked::Stop && self.serve(&mut engine, &mut next_tick) {
            let wait = next_tick.saturating_duration_since(Instant::now());
            if let Err(error) = engine.turn(wait) {
                log::error!("the client ends: {error}");
                break;
            }
            self.control.came_back();
        }
        engine.stop();
        Ok(())
    }

    /// One look at everything but the engine. False when no more requests can come, or nobody
    /// listens any more.
    fn serve(&mut self, engine: &mut Engine, next_tick: &mut Instant) -> bool {
        let more = self.take_requests(engine);
        while let Some(event) = engine.poll_event() {
            self.on_event(engine, event);
        }
        if *next_tick <= Instant::now() {
            *next_tick = Instant::now() + self.config.tick_interval;
            // Whoever has not read the last ones does not need more.
            if self.unsent.is_empty() {
                self.tell_all(engine);
            }
        }
        let heard = self.send_unsent();
        more && heard
    }

    /// False when no more will come.
    fn take_requests(&mut self, engine: &mut Engine) -> bool {
        while self.unsent.len() < UNSENT_MAX {
            match self.inbox.try_recv() {
                Ok(request) => self.on_request(engine, request),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Finished) => return false,
            }
        }
        true
    }

    fn on_request(&mut self, engine: &mut Engine, request: TorrentRequest) {
        match request {
            TorrentRequest::Create(create) => self.on_create(engine, create),
            TorrentRequest::Close(close) => self.on_close(engine, close),
            TorrentRequest::Failed(failure) => self.say(TorrentMessage::StartFail(failure)),
        }
    }

    fn on_create(&mut self, engine: &mut Engine, create: CreateNewTorrent) {
        let token = create.token.clone();
        let metainfo = match Metainfo::parse(&create.rawmetainfo) {
            Ok(metainfo) => Arc::new(metainfo),
            Err(error) => {
                return self.say(TorrentMessage::StartFail(TorrentStartFail::new(token, error)));
            }
        };
        let (name, info_hash) = (metainfo.name().to_owned(), metainfo.info_hash().to_string());
        match engine.add(self.new_torrent(create, &metainfo)) {
            Ok(torrentid) => {
                self.torrents.insert(torrentid, metainfo);
                let created = NewTorrentCreated { token, torrentid, name, info_hash };
                self.say(TorrentMessage::Created(created));
                self.tell(engine, torrentid);
            }
            Err(AddError::AlreadyThere { id: torrentid }) => {
                let already = TorrentAlreadyDownloading { token, torrentid, name, info_hash };
                self.say(TorrentMessage::AlreadyDownloading(already));
                self.tell(engine, torrentid);
            }
            Err(error) => self.say(TorrentMessage::StartFail(TorrentStartFail::new(token, error))),
        }
    }

    fn new_torrent(&self, create: CreateNewTorrent, metainfo: &Arc<Metainfo>) -> NewTorrent {
        let known = create.is_known_complete.then(|| {
            let mut all = FixedBitSet::with_capacity(metainfo.layout().piece_count() as usize);
            all.insert_range(..);
            all
        });
        let download = || Content::Download(self.config.directory.clone());
        let content = create.content.unwrap_or_else(download);
        NewTorrent { metainfo: metainfo.clone(), content, known }
    }

    fn on_close(&mut self, engine: &mut Engine, close: CloseTorrent) {
        let CloseTorrent { token, torrentid } = close;
        if engine.remove(torrentid) {
            self.torrents.remove(&torrentid);
            self.say(TorrentMessage::Closed(TorrentClosed { token, torrentid }));
        } else {
            let reason = format!("there is no torrent {torrentid} to close");
            self.say(TorrentMessage::StartFail(TorrentStartFail { token, reason }));
        }
    }

    fn on_event(&mut self, engine: &Engine, event: Event) {
        match event {
            Event::Started { id } | Event::Completed { id } => self.tell(engine, id),
            Event::Paused { id: torrentid, reason } => {
                let trouble = TorrentTrouble { torrentid, reason, is_final: false };
                self.say(TorrentMessage::Trouble(trouble));
            }
            Event::Failed { id: torrentid, reason } => {
                let trouble = TorrentTrouble { torrentid, reason, is_final: true };
                self.say(TorrentMessage::Trouble(trouble));
            }
        }
    }

    fn tell_all(&mut self, engine: &Engine) {
        let ids: Vec<TorrentId> = engine.torrents().collect();
        for id in ids {
            self.tell(engine, id);
        }
    }

    fn tell(&mut self, engine: &Engine, torrentid: TorrentId) {
        let status: Option<Status> = engine.status(torrentid);
        if let Some(stats) = status {
            self.say(TorrentMessage::Status(TorrentStatusUpdate { torrentid, stats }));
        }
    }

    fn say(&mut self, message: TorrentMessage) {
        self.unsent.push_back(message);
    }

    /// Sends what there is room for, without ever making the engine wait. False when nobody listens
    /// any more.
    fn send_unsent(&mut self) -> bool {
        while let Some(message) = self.unsent.pop_front() {
            match self.outbox.try_send(message) {
                Ok(()) => {}
                Err(TrySendError::Full(message)) => {
                    self.unsent.push_front(message);
                    return true;
                }
                Err(TrySendError::Closed(_)) => return false,
            }
        }
        true
    }
}
