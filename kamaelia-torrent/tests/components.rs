//! The torrent components in small graphs of their own: real sockets on this machine, real files in
//! directories that go away, no tracker but our own.
//!
//! A `C` and a number stand for a statement of the original's behaviour that a test holds. C73 (a
//! message with a missing or an unknown field is an error that names it) needs no test: messages
//! are structs, and the compiler says so. C72 (the text of each message) and the rest of C80 (the
//! monitor's lines) are tested next to their code, and C81 with the seeder.

#[path = "components/bench.rs"]
mod bench;
#[path = "components/changes.rs"]
mod changes;
#[path = "components/client.rs"]
mod client;
#[path = "components/leaving.rs"]
mod leaving;
#[path = "components/maker.rs"]
mod maker;
#[path = "components/orders.rs"]
mod orders;
#[path = "components/patrons.rs"]
mod patrons;
#[path = "components/sections.rs"]
mod sections;
#[path = "components/text.rs"]
mod text;
#[path = "components/tracker.rs"]
mod tracker;
