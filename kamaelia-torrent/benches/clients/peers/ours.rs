//! Our own client, as processes of this program that drive an engine.

use std::fs;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axon_core::Graphline;
use kamaelia_torrent::components::TorrentTracker;
use kamaelia_torrent::engine::{
    Content, Engine, EngineConfig, MakeOptions, NewTorrent, TorrentId, make,
};
use kamaelia_torrent::metainfo::Metainfo;

use super::{Client, Done, Work};

/// How long a turn of an engine may wait for something to happen.
const TURN: Duration = Duration::from_secs(60);

pub(crate) struct Ours;

impl Client for Ours {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn command(&self, work: &Work<'_>, _: &Path) -> Option<(Command, Done)> {
        let mut command = this_program();
        match work {
            Work::Make { file, piece_length, out } => {
                command.arg("--make").arg(file).arg(piece_length.to_string()).arg(out);
            }
            Work::Check { torrent, directory } | Work::Leech { torrent, directory } => {
                command.arg("--get").arg(torrent).arg(directory);
            }
            Work::Seed { torrent, directory, address } => {
                command.arg("--seed").arg(torrent).arg(directory).arg(address.to_string());
            }
            Work::SeedMany { torrents, directory, address, state } => {
                command.arg("--many").arg(torrents).arg(directory).arg(address.to_string());
                command.arg(state);
            }
        }
        Some((command, Done::Ended))
    }
}

/// What starts this program again.
pub(crate) fn this_program() -> Command {
    Command::new(std::env::current_exe().expect("this program is known"))
}

/// What starts our tracker, at this address by HTTP and UDP.
pub(crate) fn tracker_command(address: SocketAddr) -> Command {
    let mut command = this_program();
    command.arg("--tracker").arg(address.to_string());
    command
}

/// Does what the words of a command of ours say; false if they are none.
pub(crate) fn did(words: &[&str]) -> bool {
    match words {
        ["--make", file, piece_length, out] => make_one(file, piece_length, out),
        ["--get", torrent, directory] => get(torrent.as_ref(), directory.as_ref()),
        ["--seed", torrent, directory, address] => {
            let mut engine = engine(address, None);
            add(&mut engine, torrent.as_ref(), directory.as_ref());
            turn_for_ever(engine);
        }
        ["--many", torrents, directory, address, state] => {
            many(torrents.as_ref(), directory.as_ref(), address, state.as_ref());
        }
        ["--tracker", address] => track(address),
        _ => return false,
    }
    true
}

fn make_one(file: &str, piece_length: &str, out: &str) {
    let piece_length = Some(piece_length.parse().expect("a number"));
    let options = MakeOptions { piece_length, ..MakeOptions::default() };
    let made = make(file.as_ref(), &options, |_| ControlFlow::Continue(()));
    fs::write(out, made.expect("it can be made").rawmetainfo).expect("room for a torrent");
}

/// Downloads what is not there, checks what is, and ends.
fn get(torrent: &Path, directory: &Path) {
    let mut engine = engine("127.0.0.1:0", None);
    let id = add(&mut engine, torrent, directory);
    while !engine.status(id).expect("it is there").is_complete() {
        engine.turn(TURN).expect("sockets can be waited for");
    }
}

/// Adds them all in the first run; in later ones the state has them.
fn many(torrents: &Path, directory: &Path, address: &str, state: &Path) {
    let is_first = !state.join("begun").exists();
    let mut engine = engine(address, Some(state));
    if is_first {
        fs::write(state.join("begun"), "").expect("room for a mark");
        for torrent in fs::read_dir(torrents).expect("a directory of torrents") {
            add(&mut engine, &torrent.expect("a torrent").path(), directory);
        }
    }
    turn_for_ever(engine);
}

fn engine(address: &str, state: Option<&Path>) -> Engine {
    let mut config = EngineConfig::default();
    config.listen = vec![address.parse().expect("an address")];
    config.state = state.map(Path::to_path_buf);
    // As the other clients are told: five hundred may come, and eight are served at once.
    config.sockets_max = 2_000;
    config.swarm.connections_max = 1_000;
    config.swarm.upload_slots = 64;
    Engine::start(config).expect("an engine starts")
}

fn add(engine: &mut Engine, torrent: &Path, directory: &Path) -> TorrentId {
    let bytes = fs::read(torrent).expect("the torrent was made");
    let metainfo = Arc::new(Metainfo::parse(&bytes).expect("what we make we accept"));
    let content = Content::Download(directory.to_path_buf());
    engine.add(NewTorrent { metainfo, content, known: None }).expect("it is taken on")
}

fn turn_for_ever(mut engine: Engine) {
    loop {
        engine.turn(TURN).expect("sockets can be waited for");
        while engine.poll_event().is_some() {}
    }
}

fn track(address: &str) {
    let address = address.parse().expect("an address");
    let mut tracker = TorrentTracker::bind(address).expect("a free port");
    tracker.bind_udp(address).expect("a free port");
    let graph = Graphline::new().add("tracker", tracker).build().expect("it has no links");
    graph.run().expect("nobody ends it");
}
