//! The pictures in the documents are what the code draws today.
//!
//!     .ci/pictures        # makes them anew

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use axon_core::inspect::Snapshot;
use examples::cookbook::{Bars, Cookbook, Screen};
use kamaelia_io::{ConsoleEchoer, ConsoleReader, SimpleHTTPClient};
use kamaelia_torrent::components::{ClientConfig, Format, Leave};

/// The graph of the seeder, before it runs. It is built once: a number is given to one component of a
/// process, and is in its drawing.
static SEEDER: LazyLock<Snapshot> = LazyLock::new(seeder);

fn seeder() -> Snapshot {
    let cookbook = Cookbook {
        commands: ConsoleReader::new(""),
        results: ConsoleEchoer::to_writer(io::sink()),
        complaints: ConsoleEchoer::to_writer(io::sink()),
        bars: Bars::new(&Screen::default()),
        view: None,
        format: Format::Plain,
        leave: Leave::WhenComplete,
        trackers: Vec::new(),
        web: SimpleHTTPClient::new(),
        client: ClientConfig::default(),
    };
    let (graph, _) = cookbook.build().expect("it is wired well");
    let mut outline = graph.snapshot().outline();
    // What a page has room for: no types of messages, and no parameters of types.
    outline.links.iter_mut().for_each(|link| link.message.clear());
    for component in &mut outline.components {
        component.kind.truncate(component.kind.find('<').unwrap_or(component.kind.len()));
    }
    outline
}

#[test]
fn the_picture_of_the_seeder_is_drawn_from_its_graph() {
    let path = pictures().join("seeder.dot");
    let drawn = SEEDER.to_dot_downwards();
    if env::var_os("PICTURES").is_some_and(|what| what == "draw") {
        fs::write(&path, &drawn).expect("room for a picture");
    }
    let kept = fs::read_to_string(&path).expect("the picture is there");
    assert!(kept == drawn, "the graph has changed: make its picture anew with .ci/pictures");
}

#[test]
fn the_picture_that_is_shown_has_every_component_and_box_of_the_graph() {
    let shown = fs::read_to_string(pictures().join("seeder.svg")).expect("the picture is there");
    for component in &SEEDER.components {
        let boxes = component.inboxes.iter().chain(&component.outboxes);
        for name in boxes.map(|known| &known.name).chain([&component.name]) {
            assert!(shown.contains(&format!(">{name}</text>")), "{name} is not shown");
        }
    }
}

#[test]
fn the_recording_shows_a_file_that_arrives() {
    let shown = fs::read_to_string(pictures().join("two_seeders.svg")).expect("it is there");
    for line in ["file:song one.ogg", "1:song one.ogg:-1", "1:song one.ogg:100", "the same"] {
        assert!(shown.contains(&format!(">{line}</tspan>")), "{line} is not shown");
    }
}

fn pictures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures")
}
