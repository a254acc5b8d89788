//! A guest of a `chat_room`: says the lines of standard input, and prints what others say.
//!
//!     cargo run --bin chat -- 127.0.0.1:1501 --name ada
//!
//! A pipeline from the keyboard to the screen, with a connection in the middle.

use std::process::ExitCode;

use axon_core::{Graph, Pipeline, WiringErrors};
use clap::Parser;
use examples::{exit_code, log_to_stderr, run_to_end};
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
    log_to_stderr(0);
    let options = Options::parse();
    let graph = guest(options).map_err(Into::into);
    exit_code("chat", graph.and_then(run_to_end))
}

pub(crate) fn guest(options: Options) -> Result<Graph, WiringErrors> {
    let Options { address, name } = options;
    Pipeline::new(ConsoleReader::new(""))
        .then(PureTransformer::map(move |line| format!("{name}: {line}\n").into_bytes()))
        .then(TCPClient::new(address))
        .then(ChunksToLines::new())
        .then(PureTransformer::map(|line: String| shown(&line) + "\n"))
        .then(ConsoleEchoer::new())
        .build()
}

/// What strangers say gives no orders to our terminal.
fn shown(line: &str) -> String {
    line.replace(char::is_control, "?")
}
