//! What it costs to pass a message: processor time for each message and hop, in graphs of several
//! shapes, beside others that do the same work in the same run.
//!
//! `cargo bench -p axon-bench` runs all of it in a few minutes. Words after `--` choose shapes
//! whose names contain one of them, `by=WORD` the systems likewise, `rounds=3` how often each does
//! its work. Every run checks the sum of what arrived. The last table compares what was measured
//! with what was aimed for.

mod idle;
mod measure;
mod options;
mod report;
mod shapes;
mod systems;

use options::Options;
use report::{Standing, print_standing};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(alone) = idle::Alone::from(&arguments) {
        alone.measure();
    }
    let options = Options::from(&arguments);
    let systems = systems::all();
    let mut standing: Vec<Standing> = Vec::new();
    println!("Processor time, user and system, of the whole process.\n");
    for shape in shapes::timed().into_iter().filter(|shape| options.wants_shape(shape.title.name)) {
        let rows = measure::measure(&shape, &systems, &options);
        standing.extend(report::print_rows(&shape.title, &rows));
    }
    for shape in shapes::idle().into_iter().filter(|shape| options.wants_shape(shape.title.name)) {
        let rows = idle::measure(&shape, &systems, &options);
        standing.extend(report::print_rows(&shape.title, &rows));
    }
    print_standing(&standing);
}
