//! Every example's graph, drawn by the code: a graph is checked before it runs, and so it can be drawn
//! without running. `KAMAELIA_WRITE=1 cargo test -p examples --test graphs` draws them anew, with graphviz.

#![allow(dead_code)]

#[path = "../copy/chat.rs"]
mod chat;
#[path = "../copy/chat_room.rs"]
mod chat_room;
#[path = "../copy/fetch_list.rs"]
mod fetch_list;
#[path = "../hello_pipeline.rs"]
mod hello_pipeline;
#[path = "common/page.rs"]
mod page;
#[path = "../copy/publish_directory.rs"]
mod publish_directory;
#[path = "../copy/ship_logs.rs"]
mod ship_logs;
#[path = "../copy/watch_folder.rs"]
mod watch_folder;
#[path = "../copy/word_count.rs"]
mod word_count;

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use axon_core::inspect::Snapshot;
use axon_core::{Graph, Graphline, Services};
use clap::Parser;

use page::{assert_page, workspace};

/// Where the drawings are, below the book.
const DIRECTORY: &str = "docs/graphs";

/// Programs that have no graph, and so no drawing.
const WITHOUT: [&str; 6] =
    ["download", "how_long", "make_torrent", "published_swarms", "swarm_in_a_box", "torrent_info"];

/// Programs whose drawing is elsewhere: that of the seeder is on the front page, and a tracker is one
/// component by itself.
const ELSEWHERE: [&str; 2] = ["seeder", "tracker"];

struct Drawing {
    /// Of the program, and of the part of it where it has several.
    name: &'static str,
    about: &'static str,
    snapshot: Snapshot,
}

fn drawings() -> Vec<Drawing> {
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let ok = "it is wired well";
    let guest = chat::Options::parse_from(["chat", "host:1501", "--name", "ada"]);
    let list = fetch_list::Options::parse_from(["fetch_list", "--then", "command"]);
    let logs = ship_logs::Options::parse_from(["ship_logs", "host:5140"]);
    let folder = watch_folder::Options::parse_from(["watch_folder", "folder"]);
    let (any, port) = (here.to_string(), "a port");
    let shared = ["publish_directory", "directory", "--tracker", &any];
    let published = publish_directory::graph(publish_directory::Options::parse_from(shared));
    let room = chat_room::room(&chat_room::Options::parse_from(["chat_room", &any]));
    let words = word_count::Options::parse_from(["word_count", "--workers", "3"]);
    let seat = Graphline::from(chat_room::seat(&Services::new(), here));
    vec![
        drawing("chat", "A guest of the room.", chat::guest(guest).expect(ok)),
        drawing("chat_room", "The room, before anybody is there.", room.expect(port)),
        drawing("chat_room_seat", "What each connection is given.", seat.build().expect(ok)),
        drawing(
            "fetch_list",
            "Lines are sorted by what they name; whatever comes of them ends at the patron.",
            fetch_list::graph(list).expect(ok),
        ),
        drawing("hello_pipeline", "The smallest.", hello_pipeline::pipeline().build().expect(ok)),
        drawing(
            "publish_directory",
            "What is published comes from ordinary code.",
            published.expect(port),
        ),
        drawing(
            "ship_logs",
            "The limit of rate holds back the reader.",
            ship_logs::graph(logs).expect(ok),
        ),
        drawing(
            "watch_folder",
            "What appears in the folder is seeded when its file is written.",
            watch_folder::graph(folder).expect(ok),
        ),
        drawing("word_count", "With three workers.", word_count::graph(words).expect(ok)),
    ]
}

fn drawing(name: &'static str, about: &'static str, graph: Graph) -> Drawing {
    let mut snapshot = graph.snapshot().outline();
    for component in &mut snapshot.components {
        // The parameters of a type are on its links, and those of a function have no name.
        component.kind.truncate(component.kind.find('<').unwrap_or(component.kind.len()));
    }
    number_anew(&mut snapshot);
    Drawing { name, about, snapshot }
}

