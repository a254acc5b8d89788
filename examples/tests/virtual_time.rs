//! The cookbook's graph in virtual time: every component and link of the seeder, with a client whose
//! engine lives in a simulated swarm, and the same each time.

use std::fs;
use std::io::{self, Cursor, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axon_core::{Trace, now};
use examples::cookbook::{Bars, Cookbook, Screen};
use kamaelia_io::{ConsoleEchoer, ConsoleReader, SimpleHTTPClient};
use kamaelia_torrent::components::{ClientConfig, Format, Leave, Tally};
use kamaelia_torrent::simulation::{Access, OpenSwarm, Peers, Swarm, Torrent};
use tempfile::TempDir;

const MIB: u64 = 1 << 20;

/// What was written, and when.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<(Instant, String)>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8(bytes.to_vec()).expect("whole letters are written");
        self.0.lock().expect("nobody panics with it").push((now(), text));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    /// The lines, and how long after the first each came.
    fn lines(&self) -> Vec<(Duration, String)> {
        let written = self.0.lock().expect("nobody panics with it");
        let first = written.first().map(|(at, _)| *at);
        let lines = written.iter().flat_map(|(at, text)| {
            text.lines().map(move |line| (*at - first.unwrap_or(*at), line.to_owned()))
        });
        lines.collect()
    }
}

/// What came of one run.
#[derive(Debug, PartialEq)]
struct Outcome {
    results: Vec<(Duration, String)>,
    complaints: Vec<(Duration, String)>,
    trace: Trace,
}

/// Three who have a film and four who want it, as one more who wants it finds them.
fn swarm(seed: u64) -> OpenSwarm {
    Swarm::new(seed)
        .torrent(Torrent::new(4 * MIB).piece_length(64 << 10).name("film"))
        .seeds(3)
        .leechers(4)
        .peers(Peers::engines(1))
        .network(Access::default().up(MIB / 4).down(MIB))
        .open()
        .expect("a scenario")
}

/// Publishes a song, and downloads the film of the swarm, below this directory.
fn publish_and_download(swarm: &OpenSwarm, seed: u64, home: &Path) -> Outcome {
    let (song, directory) = (home.join("song.ogg"), home.join("dir"));
    fs::write(&song, vec![7; 300_000]).expect("room for a file");
    fs::create_dir(&directory).expect("room for a directory");
    fs::write(directory.join("film.torrent"), swarm.metainfo().to_bytes()).expect("room");
    let commands = format!("file:{}\ntorrent:film.torrent\nfile:/nowhere\n", song.display());

    let client = client(swarm, &directory);
    let trackers = swarm.metainfo().announce().map(str::to_owned).into_iter().collect();
    let (outcome, tally) = played(client, trackers, commands, seed);
    assert_eq!((tally.failures(), tally.unfinished()), (1, 0));
    outcome
}

/// A client in this swarm that downloads to a directory.
fn client(swarm: &OpenSwarm, directory: &Path) -> ClientConfig {
    let mut client = ClientConfig::default();
    client.directory = directory.to_path_buf();
    client.tick_interval = Duration::from_millis(500);
    client.engine.world = swarm.engine_world("engines", 0).expect("there is one");
    client
}

/// Gives the graph all of its input at once, and has it run to its end.
fn played(
    client: ClientConfig,
    trackers: Vec<String>,
    commands: String,
    seed: u64,
) -> (Outcome, Tally) {
    let (results, complaints) = (Written::default(), Written::default());
    let cookbook = Cookbook {
        commands: ConsoleReader::from_reader(Cursor::new(commands)),
        results: ConsoleEchoer::to_writer(results.clone()),
        complaints: ConsoleEchoer::to_writer(complaints.clone()),
        bars: Bars::new(&Screen::default()),
        view: None,
        format: Format::Plain,
        leave: Leave::WhenComplete,
        trackers,
        web: SimpleHTTPClient::new(),
        client,
    };
    let (graph, tally) = cookbook.build().expect("it is wired well");
    assert_eq!(graph.warnings(), []);
    let run = graph.run_seeded(seed);
    run.result.expect("no component fails");
    let (results, complaints) = (results.lines(), complaints.lines());
    (Outcome { results, complaints, trace: run.trace }, tally)
}

/// The lines about one file.
fn about<'a>(outcome: &'a Outcome, file: &str) -> Vec<&'a str> {
    let lines = outcome.results.iter().map(|(_, line)| line.as_str());
    lines.filter(|line| line.split(':').nth(1) == Some(file)).collect()
}

fn outcome(seed: u64) -> Outcome {
    let home = TempDir::new().expect("a directory");
    let swarm = swarm(seed);
    let outcome = publish_and_download(&swarm, seed, home.path());
    let mut film = vec![0; swarm.metainfo().layout().total_length() as usize];
    swarm.fill(0, &mut film);
    assert!(fs::read(home.path().join("dir/film")).expect("it is there") == film);
    assert!(home.path().join("dir/song.ogg.torrent").exists());
    outcome
}

#[test]
fn the_cookbook_graph_publishes_and_downloads_in_virtual_time() {
    let outcome = outcome(7);
    let percent = |line: &&str| line.rsplit(':').next().and_then(|text| text.parse::<i32>().ok());
    let song: Vec<_> = about(&outcome, "song.ogg").iter().filter_map(percent).collect();
    assert_eq!(song, [-1, 100]);
    let film: Vec<_> = about(&outcome, "film").iter().filter_map(percent).collect();
    assert_eq!((film.first(), film.last()), (Some(&-1), Some(&100)));
    assert!(film.len() > 10 && film.is_sorted_by(|one, next| one < next), "{film:?}");
    // A download at 1 MiB a second at most, from those who send a quarter of that each.
    let took = outcome.trace.elapsed;
    assert!(took > Duration::from_secs(4) && took < Duration::from_secs(120), "{took:?}");
    assert_eq!(outcome.complaints.len(), 1, "{:?}", outcome.complaints);
}

#[test]
fn one_seed_makes_one_run_line_by_line() {
    for seed in 0..3 {
        assert_eq!(outcome(seed), outcome(seed), "seed {seed}");
    }
}

#[test]
fn at_the_end_of_its_input_a_disk_that_fails_is_tried_once_more_and_then_given_up() {
    let home = TempDir::new().expect("a directory");
    let song = home.path().join("song.ogg");
    fs::write(&song, vec![7; 300_000]).expect("room for a file");
    let play = |commands: String| {
        let mut client = client(&swarm(7), home.path());
        client.engine.state = Some(home.path().join("state"));
        played(client, Vec::new(), commands, 7)
    };
    let (_, tally) = play(format!("file:{}\n", song.display()));
    assert_eq!((tally.failures(), tally.unfinished()), (0, 0));
    fs::remove_file(&song).expect("a file");

    let (outcome, tally) = play(String::new());
    assert_eq!(tally.unfinished(), 1);
    let said: Vec<_> = outcome.complaints.iter().map(|(_, line)| line.as_str()).collect();
    let missing = format!("{} does not exist", song.display());
    let given_up = "given up after another try, since nothing else is left to do";
    let expected = [format!("1:song.ogg: {missing}"), format!("1:song.ogg: {given_up}: {missing}")];
    assert_eq!(said, expected);
    // It is tried again after ten seconds, and the next tick tells what came of that.
    let waited = outcome.complaints[1].0;
    assert!(waited >= Duration::from_secs(10) && waited < Duration::from_secs(12), "{waited:?}");
}
