//! Some inputs of every format each time: the seeds, bytes of chance, and seeds that were damaged.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{FORMATS, Format};

/// How often each format is tried with bytes of chance, and with damaged seeds.
const TIMES: u32 = 500;

/// What becomes of a seed: bytes changed, taken out, put in, repeated, or exchanged for numbers that lie
/// at an edge.
type Change = (prop::sample::Index, u8, u8);

fn damaged(format: &Format) -> impl Strategy<Value = Vec<u8>> {
    let seed = prop::sample::select((format.seeds)());
    let change = (any::<prop::sample::Index>(), 0..6u8, any::<u8>());
    (seed, prop::collection::vec(change, 1..8))
        .prop_map(|(seed, changes)| changes.into_iter().fold(seed, changed))
}

fn changed(mut bytes: Vec<u8>, (place, kind, byte): Change) -> Vec<u8> {
    if bytes.is_empty() {
        return vec![byte];
    }
    let place = place.index(bytes.len());
    match kind {
        0 => bytes[place] = byte,
        1 => bytes[place] ^= 1 << (byte % 8),
        2 => drop(bytes.remove(place)),
        3 => bytes.insert(place, byte),
        4 => bytes.truncate(place),
        _ => {
            let again: Vec<u8> = bytes[place..].iter().copied().take(byte.into()).collect();
            bytes.splice(place..place, again);
        }
    }
    bytes
}

fn run(format: &Format, inputs: impl Strategy<Value = Vec<u8>>) {
    let config = ProptestConfig { cases: TIMES, failure_persistence: None, ..Default::default() };
    let outcome = TestRunner::new(config).run(&inputs, |bytes| {
        (format.check)(&bytes);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{}: {error}", format.name));
}

#[test]
fn the_seeds_do_no_harm() {
    for format in FORMATS {
        let seeds = (format.seeds)();
        assert!(seeds.len() >= 5, "{} has {} seeds", format.name, seeds.len());
        seeds.iter().for_each(|seed| (format.check)(seed));
        (format.check)(b"");
    }
}

#[test]
fn random_bytes_do_no_harm() {
    for format in FORMATS {
        run(format, prop::collection::vec(any::<u8>(), 0..400));
    }
}

#[test]
fn damaged_bytes_do_no_harm() {
    for format in FORMATS {
        run(format, damaged(format));
    }
}
