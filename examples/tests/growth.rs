//! What two seeders keep of torrents that came and went: nothing.
//!
//! They are whole but for the process, which they share with the test, so that every byte can be counted that
//! anybody in it has asked for and not let go: the graph with all its components and links, the engine, its
//! threads. What an allocator keeps beside that, and what the system counts, is another matter.

#[path = "common/mod.rs"]
mod common;

use std::alloc::System;
use std::fs;
use std::io::{self, BufReader, PipeWriter, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axon_core::GraphHandle;
use common::{AGES, unused_port};
use examples::cookbook::{Bars, Cookbook, Screen, Torrents};
use kamaelia_io::view::LiveView;
use kamaelia_io::{ConsoleEchoer, ConsoleReader, SimpleHTTPClient};
use kamaelia_torrent::components::{ClientConfig, Format, Leave};
use serde_json::Value;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tempfile::TempDir;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What is under way comes on top of what is kept, so the least of so many counts is what is kept.
const COUNTS: usize = 30;

/// Torrents that come and go before anything is counted, and between the first counts and the last.
const WARM_UP: usize = 30;
const BETWEEN: usize = 120;

/// Bytes that lists may have more room for when a chance has made them longer than before. Four bytes
/// of each torrent would be more.
const MORE_MAX: usize = 500;

/// Bytes of a song: less than a block, since buffers that hold one are kept, a bounded number of them.
const SONG: usize = 10_000;

/// Bytes that anybody in this process has asked for and not let go.
fn live() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Passes on each line that is written.
struct Told {
    line: Vec<u8>,
    tell: Sender<Vec<u8>>,
}

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend(part);
            if part.ends_with(b"\n") {
                // Nobody listens any more when the test is over.
                let _ = self.tell.send(std::mem::take(&mut self.line));
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A seeder in this process.
struct Seeder {
    commands: PipeWriter,
    told: Receiver<Vec<u8>>,
    graph: GraphHandle,
    thread: Option<JoinHandle<()>>,
    asked: usize,
}

impl Seeder {
    /// One that listens at one address, and knows a peer at the others.
    fn start(directory: &Path, listen: SocketAddr, peers: Vec<SocketAddr>) -> Self {
        let (reader, commands) = io::pipe().expect("a pipe");
        let (tell, told) = mpsc::channel();
        let mut client = ClientConfig::default();
        client.directory = directory.to_path_buf();
        client.tick_interval = Duration::from_millis(20);
        client.engine.listen = vec![listen];
        client.engine.peers = peers;
        client.engine.local_discovery = false;
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let view = LiveView::with_exhibit(here, Torrents::default()).expect("a port");
        let cookbook = Cookbook {
            commands: ConsoleReader::from_reader(BufReader::new(reader)),
            results: ConsoleEchoer::to_writer(Told { line: Vec::new(), tell }),
            complaints: ConsoleEchoer::to_writer(io::sink()),
            bars: Bars::new(&Screen::default()),
            view: Some(view),
            format: Format::Json,
            leave: Leave::WhenAsked,
            trackers: Vec::new(),
            web: SimpleHTTPClient::new(),
            client,
        };
        let (graph, _) = cookbook.build().expect("it is wired well");
        let handle = graph.handle();
        let thread = thread::spawn(move || drop(graph.run().expect("no component fails")));
        Seeder { commands, told, graph: handle, thread: Some(thread), asked: 0 }
    }

    fn next(&self) -> Value {
        let line = self.told.recv_timeout(AGES).expect("a line in time");
        serde_json::from_slice(&line).expect("an object")
    }

    /// The answer to a command.
    fn ask(&mut self, command: &str) -> Value {
        self.asked += 1;
        let tag = self.asked.to_string();
        writeln!(self.commands, "@{tag} {command}").expect("it reads");
        std::iter::repeat_with(|| self.next()).find(|told| told["tag"] == *tag).expect("no end")
    }

    /// Has something taken on, by the number that it then has.
    fn take_on(&mut self, command: &str) -> Value {
        let mut answer = self.ask(command);
        assert_eq!(answer["event"], "added", "{answer}");
        answer["id"].take()
    }

    fn until_complete(&self, id: &Value) {
        let is_it = |told: &Value| told["event"] == "complete" && told["id"] == *id;
        std::iter::repeat_with(|| self.next()).find(is_it).expect("no end");
    }

    fn stop(&mut self, id: &Value) {
        assert_eq!(self.ask(&format!("stop:{id}"))["event"], "closed");
    }
}

impl Drop for Seeder {
    fn drop(&mut self) {
        self.graph.stop();
        if let Some(thread) = self.thread.take() {
            // It has told why, if it failed.
            let _ = thread.join();
        }
    }
}

/// One who has songs, and one who wants them.
struct Stage {
    home: TempDir,
    seed: Seeder,
    get: Seeder,
}

impl Stage {
    fn new() -> Self {
        let home = TempDir::new().expect("a directory");
        let [has, wants] = ["has", "wants"].map(|name| home.path().join(name));
        for place in [&has, &wants] {
            fs::create_dir(place).expect("room for a directory");
        }
        let address = unused_port();
        let seed = Seeder::start(&has, address, Vec::new());
        let get = Seeder::start(&wants, ([127, 0, 0, 1], 0).into(), vec![address]);
        Stage { home, seed, get }
    }

    /// A song is published and fetched; another is never found; and some commands come to nothing.
    fn come_and_go(&mut self, number: usize) {
        let name = format!("song {number}");
        let song = self.home.path().join("has").join(&name);
        let bytes: Vec<u8> = (0..SONG).map(|at| ((at * 7 + number) >> 3) as u8).collect();
        fs::write(&song, &bytes).expect("room for a file");
        let published = self.seed.take_on(&format!("file:{}", song.display()));
        let torrent = song.with_file_name(format!("{name}.torrent"));
        let lost = self.get.take_on(&format!("magnet:?xt=urn:btih:{number:040x}"));
        let wanted = self.get.take_on(&format!("torrent:{}", torrent.display()));
        self.get.until_complete(&wanted);
        let copy = self.home.path().join("wants").join(&name);
        assert!(fs::read(&copy).expect("it was fetched") == bytes);
        for command in [format!("why:{lost}"), format!("pause:{wanted}"), "list".to_owned()] {
            assert_ne!(self.get.ask(&command)["event"], "failed");
        }
        for command in ["torrent:/nowhere", "file:/nowhere", "stop:0", "nonsense"] {
            assert_eq!(self.get.ask(command)["event"], "failed");
        }
        self.get.stop(&lost);
        self.get.stop(&wanted);
        self.seed.stop(&published);
        for path in [song, torrent, copy] {
            fs::remove_file(path).expect("it is there");
        }
    }

    /// What is kept while so many more come and go.
    fn kept(&mut self, numbers: std::ops::Range<usize>) -> usize {
        let counts = numbers.map(|number| {
            self.come_and_go(number);
            live()
        });
        counts.min().expect("there are some")
    }
}

#[test]
fn seeders_keep_nothing_of_torrents_that_came_and_went() {
    let mut stage = Stage::new();
    (0..WARM_UP).for_each(|number| stage.come_and_go(number));
    let (first, last) = (WARM_UP + COUNTS, WARM_UP + COUNTS + BETWEEN);
    let before = stage.kept(WARM_UP..first);
    (first..last).for_each(|number| stage.come_and_go(number));
    let after = stage.kept(last..last + COUNTS);
    eprintln!("{before} bytes before, {after} after");
    assert!(after <= before + MORE_MAX, "{before} bytes before, {after} after");
}
