//! The engine as a component.
//!
//! Requests come in, answers and statuses go out: one answer for each request, with its token, and
//! with each tick a status of every torrent to which something has happened. It runs the engine's loop
//! on a thread of its own, and a request wakes that loop. With an engine in an [imagined world](crate::engine::world) it runs in
//! the time of its graph, which may [jump](axon_core::Graph::run_seeded). It ends when no more requests can come, after a goodbye to the
//! trackers, or at once when its graph stops.
//!
//! Clients that patrons share come one after the other: the next one does not start before the last
//! one has let go of its port and its files.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axon_core::{
    Address, Asked, ComponentResult, Control, Inbox, Outbox, ServiceError, Services,
    ThreadedComponent, TryRecvError, TrySendError, now,
};
use fixedbitset::FixedBitSet;

use super::messages::{
    CreateNewTorrent, NewTorrentCreated, Token, TorrentAlreadyDownloading, TorrentLost,
    TorrentMessage, TorrentRequest, TorrentRestored, TorrentStartFail, TorrentStatusUpdate,
    TorrentTrouble,
};
use crate::engine::{
    Activity, AddError, Content, Engine, EngineConfig, Event, NewTorrent, Status, TorrentId,
};
use crate::metainfo::Metainfo;

mod magnets;
mod orders;
mod waiting;

/// How often the original tells how its torrents stand.
const TICK_INTERVAL_DEFAULT: Duration = Duration::from_secs(5);

/// More often would keep a processor busy with nothing else; less often is as good as never.
const TICK_INTERVAL_MIN: Duration = Duration::from_millis(10);
const TICK_INTERVAL_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Requests taken before the engine has its turn again.
const REQUESTS_PER_TURN: usize = 64;

/// Messages for which room is kept when all are sent.
const UNSENT_USUAL: usize = 64;

/// The name under which a shared client is known to the one that comes after it.
const CLIENT_NAME: &str = "torrentclient";

/// What a client is told before it starts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Where downloads go.
    pub directory: PathBuf,
    /// How often it is told how torrents stand, those of which there is something new: every 10
    /// milliseconds at most. While nothing happens nothing is told.
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
    /// Answers, in no particular order; every change of what a torrent does, in order; and statuses,
    /// of which those are left out that nobody has had time to read.
    pub outbox: Outbox<TorrentMessage>,
    /// Private: finishes when the client before this one has ended.
    #[optional]
    before: Inbox<Infallible>,
    /// Private: never read. What the next client puts here is dropped with this one.
    #[optional]
    after: Inbox<Address<Infallible>>,
    /// Private: there is news in the imagined world that its engine lives in.
    #[optional]
    nudges: Inbox<()>,
    control: Control,
    config: ClientConfig,
    /// Where shared clients meet.
    services: Option<Services>,
    next_tick: Instant,
    /// What its reader has had no room for: what the engine and a tick had to say, and the answer
    /// to one request.
    unsent: VecDeque<TorrentMessage>,
}

