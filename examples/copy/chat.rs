//! A guest of a `chat_room`: says the lines of standard input, and prints what others say.
//!
//!     cargo run --bin chat -- 127.0.0.1:1501 --name ada
//!
//! A pipeline from the keyboard to the screen, with a connection in the middle.

use std::process::ExitCode;

use axon_core::{Graph, Pipeline, WiringErrors};
use clap::Parser;
use examples::run_graph;
use kamaelia_io::{ChunksToLines, ConsoleEchoer, ConsoleReader, PureTransformer, TCPClient};

/// Says the lines of standard input in a chat room, and prints what others say.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Options {
    /// Where the room is: HOST:PORT
    address: String,

    /// What stands before each of your lines
    #[arg(long, value_name = "NAME")]
    name: String,
}

fn main() -> ExitCode {
    run_graph("chat", guest(Options::parse()))
}

pub(crate) fn guest(Options { address, name }: Options) -> Result<Graph, WiringErrors> {
    Pipeline::new(ConsoleReader::new(""))
        .then(PureTransformer::map(move |line| format!("{name}: {line}\n").into_bytes()))
        .then(TCPClient::new(address))
        .then(ChunksToLines::new())
        .then(PureTransformer::map(|line: String| shown(&line)))
        .then(ConsoleEchoer::new().lines())
        .build()
}

/// What strangers say gives no orders to our terminal.
fn shown(line: &str) -> String {
    line.replace(char::is_control, "?")
}
