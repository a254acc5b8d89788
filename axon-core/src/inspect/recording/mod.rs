//! What passed chosen boxes, as lines of text: written once, replayed as often as one likes.

mod record;

use std::fmt;
use std::io::{self, BufRead, Read, Write};
use std::time::Duration;

use record::line_of;
pub use record::{Fault, RECORD_BYTES_MAX, Record};

/// Writes records.
///
/// ```
/// use std::time::Duration;
/// use axon_core::inspect::{Recorder, Recording};
///
/// let mut recorder = Recorder::new(Vec::new());
/// recorder.record(Duration::from_micros(7), "count.outbox", &42, u32::to_string)?;
/// let written = recorder.into_inner();
/// assert_eq!(written, b"7\tcount.outbox\t42\n");
///
/// let numbers = Recording::new(&written[..]).messages("count.outbox", str::parse::<u32>);
/// let numbers: Result<Vec<_>, _> = numbers.collect();
/// assert_eq!(numbers?, [(Duration::from_micros(7), 42)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Recorder<W> {
    writer: W,
}

/// Reads records, in the order they were written. After a line that is no record it goes on with
/// the next one; after a line that is too long or cannot be read it ends.
#[derive(Debug)]
pub struct Recording<R> {
    reader: R,
    lines_read: u64,
    has_ended: bool,
}

/// Why a message was not recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Nothing was written of it.
    #[error(
        "a message that passed `{place}` takes {bytes} bytes as a line of a recording, and \
         {RECORD_BYTES_MAX} are the most; write less of it"
    )]
    TooLong {
        /// The box.
        place: String,
        /// What the line would have taken.
        bytes: usize,
    },
    /// Part of it may have been written: the recording cannot go on.
    #[error("the recording cannot be written: {0}")]
    Unwritable(io::Error),
}

/// What is wrong with a recording, and where.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the recording: {fault}")]
pub struct RecordingError {
    /// The line, counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

impl<W: Write> Recorder<W> {
    /// Records into `writer`, with one call for each record: a file wants a
    /// [`BufWriter`](io::BufWriter) around it.
    pub fn new(writer: W) -> Self {
        Recorder { writer }
    }

    /// Writes one message, as `to_text` has it, that passed `place`, a box written `component.box`.
    /// Blocks as long as the writer does.
    pub fn record<T>(
        &mut self,
        at: Duration,
        place: &str,
        message: &T,
        to_text: impl Fn(&T) -> String,
    ) -> Result<(), RecordError> {
        let mut line = line_of(at, place, &to_text(message));
        if line.len() > RECORD_BYTES_MAX {
            return Err(RecordError::TooLong { place: place.to_owned(), bytes: line.len() });
        }
        line.push('\n');
        self.writer.write_all(line.as_bytes()).map_err(RecordError::Unwritable)
    }

    /// Has the writer pass on what it holds back.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    /// The writer.
    pub fn into_inner(self) -> W {
        self.writer
    }
}

impl<R: BufRead> Recording<R> {
    /// Reads from `reader`, no further than asked.
    pub fn new(reader: R) -> Self {
        Recording { reader, lines_read: 0, has_ended: false }
    }

    /// Only what passed this box, each message as `from_text` has it.
    pub fn messages<T, E: fmt::Display>(
        mut self,
        place: &str,
        from_text: impl Fn(&str) -> Result<T, E>,
    ) -> impl Iterator<Item = Result<(Duration, T), RecordingError>> {
        std::iter::from_fn(move || {
            loop {
                let record = match self.next()? {
                    Ok(record) if record.place != place => continue,
                    Ok(record) => record,
                    Err(error) => return Some(Err(error)),
                };
                let message = from_text(&record.payload)
                    .map_err(|error| self.error(Fault::Payload(error.to_string())));
                return Some(message.map(|message| (record.at, message)));
            }
        })
    }

    fn error(&self, fault: Fault) -> RecordingError {
        RecordingError { line: self.lines_read, fault }
    }

