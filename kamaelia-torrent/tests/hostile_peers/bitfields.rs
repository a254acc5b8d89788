//! What a peer says it has.

use std::time::Duration;

use kamaelia_torrent::wire::Message;
use log::Level::{Debug, Info};

use crate::case::{Case, End::*, Role::*};
use crate::script::Script;

fn says(name: &'static str, messages: &[Message<'_>], why: &'static str) -> Case {
    Case::of(name, Script::greeting().says(messages), LetGo(Info, why))
}

/// Sixty bits and four to spare; one piece is lacking.
const MOST: [u8; 8] = [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0];
const FEW: [u8; 8] = [0x80, 0, 0, 0, 0, 0, 0, 0];

pub(crate) fn cases() -> Vec<Case> {
    let late = Kept("aria2 sends a bitfield late and more than once, so it is heard when it comes");
    vec![
        says(
            "a bitfield a byte too long",
            &[Message::Bitfield(&[0; 9])],
            "its bitfield has 9 bytes where 8 are needed",
        )
        .at(&[Leecher, Seed]),
        says(
            "a bitfield a byte too short",
            &[Message::Bitfield(&[0; 7])],
            "its bitfield has 7 bytes where 8 are needed",
        ),
        says(
            "a bitfield of nothing",
            &[Message::Bitfield(&[])],
            "its bitfield has 0 bytes where 8 are needed",
        ),
        says(
            "a bitfield for half a million pieces",
            &[Message::Bitfield(&[0xff; 60_000])],
            "its bitfield has 60000 bytes where 8 are needed",
        )
        .at(&[Leecher, Seed]),
        says(
            "bits for pieces beyond the last",
            &[Message::Bitfield(&[0xff; 8])],
            "claims pieces beyond the last of 60",
        ),
        says("a have beyond the last piece", &[Message::Have(60)], "it named piece 60"),
        says(
            "the last have that can be spelled",
            &[Message::Have(u32::MAX)],
            "and the torrent has 60",
        ),
        says(
            "nothing, after something",
            &[Message::Have(1), Message::HaveNone],
            "it said that it has no piece after it had said which it has",
        ),
        Case::of(
            "everything, by one who never agreed on saying so",
            Script::plain().says(&[Message::HaveAll]),
            LetGo(Info, "it sent have all, which was not agreed on"),
        ),
        Case::of(
            "a suggestion, by one who never agreed on it",
            Script::plain().says(&[Message::SuggestPiece(1)]),
            LetGo(Info, "it sent suggest piece, which was not agreed on"),
        ),
        says(
            "a suggestion beyond the last piece",
            &[Message::SuggestPiece(60)],
            "it named piece 60",
        ),
        says("a gift beyond the last piece", &[Message::AllowedFast(60)], "it named piece 60"),
        Case::of(
            "a late bitfield",
            Script::greeting()
                .says(&[Message::Have(0), Message::Interested])
                .waits(Duration::from_secs(2))
                .says(&[Message::Bitfield(&MOST[..])]),
            LetGo(Debug, "neither side wants anything"),
        ),
        Case::of(
            "two bitfields, the second with less",
            Script::greeting().says(&[Message::Bitfield(&MOST), Message::Bitfield(&FEW)]),
            LetGo(Debug, "neither side wants anything"),
        ),
        Case::of(
            "a late bitfield of little",
            Script::greeting().says(&[
                Message::Have(1),
                Message::Interested,
                Message::Bitfield(&FEW),
            ]),
            late,
        )
        .at(&[Leecher, Seed]),
        Case::of(
            "bitfields without end",
            Script::greeting().for_ever(&[Message::Bitfield(&FEW)]),
            LetGo(Info, "bytes of messages that bring nothing"),
        )
        .at(&[Leecher, Seed, Hunter]),
        Case::of(
            "everything, without end",
            Script::greeting().for_ever(&[Message::HaveAll]),
            LetGo(Info, "bytes of messages that bring nothing"),
        ),
    ]
}
