//! A function is made a component by `handle`.

use axon_core::Graphline;

fn main() {
    let _ = Graphline::new().add("double", |number: u32| 2 * number);
}
