//! Panics in every kind of component, at every stage of its life, wherever it is and whatever its failure
//! means: a table that is walked. What each cell must come to is derived from what the documents say.
//! Beside the table stand the odd corners, which are single cases.

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
mod expected;
mod page;
mod scene;
mod victims;
mod walk;