/// What the client does after a look at its boxes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Next {
    /// It looks again at once.
    Look,
    /// It sleeps until the next tick, if there will be something to tell, and nobody wakes it.
    Sleep,
    /// Its work is over.
    End,
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
            before: Inbox::new(),
            after: Inbox::new(),
            nudges: Inbox::new(),
            control: Control::default(),
            config,
            services: None,
            next_tick: now(),
            unsent: VecDeque::new(),
        }
    }

    /// Has the client wait for the one that was shared before it.
    pub(super) fn shared(mut self, services: &Services) -> Self {
        self.services = Some(services.clone());
        self
    }

    fn main(mut self) -> ComponentResult {
        let _turn = self.take_turn()?;
        if self.control.asked() == Asked::Stop {
            return Ok(());
        }
        waiting::begin(&self.config.engine.world);
        let mut engine = Engine::start(self.config.engine.clone())?;
        self.hear_of_wakes(&engine);
        self.tell_restored(&engine);
        let result = self.run(&mut engine);
        engine.stop();
        Ok(result?)
    }

    /// Blocks until the client before this one has ended, or this one is asked to stop. What is
    /// returned is held as long as the next one is to wait.
    fn take_turn(&mut self) -> Result<Option<Address<Address<Infallible>>>, ServiceError> {
        let Some(services) = &self.services else { return Ok(None) };
        let turn = self.after.address();
        while self.control.asked() < Asked::Stop {
            match services.register(CLIENT_NAME, &turn) {
                Ok(()) => return Ok(Some(turn)),
                Err(ServiceError::Taken { .. }) => {}
                Err(error) => return Err(error),
            }
            match services.find::<Address<Infallible>>(CLIENT_NAME) {
                // It holds this until it ends, and nobody else does.
                Ok(before) => drop(before.send_blocking(self.before.address())),
                Err(ServiceError::Unknown { .. }) => {}
                Err(error) => return Err(error),
            }
            self.before.recv_blocking();
        }
        Ok(None)
    }

    fn run(&mut self, engine: &mut Engine) -> io::Result<()> {
        while self.control.asked() < Asked::Stop {
            match self.serve(engine) {
                Next::End => break,
                next => self.give_turn(engine, next)?,
            }
        }
        Ok(())
    }

    /// One look at everything but the engine.
    fn serve(&mut self, engine: &mut Engine) -> Next {
        self.hear(engine);
        if engine.has_stirred() && self.next_tick <= now() {
            let interval = self.config.tick_interval.clamp(TICK_INTERVAL_MIN, TICK_INTERVAL_MAX);
            self.next_tick = now() + interval;
            // Whoever has not read the last ones does not need more.
            if self.unsent.is_empty() {
                self.tell_stirred(engine);
            }
        }
        for _ in 0..REQUESTS_PER_TURN {
            self.send_unsent();
            if !self.outbox.is_taken() {
                // Nobody listens any more.
                return Next::End;
            }
            if !self.unsent.is_empty() {
                // Room wakes the client. Until then it takes on nothing that it would have to
                // answer.
                return Next::Sleep;
            }
            match self.inbox.try_recv() {
                Ok(request) => {
                    self.on_request(engine, request);
                    self.hear(engine);
                }
                Err(TryRecvError::Empty) => return Next::Sleep,
                Err(TryRecvError::Finished) => return Next::End,
            }
        }
        Next::Look
    }

    fn on_request(&mut self, engine: &mut Engine, request: TorrentRequest) {
        match request {
            TorrentRequest::Create(create) => self.on_create(engine, create),
            TorrentRequest::CreateFromMagnet(create) => self.on_magnet(engine, create),
            TorrentRequest::Close(close) => self.on_close(engine, close),
            TorrentRequest::Pause(pause) => self.on_pause(engine, pause),
            TorrentRequest::Resume(resume) => self.on_resume(engine, resume),
            TorrentRequest::List(list) => self.on_list(engine, list),
            TorrentRequest::Explain(explain) => self.on_explain(engine, explain),
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
        let result = engine.add(self.new_torrent(create, &metainfo));
        self.answer_create(engine, token, name, info_hash, result);
    }

    fn answer_create(
        &mut self,
        engine: &Engine,
        token: Token,
        name: String,
        info_hash: String,
        result: Result<TorrentId, AddError>,
    ) {
        match result {
            Ok(torrentid) => {
                let created = NewTorrentCreated { token, torrentid, name, info_hash };
                self.say(TorrentMessage::Created(created));
            }
            Err(AddError::AlreadyThere { id: torrentid }) => {
                let name = engine.identity(torrentid).map_or(name, |(name, _)| name.to_owned());
                let already = TorrentAlreadyDownloading { token, torrentid, name, info_hash };
                self.say(TorrentMessage::AlreadyDownloading(already));
                // News to this asker.
                if let Some(stats) = engine.status(torrentid) {
                    self.say(TorrentMessage::Changed(TorrentStatusUpdate { torrentid, stats }));
                }
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

    /// Passes on what the engine has to say, however much of it is unread: a reader may be slow, but
    /// learns of every change. A torrent changes a few times in its life, and at most once in ten
    /// seconds while its disk fails, so what waits stays small.
    fn hear(&mut self, engine: &mut Engine) {
        while let Some(event) = engine.poll_event() {
            match event {
                Event::Changed { id, status } => self.on_change(id, *status),
                Event::MetadataFound { id, rawmetainfo } => {
                    self.tell_metadata(engine, id, rawmetainfo);
                }
                Event::Lost { reason } => self.say(TorrentMessage::Lost(TorrentLost { reason })),
                Event::Checked { .. } => {}
                Event::Completed { id } | Event::Finished { id } => {
                    log::info!("torrent {id} is complete");
                }
            }
        }
    }

    fn on_change(&mut self, torrentid: TorrentId, stats: Status) {
        if let Some(reason) = stats.activity.error() {
            let reason = reason.to_owned();
            let is_final = matches!(stats.activity, Activity::Failed(_));
            let trouble = TorrentTrouble { torrentid, reason, is_final };
            self.say(TorrentMessage::Trouble(trouble));
        }
        self.say(TorrentMessage::Changed(TorrentStatusUpdate { torrentid, stats }));
    }

    /// What is there before anybody has asked for something.
    fn tell_restored(&mut self, engine: &Engine) {
        for torrentid in engine.torrents() {
            let Some((name, info_hash)) = engine.identity(torrentid) else { continue };
            let (name, info_hash) = (name.to_owned(), info_hash.to_string());
            self.say(TorrentMessage::Restored(TorrentRestored { torrentid, name, info_hash }));
        }
    }

    fn tell_stirred(&mut self, engine: &mut Engine) {
        for (torrentid, stats) in engine.take_stirred() {
            self.say(TorrentMessage::Status(TorrentStatusUpdate { torrentid, stats }));
        }
    }

    fn tell(&mut self, engine: &Engine, torrentid: TorrentId) {
        if let Some(stats) = engine.status(torrentid) {
            self.say(TorrentMessage::Status(TorrentStatusUpdate { torrentid, stats }));
        }
    }

    fn say(&mut self, message: TorrentMessage) {
        self.unsent.push_back(message);
    }

    /// Sends what there is room for, without ever making the engine wait.
    fn send_unsent(&mut self) {
        while let Some(message) = self.unsent.pop_front() {
            match self.outbox.try_send(message) {
                Ok(()) => {}
                Err(TrySendError::Full(message)) => return self.unsent.push_front(message),
                Err(TrySendError::Closed(_)) => return self.unsent.clear(),
            }
        }
        // A thousand torrents that are new at once are seldom.
        self.unsent.shrink_to(UNSENT_USUAL);
    }
}
