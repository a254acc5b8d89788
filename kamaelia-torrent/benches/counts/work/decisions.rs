//! What swarms think: eight of them, until all have 128 pieces.

use std::hint::black_box;

use crate::crowd::Crowd;

pub(super) fn decide(rounds: u32) {
    for _ in 0..rounds {
        let mut crowd = Crowd::new(8, 7, 128);
        crowd.run();
        black_box(crowd.wasted());
    }
}
