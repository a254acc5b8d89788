//! Keeps `docs/protocol.md` true: every file and every test that it names exists.

use std::fs;
use std::path::PathBuf;

/// The texts in backquotes of one row of a table.
fn quoted(row: &str) -> impl Iterator<Item = &str> {
    row.split('`').skip(1).step_by(2)
}

fn rows() -> Vec<String> {
    let page = root().join("docs/protocol.md");
    let text = fs::read_to_string(page).expect("the page is there");
    text.lines().filter(|line| line.starts_with("| ")).map(str::to_owned).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where a file named on the page is.
fn path(name: &str) -> PathBuf {
    let crate_or_root = if name.starts_with("examples/") { "" } else { "kamaelia-torrent" };
    root().join(crate_or_root).join(name)
}

#[test]
fn every_file_on_the_page_exists() {
    let missing: Vec<String> = rows()
        .iter()
        .flat_map(|row| quoted(row).filter(|text| text.ends_with(".rs")).map(str::to_owned))
        .filter(|name| !path(name).is_file())
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_test_on_the_page_stands_in_the_file_before_it() {
    let mut missing = Vec::new();
    for row in rows() {
        let mut file = "";
        for text in quoted(&row) {
            if text.ends_with(".rs") {
                file = text;
                continue;
            }
            // Names of tests are long; what else is quoted is short.
            let is_test = text.matches('_').count() > 3;
            let source = fs::read_to_string(path(file)).unwrap_or_default();
            if is_test && !source.contains(&format!("fn {text}(")) {
                missing.push(format!("{file}: {text}"));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn whatever_is_held_somewhere_is_tested_somewhere() {
    let untested: Vec<String> = rows()
        .into_iter()
        .filter(|row| {
            let mut cells = row.split('|').skip_while(|cell| !cell.contains("`src/"));
            cells.next().is_some() && !cells.next().is_some_and(|tested| tested.contains(".rs`"))
        })
        .collect();
    assert_eq!(untested, [""; 0]);
}
