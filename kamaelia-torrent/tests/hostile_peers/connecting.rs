//! Calls, many of them.

use std::time::Duration;

use kamaelia_torrent::wire::Message;
use log::Level::{Debug, Info};

use crate::case::{Case, End::*, Role::*};
use crate::script::Script;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::of(
            "five thousand calls, a hundred at a time",
            Script::raw().waits(Duration::from_secs(2)).hangs_up().lines(100).calls(5_000),
            LetGo(Info, "16 from its address are being heard out"),
        )
        .by(1)
        .at(&[Leecher, Seed]),
        Case::of(
            "sixteen lines that are never greeted on",
            Script::raw().lines(16),
            LetGo(Debug, "did not say which torrent it wants"),
        )
        .by(1),
        Case::of(
            "a place for every stranger taken",
            Script::raw().lines(16),
            LetGo(Info, "gives way, since 64 have not said which torrent they want"),
        )
        .by(4),
        Case::of(
            "fifty greetings, each hung up on at once",
            Script::greeting().says(&[Message::HaveNone]).hangs_up().calls(50),
            Gone("each is a conversation of a moment, and nothing is kept of it"),
        ),
    ]
}
