//! Walks the table.

use std::sync::mpsc;
use std::thread;

use crate::books::be_quiet;
use crate::cell::Cell;
use crate::common::{AGES, STEP, stress};
use crate::scene::Scene;

/// Orders of events that each cell is tried in.
const SEEDS: u64 = 2;

/// Does this with each cell on another thread, and hears of each: one that never ends is named.
fn walk(run: impl Fn(u64, &Scene, Cell) + Send + 'static) {
    be_quiet();
    let (tell, told) = mpsc::channel();
    let walks = thread::spawn(move || {
        for (number, cell) in (0..).zip(Cell::all().into_iter().step_by(STEP)) {
            tell.send(cell).expect("the test waits");
            run(number, &Scene::new(cell), cell);
        }
    });
    let mut last = None;
    loop {
        match told.recv_timeout(AGES) {
            Ok(cell) => last = Some(cell),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                panic!("does not end: {}", last.expect("there are cells"))
            }
        }
    }
    // What panicked may be a panic on purpose that got out, which nobody has told.
    assert!(walks.join().is_ok(), "goes wrong: {}", last.expect("there are cells"));
}

#[test]
fn every_cell_comes_to_what_is_written() {
    walk(|_, scene, _| scene.check(scene.graph().run(), "as it comes"));
}

#[test]
fn every_cell_comes_to_what_is_written_in_any_order_of_events() {
    walk(|number, _, cell| {
        for try_ in 0..stress(SEEDS) {
            let (scene, seed) = (Scene::new(cell), number.wrapping_mul(1_000) + try_);
            scene.check(scene.graph().run_seeded(seed).result, &format!("seed {seed}"));
        }
    });
}
