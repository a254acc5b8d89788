//! JSON, for programs.

use std::fmt::Write;
use std::time::Duration;

use super::super::snapshot::{
    BoxStatus, ComponentStatus, End, ExportedBox, Home, LinkStatus, Snapshot, State, Wait,
};
use super::super::text::is_awkward;

impl Snapshot {
    /// The whole snapshot as one JSON object ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)):
    ///
    /// | key | value |
    /// |---|---|
    /// | `taken_at_us` | microseconds since the graph started |
    /// | `components` | a list of components |
    /// | `links` | a list of links |
    /// | `exported` | a list of exported boxes |
    ///
    /// A component has `number`, `name`, `group`, `kind`, `home` (`worker`, `own thread` or
    /// `outside`), `worker` (its name, or null), `state` (`ready`, `waiting`, `paused` or `ended`),
    /// `waits_for` (a list of `{"for", "box"}`, where `for` is `message`, `room`, `child`, `time` or
    /// `elsewhere`, and `box` is null for the last three), `outcome` (null while it lives), `failed`,
    /// `restarts`, `inboxes` and `outboxes`: lists of `{"name", "message", "description",
    /// "optional"}`.
    ///
    /// A link has `from` and `to`, each `{"number", "component", "box"}`, then `message`,
    /// `capacity`, `policy`, `sent`, `taken`, `depth`, `dropped`, `high_water` and `blocked_us`; the
    /// last two are null where nobody counts them.
    ///
    /// An exported box has `group`, `name`, `direction` (`inbox` or `outbox`) and `inner`, an end
    /// like those of links.
    ///
    /// Every key is always there, in this order. Keys may be added to later versions. Integers are
    /// written in full, also those that a program which reads them as floating-point numbers would
    /// round.
    pub fn to_json(&self) -> String {
        let mut text = object(&[
            ("taken_at_us", microseconds(self.taken_at)),
            ("components", array("\n", self.components.iter().map(component))),
            ("links", array("\n", self.links.iter().map(link))),
            ("exported", array("\n", self.exported.iter().map(exported))),
        ]);
        text.push('\n');
        text
    }
}

fn component(component: &ComponentStatus) -> String {
    let (home, worker) = match &component.home {
        Home::Worker(name) => ("worker", string(name)),
        Home::OwnThread => ("own thread", null()),
        Home::Outside => ("outside", null()),
    };
    let (state, waits, outcome, failed) = match &component.state {
        State::Ready => ("ready", &[][..], null(), false),
        State::Waiting(waits) => ("waiting", &waits[..], null(), false),
        State::Paused => ("paused", &[][..], null(), false),
        State::Ended { outcome, failed } => ("ended", &[][..], string(outcome), *failed),
    };
    object(&[
        ("number", component.number.to_string()),
        ("name", string(&component.name)),
        ("group", string(component.group())),
        ("kind", string(&component.kind)),
        ("home", string(home)),
        ("worker", worker),
        ("state", string(state)),
        ("waits_for", array("", waits.iter().map(wait))),
        ("outcome", outcome),
        ("failed", failed.to_string()),
        ("restarts", component.restarts.to_string()),
        ("inboxes", array("", component.inboxes.iter().map(one_box))),
        ("outboxes", array("", component.outboxes.iter().map(one_box))),
    ])
}

fn wait(wait: &Wait) -> String {
    let (what, name) = match wait {
        Wait::Message { inbox } => ("message", string(inbox)),
        Wait::Room { outbox } => ("room", string(outbox)),
        Wait::Child => ("child", null()),
        Wait::Time => ("time", null()),
        Wait::Elsewhere => ("elsewhere", null()),
    };
    object(&[("for", string(what)), ("box", name)])
}

fn one_box(known: &BoxStatus) -> String {
    object(&[
        ("name", string(&known.name)),
        ("message", string(&known.message)),
        ("description", string(&known.description)),
        ("optional", known.optional.to_string()),
    ])
}

fn link(link: &LinkStatus) -> String {
    object(&[
        ("from", end(&link.from)),
        ("to", end(&link.to)),
        ("message", string(&link.message)),
        ("capacity", link.capacity.to_string()),
        ("policy", string(&link.policy)),
        ("sent", link.sent.to_string()),
        ("taken", link.taken.to_string()),
        ("depth", link.depth.to_string()),
        ("dropped", link.dropped.to_string()),
        ("high_water", link.high_water.map_or_else(null, |messages| messages.to_string())),
        ("blocked_us", link.blocked.map_or_else(null, microseconds)),
    ])
}

fn exported(exported: &ExportedBox) -> String {
    object(&[
        ("group", string(&exported.group)),
        ("name", string(&exported.name)),
        ("direction", string(&exported.direction.to_string())),
        ("inner", end(&exported.inner)),
    ])
}

fn end(end: &End) -> String {
    object(&[
        ("number", end.number.to_string()),
        ("component", string(&end.component)),
        ("box", string(&end.name)),
    ])
}

fn object(members: &[(&str, String)]) -> String {
    let members: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// `before` stands before each item.
fn array(before: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<_> = items.map(|item| format!("{before}{item}")).collect();
    format!("[{}]", items.join(","))
}

fn null() -> String {
    "null".to_owned()
}

fn microseconds(duration: Duration) -> String {
    duration.as_micros().to_string()
}

fn string(text: &str) -> String {
    let mut string = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => string += "\\\"",
            '\\' => string += "\\\\",
            '\n' => string += "\\n",
            '\r' => string += "\\r",
            '\t' => string += "\\t",
            other if is_awkward(other) => {
                // All of these are below U+10000, so one escape is enough.
                let _ = write!(string, "\\u{:04x}", u32::from(other));
            }
            other => string.push(other),
        }
    }
    string.push('"');
    string
}

#[cfg(test)]
mod tests {
    use super::super::super::example::{NASTY, all_called, running};
    use super::*;

    #[test]
    fn all_there_is_to_know_is_written() {
        assert_eq!(running().to_json(), include_str!("expected/running.json"));
    }

    #[test]
    fn an_empty_graph_has_every_key_too() {
        let expected = "{\"taken_at_us\":0,\"components\":[],\"links\":[],\"exported\":[]}\n";
        assert_eq!(Snapshot::default().to_json(), expected);
    }

    #[test]
    fn strings_are_escaped_where_json_asks_for_it() {
        assert_eq!(string("a\"b\\c\n\u{1}\u{2028}é🦀/"), r#""a\"b\\c\n\u0001\u2028é🦀/""#);
    }

    #[test]
    fn no_name_breaks_out_of_its_place() {
        let skeleton = |name: &str| {
            let (mut in_quotes, mut is_escaped) = (false, false);
            let mut skeleton = String::new();
            for letter in all_called(name).to_json().chars() {
                in_quotes ^= letter == '"' && !is_escaped;
                is_escaped = letter == '\\' && !is_escaped;
                assert!(!in_quotes || !letter.is_control(), "{name:?}");
                if !in_quotes {
                    skeleton.push(letter);
                }
            }
            skeleton
        };
        for name in NASTY {
            assert_eq!(skeleton(name), skeleton("x"), "{name:?}");
        }
    }
}
