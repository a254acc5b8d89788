//! Keeps the page true: as many cases as it says are here.

use super::*;

#[test]
fn the_page_on_reliability_counts_the_cases_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it lies in a workspace");
    let cases = tests_below(&root.join("examples/tests/faults"));
    assert_eq!(cases_of("faults, whole programs"), cases);

    let engine = ["tests/disk_trouble.rs", "tests/simulation/cuts.rs", "tests/simulation/disks.rs"];
    let engine = engine.map(|file| tests_in(&root.join("kamaelia-torrent").join(file)));
    assert_eq!(cases_of("faults, engines"), engine.iter().sum::<usize>());
}
