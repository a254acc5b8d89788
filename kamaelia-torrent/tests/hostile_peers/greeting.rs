//! Greetings that are wrong, late, or from ourselves.

use std::time::Duration;

use kamaelia_torrent::metainfo::{InfoHash, PeerId};
use kamaelia_torrent::wire::{Handshake, Message};
use log::Level::{Debug, Info};

use crate::case::{Case, End::*, Role::*};
use crate::script::Script;

/// What looks like chance, the same each time.
fn noise(length: usize) -> Vec<u8> {
    let mut chance = fastrand::Rng::with_seed(5);
    (0..length).map(|_| chance.u8(..)).collect()
}

fn other_torrent(ours: Handshake) -> Handshake {
    Handshake { info_hash: InfoHash([7; 20]), ..ours }
}

fn same_name(ours: Handshake) -> Handshake {
    Handshake { peer_id: PeerId([b'q'; 20]), ..ours }
}

pub(crate) fn cases() -> Vec<Case> {
    let secs = Duration::from_secs;
    let late = LetGo(Debug, "did not say which torrent it wants");
    let mut misspelled = b"\x13BitTorrent protocoL".to_vec();
    misspelled.extend([0; 48]);
    vec![
        Case::of(
            "noise instead of a greeting",
            Script::raw().bytes(noise(4_000)),
            LetGo(Info, "is no peer of ours"),
        )
        .at(&[Leecher, Seed, Hunter]),
        Case::of("a request of the web", Script::raw().bytes(*b"GET / HTTP/1.1\r\n\r\n"), late),
        Case::of("the protocol's name misspelled", Script::raw().bytes(misspelled), late),
        Case::of(
            "a greeting about another torrent",
            Script::greeting().introduced(other_torrent),
            LetGo(Debug, "which is not here"),
        )
        .at(&[Leecher, Hunter]),
        Case::of(
            "an encrypted greeting about another torrent",
            Script::encrypted().introduced(other_torrent),
            LetGo(Debug, "it wants a torrent that is not here"),
        ),
        Case::of(
            "a greeting a byte a second",
            Script::raw().drips(noise_greeting(), secs(1)),
            late,
        )
        .at(&[Leecher, Seed]),
        Case::of("half a greeting", Script::raw().bytes(&noise_greeting()[..30]), late),
        Case::of(
            "a greeting and nothing more",
            Script::greeting(),
            LetGo(Debug, "nothing came for 180 s"),
        )
        .at(&[Seed]),
        Case::of(
            "an encrypted greeting and nothing more",
            Script::encrypted(),
            LetGo(Debug, "nothing came for 180 s"),
        )
        .at(&[Seed]),
        Case::of(
            "the same name on eight lines",
            Script::greeting().introduced(same_name).lines(8),
            Curbed(Debug, "there is another connection to the same peer", 1),
        )
        .by(1),
        Case::of(
            "a key that is zero",
            Script::raw().bytes([0; 96]).bytes(noise(600)),
            LetGo(Info, "is no peer of ours"),
        ),
        Case::of("a key and nothing more", Script::raw().bytes(noise(96)), late),
        Case::of("a key a byte a second", Script::raw().drips(noise(96), secs(1)), late),
        Case::of(
            "a key and padding without end",
            Script::raw().bytes(noise(96)).bytes_for_ever(noise(1_000)),
            LetGo(Info, "is no peer of ours"),
        )
        .at(&[Leecher, Hunter]),
        Case::of(
            "every extension bit there is",
            Script::greeting()
                .introduced(|ours| Handshake { reserved: [0xff; 8], ..ours })
                .says(&[Message::HaveNone, Message::Interested]),
            Kept("BEP 4: bits that we do not know are stepped over"),
        ),
        Case::of(
            "the answer to our call is about another torrent",
            Script::plain().introduced(other_torrent).waits_for_a_call(),
            LetGo(Debug, "the peer speaks about another torrent"),
        )
        .at(&[Leecher, Hunter]),
        Case::of(
            "the answer to our call is noise",
            Script::raw().bytes(noise(4_000)).waits_for_a_call(),
            LetGo(Info, "broke the protocol"),
        )
        .at(&[Leecher, Hunter]),
        Case::of(
            "no answer to our call",
            Script::raw().waits_for_a_call(),
            LetGo(Debug, "no handshake came within 30 s"),
        )
        .at(&[Leecher, Hunter]),
        Case::of(
            "the answer to our call comes a byte a second",
            Script::raw().drips(noise_greeting(), secs(1)).waits_for_a_call(),
            LetGo(Debug, "no handshake came within 30 s"),
        ),
        Case::of(
            "the answer to our call is what we said ourselves",
            Script::raw().answers_by_echo().waits_for_a_call(),
            LetGo(Debug, "the address is our own"),
        )
        .at(&[Leecher, Hunter]),
    ]
}

/// What a peer of some torrent would say first.
fn noise_greeting() -> Vec<u8> {
    Handshake::new(InfoHash([9; 20]), PeerId([9; 20])).encode().to_vec()
}
