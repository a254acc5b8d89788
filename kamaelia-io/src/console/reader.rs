//! Lines from standard input.
//!
//! What is it: a source that sends each line as text, for whoever sits or runs at the other end.
//!
//! How to use it: `ConsoleReader::new("> ")` shows a prompt before each line, `new("")` shows
//! none, as suits a program that is driven by another. Kamaelia's ConsoleReader sends the line with
//! its line end; this one sends it without (every program began by chopping it off).
//!
//! How it works: a thread of its own reads ahead, at most a mailbox's worth of lines, since a
//! blocked read cannot be called off and must not hold up anyone. Where
//! [time jumps](axon_core::time_jumps) it reads for itself, so that a run can be made again.
//!
//! When it stops: at the end of input, after the last line, which need not have a line end; at
//! once when the graph is asked to finish or to stop, or when nobody is left to take a line, although
//! a read may be waiting. The thread ends with the read it waits for, at
//! the latest with the program.

use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::thread;

use axon_core::{
    Address, Asked, Component, ComponentResult, Control, Either, Inbox, Outbox, either, time_jumps,
};

use super::ConsoleError;
use super::standard_input::StandardInput;

/// The longest line that is delivered, in bytes. Of a longer one only the beginning is told: memory
/// must not depend on what a stranger pipes in.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// How much is told of a line that is too long, in bytes.
const BEGINNING_BYTES: usize = 80;

/// A line of more than [`LINE_BYTES_MAX`], which was passed over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TooLongLine {
    /// Its first few letters.
    pub beginning: String,
    /// All of its bytes, the line end included.
    pub bytes: u64,
}

impl fmt::Display for TooLongLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a line of {} bytes is too long: {LINE_BYTES_MAX} is the limit", self.bytes)
    }
}

/// Reads standard input line by line.
///
/// A line is sent without the carriage returns and newlines at its end. Bytes that are not UTF-8
/// become `U+FFFD`, with a warning in the log.
///
/// Only one reader of standard input makes sense in a program: it keeps the stream locked until
/// its end.
///
/// ```
/// use axon_core::Pipeline;
/// use kamaelia_io::{ConsoleEchoer, ConsoleReader, PureTransformer};
///
/// let input = &b"one\ntwo\r\nthree"[..];
/// Pipeline::new(ConsoleReader::from_reader(input))
///     .then(PureTransformer::map(|line: String| format!("<{line}>\n")))
///     .then(ConsoleEchoer::new())
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Component)]
pub struct ConsoleReader {
    /// One line each.
    pub outbox: Outbox<String>,
    /// Lines too long to be delivered. Left loose, they are only logged.
    #[optional]
    pub too_long: Outbox<TooLongLine>,
    /// Private: what the reading thread has read.
    #[optional]
    lines: Inbox<io::Result<Line>>,
    control: Control,
    prompt: String,
    source: Source,
}

/// Where lines come from.
enum Source {
    StandardInput,
    Reader(Box<dyn BufRead + Send>),
}

impl Source {
    fn into_reader(self) -> Box<dyn BufRead + Send> {
        match self {
            Source::StandardInput => Box::new(BufReader::new(io::stdin())),
            Source::Reader(reader) => reader,
        }
    }
}

impl ConsoleReader {
    /// Reads standard input. A prompt that is not empty is written to standard output before each
    /// line.
    pub fn new(prompt: impl Into<String>) -> Self {
        ConsoleReader { prompt: prompt.into(), ..ConsoleReader::of(Source::StandardInput) }
    }

    /// Reads something else, without a prompt. It is read by a thread that may outlive the graph.
    pub fn from_reader(reader: impl BufRead + Send + 'static) -> Self {
        ConsoleReader::of(Source::Reader(Box::new(reader)))
    }

    fn of(source: Source) -> Self {
        ConsoleReader {
            outbox: Outbox::new(),
            too_long: Outbox::new(),
            lines: Inbox::new(),
            control: Control::default(),
            prompt: String::new(),
            source,
        }
    }

    async fn main(mut self) -> ComponentResult {
        let (source, prompt) = (self.source, self.prompt);
        let mut reader = if time_jumps() {
            Some((source.into_reader(), prompt))
        } else {
            let lines = self.lines.address();
            thread::Builder::new()
                .name("console reader".to_owned())
                .spawn(move || read_ahead(source, &prompt, &lines))?;
            None
        };
        loop {
            let asked = self.control.until_asked(Asked::Finish);
            let over = either(asked, self.outbox.until_closed());
            let line = async {
                let Some((reader, prompt)) = &mut reader else { return self.lines.recv().await };
                show(prompt);
                next_line(reader).transpose()
            };
            match either(over, line).await {
                Either::First(_) | Either::Second(None) => return Ok(()),
                Either::Second(Some(line)) => match line.map_err(ConsoleError::Read)? {
                    Line::Whole(text) => self.outbox.send(text).await?,
                    Line::TooLong(line) if self.too_long.is_taken() => {
                        // Who takes these may end before those who take the others.
                        let _ = self.too_long.send(line).await;
                    }
                    Line::TooLong(line) => log::warn!("{line}"),
                },
            }
        }
    }
}

/// The life of the reading thread.
fn read_ahead(source: Source, prompt: &str, lines: &Address<io::Result<Line>>) {
    let deliver = |line| lines.send_blocking(line).is_ok();
    match source {
        Source::StandardInput => {
            let reader = BufReader::new(StandardInput::lock());
            read_lines(reader, || show(prompt), deliver);
        }
        Source::Reader(reader) => read_lines(reader, || show(prompt), deliver),
    }
}

