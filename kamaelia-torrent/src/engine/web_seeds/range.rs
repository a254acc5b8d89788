//! A part of one file, asked of a web server.

use std::io::Read;
use std::ops::Range;
use std::time::{Duration, Instant};

use ureq::Body;
use ureq::http::{HeaderMap, HeaderName, StatusCode, header};

use super::fault::Fault;
use crate::engine::network::outlet::BoundedAgent;
use crate::engine::trackers::fetch::{Problem, problem};

/// A server that has sent so little for [`SLOW_AFTER`] is too slow.
const BYTES_PER_SECOND_MIN: u64 = 1024;

/// How long a server may take to become faster.
const SLOW_AFTER: Duration = Duration::from_secs(60);

/// How long servers may take to begin to answer, redirects and all.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// Bytes that may come beside those asked for: before them, with them, and behind them.
const BESIDE_MAX: u64 = 512 * 1024;

/// How long a server may take to say that this was all.
const END_WITHIN: Duration = Duration::from_secs(5);

/// A part of a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Part<'a> {
    pub(super) url: &'a str,
    /// The path of the file in the torrent, for sentences.
    pub(super) file: &'a str,
    /// Bytes of the file, by the torrent.
    pub(super) file_length: u64,
    /// Which of them; at least one.
    pub(super) range: Range<u64>,
}

/// The bytes of a part, as they come. No more of them come than were asked for.
pub(super) struct Incoming {
    agent: BoundedAgent,
    body: ureq::BodyReader<'static>,
    expected: u64,
    received: u64,
    began: Instant,
}

impl Part<'_> {
    /// Asks for the part. Blocks until the server has begun to answer.
    pub(super) fn ask(&self, agent: &BoundedAgent) -> Result<Incoming, Fault> {
        let last = self.range.end - 1;
        let range = format!("bytes={}-{last}", self.range.start);
        agent.allow(BESIDE_MAX, Some(ANSWER_WITHIN));
        let response = agent.get(self.url).header(header::RANGE, range).call().map_err(fault)?;
        let (head, body) = response.into_parts();
        self.check(head.status, &head.headers)?;
        Ok(Incoming::new(agent, body, self.range.end - self.range.start))
    }

    /// Whether the answer holds what was asked for.
    fn check(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), Fault> {
        let file = || self.file.to_owned();
        match status {
            StatusCode::PARTIAL_CONTENT => self.check_part(headers)?,
            // The whole file, which is right if that was asked for.
            StatusCode::OK if self.range != (0..self.file_length) => return Err(Fault::NoRanges),
            StatusCode::OK => self.check_length(number(headers, &header::CONTENT_LENGTH))?,
            status => {
                let retry_after = number(headers, &header::RETRY_AFTER).map(Duration::from_secs);
                return Err(Fault::Status { status: status.as_u16(), file: file(), retry_after });
            }
        }
        let encoding = headers.get(header::CONTENT_ENCODING);
        match encoding.is_none_or(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
        {
            true => Ok(()),
            false => Err(Fault::Packed { file: file() }),
        }
    }

    fn check_part(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let other = || Fault::OtherPart { file: self.file.to_owned() };
        let value = headers.get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
        let (range, length) = value.and_then(content_range).ok_or_else(other)?;
        self.check_length(length)?;
        if range != self.range {
            return Err(other());
        }
        Ok(())
    }

    fn check_length(&self, length: Option<u64>) -> Result<(), Fault> {
        match length {
            Some(length) if length != self.file_length => Err(Fault::OtherLength {
                file: self.file.to_owned(),
                length,
                expected: self.file_length,
            }),
            _ => Ok(()),
        }
    }
}

impl Incoming {
    fn new(agent: &BoundedAgent, body: Body, expected: u64) -> Self {
        // In chunks it may be more. Its time depends on what is read, and is looked at with that.
        agent.allow(2 * expected + BESIDE_MAX, None);
        let (agent, body) = (agent.clone(), body.into_reader());
        Incoming { agent, body, expected, received: 0, began: Instant::now() }
    }

    /// It was left alone for so long, for which the server cannot be blamed.
    pub(super) fn rested(&mut self, time: Duration) {
        self.began += time;
    }

    /// Waits for some bytes, at least one and at most so many, and puts them to the start of the
    /// buffer. Gives their number, and 0 when all are there.
    pub(super) fn read(&mut self, buffer: &mut [u8], at_most: usize) -> Result<usize, Fault> {
        let left = self.expected - self.received;
        if left == 0 {
            self.end();
            return Ok(0);
        }
        // No longer than the buffer.
        let wanted = left.min(buffer.len().min(at_most) as u64) as usize;
        let count = match self.body.read(&mut buffer[..wanted]).map_err(ureq::Error::from) {
            Ok(count) => count,
            Err(error) => match fault(error) {
                silence @ Fault::Fetch(Problem::TimedOut) => return Err(silence),
                // It was there, so whatever else is said of it, it broke off.
                _ => 0,
            },
        };
        self.received += count as u64;
        if count == 0 {
            return Err(Fault::CutShort { received: self.received, expected: self.expected });
        }
        match is_too_slow(self.received, self.began.elapsed()) {
            true => Err(Fault::TooSlow { bytes_per_second: BYTES_PER_SECOND_MIN }),
            false => Ok(count),
        }
    }

