//! Bytes that are no messages, or hardly ever become one.

use std::time::Duration;

use kamaelia_torrent::wire::{BlockName, Message};
use log::Level::Info;

use crate::case::{Case, End::*, Role::*};
use crate::script::{Script, encoded};

/// What somebody says in the middle of a conversation.
fn says(name: &'static str, bytes: impl Into<Vec<u8>>, why: &'static str) -> Case {
    let script = Script::greeting().says(&[Message::HaveNone]).bytes(bytes);
    Case::of(name, script, LetGo(Info, why))
}

pub(crate) fn cases() -> Vec<Case> {
    let secs = Duration::from_secs;
    let slow = Kept("a slow line is no misdeed: it is served in its turn, and costs a place");
    let ordinary =
        encoded(&[Message::Have(2), Message::Interested, Message::NotInterested].repeat(9));
    let request = |offset, length| BlockName { piece: 0, offset, length };
    vec![
        says(
            "a message of four gigabytes",
            [0xff; 64],
            "it announced a message of 4294967295 bytes",
        )
        .at(&[Leecher, Seed, Hunter]),
        says(
            "a message a byte longer than any",
            65_539_u32.to_be_bytes().to_vec(),
            "it announced a message of 65539 bytes, and 65538 is the most",
        )
        .at(&[Leecher, Hunter]),
        Case::of(
            "a message of four gigabytes, encrypted",
            Script::encrypted().says(&[Message::HaveNone]).bytes([0xff; 64]),
            LetGo(Info, "it announced a message of 4294967295 bytes"),
        ),
        says("a choke of two bytes", [0, 0, 0, 2, 0, 0], "kind 0 cannot have 2 bytes")
            .at(&[Leecher, Hunter]),
        says("a have of three bytes", [0, 0, 0, 3, 4, 0, 0], "kind 4 cannot have 3 bytes"),
        says("a request of four bytes", [0, 0, 0, 4, 6, 0, 0, 0], "kind 6 cannot have 4 bytes")
            .at(&[Seed]),
        says("a port of one byte", [0, 0, 0, 2, 9, 1], "kind 9 cannot have 2 bytes"),
        says("a block without a place", [0, 0, 0, 5, 7, 0, 0, 0, 1], "kind 7 cannot have 5 bytes"),
        says("an extension without a number", [0, 0, 0, 1, 20], "kind 20 cannot have 1 bytes"),
        says(
            "a request for more than a block",
            encoded(&[Message::Request(request(0, 1 << 17))]),
            "it named 131072 bytes at offset 0 of piece 0, which is no block",
        )
        .at(&[Leecher, Seed]),
        says(
            "a request for nothing",
            encoded(&[Message::Request(request(0, 0))]),
            "it named 0 bytes at offset 0 of piece 0, which is no block",
        )
        .at(&[Seed]),
        says(
            "a request that ends beyond its piece",
            encoded(&[Message::Request(request(u32::MAX, 2))]),
            "which is no block",
        )
        .at(&[Seed]),
        says(
            "a cancel of what is not there",
            encoded(&[Message::Cancel(BlockName { piece: u32::MAX, offset: 0, length: 1 })]),
            "which is no block",
        )
        .at(&[Seed]),
        Case::of(
            "the longest message there is, a byte in ten seconds",
            Script::greeting()
                .says(&[Message::HaveNone])
                .bytes([0, 1, 0, 2, 20, 0])
                .drips([b'd'; 1_000], secs(10)),
            slow,
        ),
        Case::of(
            "an ordinary conversation, a byte a second",
            Script::greeting().drips(ordinary, secs(1)),
            slow,
        )
        .at(&[Leecher, Seed]),
    ]
}
