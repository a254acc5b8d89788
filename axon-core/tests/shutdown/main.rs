//! Graphs that are asked to end at any moment, in every way there is to ask, whatever their components
//! are at: a table that is walked. They end, everybody ends well, and every message is gone.

#[path = "../common/books.rs"]
mod books;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/reliability.rs"]
mod reliability;
#[path = "../common/walk.rs"]
mod walking;

mod cell;
mod corners;
mod page;
mod situations;
mod stubborn;
mod walk;
