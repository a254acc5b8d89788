//! What the tests stand on: graphs that run beside them, boxes they can look into, torrents.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use axon_core::{Component, GraphHandle, Graphline, Inbox, Report, RunError};
use kamaelia_torrent::components::ClientConfig;
use kamaelia_torrent::components::messages::{
    CreateNewTorrent, MadeTorrent, TorrentMessage, TorrentRequest,
};
use kamaelia_torrent::engine::{MakeOptions, make};

/// Far longer than anything here takes; a test that meets it has failed.
pub(crate) const AGES: Duration = Duration::from_secs(60);

/// A graph on a thread of its own.
pub(crate) struct Running {
    pub(crate) handle: GraphHandle,
    result: mpsc::Receiver<Result<Report, RunError>>,
}

impl Running {
    pub(crate) fn start(graph: Graphline) -> Self {
        let graph = graph.build().expect("the graph is wired well");
        let handle = graph.handle();
        let (tell, result) = mpsc::channel();
        thread::spawn(move || tell.send(graph.run()));
        Running { handle, result }
    }

    /// How it ended, if it does in time.
    pub(crate) fn end(self) -> Result<Report, RunError> {
        self.result.recv_timeout(AGES).expect("the graph ends in time")
    }

    pub(crate) fn is_over(&self) -> bool {
        !matches!(self.result.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout))
    }
}

/// Passes what it gets to the test, from the moment the gate opens.
#[derive(Component)]
pub(crate) struct Tap<T: Send + 'static> {
    /// What the test wants to see.
    pub(crate) inbox: Inbox<T>,
    gate: Inbox<()>,
    tell: mpsc::Sender<T>,
}

impl<T: Send + 'static> Tap<T> {
    async fn main(mut self) {
        // Opened by dropping the last address.
        self.gate.recv().await;
        while let Some(message) = self.inbox.recv().await {
            let _ = self.tell.send(message);
        }
    }
}

/// A tap whose gate is open, and what comes through it.
pub(crate) fn tap<T: Send + 'static>() -> (Tap<T>, Seen<T>) {
    let (tap, seen, gate) = gated_tap();
    drop(gate);
    (tap, seen)
}

/// A tap that lets nothing through until the gate is dropped.
pub(crate) fn gated_tap<T: Send + 'static>() -> (Tap<T>, Seen<T>, axon_core::Address<()>) {
    let (tell, seen) = mpsc::channel();
    let mut gate = Inbox::new();
    let key = gate.address();
    (Tap { inbox: Inbox::new(), gate, tell }, Seen(seen), key)
}

pub(crate) struct Seen<T>(mpsc::Receiver<T>);

impl<T> Seen<T> {
    pub(crate) fn next(&self) -> T {
        self.0.recv_timeout(AGES).expect("another message in time")
    }

    /// Everything up to the end of the tap.
    pub(crate) fn rest(&self) -> Vec<T> {
        let deadline = Instant::now() + AGES;
        let mut rest = Vec::new();
        loop {
            match self.0.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(message) => rest.push(message),
                Err(RecvTimeoutError::Disconnected) => return rest,
                Err(RecvTimeoutError::Timeout) => panic!("messages have no end"),
            }
        }
    }
}

impl Seen<TorrentMessage> {
    pub(crate) fn answer(&self) -> String {
        self.answers(1).remove(0)
    }

    /// So many answers, as [`told`] tells them; what comes between them is passed over.
    pub(crate) fn answers(&self, count: usize) -> Vec<String> {
        let mut answers = Vec::new();
        while answers.len() < count {
            answers.extend(told(&self.next()));
        }
        answers
    }

    /// Waits until this torrent is told to be complete.
    pub(crate) fn complete(&self, id: u32) {
        loop {
            if let TorrentMessage::Changed(update) | TorrentMessage::Status(update) = self.next()
                && update.torrentid.get() == id
                && update.stats.is_complete()
            {
                return;
            }
        }
    }
}

/// An answer in short: the token, what it is, and the torrent's number where there is one.
pub(crate) fn told(message: &TorrentMessage) -> Option<String> {
    let token = message.token()?;
    let id = message.torrentid();
    Some(match message {
        TorrentMessage::Created(_) => format!("{token}: created {}", id?),
        TorrentMessage::AlreadyDownloading(_) => format!("{token}: already {}", id?),
        TorrentMessage::Closed(_) => format!("{token}: closed {}", id?),
        TorrentMessage::StartFail(_) => format!("{token}: failed"),
        TorrentMessage::Refused(_) => format!("{token}: refused"),
        TorrentMessage::Paused(_) => format!("{token}: paused {}", id?),
        TorrentMessage::Resumed(_) => format!("{token}: resumed {}", id?),
        TorrentMessage::Explained(_) => format!("{token}: explained {}", id?),
        TorrentMessage::Listed(listed) => {
            let ids: Vec<_> = listed.torrents.iter().map(|listed| listed.torrentid.get()).collect();
            format!("{token}: listed {ids:?}")
        }
        TorrentMessage::Left(_) => format!("{token}: left"),
        _ => return None,
    })
}

/// A client for tests: on loopback, impatient, and with a word often.
pub(crate) fn config(directory: &Path) -> ClientConfig {
    let mut config = ClientConfig::default();
    config.directory = directory.to_path_buf();
    config.tick_interval = Duration::from_millis(20);
    config.engine.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.engine.announce_threads = 1;
    config.engine.stop_within = Duration::from_millis(700);
    config
}

/// Bytes that differ with the seed.
pub(crate) fn bytes(length: usize, seed: u64) -> Vec<u8> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut bytes = vec![0; length];
    chance.fill(&mut bytes);
    bytes
}

/// Writes a file and makes a torrent of it.
pub(crate) fn made(
    token: &str,
    path: PathBuf,
    content: &[u8],
    tracker: Option<&str>,
) -> MadeTorrent {
    fs::write(&path, content).expect("room for a file");
    let options = tracker.map(MakeOptions::tracker).unwrap_or_default();
    let made = make(&path, &options, |_| ControlFlow::Continue(())).expect("it can be made");
    MadeTorrent { token: token.into(), rawmetainfo: made.rawmetainfo.into(), files: made.files }
}

/// A request to seed a file of these bytes where it lies.
pub(crate) fn seed(token: &str, path: PathBuf, content: &[u8]) -> TorrentRequest {
    TorrentRequest::Create(made(token, path, content, None).into())
}

/// A request to download what somebody else seeds.
pub(crate) fn download(token: &str, seed: &TorrentRequest) -> TorrentRequest {
    let TorrentRequest::Create(create) = seed.clone() else { panic!("{seed} seeds nothing") };
    let token = token.into();
    TorrentRequest::Create(CreateNewTorrent {
        token,
        content: None,
        is_known_complete: false,
        ..create
    })
}

/// A request with something else than a torrent.
pub(crate) fn nonsense(token: &str) -> TorrentRequest {
    TorrentRequest::Create(CreateNewTorrent {
        token: token.into(),
        rawmetainfo: b"<html>404</html>".as_slice().into(),
        content: None,
        is_known_complete: false,
    })
}

/// The same request under another token.
pub(crate) fn again(token: &str, request: &TorrentRequest) -> TorrentRequest {
    let TorrentRequest::Create(create) = request.clone() else { panic!("{request} is no torrent") };
    TorrentRequest::Create(CreateNewTorrent { token: token.into(), ..create })
}

/// A port that is free now, for those who must know it before it is taken.
pub(crate) fn free_port() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("it has an address")
}
