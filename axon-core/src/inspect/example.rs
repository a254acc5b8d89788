//! Graphs for the tests of this room.

use std::time::Duration;

use super::snapshot::{
    BoxStatus, ComponentStatus, Direction, End, ExportedBox, Home, LinkStatus, Snapshot, State,
    Wait,
};
use crate::component::About;

/// `source -> squeeze/pack -> squeeze/check -> sink`, with a clock beside it that failed.
pub(super) fn running() -> Snapshot {
    let main = || Home::Worker("main".into());
    let components = vec![
        ComponentStatus::new(1, "source", "Source<u8>", Home::OwnThread)
            .with_state(State::Waiting(vec![Wait::Room { outbox: "outbox".into() }]))
            .with_outbox(plain_box("outbox", "u8")),
        ComponentStatus::new(2, "squeeze/pack", "Pack", main())
            .with_inbox(plain_box("inbox", "u8"))
            .with_inbox(optional_box("level", "u8"))
            .with_outbox(plain_box("outbox", "Vec<u8>")),
        ComponentStatus::new(3, "squeeze/check", "Check", main())
            .with_state(State::Waiting(vec![Wait::Message { inbox: "inbox".into() }]))
            .with_restarts(2)
            .with_inbox(plain_box("inbox", "Vec<u8>"))
            .with_outbox(plain_box("outbox", "Vec<u8>")),
        ComponentStatus::new(4, "sink", "Sink", main())
            .with_state(State::Paused)
            .with_inbox(plain_box("inbox", "Vec<u8>")),
        ComponentStatus::new(5, "clock", "Clock", Home::Worker("slow".into()))
            .with_state(State::ended(Some("panicked: no time"))),
    ];
    let links = vec![
        link((1, "source"), (2, "squeeze/pack"), "u8", 4)
            .with_counts(1_204, 1_200, 4)
            .with_high_water(4)
            .with_blocked(Duration::from_millis(250)),
        link((2, "squeeze/pack"), (3, "squeeze/check"), "Vec<u8>", 64).with_counts(300, 300, 0),
        link((3, "squeeze/check"), (4, "sink"), "Vec<u8>", 64)
            .with_policy("drop oldest")
            .with_counts(300, 250, 40)
            .with_dropped(10),
    ];
    let exported = vec![
        ExportedBox::new("squeeze", "inbox", Direction::In, End::new(2, "squeeze/pack", "inbox")),
        ExportedBox::new("squeeze", "level", Direction::In, End::new(2, "squeeze/pack", "level")),
        ExportedBox::new(
            "squeeze",
            "outbox",
            Direction::Out,
            End::new(3, "squeeze/check", "outbox"),
        ),
    ];
    Snapshot::new(Duration::from_millis(2_500), components, links, exported)
}

/// The same before it ran.
pub(super) fn planned() -> Snapshot {
    let mut snapshot = running();
    snapshot.taken_at = Duration::ZERO;
    for component in &mut snapshot.components {
        component.state = State::Ready;
        component.restarts = 0;
    }
    for link in &mut snapshot.links {
        (link.sent, link.taken, link.depth, link.dropped) = (0, 0, 0, 0);
        (link.high_water, link.blocked) = (None, None);
    }
    snapshot
}

/// Two components and a link, each of whose texts is `text`.
pub(super) fn all_called(text: &str) -> Snapshot {
    let component = |number| {
        ComponentStatus::new(number, format!("{text}/{text}"), text, Home::Worker(text.into()))
            .with_state(State::Waiting(vec![Wait::Message { inbox: text.into() }]))
            .with_inbox(BoxStatus { description: text.into(), ..plain_box(text, text) })
            .with_outbox(plain_box(text, text))
    };
    let end = |number| End::new(number, format!("{text}/{text}"), text);
    let link = LinkStatus::new(end(1), end(2), text, 4).with_counts(3, 2, 1).with_policy(text);
    let exported = vec![
        ExportedBox::new("", text, Direction::In, end(1)),
        ExportedBox::new(text, text, Direction::Out, end(2)),
    ];
    let components = vec![component(1), component(2)];
    Snapshot::new(Duration::from_secs(1), components, vec![link], exported)
}

/// Names that mean something in one text format or another.
pub(super) const NASTY: &[&str] = &[
    "",
    " ",
    "it's",
    "say \"so\"",
    "back\\slash\\",
    "\\N\\G\\n",
    "two\nlines\r\n",
    "tab\tbed",
    "a<b>&amp;&#65;",
    "{x|y}[z](w)",
    "```md```",
    "#quot;#35;",
    "style:#fff;",
    "%%{init: {}}%% %% no",
    "-->|x|",
    "end",
    "1. list",
    "- list",
    "    __code__",
    "subgraph graph",
    "<br/>--><!--]]>",
    "naïve 日本 🦀",
    "\u{0}\u{1}\u{1b}[31m\u{7f}\u{85}\u{2028}\u{feff}\u{fffe}\u{ffff}\u{202e}",
    "a/b/c",
    "a.b",
    "'\"\\\n",
];

/// Text made of what is awkward, differently for every seed.
pub(super) fn awkward_text(random: &mut fastrand::Rng) -> String {
    const LETTERS: &[char] = &[
        'a', 'b', ' ', '"', '\'', '\\', '\n', '\r', '\t', '\0', '/', '.', ',', '(', ')', '{', '}',
        'u', 'n', 'é', '日', '🦀', '\u{85}', '\u{2028}', '\u{feff}',
    ];
    let length = random.usize(..12);
    (0..length).map(|_| LETTERS[random.usize(..LETTERS.len())]).collect()
}

pub(super) fn link(
    (from, from_name): (u64, &str),
    (to, to_name): (u64, &str),
    message: &str,
    capacity: usize,
) -> LinkStatus {
    let (from, to) = (End::new(from, from_name, "outbox"), End::new(to, to_name, "inbox"));
    LinkStatus::new(from, to, message, capacity)
}

pub(super) fn plain_box(name: &str, message: &str) -> BoxStatus {
    BoxStatus::new(&About::new(name.to_owned(), ""), message)
}

fn optional_box(name: &str, message: &str) -> BoxStatus {
    BoxStatus::new(&About::new(name.to_owned(), "How hard to try.").optional(), message)
}
