//! Why a web seed did not send what it was asked for, and whether to ask it again.

use std::time::Duration;

use crate::engine::trackers::fetch::Problem;

/// What a web server did instead of sending the bytes. The sentence names the server alone, since
/// the rest of a URL may be a secret of the user's.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{host} {fault}")]
pub struct WebSeedError {
    /// The server, with its port if the URL had one.
    pub host: String,
    /// What it did.
    pub fault: Fault,
    /// The file it was asked for, if it was: an index into the layout's files.
    pub file: Option<usize>,
}

/// What a web server did.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// It answered with something other than the file.
    #[error("answered with HTTP status {status} when asked for {file}")]
    Status {
        /// The status.
        status: u16,
        /// The path of the file in the torrent.
        file: String,
        /// When to come again, if it said so.
        retry_after: Option<Duration>,
    },
    /// It sent all of a file when asked for a part.
    #[error("does not send parts of files")]
    NoRanges,
    /// It sent another part, or does not say which.
    #[error("sent another part of {file} than it was asked for")]
    OtherPart {
        /// The path of the file in the torrent.
        file: String,
    },
    /// Its file is another one.
    #[error("has {length} bytes of {file}, which has {expected} by the torrent")]
    OtherLength {
        /// The path of the file in the torrent.
        file: String,
        /// Bytes it has.
        length: u64,
        /// Bytes the torrent says it has.
        expected: u64,
    },
    /// It packs files, although asked not to.
    #[error("does not send {file} as it is")]
    Packed {
        /// The path of the file in the torrent.
        file: String,
    },
    /// It stopped in the middle.
    #[error("broke off after {received} of {expected} bytes")]
    CutShort {
        /// Bytes that came.
        received: u64,
        /// Bytes asked for.
        expected: u64,
    },
    /// It sends, but so little that it only keeps others from sending.
    #[error("sends less than {bytes_per_second} bytes a second")]
    TooSlow {
        /// What it had to reach.
        bytes_per_second: u64,
    },
    /// It is on this machine or its network, and the URL would have it do something.
    #[error("is in the local network, where only plain paths are asked for")]
    LocalQuery,
    /// It could not be reached, or does not speak HTTP.
    #[error(transparent)]
    Fetch(#[from] Problem),
}

impl Fault {
    /// Whether it is about one file, and others may be had.
    pub fn is_about_a_file(&self) -> bool {
        match self {
            Fault::Status { .. } => self.is_lasting(),
            Fault::OtherLength { .. } => true,
            _ => false,
        }
    }

    /// Whether it will be the same whenever it is asked again.
    pub fn is_lasting(&self) -> bool {
        match self {
            // Too early, too much at once, or a timeout of theirs: all pass, as what is 5xx does.
            Fault::Status { status, .. } => !matches!(status, 408 | 425 | 429 | 500..=599),
            Fault::NoRanges
            | Fault::OtherPart { .. }
            | Fault::OtherLength { .. }
            | Fault::Packed { .. }
            | Fault::LocalQuery
            | Fault::Fetch(Problem::LeadsBack | Problem::TooManyRedirects) => true,
            Fault::CutShort { .. } | Fault::TooSlow { .. } | Fault::Fetch(_) => false,
        }
    }

    /// When to come again, if it said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Fault::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_lacks_it_will_lack_and_what_it_is_busy_with_passes() {
        let status = |status| Fault::Status { status, file: "f".into(), retry_after: None };
        for lasting in [301, 400, 401, 403, 404, 410, 416] {
            assert!(status(lasting).is_lasting(), "{lasting}");
            assert!(status(lasting).is_about_a_file(), "{lasting}");
        }
        for passing in [408, 425, 429, 500, 502, 503, 504] {
            assert!(!status(passing).is_lasting(), "{passing}");
            assert!(!status(passing).is_about_a_file(), "{passing}");
        }
        assert!(Fault::NoRanges.is_lasting());
        assert!(!Fault::Fetch(Problem::TimedOut).is_lasting());
        assert!(Fault::Fetch(Problem::LeadsBack).is_lasting());
    }

    #[test]
    fn a_sentence_says_who_did_what() {
        let error = WebSeedError {
            host: "w:80".into(),
            fault: Fault::OtherLength { file: "a/b".into(), length: 3, expected: 4 },
            file: Some(1),
        };
        assert_eq!(error.to_string(), "w:80 has 3 bytes of a/b, which has 4 by the torrent");
    }
}
