//! Strangers at our tracker: what they ask by HTTP and in datagrams, and what they can take from others.
//! Time is moved. How the server beneath bears them is in kamaelia-io's `tests/hostile_http`.

mod bench;
mod datagrams;
mod floods;
mod page;
mod queries;
#[path = "../reliability/mod.rs"]
mod reliability;
