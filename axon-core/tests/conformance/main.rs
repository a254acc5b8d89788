//! Kamaelia's own statements of how its parts behave, one test for each, named by its number.
//!
//! Where typed boxes, or ends that travel with the data, make something else of a statement, the test
//! says what holds instead.

#[path = "../common/mod.rs"]
mod common;
#[path = "../chassis/parts.rs"]
mod parts;

mod chassis;