    /// The next line without its end; none after the last.
    fn line(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let mut line = Vec::new();
        // One more for the newline, and for Windows the letter before it.
        let bytes_max = RECORD_BYTES_MAX + 2;
        let mut bounded = (&mut self.reader).take(bytes_max as u64);
        bounded.read_until(b'\n', &mut line).map_err(Fault::Unreadable)?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.pop_if(|last| *last == b'\n').is_some() {
            line.pop_if(|last| *last == b'\r');
        }
        match line.len() > RECORD_BYTES_MAX {
            true => Err(Fault::TooLong),
            false => Ok(Some(line)),
        }
    }
}

impl<R: BufRead> Iterator for Recording<R> {
    type Item = Result<Record, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        self.lines_read += 1;
        let line = match self.line() {
            Ok(Some(line)) => line,
            Ok(None) => {
                self.has_ended = true;
                return None;
            }
            Err(fault) => {
                self.has_ended = true;
                return Some(Err(self.error(fault)));
            }
        };
        let line = std::str::from_utf8(&line).map_err(|_| Fault::NotText);
        Some(line.and_then(Record::from_line).map_err(|fault| self.error(fault)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::{NASTY, awkward_text};
    use super::*;

    fn read(text: &str) -> Vec<Result<Record, String>> {
        let as_text = |error: RecordingError| error.to_string();
        Recording::new(text.as_bytes()).map(|record| record.map_err(as_text)).collect()
    }

    fn record(at: u64, place: &str, payload: &str) -> Record {
        Record { at: Duration::from_micros(at), place: place.into(), payload: payload.into() }
    }

    #[test]
    fn what_was_written_is_read_whatever_it_is() {
        let mut random = fastrand::Rng::with_seed(4);
        let mut texts: Vec<String> = NASTY.iter().map(|&text| text.to_owned()).collect();
        texts.extend((0..2_000).map(|_| awkward_text(&mut random)));
        texts
            .extend((0..2_000).map(|_| (0..random.usize(..20)).map(|_| random.char(..)).collect()));
        let records: Vec<_> =
            texts.windows(2).map(|pair| record(random.u64(..), &pair[0], &pair[1])).collect();

        let mut recorder = Recorder::new(Vec::new());
        for Record { at, place, payload } in &records {
            recorder.record(*at, place, payload, String::clone).expect("a vector takes all");
        }
        let written = recorder.into_inner();
        let lines = written.split(|byte| *byte == b'\n').count() - 1;
        assert_eq!(lines, records.len());
        let back: Result<Vec<_>, _> = Recording::new(&written[..]).collect();
        assert_eq!(back.expect("all is well"), records);
    }

    #[test]
    fn a_replay_has_the_messages_of_one_box_in_their_type() {
        let text = "1\ta.out\t10\n2\tb.out\tx\n3\ta.out\t30\n4\ta.out\tforty\n5\ta.out\t50\n";
        let messages = Recording::new(text.as_bytes()).messages("a.out", str::parse::<u32>);
        let messages: Vec<_> =
            messages.map(|message| message.map_err(|error| error.to_string())).collect();
        let at = Duration::from_micros;
        let fault = "line 4 of the recording: the payload cannot be read: \
                     invalid digit found in string";
        let expected = [Ok((at(1), 10)), Ok((at(3), 30)), Err(fault.to_owned()), Ok((at(5), 50))];
        assert_eq!(messages, expected);
    }

    #[test]
    fn faults_name_their_line_and_the_next_line_is_read() {
        let text = "1\ta\tb\nnonsense\n-3\ta\tb\n+3\ta\tb\n4\ta\t\\q\n5\ta\tb\tc\n6\ta\tb";
        let at = |line: u32, fault: &str| Err(format!("line {line} of the recording: {fault}"));
        let fields = |count: u32| {
            format!(
                "a record is a time, a box and a payload with tabs between them, \
                 and this has {count} of three"
            )
        };
        let expected = [
            Ok(record(1, "a", "b")),
            at(2, &fields(1)),
            at(3, "`-3` is no time; write a whole number of microseconds"),
            at(4, "`+3` is no time; write a whole number of microseconds"),
            at(5, "`\\q` is no escape; write a backslash as `\\\\`"),
            at(6, &fields(4)),
            Ok(record(6, "a", "b")),
        ];
        assert_eq!(read(text), expected);
    }

    #[test]
    fn bytes_that_are_no_text_are_a_fault_of_their_line() {
        let mut recording = Recording::new(&b"1\ta\t\xff\n2\ta\tb\r\n"[..]);
        let error = recording.next().expect("a line").expect_err("it is no text");
        assert_eq!(error.to_string(), "line 1 of the recording: it is not UTF-8 text");
        assert_eq!(recording.next().expect("a line").expect("it is text"), record(2, "a", "b"));
        assert!(recording.next().is_none());
    }

    #[test]
    fn a_line_without_end_ends_the_reading_within_bounds() {
        let endless = io::BufReader::new(io::repeat(b'1'));
        let mut recording = Recording::new(endless);
        let error = recording.next().expect("a line").expect_err("it is too long");
        assert!(matches!(error, RecordingError { line: 1, fault: Fault::TooLong }));
        assert!(recording.next().is_none());
    }

    #[test]
    fn what_is_recorded_can_be_read_up_to_the_last_byte() {
        let longest = "x".repeat(RECORD_BYTES_MAX - "1\ta\t".len());
        let mut recorder = Recorder::new(Vec::new());
        let at = Duration::from_micros(1);
        recorder.record(at, "a", &longest, String::clone).expect("it fits");
        let longer = longest + "x";
        let error = recorder.record(at, "a", &longer, String::clone).expect_err("it does not");
        assert!(matches!(error, RecordError::TooLong { bytes, .. } if bytes > RECORD_BYTES_MAX));
        let written = recorder.into_inner();
        assert_eq!(Recording::new(&written[..]).filter(Result::is_ok).count(), 1);
        assert_eq!(Recording::new(&written[..]).count(), 1);
    }

    #[test]
    fn a_reader_that_fails_ends_the_reading() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the disk is gone"))
            }
        }
        let mut recording = Recording::new(io::BufReader::new(Broken));
        let error = recording.next().expect("a failure").expect_err("it is broken");
        let expected = "line 1 of the recording: it cannot be read: the disk is gone";
        assert_eq!(error.to_string(), expected);
        assert!(recording.next().is_none());
    }
}
