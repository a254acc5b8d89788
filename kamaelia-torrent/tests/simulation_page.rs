//! Keeps `docs/simulation.md` true: the pictures it shows and the files it names exist.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it lies in a workspace").to_owned()
}

/// What stands between two marks, each time.
fn between<'a>(text: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| Some(rest.split_once(close)?.0))
}

#[test]
fn every_picture_and_every_page_it_leads_to_exists() {
    let page = std::fs::read_to_string(root().join("docs/simulation.md")).expect("the page");
    let links: Vec<&str> = between(&page, "](", ")").collect();
    assert!(links.iter().any(|link| link.ends_with(".svg")), "it shows pictures: {links:?}");
    for link in links {
        assert!(root().join("docs").join(link).exists(), "{link}");
    }
}

#[test]
fn every_source_file_it_names_exists() {
    let page = std::fs::read_to_string(root().join("docs/simulation.md")).expect("the page");
    let names: Vec<&str> = page.split('`').filter(|name| name.ends_with(".rs")).collect();
    assert!(!names.is_empty(), "it names its test");
    for name in names {
        assert!(root().join(name).exists(), "{name}");
    }
}
