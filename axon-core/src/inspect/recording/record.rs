//! One message that passed a box, as one line of text.

use std::io;
use std::time::Duration;

use super::super::text::{escaped, is_awkward, shortened, visible};

/// Letters of a faulty line that are shown to whoever has to find the fault.
const SHOWN_LETTERS_MAX: usize = 40;

/// Bytes of one line of a recording, the newline not counted. It bounds what a reader keeps in
/// memory of a file that is something else.
pub const RECORD_BYTES_MAX: usize = 16 << 20;

/// A message that passed a box.
///
/// As a line it is the time in microseconds, the box and the payload, with tabs between them. Inside
/// box and payload a backslash is `\\`, a tab `\t`, a newline `\n`, a carriage return `\r`; other
/// letters that would break a line or act on a terminal are written like `\u{1b}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// When, as time since the graph started. Written in whole microseconds.
    pub at: Duration,
    /// Through which box, as `component.box`.
    pub place: String,
    /// What, as the recorder's user chose to write it.
    pub payload: String,
}

/// What is wrong with one line of a recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// There are not three fields.
    #[error(
        "a record is a time, a box and a payload with tabs between them, and this has {0} of three"
    )]
    Fields(usize),
    /// The first field is no time.
    #[error("`{0}` is no time; write a whole number of microseconds")]
    Time(String),
    /// A backslash begins nothing that is known.
    #[error("`{0}` is no escape; write a backslash as `\\\\`")]
    Escape(String),
    /// The user's own function refused the payload.
    #[error("the payload cannot be read: {0}")]
    Payload(String),
    /// There are bytes that are no text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// There is no end of the line in sight.
    #[error("it is longer than {RECORD_BYTES_MAX} bytes; this may be no recording")]
    TooLong,
    /// The reader failed.
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
}

impl Record {
    /// The record as one line, without the newline at its end.
    pub fn to_line(&self) -> String {
        line_of(self.at, &self.place, &self.payload)
    }

    /// Reads what [`to_line`](Self::to_line) wrote.
    pub fn from_line(line: &str) -> Result<Self, Fault> {
        let mut fields = line.split('\t');
        let (Some(at), Some(place), Some(payload), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(Fault::Fields(line.split('\t').count()));
        };
        let place = unescaped(place)?;
        Ok(Record { at: time(at)?, place, payload: unescaped(payload)? })
    }
}

pub(super) fn line_of(at: Duration, place: &str, payload: &str) -> String {
    let is_meant = |letter| letter == '\\' || is_awkward(letter);
    let (place, payload) = (escaped(place, is_meant), escaped(payload, is_meant));
    format!("{}\t{place}\t{payload}", at.as_micros())
}

fn time(text: &str) -> Result<Duration, Fault> {
    // Numbers of Rust may begin with a plus sign; times do not.
    let is_number = text.bytes().all(|letter| letter.is_ascii_digit());
    let microseconds = text.parse().ok().filter(|_| is_number);
    microseconds.map(Duration::from_micros).ok_or_else(|| Fault::Time(shown(text)))
}

fn unescaped(text: &str) -> Result<String, Fault> {
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        unescaped.push_str(&rest[..at]);
        let found = escape(&rest[at..]);
        let (letter, length) = found.ok_or_else(|| Fault::Escape(shown(&rest[at..])))?;
        unescaped.push(letter);
        rest = &rest[at + length..];
    }
    unescaped.push_str(rest);
    Ok(unescaped)
}

/// The letter an escape at the beginning of the text stands for, and how long the escape is.
fn escape(text: &str) -> Option<(char, usize)> {
    let letter = match text.as_bytes().get(1)? {
        b'\\' => '\\',
        b't' => '\t',
        b'n' => '\n',
        b'r' => '\r',
        b'u' => {
            let (digits, _) = text.strip_prefix("\\u{")?.split_once('}')?;
            let is_number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
            return Some((char::from_u32(number)?, "\\u{}".len() + digits.len()));
        }
        _ => return None,
    };
    Some((letter, 2))
}

fn shown(text: &str) -> String {
    shortened(&visible(text), SHOWN_LETTERS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_of_plain_text() {
        let at = Duration::from_millis(1_500);
        let written = line_of(at, "disk.outbox", "two\nlines\t\\ \u{1b}[0m é");
        assert_eq!(written, "1500000\tdisk.outbox\ttwo\\nlines\\t\\\\ \\u{1b}[0m é");
    }

    #[test]
    fn escapes_that_stand_for_no_letter_are_refused() {
        for text in ["\\", "\\u", "\\u{", "\\u{}", "\\u{d800}", "\\u{110000}", "\\u{+1}", "\\é"] {
            assert!(matches!(unescaped(text), Err(Fault::Escape(_))), "{text}");
        }
        assert_eq!(unescaped("\\u{1F980}\\u{0}").expect("both are letters"), "🦀\0");
    }

    #[test]
    fn a_fault_does_not_repeat_all_of_a_long_line() {
        let fault = Record::from_line(&format!("{}\ta\tb", "x".repeat(10_000)));
        assert!(fault.expect_err("no time").to_string().len() < 100);
    }
}
