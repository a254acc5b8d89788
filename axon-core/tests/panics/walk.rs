//! Walks the table.

use crate::books::be_quiet;
use crate::cell::Cell;
use crate::common::stress;
use crate::scene::Scene;
use crate::walking;

/// Orders of events that each cell is tried in.
const SEEDS: u64 = 2;

fn walk(run: impl Fn(u64, &Scene, Cell) + Send + 'static) {
    be_quiet();
    walking::walk(Cell::all(), move |number, cell| run(number, &Scene::new(cell), cell));
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
