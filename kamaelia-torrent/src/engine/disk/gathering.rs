//! Which pieces are hashed together.
//!
//! A processor hashes several messages side by side in little more time than one, so pieces that
//! come fast wait for each other: until there are enough of them or no more come, and for a few
//! milliseconds at most. A piece that comes alone, as they do on a slow line, does not wait.

use std::time::{Duration, Instant};

/// What comes so soon after another piece is one of many: the next is worth waiting for as long.
const NEAR: Duration = Duration::from_millis(5);

/// How long a piece waits for others at most: peers hear of it so much later.
const WAIT_MAX: Duration = Duration::from_millis(10);

/// Bytes that wait for each other at most, a single piece apart.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// Pieces that wait for each other.
#[derive(Debug)]
pub(super) struct Gathering<Piece> {
    /// So many are worth hashing together.
    width: usize,
    waiting: Vec<Piece>,
    /// Of those that wait.
    bytes: usize,
    /// When those that wait go at the latest, whatever comes.
    latest: Option<Instant>,
    /// When the last piece came.
    last: Option<Instant>,
}

impl<Piece> Gathering<Piece> {
    /// Nothing waits yet; where one at a time is as good as several, nothing ever will.
    pub(super) fn new(width: usize) -> Self {
        Gathering { width, waiting: Vec::new(), bytes: 0, latest: None, last: None }
    }

    /// A piece of so many bytes has come: those to be hashed now, if any.
    pub(super) fn add(&mut self, now: Instant, piece: Piece, bytes: usize) -> Vec<Piece> {
        let is_one_of_many = self.last.is_some_and(|last| now < last + NEAR);
        self.last = Some(now);
        self.latest.get_or_insert(now + WAIT_MAX);
        self.waiting.push(piece);
        self.bytes += bytes;
        let is_enough = self.waiting.len() >= self.width || self.bytes >= BYTES_MAX;
        if is_enough || !is_one_of_many { self.take_all() } else { Vec::new() }
    }

    /// Those that have waited long enough.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Piece> {
        match self.next_timeout() {
            Some(due) if due <= now => self.take_all(),
            _ => Vec::new(),
        }
    }

    /// All that wait.
    pub(super) fn take_all(&mut self) -> Vec<Piece> {
        self.bytes = 0;
        self.latest = None;
        std::mem::take(&mut self.waiting)
    }

    /// When those that wait go if no more come.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let no_more = self.last? + NEAR;
        self.latest.map(|latest| latest.min(no_more))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Which pieces of so many bytes go together and when, if they come at these milliseconds. Each
    /// is known by the moment at which it came.
    fn groups(width: usize, bytes: usize, at: &[u32]) -> Vec<(u32, Vec<u32>)> {
        let start = Instant::now();
        let mut gathering = Gathering::new(width);
        let mut groups = Vec::new();
        for now in 0..2_000 {
            let moment = start + now * MS;
            groups.push((now, gathering.take_due(moment)));
            for piece in at.iter().filter(|at| **at == now) {
                groups.push((now, gathering.add(moment, *piece, bytes)));
            }
        }
        assert_eq!(gathering.next_timeout(), None, "nothing waits for ever");
        groups.retain(|(_, pieces)| !pieces.is_empty());
        groups
    }

    #[test]
    fn pieces_that_come_slowly_do_not_wait() {
        let expected = [(0, vec![0]), (5, vec![5]), (20, vec![20]), (1_000, vec![1_000])];
        assert_eq!(groups(8, 1, &[0, 5, 20, 1_000]), expected);
    }

    #[test]
    fn where_several_are_no_better_than_one_nothing_waits() {
        assert_eq!(groups(1, 1, &[0, 0, 1]), [(0, vec![0]), (0, vec![0]), (1, vec![1])]);
    }

    #[test]
    fn pieces_that_come_fast_go_as_soon_as_there_are_enough() {
        let expected = [(0, vec![0]), (2, vec![1, 1, 2]), (3, vec![2, 2, 3])];
        assert_eq!(groups(3, 1, &[0, 1, 1, 2, 2, 2, 3]), expected);
    }

    #[test]
    fn when_no_more_come_the_others_go() {
        let expected = [(0, vec![0]), (7, vec![1, 2]), (20, vec![20])];
        assert_eq!(groups(8, 1, &[0, 1, 2, 20]), expected);
    }

    #[test]
    fn no_piece_waits_longer_than_a_few_milliseconds() {
        let expected = [(0, vec![0]), (14, vec![4, 8, 12]), (21, vec![16])];
        assert_eq!(groups(8, 1, &[0, 4, 8, 12, 16]), expected);
    }

    #[test]
    fn large_pieces_wait_for_fewer_others() {
        let expected = [(0, vec![0]), (1, vec![1, 1]), (2, vec![2, 2])];
        assert_eq!(groups(8, BYTES_MAX / 2, &[0, 1, 1, 2, 2]), expected);
    }
}
