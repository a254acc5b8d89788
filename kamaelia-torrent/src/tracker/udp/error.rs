//! Why an exchange with a tracker came to nothing.

/// Why there is no answer of use. Another tracker may do better, and this one may later.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UdpError {
    /// The tracker will not serve this.
    #[error("refuses: {reason}")]
    Refused {
        /// In the tracker's words.
        reason: String,
    },
    /// Nothing of use came back, however often it was asked.
    #[error("did not answer in time")]
    TimedOut,
    /// Nothing can be sent to it.
    #[error("cannot be reached: {reason}")]
    Unreachable {
        /// What the system says.
        reason: String,
    },
    /// Too many exchanges are under way already.
    #[error("was not asked: {limit} exchanges are under way already")]
    TooMany {
        /// The most there may be.
        limit: usize,
    },
}
