//! The catalogue of components is complete, and its page is what they say of themselves.

#[path = "common/page.rs"]
mod page;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use axon_core::Place;
use axon_core::catalogue::{BoxDescription, BoxKind, Description};

use page::{assert_page, workspace};

/// The crates that have components, where those are, what is said of them, and what they list.
fn crates() -> [(&'static str, &'static str, Vec<Description>); 3] {
    [
        (
            "axon-core",
            "Those that give others a shape; [chassis](chassis.md) shows each at work.",
            axon_core::catalogue::catalogue(),
        ),
        ("kamaelia-io", "The doors and the taps.", kamaelia_io::catalogue()),
        (
            "kamaelia-torrent",
            "BitTorrent, in `kamaelia_torrent::components`.",
            kamaelia_torrent::components::catalogue(),
        ),
    ]
}

#[test]
fn the_page_is_what_components_say_of_themselves() {
    assert_page("docs/catalogue.md", &written(), "catalogue");
}

#[test]
fn every_component_is_in_the_catalogue_of_its_crate_in_the_order_of_names() {
    for (name, _, catalogue) in crates() {
        let listed: Vec<&str> = catalogue.iter().map(|one| one.name).collect();
        let mut expected = components_in(&workspace().join(name).join("src"));
        let known: BTreeSet<String> = listed.iter().map(|&name| name.to_owned()).collect();
        let missing: Vec<String> = expected.difference(&known).cloned().collect();
        assert!(missing.is_empty(), "{missing:?} are not in `catalogue()` of {name}");
        expected.retain(|name| !name.is_empty());
        assert_eq!(listed, expected.into_iter().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn every_component_and_every_box_of_it_says_what_it_is() {
    for (_, _, catalogue) in crates() {
        for one in catalogue {
            assert!(one.about.ends_with(['.', ':']), "{}: {:?}", one.name, one.about);
            for boxed in one.boxes {
                assert!(boxed.about.ends_with('.'), "{}.{}", one.name, boxed.name);
            }
        }
    }
}

/// The names of the public structs that are made components in the files below a directory.
fn components_in(directory: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in rust_files(directory) {
        let text = fs::read_to_string(&path).expect("source is UTF-8 text");
        // What follows is in a test, and in the catalogue of nobody.
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let mut is_derived = false;
        for line in text.lines() {
            if line.starts_with("#[derive(") {
                is_derived |= line.contains("Component");
            } else if let Some(name) = declared(line) {
                names.extend(is_derived.then_some(name));
                is_derived = false;
            } else if line.starts_with("impl") {
                names.extend(implemented(line));
                is_derived = false;
            }
        }
    }
    assert!(!names.is_empty(), "there are components in {}", directory.display());
    names
}

fn declared(line: &str) -> Option<String> {
    word(line.strip_prefix("pub struct ")?)
}

fn implemented(line: &str) -> Option<String> {
    word(line.split_once(" Component for ")?.1)
}

fn word(text: &str) -> Option<String> {
    let end = text.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory of the workspace") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

const HEAD: &str = "\
# Catalogue of components

Every component of the three crates with its boxes. This page is written by the code: names, types and
sentences are those of the source, and a test fails when it is stale
(`KAMAELIA_WRITE=1 cargo test -p examples --test catalogue` writes it anew).

**Holds** is how many messages wait in front of an inbox, for each of its senders, and what becomes of one
more, unless a graph gives the link another policy (`LinkPolicy`). What waits behind an outbox is in front
of the inbox it leads to. A box that is *optional* may be left loose. Boxes by which components reach each
other without links are left out.
";

fn written() -> String {
    let mut page = HEAD.to_owned();
    for (name, about, catalogue) in crates() {
        let _ = write!(page, "\n## {name}\n\n{about}\n\n| component | in one line |\n|---|---|\n");
        for one in &catalogue {
            let anchor = (one.name.to_owned() + one.parameters).to_lowercase();
            let anchor: String = anchor.replace(' ', "-").replace(['<', '>', ','], "");
            let about = plain(first_sentence(one.about));
            let _ = writeln!(page, "| [`{}`](#{anchor}) | {about} |", one.name);
        }
        for one in &catalogue {
            page += &entry(one);
        }
    }
    page
}

fn first_sentence(about: &str) -> &str {
    about.find(". ").map_or(about, |end| &about[..=end])
}

fn entry(one: &Description) -> String {
    let mut text = format!("\n### `{}{}`\n\n{}\n\n", one.name, one.parameters, plain(one.about));
    let place = match one.place {
        Place::Worker => "shares a worker with others",
        Place::OwnThread => "has a thread of its own",
    };
    let _ = writeln!(text, "It {place}: `{}`.", one.file);
    let boxes: Vec<&BoxDescription> = one.boxes.iter().filter(|one| one.is_linkable()).collect();
    if boxes.is_empty() {
        return text + "\nIt has no boxes to link.\n";
    }
    text += "\n| box | | messages | holds | |\n|---|---|---|---|---|\n";
    for boxed in boxes {
        text += &row(boxed);
    }
    text
}

fn row(boxed: &BoxDescription) -> String {
    let (name, about) = match boxed.kind {
        BoxKind::OutgoingFamily => ("any names".to_owned(), plain(boxed.about)),
        _ => (format!("`{}`", boxed.name), plain(boxed.about)),
    };
    let optional = if boxed.is_optional { ", optional" } else { "" };
    let direction = boxed.kind.direction();
    let room = boxed.kind.room().unwrap_or_default();
    format!("| {name} | {direction}{optional} | `{}` | {room} | {about} |\n", boxed.message)
}

/// A comment as a page of Markdown has it: links to items lead nowhere here, and stay as names.
fn plain(about: &str) -> String {
    let mut text = String::new();
    let mut rest = about;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((name, after)) = after.split_once(']') else { break };
        text += before;
        text += name;
        rest = match after.strip_prefix('(').and_then(|after| after.split_once(')')) {
            Some((_target, after)) => after,
            None => after,
        };
    }
    (text + rest).replace('|', "\\|")
}
