//! Reads the source of the workspace and holds it to the house rules a program can check.
//!
//! The quiet rooms stay quiet: no socket, file, thread, clock or unseeded chance. Rooms use only
//! the rooms below them, and only `components` knows `axon_core`. One file is `unsafe`. Every file
//! begins by saying what it is for, and none grows without end. Comments, strings and test code are free to say
//! anything: a test may need a clock to start from.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "tidy/source.rs"]
mod source;

use source::{Mention, Source, lines_with};

/// Lines of a file. One that grows past 400 usually holds two ideas; this is where it must not go.
const LINES_MAX: usize = 600;

/// The rooms, and which others each may use. A room not named here fails the test.
const ROOMS: &[Room] = &[
    quiet("hash", &[]),
    quiet("bencode", &[]),
    quiet("compact", &[]),
    quiet("scope", &[]),
    quiet("household", &[]),
    quiet("metainfo", &["bencode", "hash"]),
    quiet("wire", &["metainfo", "bencode", "compact", "hash"]),
    quiet("peer", &["wire", "metainfo", "hash"]),
    quiet("swarm", &["peer", "wire", "metainfo"]),
    quiet("tracker", &["bencode", "compact", "hash", "metainfo", "scope", "household"]),
    quiet("discovery", &["metainfo"]),
    hands("storage", &["metainfo", "hash"]),
    hands(
        "engine",
        &[
            "hash",
            "bencode",
            "metainfo",
            "scope",
            "household",
            "wire",
            "peer",
            "swarm",
            "tracker",
            "discovery",
            "storage",
        ],
    ),
    // The world the engine believes in, so the engine lies below it.
    hands(
        "simulation",
        &["hash", "bencode", "metainfo", "wire", "peer", "swarm", "tracker", "storage", "engine"],
    ),
    // What is held against strangers' bytes, wherever they are read.
    hands(
        "strangers_bytes",
        &["hash", "bencode", "metainfo", "wire", "tracker", "storage", "engine", "components"],
    ),
    // The door stands on top of the house, so everything lies below it.
    hands(
        "components",
        &[
            "hash",
            "bencode",
            "metainfo",
            "wire",
            "peer",
            "swarm",
            "tracker",
            "discovery",
            "storage",
            "engine",
            "simulation",
        ],
    ),
];

/// What a quiet room does not mention, and what it does instead.
const NOISE: &[(&str, &[&str])] = &[
    (
        "opens no socket; say in a value what a driver should do with one",
        &[
            "mio",
            "socket2",
            "ureq",
            "httparse",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "std::os",
            "ToSocketAddrs",
        ],
    ),
    (
        "touches no file; take and give bytes",
        &["std::fs", "fs::*", "rustix", "tempfile", "OpenOptions", "std::env"],
    ),
    (
        "starts nothing and waits for nothing; say in a value when to come back",
        &[
            "std::thread",
            "thread::*",
            "std::process",
            "crossbeam_channel",
            "std::sync::mpsc",
            "Condvar",
            "Barrier",
        ],
    ),
    (
        "looks at no clock; take the time as an argument",
        &["Instant::now", "SystemTime", "UNIX_EPOCH", ".elapsed()"],
    ),
    (
        "has no chance of its own; take a seed, and draw from fastrand::Rng::with_seed",
        &["fastrand::fn", "Rng::new", "Rng::default", "rand", "getrandom", "RandomState"],
    ),
    (
        "prints nothing; return what there is to say",
        &["println!", "print!", "eprintln!", "eprint!", "dbg!", "stdin", "stdout", "stderr"],
    ),
];

/// What only `components` knows.
const DOOR: &[&str] = &["axon_core", "kamaelia_io"];

/// Who looks at the system's clock: the one place where engines do, threads that an engine in an
/// imagined world does not have, and simulations, where their time begins.
const CLOCKS: &[&str] = &[
    "engine::world",
    "engine::network::outlet::web",
    "engine::network::outlet::allowance",
    "engine::trackers::announcer",
    "engine::web_seeds",
    "simulation::joining::open_swarm",
    "simulation::scenario",
    "components::tracker",
    "strangers_bytes",
];

/// The one file that may be `unsafe`: what a processor has for hashing is reached no other way.
const UNSAFE: &str = "kamaelia-torrent/src/hash/x86.rs";

struct Room {
    name: &'static str,
    quiet: bool,
    uses: &'static [&'static str],
}

