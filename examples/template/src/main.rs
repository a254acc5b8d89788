//! Counts the words of each line of standard input.

mod word_counter;

use std::io::{self, Write};
use std::process::ExitCode;

use axon_core::{Pipeline, RunError};
use kamaelia_io::{ConsoleEchoer, ConsoleReader, PureTransformer};
use word_counter::{Counted, WordCounter};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be left to read it; the status says as much.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), RunError> {
    Pipeline::new(ConsoleReader::new(""))
        .then(WordCounter::new())
        .then(PureTransformer::map(in_words))
        .then(ConsoleEchoer::new())
        .run()?;
    Ok(())
}

fn in_words(Counted { line, words }: Counted) -> String {
    format!("line {line}: {words} words\n")
}
