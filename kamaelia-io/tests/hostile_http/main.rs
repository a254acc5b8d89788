//! Strangers at our HTTP server and at the live view, and what becomes of them. What is expected is what
//! RFC 9110 and 9112 say, and what nginx and hyper do where those leave a choice.

mod bench;
#[path = "../common/mod.rs"]
mod common;
mod floods;
mod page;
mod rebinding;
mod smuggling;
