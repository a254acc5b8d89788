//! The statements by which the model of components and boxes is known, one test for each and named
//! by its number. `docs/conformance.md` lists them all, also those that hold in another form here.

#[path = "../chassis/parts.rs"]
mod chassis_parts;
#[path = "../common/mod.rs"]
mod common;
mod parts;

mod adaptive;
mod boxes_and_links;
mod chassis;
mod scheduling;
mod services;
mod table;
mod threads;
