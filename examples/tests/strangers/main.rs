//! Strangers at the ports of real seeders, over real sockets.
//!
//! What a stranger can say is tried in an imagined network, in `kamaelia-torrent/tests/hostile_peers`. Here
//! is what only a real one does: buffers of the system that fill, halves of connections that close,
//! resets, urgent data, descriptors that run out, and other programs' greetings. In each case
//!
//! * what honest programs download through the same program, from before and since the strangers came,
//!   arrives and is the same to the byte;
//! * who is to be let go is, and the log says who it was and why;
//! * the program has descriptors left for what it does itself, even if it is given few;
//! * when they have gone the program has as many descriptors and threads as before and at most
//!   [`stage::LEFT_MAX`] more memory, and at no time [`stage::MEANWHILE_MAX`] more.
//!
//! `KAMAELIA_TELLS=1` tells what was measured.
#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;
mod page;
mod stage;
mod stranger;

mod crowds;
mod datagrams;
mod idle;
mod manners;
mod servers;

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use common::*;
use stage::{Case, End, Role, Stage, Target};
use stranger::Stranger;
