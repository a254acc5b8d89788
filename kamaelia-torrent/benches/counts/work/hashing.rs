//! SHA-1 of a piece. Valgrind's processor has no SHA instructions, so this is code for any.

use std::hint::black_box;

use kamaelia_torrent::hash::sha1;

pub(super) fn hash(rounds: u32) {
    let piece: Vec<u8> = (0..256 << 10).map(|at: u32| at as u8).collect();
    for _ in 0..rounds {
        black_box(sha1(black_box(&piece)));
    }
}
