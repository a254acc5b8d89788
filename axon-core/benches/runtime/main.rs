//! What it costs to pass a message: processor time for each message and hop, in graphs of several
//! shapes, beside others that do the same work in the same run.
//!
//! `cargo bench -p axon-core` runs all of it in half a minute; words after `--` choose shapes whose
//! names contain one of them, and `by=WORD` the systems likewise. Every run checks the sum of what
//! arrived.

mod calls;
mod components;
mod graphs;
mod measure;
mod tasks;
mod threads;

use measure::{Shape, measure};

fn main() {
    // Cargo itself passes `--bench`.
    let words = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
    let (by, wanted): (Vec<String>, Vec<String>) = words.partition(|word| word.starts_with("by="));
    let by = by.first().map_or("", |word| &word["by=".len()..]);
    println!("Nanoseconds of processor time, user and system, of the whole process.\n");
    for shape in shapes() {
        if wanted.is_empty() || wanted.iter().any(|word| shape.name.contains(word)) {
            measure(shape.only(by));
        }
    }
}

const STAGES: usize = 10;
const FAN: usize = 100;
const RING: usize = 1_000;

fn shapes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for boxes in [1_000, 64, 1] {
        let mut shape = Shape::new(format!("pipeline of {STAGES}, boxes of {boxes}"), "hop")
            .with("axon-core", move |count| graphs::pipeline(count, STAGES, boxes));
        if boxes > 1 {
            shape = shape
                .with("axon-core, in batches", move |count| graphs::batches(count, STAGES, boxes));
        }
        shapes.push(
            shape
                .with("async-executor, kanal", move |count| tasks::pipeline(count, STAGES, boxes))
                .with("thread each, crossbeam", move |count| {
                    threads::pipeline(count, STAGES, boxes)
                })
                .with("virtual call", |count| calls::pipeline(count, STAGES)),
        );
    }
    for tokens in [1, 100] {
        shapes.push(
            Shape::new(format!("ring of {RING}, tokens {tokens}"), "hop")
                .with("axon-core", move |count| graphs::ring(count, RING, tokens))
                .with("async-executor, kanal", move |count| tasks::ring(count, RING, tokens))
                .with("thread each, crossbeam", move |count| threads::ring(count, RING, tokens))
                .with("virtual call", |count| calls::ring(count, RING)),
        );
    }
    shapes.push(
        Shape::new(format!("fan-out 1 to {FAN}, boxes of 1000"), "delivery")
            .with("axon-core", |count| graphs::fan_out(count, FAN, 1_000))
            .with("async-executor, kanal", |count| tasks::fan_out(count, FAN, 1_000))
            .with("thread each, crossbeam", |count| threads::fan_out(count, FAN, 1_000))
            .with("virtual call", |count| calls::fan_out(count, FAN)),
    );
    shapes.push(
        Shape::new(format!("fan-in {FAN} to 1, boxes of 1000"), "message")
            .with("axon-core", |count| graphs::fan_in(count, FAN, 1_000))
            .with("async-executor, kanal", |count| tasks::fan_in(count, FAN, 1_000))
            .with("thread each, crossbeam", |count| threads::fan_in(count, FAN, 1_000))
            .with("virtual call", |count| calls::fan_in(count, FAN)),
    );
    shapes.push(
        Shape::new("spawn: make, run and end, 1000 at a time".to_owned(), "component")
            .with("axon-core, a graph", graphs::spawn)
            .with("axon-core, adopted", graphs::adopt)
            .with("async-executor, kanal", tasks::spawn)
            .with("thread each, crossbeam", threads::spawn)
            .with("virtual call", calls::spawn),
    );
    shapes.push(
        Shape::new("hop: ask a thread and wait, boxes of 16".to_owned(), "round trip")
            .with("axon-core", |count| graphs::ask(count, 16))
            .with("async-executor, kanal", |count| tasks::ask(count, 16))
            .with("two threads, crossbeam", |count| threads::ask(count, 16)),
    );
    shapes.push(
        Shape::new("stream from a thread, boxes of 1000".to_owned(), "message")
            .with("axon-core", |count| graphs::stream(count, 1_000))
            .with("async-executor, kanal", |count| tasks::stream(count, 1_000))
            .with("two threads, crossbeam", |count| threads::stream(count, 1_000)),
    );
    shapes
}
