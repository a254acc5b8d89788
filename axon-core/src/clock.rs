//! What time it is, asked in one place.

use std::time::Instant;

/// Now, for whoever asks.
pub(crate) fn now() -> Instant {
    Instant::now()
}
