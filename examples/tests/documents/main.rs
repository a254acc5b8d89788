//! The documents hold together: every link leads somewhere, the book has every page, all code is tried.

mod driving;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use page::Page;

/// Where the book lies, and its table of contents.
const BOOK: &str = "docs";
const SUMMARY: &str = "docs/SUMMARY.md";

/// What is shown by itself on a crate's page, where there is no repository around it.
const ALONE: &[&str] = &[
    "axon-core/README.md",
    "axon-core/derive/README.md",
    "kamaelia-io/README.md",
    "kamaelia-torrent/README.md",
];

#[test]
fn every_link_leads_to_a_file_that_is_there_and_to_a_heading_in_it() {
    let pages = pages();
    let complaints = each_link(&pages, |page, link| {
        let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
        let Some(target) = page.resolve(path) else {
            return Some("leads out of the repository".to_owned());
        };
        if !root().join(&target).exists() {
            return Some(format!("leads to {}, which is not there", target.display()));
        }
        let is_there = |known: &Page| known.has_anchor(anchor);
        if !anchor.is_empty() && !pages.get(&target).is_some_and(is_there) {
            return Some(format!("{} has no heading of this name", target.display()));
        }
        None
    });
    assert_none(&complaints);
}

#[test]
fn the_book_links_to_nothing_that_is_not_in_the_book() {
    let complaints = each_link(&pages(), |page, link| {
        let path = link.split('#').next().unwrap_or_default();
        let stays = page.resolve(path).is_some_and(|target| target.starts_with(BOOK));
        (page.path.starts_with(BOOK) && !stays)
            .then(|| "leads out of the book; name the file in backquotes".to_owned())
    });
    assert_none(&complaints);
}

#[test]
fn what_stands_alone_links_to_nothing_beside_it() {
    let complaints = each_link(&pages(), |page, link| {
        let is_alone = ALONE.iter().any(|path| Path::new(path) == page.path);
        (is_alone && !link.starts_with('#'))
            .then(|| "is broken on the crate's page; name the file in backquotes".to_owned())
    });
    assert_none(&complaints);
}

#[test]
fn links_to_elsewhere_are_written_as_links_are() {
    let mut complaints = Vec::new();
    for page in pages().values() {
        for link in page.links.iter().filter(|link| is_elsewhere(link)) {
            if !is_web_address(link) {
                complaints.push(format!("{}: {link} is no address", page.path.display()));
            }
        }
    }
    assert_none(&complaints);
}

#[test]
fn the_book_has_every_page_once() {
    let pages = pages();
    let summary = &pages[Path::new(SUMMARY)];
    let named: Vec<PathBuf> =
        summary.links.iter().filter_map(|link| summary.resolve(link)).collect();
    let mut complaints = Vec::new();
    for path in pages.keys().filter(|path| path.starts_with(BOOK) && *path != Path::new(SUMMARY)) {
        let times = named.iter().filter(|name| *name == path).count();
        if times != 1 {
            complaints.push(format!("{SUMMARY} names {} {times} times", path.display()));
        }
    }
    assert_none(&complaints);
}

#[test]
fn all_rust_in_the_documents_is_compiled() {
    let included = included();
    let mut complaints = Vec::new();
    for page in pages().values().filter(|page| page.has_rust()) {
        if !included.contains(&page.path) {
            complaints.push(format!(
                "{}: no `#[doc = include_str!(...)]` makes doctests of its code",
                page.path.display()
            ));
        }
    }
    assert_none(&complaints);
}

#[test]
fn all_scripts_in_the_documents_can_be_parsed() {
    let mut complaints = Vec::new();
    for page in pages().values() {
        for (language, code) in &page.code {
            let (program, args): (_, &[&str]) = match language.as_str() {
                "sh" => ("sh", &["-n"]),
                "bash" => ("bash", &["-n"]),
                "python" => ("python3", &["-c", "import ast, sys; ast.parse(sys.stdin.read())"]),
                _ => continue,
            };
            if let Err(error) = parse(program, args, code) {
                complaints.push(format!("{}: {program} says {error}", page.path.display()));
            }
        }
    }
    assert_none(&complaints);
}

fn parse(program: &str, args: &[&str], code: &str) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    // It may stop reading at the mistake; what it says then is what counts.
    let _ = child.stdin.take().expect("a pipe").write_all(code.as_bytes());
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(format!("{said}of:\n{code}")) }
}

/// What is wrong with links within the repository, with the page and the link.
fn each_link(
    pages: &BTreeMap<PathBuf, Page>,
    wrong: impl Fn(&Page, &str) -> Option<String>,
) -> Vec<String> {
    let mut complaints = Vec::new();
    for page in pages.values() {
        for link in page.links.iter().filter(|link| !is_elsewhere(link)) {
            let complaint = wrong(page, link);
            let place = page.path.display();
            complaints.extend(complaint.map(|complaint| format!("{place}: {link} {complaint}")));
        }
    }
    complaints
}

fn is_elsewhere(link: &str) -> bool {
    link.contains("://") || link.starts_with("mailto:")
}

fn is_web_address(link: &str) -> bool {
    let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || ".-:".contains(letter);
    let is_plain = |letter: char| letter.is_ascii_graphic() && !"<>\"\\^`{|}".contains(letter);
    host.contains('.') && host.chars().all(is_name) && link.chars().all(is_plain)
}

/// The pages of the repository by their paths from its root.
fn pages() -> BTreeMap<PathBuf, Page> {
    let pages: BTreeMap<PathBuf, Page> = files("md")
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(root().join(&path)).expect("a page is UTF-8 text");
            (path.clone(), Page::new(path, &text))
        })
        .collect();
    assert!(pages.len() > 10, "the pages lie in {}", root().display());
    pages
}

/// What source makes doctests of.
fn included() -> BTreeSet<PathBuf> {
    let mut included = BTreeSet::new();
    for path in files("rs") {
        let text = fs::read_to_string(root().join(&path)).expect("source is UTF-8 text");
        let lines = text.lines().filter(|line| line.contains("[doc = include_str!("));
        let names = lines.filter_map(|line| line.split('"').nth(1));
        included.extend(names.filter_map(|name| page::resolve(&path, name)));
    }
    included
}

/// Files with this ending, from the root of the repository.
fn files(ending: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![root()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("a directory of the repository") {
            let path = entry.expect("an entry of the directory").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                files.push(path.strip_prefix(root()).expect("a file below the root").to_owned());
            }
        }
    }
    files
}

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.expect("the examples lie in the repository").to_owned()
}

fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn addresses_are_told_from_what_only_looks_like_one() {
    assert!(is_web_address("https://docs.rs/axon-core/latest/?q=a%20b#x"));
    assert!(is_web_address("http://127.0.0.1:8080/"));
    for wrong in ["https://", "https:///docs", "https://nowhere", "ftp://a.b", "https://a.b/c d"] {
        assert!(!is_web_address(wrong), "{wrong}");
    }
}
