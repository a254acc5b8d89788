//! Claims about graphs whose clients live in an imagined world.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axon_core::{Component, Control, Graphline, Inbox, Outbox, Services, Trace, now};
use kamaelia_torrent::components::messages::{CreateNewTorrent, MadeTorrent, TorrentRequest};
use kamaelia_torrent::components::{ClientConfig, Leave, MonitorParser, TorrentPatron};
use kamaelia_torrent::engine::world::World;
use kamaelia_torrent::engine::{MakeOptions, make};
use kamaelia_torrent::simulation::{Access, Peers, Swarm};
use tempfile::TempDir;

use super::cable::{Cable, TRACKER};

const LATENCY: Duration = Duration::from_millis(40);

/// Asks for one thing, and for nothing more.
#[derive(Component)]
struct Ask {
    outbox: Outbox<TorrentRequest>,
    request: TorrentRequest,
}

impl Ask {
    async fn main(mut self) {
        let _ = self.outbox.send(self.request).await;
    }
}

/// Writes lines down, and when they came; has the graph finish when they end, if it is to.
#[derive(Component)]
struct Note {
    inbox: Inbox<String>,
    control: Control,
    host: &'static str,
    start: Arc<Mutex<Option<Instant>>>,
    lines: Lines,
    finishes: bool,
}

type Lines = Arc<Mutex<Vec<(Duration, String)>>>;

impl Note {
    async fn main(mut self) {
        let start = *self.start.lock().expect("nobody panics with it").get_or_insert_with(now);
        while let Some(line) = self.inbox.recv().await {
            self.lines
                .lock()
                .expect("nobody panics with it")
                .push((now() - start, format!("{}: {line}", self.host)));
        }
        if let Some(graph) = self.control.graph().filter(|_| self.finishes) {
            graph.finish();
        }
    }
}

fn client(directory: &Path, world: World) -> ClientConfig {
    let mut config = ClientConfig::default();
    config.directory = directory.to_path_buf();
    config.engine.world = world;
    config
}

/// What two hosts say of one torrent, which names this tracker, and the run in short.
fn a_download(worlds: [World; 2], tracker: String, seed: u64) -> (Vec<(Duration, String)>, Trace) {
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("song.ogg");
    let mut bytes = vec![0; 700_000];
    fastrand::Rng::with_seed(3).fill(&mut bytes);
    fs::write(&path, &bytes).expect("room for a file");
    let options = MakeOptions::tracker(tracker);
    let made = make(&path, &options, |_| ControlFlow::Continue(())).expect("it can be made");
    let made = MadeTorrent {
        token: "publish".into(),
        rawmetainfo: made.rawmetainfo.into(),
        files: made.files,
    };
    let publish = CreateNewTorrent::from(made);
    let download = CreateNewTorrent {
        token: "download".into(),
        content: None,
        is_known_complete: false,
        ..publish.clone()
    };

    let (start, lines) = (Arc::default(), Lines::default());
    let mut graph = Graphline::new();
    let hosts = [(publish, Leave::WhenAsked), (download, Leave::WhenComplete)];
    for ((world, (request, leave)), name) in
        worlds.into_iter().zip(hosts).zip(["publisher", "reader"])
    {
        let directory = home.path().join(name);
        fs::create_dir(&directory).expect("room for a directory");
        let config = client(&directory, world);
        // Each has a client of its own.
        let patron = TorrentPatron::new(&Services::new(), config).leave(leave);
        let ask = Ask { outbox: Outbox::new(), request: TorrentRequest::Create(request) };
        let monitor = MonitorParser::default();
        let note = Note {
            inbox: Inbox::new(),
            control: Control::default(),
            host: name,
            start: Arc::clone(&start),
            lines: lines.clone(),
            finishes: leave == Leave::WhenComplete,
        };
        graph = graph
            .link(&ask.outbox, &patron.inbox)
            .link(&patron.outbox, &monitor.inbox)
            .link(&monitor.outbox, &note.inbox)
            .add(format!("ask {name}"), ask)
            .add(format!("{name}'s patron"), patron)
            .add(format!("{name}'s monitor"), monitor)
            .add(format!("{name}'s note"), note);
    }
    let run = graph.run_seeded(seed);
    run.result.expect("nobody fails");
    assert!(fs::read(home.path().join("reader/song.ogg")).expect("it is there") == bytes);
    let lines = std::mem::take(&mut *lines.lock().expect("nobody panics with it"));
    (lines, run.trace)
}

fn on_a_cable(seed: u64) -> (Vec<(Duration, String)>, Trace) {
    let cable = Cable::new(seed, LATENCY);
    let worlds = [1, 2].map(|number| cable.host(number));
    a_download(worlds, format!("{TRACKER}/announce"), seed)
}

fn in_a_swarm(seed: u64) -> (Vec<(Duration, String)>, Trace) {
    let swarm = Swarm::new(seed)
        .peers(Peers::engines(2).access(Access::default().up(50_000).down(500_000)))
        .open()
        .expect("a scenario");
    let worlds = [0, 1].map(|number| swarm.engine_world("engines", number).expect("it is there"));
    let tracker = swarm.metainfo().announce().expect("there is a tracker").to_owned();
    a_download(worlds, tracker, seed)
}

/// The lines of one host.
fn told<'a>(lines: &'a [(Duration, String)], host: &str) -> Vec<&'a str> {
    lines.iter().filter_map(|(_, line)| line.strip_prefix(host)).collect()
}

#[test]
fn patrons_on_two_hosts_share_a_torrent_in_the_time_of_their_graph_and_the_same_way_each_time() {
    for seed in 5..15 {
        let (lines, trace) = on_a_cable(seed);
        assert_eq!(told(&lines, "publisher: "), ["1:song.ogg:-1", "1:song.ogg:100"]);
        let read = told(&lines, "reader: ");
        assert_eq!(read, ["1:song.ogg:-1", "1:song.ogg:0", "1:song.ogg:100"]);
        assert_eq!(on_a_cable(seed), (lines, trace));
    }
}

#[test]
fn so_they_do_on_a_simulated_network_as_fast_as_that_is() {
    for seed in 5..8 {
        let (lines, trace) = in_a_swarm(seed);
        let read = told(&lines, "reader: ");
        assert_eq!((read.first(), read.last()), (Some(&"1:song.ogg:-1"), Some(&"1:song.ogg:100")));
        // 700,000 bytes at 50,000 a second.
        assert!(read.len() > 3 && trace.elapsed > Duration::from_secs(14), "{lines:?} {trace:?}");
        assert_eq!(in_a_swarm(seed), (lines, trace));
    }
}