/// Numbers go on through all graphs of a process; a drawing counts its own components.
fn number_anew(snapshot: &mut Snapshot) {
    let numbers: HashMap<u64, u64> =
        (1..).zip(&snapshot.components).map(|(new, component)| (component.number, new)).collect();
    let ends = snapshot.links.iter_mut().flat_map(|link| [&mut link.from, &mut link.to]);
    for end in ends.chain(snapshot.exported.iter_mut().map(|exported| &mut exported.inner)) {
        end.number = numbers[&end.number];
    }
    for component in &mut snapshot.components {
        component.number = numbers[&component.number];
    }
}

#[test]
fn the_drawings_are_those_of_the_graphs_as_they_are() {
    for Drawing { name, snapshot, .. } in drawings() {
        let path = format!("{DIRECTORY}/{name}.dot");
        assert_page(&path, &snapshot.to_dot_downwards(), "graphs");
        let [dot, svg] =
            ["dot", "svg"].map(|end| workspace().join(DIRECTORY).join(name).with_extension(end));
        if std::env::var_os("KAMAELIA_WRITE").is_some() {
            let drawn = Command::new("dot").arg("-Tsvg").arg(&dot).arg("-o").arg(&svg).status();
            assert!(drawn.expect("graphviz is installed").success(), "{path}");
        }
        let shown = fs::read_to_string(&svg).unwrap_or_default();
        for word in words(&snapshot) {
            assert!(shown.contains(&word), "{}: {word} is not shown; draw it anew", svg.display());
        }
    }
}

/// What a picture shows of each component, box and link, as SVG writes it.
fn words(snapshot: &Snapshot) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for component in &snapshot.components {
        let boxes = component.inboxes.iter().chain(&component.outboxes);
        let names = boxes.map(|known| known.name.as_str()).chain([component.name_in_group()]);
        words.extend(names.map(|name| format!(">{}</text>", escaped(name))));
    }
    words.extend(snapshot.links.iter().map(|link| escaped(&link.message)));
    words
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('-', "&#45;")
}

#[test]
fn the_page_of_drawings_shows_each() {
    let mut text = HEAD.to_owned();
    for Drawing { name, about, .. } in drawings() {
        let program = name.trim_end_matches("_seat");
        let title =
            if name == program { format!("`{name}`") } else { format!("`{program}`: a seat") };
        let _ = write!(text, "\n## {title}\n\n{about}\n\n![{name}](graphs/{name}.svg)\n");
    }
    assert_page("docs/graphs.md", &text, "graphs");
}

#[test]
fn every_program_has_a_drawing_or_a_reason_to_have_none() {
    let manifest =
        fs::read_to_string(workspace().join("examples/Cargo.toml")).expect("it is there");
    let programs = manifest.split("[[bin]]\nname = \"").skip(1);
    let programs: BTreeSet<&str> = programs.filter_map(|rest| rest.split('"').next()).collect();
    let drawn = drawings();
    let drawn = drawn.iter().map(|drawing| drawing.name.trim_end_matches("_seat"));
    let known: BTreeSet<&str> = drawn.chain(WITHOUT).chain(ELSEWHERE).collect();
    assert_eq!(programs, known);
}

const HEAD: &str = "\
# The graphs of the examples

Drawn by the code, from the graphs as they are built: a graph is checked before it runs, and so it can be
drawn without running (`Graph::snapshot`, `Snapshot::to_dot_downwards`). A test fails when a drawing is stale;
`KAMAELIA_WRITE=1 cargo test -p examples --test graphs` draws all anew, with graphviz. Inboxes are
above a component, outboxes below; on each link stands what it carries, and where two types stand,
a function in the middle of the link makes the one of the other.

The programs are in `examples/copy`, but for `hello_pipeline`, which is in `examples`. The graph of the
seeder is on the front page of the repository.
";
