//! Keeps the page true: as many cases as it says are here.

use super::*;

fn count(rows: &str, class: &str) -> usize {
    let row = rows.lines().find(|row| row.starts_with(&format!("| {class} |"))).expect("a row");
    row.split('|').nth(2).expect("a cell").trim().parse().expect("a number")
}

/// How many tests a file has.
fn tests_in(file: &Path) -> usize {
    let source = fs::read_to_string(file).expect("a source file");
    source.lines().filter(|line| line.trim() == "#[test]").count()
}

#[test]
fn the_page_on_reliability_counts_the_cases_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it lies in a workspace");
    let page = fs::read_to_string(root.join("docs/reliability.md")).expect("the page");
    let here = root.join("examples/tests/faults");
    let mut files = names(&here);
    files.retain(|file| !["main.rs", "page.rs", "process.rs"].contains(&file.as_str()));
    let cases: usize = files.iter().map(|file| tests_in(&here.join(file))).sum();
    assert_eq!(count(&page, "faults, whole programs"), cases);

    let engine = ["tests/disk_trouble.rs", "tests/simulation/cuts.rs", "tests/simulation/disks.rs"];
    let engine = engine.map(|file| tests_in(&root.join("kamaelia-torrent").join(file)));
    assert_eq!(count(&page, "faults, engines"), engine.iter().sum::<usize>());
}