/// Delivers line after line until the end of input, an error, or a `deliver` that says no.
fn read_lines(
    mut reader: impl BufRead,
    mut before_each: impl FnMut(),
    mut deliver: impl FnMut(io::Result<Line>) -> bool,
) {
    loop {
        before_each();
        let wanted = match next_line(&mut reader) {
            Ok(Some(line)) => deliver(Ok(line)),
            Ok(None) => false,
            Err(error) => {
                deliver(Err(error));
                false
            }
        };
        if !wanted {
            return;
        }
    }
}

#[derive(Debug, Eq, PartialEq)]
enum Line {
    /// Without its line end.
    Whole(String),
    TooLong(TooLongLine),
}

/// The next line, or `None` at the end of input.
fn next_line(reader: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let mut length: u64 = 0;
    loop {
        let ready = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            ready => ready?,
        };
        let end = ready.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(ready.len(), |at| at + 1);
        length += taken as u64;
        let room = LINE_BYTES_MAX - line.len();
        line.extend_from_slice(&ready[..taken.min(room)]);
        reader.consume(taken);
        if end.is_none() && taken > 0 {
            continue;
        }
        return Ok(match length {
            0 => None,
            _ if length > LINE_BYTES_MAX as u64 => Some(too_long(&line, length)),
            _ => Some(Line::Whole(text_of(line))),
        });
    }
}

fn too_long(line: &[u8], bytes: u64) -> Line {
    let beginning = String::from_utf8_lossy(&line[..BEGINNING_BYTES]);
    // The cut may go through the last letter.
    let beginning = beginning.trim_end_matches(char::REPLACEMENT_CHARACTER).to_owned();
    Line::TooLong(TooLongLine { beginning, bytes })
}

fn text_of(line: Vec<u8>) -> String {
    let mut text = String::from_utf8(line).unwrap_or_else(|error| {
        log::warn!("a line is not UTF-8; what could not be read is replaced");
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    });
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    text
}

fn show(prompt: &str) {
    if prompt.is_empty() {
        return;
    }
    let mut output = io::stdout();
    if let Err(error) = output.write_all(prompt.as_bytes()).and_then(|()| output.flush()) {
        // Lines are still worth reading when nobody sees the prompt.
        log::debug!("the prompt is not shown: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is delivered, and how often the prompt was shown.
    fn read(input: &[u8]) -> (Vec<String>, usize) {
        let (mut lines, mut prompts) = (Vec::new(), 0);
        let deliver = |line: io::Result<Line>| {
            match line.expect("reading memory does not fail") {
                Line::Whole(text) => lines.push(text),
                Line::TooLong(line) => panic!("{line}"),
            }
            true
        };
        read_lines(input, || prompts += 1, deliver);
        (lines, prompts)
    }

    #[test]
    fn line_ends_are_chopped_and_nothing_else_is() {
        let (lines, _) = read(b" a b \n\nc\r\nd\r\r\ne\rf\n");
        assert_eq!(lines, [" a b ", "", "c", "d", "e\rf"]);
    }

    #[test]
    fn no_input_is_no_line() {
        assert_eq!(read(b"").0, Vec::<String>::new());
    }

    #[test]
    fn the_prompt_is_shown_before_each_look_for_a_line() {
        assert_eq!(read(b"a\nb\n").1, 3);
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_replaced() {
        assert_eq!(read(b"caf\xe9.ogg\n").0, ["caf\u{fffd}.ogg"]);
    }

    #[test]
    fn a_line_beyond_the_limit_is_passed_over_and_the_next_one_is_whole() {
        let longest = vec![b'x'; LINE_BYTES_MAX - 1];
        let input = [&longest[..], b"\n", &longest, b"yz\nshort\n", &longest, b"yz"].concat();
        // A small buffer, so that the long lines come in many pieces.
        let mut reader = io::BufReader::with_capacity(1000, &input[..]);
        let mut next = || next_line(&mut reader).expect("reading memory does not fail");
        let too_long = |more| {
            let (beginning, bytes) = ("x".repeat(80), LINE_BYTES_MAX as u64 + more);
            Some(Line::TooLong(TooLongLine { beginning, bytes }))
        };
        let first = Line::Whole("x".repeat(LINE_BYTES_MAX - 1));
        assert!(next() == Some(first));
        assert_eq!(next(), too_long(2));
        assert_eq!(next(), Some(Line::Whole("short".to_owned())));
        assert_eq!(next(), too_long(1));
        assert_eq!(next(), None);
    }

    #[test]
    fn what_is_told_of_a_long_line_is_whole_letters() {
        let Line::TooLong(line) = too_long(&b"x\xe2\x82\xac".repeat(30), 99) else { panic!() };
        assert_eq!(line.beginning, "x€".repeat(20));
        let Line::TooLong(line) = too_long("€".repeat(30).as_bytes(), 99) else { panic!() };
        assert_eq!(line.beginning, "€".repeat(26));
    }

    #[test]
    fn reading_ends_when_nobody_wants_more() {
        let mut count = 0;
        read_lines(
            &b"a\nb\nc\n"[..],
            || (),
            |_| {
                count += 1;
                count < 2
            },
        );
        assert_eq!(count, 2);
    }
}
