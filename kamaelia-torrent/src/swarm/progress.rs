//! What is done, what is left, and how fast it goes.

use std::time::Duration;

/// A torrent's numbers at one moment: the source of every status.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Bytes in all pieces.
    pub bytes_total: u64,
    /// Bytes in the pieces we lack.
    pub bytes_left: u64,
    /// Bytes of blocks we asked for and got, corrupt ones included, since the swarm began.
    pub downloaded: u64,
    /// Bytes of blocks we sent, since the swarm began.
    pub uploaded: u64,
    /// Bytes of blocks that came too late, unasked or corrupt.
    pub wasted: u64,
    /// Bytes a second over the last few seconds.
    pub download_rate: f64,
    /// Bytes a second over the last few seconds.
    pub upload_rate: f64,
    /// Connected peers that have all pieces.
    pub seeds: usize,
    /// Connected peers that lack some.
    pub leechers: usize,
}

impl Progress {
    /// From 0 to 1; exactly 1 only when nothing is left.
    pub fn fraction_done(&self) -> f64 {
        match self.bytes_left {
            0 => 1.0,
            left => ((self.bytes_total - left) as f64 / self.bytes_total as f64).min(0.999_999),
        }
    }

    /// How long the rest takes at this rate; zero when nothing is left, `None` when nothing moves.
    pub fn time_left(&self) -> Option<Duration> {
        if self.bytes_left == 0 {
            return Some(Duration::ZERO);
        }
        Duration::try_from_secs_f64(self.bytes_left as f64 / self.download_rate).ok()
    }
}
