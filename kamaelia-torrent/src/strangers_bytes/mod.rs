//! What must hold of bytes from strangers, whatever they are: one check for each format that is read,
//! and bytes to begin with.
//!
//! No part of what this crate promises: the feature `strangers-bytes` opens it to the fuzz targets in
//! the repository's `fuzz/`. The tests below give each check a thousand inputs each time.

mod bencode;
mod encryption;
mod extension;
mod framing;
mod http_tracker;
mod instruction;
mod magnet;
mod metainfo;
mod peer_exchange;
mod resume;
#[cfg(test)]
mod tests;
mod udp_tracker;

/// One format.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// What its fuzz target is called.
    pub name: &'static str,
    /// Panics where these bytes make something happen that must not.
    pub check: fn(&[u8]),
    /// Good inputs, and nearly good ones.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Every format that this crate reads from strangers, or from its own disk.
pub const FORMATS: &[Format] = &[
    Format { name: "bencode", check: bencode::check, seeds: bencode::seeds },
    Format { name: "metainfo", check: metainfo::check, seeds: metainfo::seeds },
    Format { name: "magnet", check: magnet::check, seeds: magnet::seeds },
    Format { name: "framing", check: framing::check, seeds: framing::seeds },
    Format { name: "extension", check: extension::check, seeds: extension::seeds },
    Format { name: "peer_exchange", check: peer_exchange::check, seeds: peer_exchange::seeds },
    Format { name: "encryption", check: encryption::check, seeds: encryption::seeds },
    Format {
        name: "http_tracker_reply",
        check: http_tracker::check_reply,
        seeds: http_tracker::replies,
    },
    Format {
        name: "http_tracker_request",
        check: http_tracker::check_requests,
        seeds: http_tracker::requests,
    },
    Format {
        name: "udp_tracker_reply",
        check: udp_tracker::check_replies,
        seeds: udp_tracker::replies,
    },
    Format {
        name: "udp_tracker_request",
        check: udp_tracker::check_requests,
        seeds: udp_tracker::requests,
    },
    Format { name: "instruction", check: instruction::check, seeds: instruction::seeds },
    Format { name: "resume", check: resume::check, seeds: resume::seeds },
];

/// The check of the format with this name.
///
/// # Panics
///
/// When there is none.
pub fn check(name: &str, bytes: &[u8]) {
    let format = FORMATS.iter().find(|format| format.name == name);
    (format.expect("a format with this name").check)(bytes);
}

/// The first byte, which says how the rest is to be taken, and the rest.
fn first(bytes: &[u8]) -> (u8, &[u8]) {
    bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest))
}

/// The bytes in parts as a network might bring them: whole, one by one, or as chance has it.
fn parts(split: u8, mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut chance = fastrand::Rng::with_seed(split.into());
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let length = match split {
            0 => bytes.len(),
            1 => 1,
            _ => chance.usize(1..=bytes.len().min(1 + usize::from(split) * 4)),
        };
        let (part, rest) = bytes.split_at(length);
        parts.push(part);
        bytes = rest;
    }
    parts
}

/// Messages one after the other, each with its length in two bytes before it; the last may be shorter.
fn messages(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (message, rest) = rest.split_at(length);
        bytes = rest;
        Some(message)
    })
}

/// The same the other way round.
fn joined(messages: &[&[u8]]) -> Vec<u8> {
    let spelled = |message: &&[u8]| [&(message.len() as u16).to_be_bytes()[..], message].concat();
    messages.iter().flat_map(spelled).collect()
}

/// A sentence for a person: one line, and not longer than a screen.
fn assert_sentence(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert!(text.len() < 4_000, "a sentence of {} bytes", text.len());
}