const fn quiet(name: &'static str, uses: &'static [&'static str]) -> Room {
    Room { name, quiet: true, uses }
}

const fn hands(name: &'static str, uses: &'static [&'static str]) -> Room {
    Room { name, quiet: false, uses }
}

#[test]
fn quiet_rooms_are_quiet() {
    let mut complaints = Vec::new();
    for file in engine_files() {
        if room(&file).quiet {
            complaints.extend(noise(&file));
        }
    }
    assert_none(&complaints);
}

#[test]
fn whoever_may_live_in_virtual_time_asks_for_it() {
    let mut complaints = Vec::new();
    for file in engine_files() {
        let module = file.module().join("::");
        if !CLOCKS.iter().any(|clock| module.starts_with(clock)) {
            let mentions = file.mentions();
            let looks = mentions.iter().filter(|mention| mention.matches("Instant::now"));
            complaints.extend(looks.map(|mention| {
                format!("{}: ask the engine's world, or `axon_core::now`", file.place(mention))
            }));
        }
    }
    assert_none(&complaints);
}

#[test]
fn rooms_use_only_rooms_below_them() {
    let mut complaints = Vec::new();
    for file in engine_files() {
        complaints.extend(wrong_arrows(&file, room(&file)));
    }
    assert_none(&complaints);
}

#[test]
fn only_components_know_the_runtime() {
    let mut complaints = Vec::new();
    for file in engine_files() {
        if room(&file).name != "components" {
            complaints.extend(past_the_door(&file));
        }
    }
    assert_none(&complaints);
}

#[test]
fn every_file_says_what_it_is_for_and_ends_in_sight() {
    let mut complaints = Vec::new();
    for path in rust_files(&workspace()) {
        let text = fs::read_to_string(&path).expect("source is UTF-8 text");
        let shown = path.strip_prefix(workspace()).unwrap_or(&path).display();
        // A crate may begin with its README, which says it too.
        if !["//!", "#![doc"].iter().any(|header| text.starts_with(header)) {
            complaints
                .push(format!("{shown}:1: begin with a `//!` line that says what the file is for"));
        }
        let lines = text.lines().count();
        if lines > LINES_MAX {
            complaints.push(format!(
                "{shown}:{lines}: {lines} lines are more than {LINES_MAX}; split it by concern"
            ));
        }
    }
    assert_none(&complaints);
}

#[test]
fn one_file_is_unsafe() {
    let mut complaints = Vec::new();
    for path in rust_files(&workspace()) {
        let text = fs::read_to_string(&path).expect("source is UTF-8 text");
        let shown = path.strip_prefix(workspace()).unwrap_or(&path).display().to_string();
        if shown != UNSAFE {
            complaints.extend(lines_with("unsafe", &text).into_iter().map(|line| {
                format!("{shown}:{line}: `unsafe` stands in {UNSAFE} and nowhere else")
            }));
        }
    }
    assert_none(&complaints);
}

fn noise(file: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    for mention in file.mentions() {
        for (instead, words) in NOISE {
            if let Some(word) = words.iter().find(|word| mention.matches(word)) {
                complaints.push(format!(
                    "{}: `{word}` in a quiet room; it {instead}",
                    file.place(&mention)
                ));
            }
        }
    }
    complaints
}

fn wrong_arrows(file: &Source, room: &Room) -> Vec<String> {
    let mut complaints = Vec::new();
    for mention in file.mentions() {
        let Some(target) = file.resolve(&mention) else {
            continue;
        };
        let other = target != room.name && ROOMS.iter().any(|known| known.name == target);
        if other && !room.uses.contains(&target.as_str()) {
            complaints.push(format!(
                "{}: `{}` may not use `{target}`, only {:?}; move what both need below both",
                file.place(&mention),
                room.name,
                room.uses
            ));
        }
    }
    complaints
}

fn past_the_door(file: &Source) -> Vec<String> {
    let known = |mention: &Mention| DOOR.iter().any(|word| mention.matches(word));
    file.mentions()
        .into_iter()
        .filter(known)
        .map(|mention| {
            format!(
                "{}: only `components` knows `{}`; the engine could be driven by a plain `main`",
                file.place(&mention),
                mention.path()
            )
        })
        .collect()
}

/// The files of this crate that belong to a room, without those that are test code as a whole.
fn engine_files() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files: Vec<Source> = rust_files(&root)
        .iter()
        .filter(|path| **path != root.join("lib.rs"))
        .map(|path| {
            let text = fs::read_to_string(path).expect("source is UTF-8 text");
            Source::new(path.strip_prefix(&root).expect("a file below src"), &text)
        })
        .collect();
    let tests: Vec<Vec<String>> = files.iter().flat_map(Source::test_modules).collect();
    files.retain(|file| !tests.iter().any(|test| file.module().starts_with(test)));
    assert!(files.len() > 10, "the source lies in {}", root.display());
    files
}

fn room(file: &Source) -> &'static Room {
    let name = &file.module()[0];
    ROOMS
        .iter()
        .find(|room| room.name == name)
        .unwrap_or_else(|| panic!("`{name}` is a new room: say in tests/tidy.rs what it may use"))
}

fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.expect("a crate lies in its workspace").to_path_buf()
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_path_buf()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("a directory of the workspace") {
            let path = entry.expect("an entry of the directory").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn source(text: &str) -> Source {
    Source::new(Path::new("swarm/picker.rs"), text)
}

#[test]
fn noise_is_found_with_its_line_however_it_is_spelled() {
    for text in [
        "\nuse std::fs;",
        "\nuse std::{fs, fmt};",
        "\nuse std::{collections::HashMap, net::{SocketAddr, TcpStream}};",
        "\nfn f() { std::fs::read(x); }",
        "\nfn f() { let t = Instant::now(); }",
        "\nfn f() { let t = std :: time :: Instant :: now (); }",
        "\nfn f() { start.elapsed(); }",
        "\nfn f() { fastrand::u32(..); }",
        "\nfn f() { fastrand::Rng::new(); }",
        "\nfn f() { let map: HashMap<K, V, std::hash::RandomState>; }",
        "\nfn f() { println!(\"{x}\"); }",
    ] {
        let complaints = noise(&source(text));
        assert_eq!(complaints.len(), 1, "{text} gives {complaints:?}");
        assert!(complaints[0].starts_with("src/swarm/picker.rs:2: "), "{complaints:?}");
    }
}

#[test]
fn words_that_only_look_like_noise_are_free() {
    for text in [
        "//! Nothing here calls std::fs or Instant::now().",
        "/* mio /* and std::thread */ TcpStream */",
        "const TEXT: &str = \"std::fs \\\" Instant::now()\";",
        "const RAW: &str = r#\"mio \" socket2\"#;",
        "const QUOTE: char = '\"'; use std::fmt; const C: char = '\\''; // mio",
        "use std::{net::SocketAddr, time::{Duration, Instant}};",
        "fn f<'a>(now: Instant, fs: &'a Files) { fs.mio(); let elapsed = now - then; }",
        "fn f() { fastrand::Rng::with_seed(1); self.process(thread); }",
        "fn f() {} #[cfg(test)] mod tests { fn now() { Instant::now(); } }",
        "#[cfg(test)]\nuse std::fs;\nfn f() {}",
    ] {
        assert_eq!(noise(&source(text)), [""; 0], "{text}");
    }
}

#[test]
fn code_behind_a_test_module_is_read_again() {
    let text = "#[cfg(test)] mod tests { fn f() { if a { b } } }\nuse std::thread;";
    assert_eq!(noise(&source(text)).len(), 1);
}

#[test]
fn arrows_are_found_through_every_kind_of_path() {
    let swarm = quiet("swarm", &["peer"]);
    for text in [
        "use crate::engine::Engine;",
        "use crate::{peer::Peer, engine};",
        "use super::super::engine::Engine;",
        "fn f() { crate::engine::run(); }",
        "use kamaelia_torrent::engine;",
    ] {
        let complaints = wrong_arrows(&source(text), &swarm);
        assert_eq!(complaints.len(), 1, "{text} gives {complaints:?}");
    }
    for text in [
        "use crate::peer::Peer;",
        "use super::engine;",
        "use crate::swarm::choker;",
        "mod engine; use engine::x;",
    ] {
        assert_eq!(wrong_arrows(&source(text), &swarm), [""; 0], "{text}");
    }
}

#[test]
fn a_word_is_found_in_code_and_tests_and_not_in_prose() {
    let text = "// unsafe\n#[cfg(test)]\nmod tests { fn f() { unsafe { g(\"unsafe\") } } }";
    assert_eq!(lines_with("unsafe", text), [3]);
}

#[test]
fn a_test_module_in_a_file_of_its_own_is_known() {
    let file = Source::new(Path::new("swarm/mod.rs"), "#[cfg(test)]\nmod tests;\n");
    assert_eq!(file.test_modules(), [["swarm", "tests"]]);
}