    /// Reads to the very end, so that the connection can be used again.
    fn end(&mut self) {
        self.agent.allow(BESIDE_MAX, Some(END_WITHIN));
        // What a server adds to what was asked for does no harm; its connection is not used again.
        let _ = self.body.read(&mut [0]);
    }
}

fn is_too_slow(received: u64, time: Duration) -> bool {
    time > SLOW_AFTER && received < time.as_secs().saturating_mul(BYTES_PER_SECOND_MIN)
}

fn fault(error: ureq::Error) -> Fault {
    if let ureq::Error::Other(cause) = &error
        && cause.is::<super::guard::LocalQuery>()
    {
        return Fault::LocalQuery;
    }
    Fault::Fetch(problem(error, BESIDE_MAX as usize))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// Reads `bytes 0-99/1234`: which bytes, and of how many if the server says so (RFC 9110, 14.4).
fn content_range(value: &str) -> Option<(Range<u64>, Option<u64>)> {
    let (unit, rest) = value.trim().split_once(' ')?;
    let (range, length) = rest.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let first: u64 = first.trim().parse().ok()?;
    let end = last.trim().parse::<u64>().ok()?.checked_add(1)?;
    let length = match length.trim() {
        "*" => None,
        length => Some(length.parse().ok()?),
    };
    (unit.eq_ignore_ascii_case("bytes") && first < end).then_some((first..end, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(range: Range<u64>) -> Part<'static> {
        Part { url: "http://w/f", file: "f", file_length: 100, range }
    }

    fn check(range: Range<u64>, status: u16, headers: &[(HeaderName, &str)]) -> Option<Fault> {
        let status = StatusCode::from_u16(status).expect("a status");
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().expect("a value of a header")));
        part(range).check(status, &headers.collect()).err()
    }

    #[test]
    fn the_part_that_was_asked_for_is_taken() {
        for value in ["bytes 10-19/100", "Bytes  10-19/*", "bytes 10-19 / 100"] {
            let headers = [(header::CONTENT_RANGE, value)];
            assert_eq!(check(10..20, 206, &headers), None, "{value}");
        }
        assert_eq!(check(0..100, 200, &[(header::CONTENT_LENGTH, "100")]), None);
        assert_eq!(check(0..100, 200, &[]), None);
    }

    #[test]
    fn another_part_is_not_taken() {
        let other = Some(Fault::OtherPart { file: "f".into() });
        for value in [
            "bytes 0-9/100",
            "bytes 10-20/100",
            "bytes 10-18/100",
            "bytes 19-10/100",
            "bytes */100",
            "bytes 10-19",
            "lines 10-19/100",
            "bytes 10-18446744073709551615/100",
            "",
        ] {
            assert_eq!(check(10..20, 206, &[(header::CONTENT_RANGE, value)]), other, "{value}");
        }
        assert_eq!(check(10..20, 206, &[]), other);
    }

    #[test]
    fn another_file_and_a_server_without_ranges_are_told() {
        let longer = Fault::OtherLength { file: "f".into(), length: 101, expected: 100 };
        let part = [(header::CONTENT_RANGE, "bytes 10-19/101")];
        assert_eq!(check(10..20, 206, &part), Some(longer.clone()));
        assert_eq!(check(0..100, 200, &[(header::CONTENT_LENGTH, "101")]), Some(longer));
        assert_eq!(check(0..99, 200, &[]), Some(Fault::NoRanges));
        let packed = [(header::CONTENT_RANGE, "bytes 0-9/100"), (header::CONTENT_ENCODING, "gzip")];
        assert_eq!(check(0..10, 206, &packed), Some(Fault::Packed { file: "f".into() }));
    }

    #[test]
    fn a_slow_server_has_a_minute_to_become_faster() {
        let seconds = Duration::from_secs;
        assert!(!is_too_slow(1, seconds(60)));
        assert!(is_too_slow(61 * 1024 - 1, seconds(61)));
        assert!(!is_too_slow(61 * 1024, seconds(61)));
    }

    #[test]
    fn a_busy_server_may_say_when_to_come_again() {
        let busy = |retry_after| Fault::Status { status: 503, file: "f".into(), retry_after };
        let headers = [(header::RETRY_AFTER, "120")];
        assert_eq!(check(0..1, 503, &headers), Some(busy(Some(Duration::from_secs(120)))));
        let headers = [(header::RETRY_AFTER, "Fri, 31 Dec 1999 23:59:59 GMT")];
        assert_eq!(check(0..1, 503, &headers), Some(busy(None)));
    }
}
