//! `docs/pipe_protocol.md` and its schema, held against what the program says.

use std::collections::BTreeSet;

use jsonschema::Validator;
use kamaelia_torrent::components::{JsonEvent, PIPE_PROTOCOL};

use super::*;

const PAGE: &str = include_str!("../../../docs/pipe_protocol.md");

fn schema() -> Value {
    let text = include_str!("../../../docs/pipe_protocol.schema.json");
    serde_json::from_str(text).expect("the schema is JSON")
}

/// The schema for those who write the lines: nothing may be there that is not in it.
pub(super) fn strict() -> Validator {
    let mut schema = schema();
    for name in kinds().chain(["listed"]) {
        schema["$defs"][name]["unevaluatedProperties"] = false.into();
    }
    schema["properties"]["event"] = json!({"enum": kinds().collect::<Vec<_>>()});
    let state = &mut schema["$defs"]["standing"]["properties"]["state"];
    *state = json!({"enum": state["examples"]});
    jsonschema::draft202012::new(&schema).expect("a schema")
}

fn kinds() -> impl Iterator<Item = &'static str> {
    JsonEvent::ALL.iter().map(|event| event.name())
}

/// What stands in the schema of an event, be it there or where it refers to.
fn fields(schema: &Value, kind: &str) -> BTreeSet<String> {
    let object = &schema["$defs"][kind];
    let own = object["properties"].as_object().expect("each says what it has").keys().cloned();
    let other = object["$ref"].as_str().map(|path| fields(schema, &path["#/$defs/".len()..]));
    own.chain(other.into_iter().flatten()).collect()
}

/// Two programs, and everything that one can say of the other.
fn session() -> Vec<Value> {
    let (data, copy, second, state) = (home(), home(), home(), home());
    let song = write(data.path().join("100%25: song\u{2028}"), bytes(600_000, 4));
    let address = unused_port().to_string();
    let args = ["--listen", &address, "--no-tracker", "--state", shown(state.path())];
    let mut lines = Vec::new();

    let mut seed = telling_objects(data.path(), &args);
    let mut say = |line: &str, event: &str| {
        seed.say(line);
        tell_until(&seed, event, &mut lines)
    };
    say(&format!("file:{}", song.display()), "complete");
    let already = say(&format!("@again file:{}", song.display()), "already");
    for (line, event) in [
        ("pause:1", "paused"),
        ("@job_1 resume:1", "resumed"),
        ("why:1", "why"),
        ("list", "list"),
        ("stop:7", "failed"),
        ("@b hello", "failed"),
        ("file:a\0b", "failed"),
        ("@b quit", "quit"),
    ] {
        say(line, event);
    }
    assert_eq!(seed.ended().status, Some(1));

    let mut seed = telling_objects(data.path(), &args);
    tell_until(&seed, "restored", &mut lines);
    let mut get = telling_objects(copy.path(), &[&ALONE[..], &["--peer", &address]].concat());
    let hash = already["info_hash"].as_str().expect("an info-hash");
    get.say(format!("@get magnet:?xt=urn:btih:{hash}"));
    tell_until(&get, "complete", &mut lines);
    get.say("stop:1");
    tell_until(&get, "closed", &mut lines);
    assert_eq!(get.end_of_input().status, Some(0));

    // What was published is cut short, and the next one asks for it.
    write(&song, "short");
    let mut get = telling_objects(second.path(), &[&ALONE[..], &["--peer", &address]].concat());
    get.say(format!("magnet:?xt=urn:btih:{hash}"));
    tell_until(&seed, "trouble", &mut lines);
    seed.say("quit");
    tell_until(&seed, "quit", &mut lines);

    let damaged = home();
    write(damaged.path().join("x.entry"), "nothing");
    let args = ["--no-tracker", "--json", "--state", shown(damaged.path())];
    lines.extend(objects(&told(copy.path(), &args, "").out));

    let hello = told(copy.path(), &["--no-tracker", "--json"], "").out;
    lines.extend(objects(&hello));
    lines
}

/// Keeps what is said up to and with this event.
fn tell_until(seeder: &Program, event: &str, lines: &mut Vec<Value>) -> Value {
    loop {
        let object = object(&seeder.line());
        lines.push(object.clone());
        if object["event"] == event {
            return object;
        }
    }
}

#[test]
fn every_line_of_a_session_in_which_everything_happens_is_as_the_schema_says_and_no_other_is() {
    let session = session();
    let told: BTreeSet<_> = session.iter().filter_map(|line| line["event"].as_str()).collect();
    assert_eq!(told, kinds().collect(), "everything happens");
    let (open, strict) = (jsonschema::draft202012::new(&schema()).expect("a schema"), strict());
    for line in &session {
        assert!(open.is_valid(line), "{line}");
        let faults: Vec<_> = strict.iter_errors(line).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{line}: {faults:?}");
        let fields = line.as_object().expect("an object");
        for field in fields.keys() {
            let mut changed = line.clone();
            changed[field] = json!([{}]);
            assert!(!strict.is_valid(&changed), "`{field}` is of another type: {changed}");
            changed.as_object_mut().expect("an object").remove(field);
            // A tag is there only if there was one.
            assert_eq!(strict.is_valid(&changed), field == "tag", "no `{field}`: {changed}");
        }
        let mut more = line.clone();
        more["more"] = "of it".into();
        assert!(open.is_valid(&more) && !strict.is_valid(&more), "{more}");
    }
}

#[test]
fn the_schema_is_one_and_lets_readers_meet_events_they_do_not_know() {
    let schema = schema();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    let open = jsonschema::draft202012::new(&schema).expect("a schema");
    let new = json!({"event": "yet to come", "what": "ever"});
    assert!(open.is_valid(&new) && !strict().is_valid(&new));
    assert!(!open.is_valid(&json!({"what": "ever"})), "each has an event");
}

#[test]
fn every_event_and_every_field_stands_in_the_code_the_schema_and_the_page() {
    let schema = schema();
    let conditions = schema["allOf"].as_array().expect("one for each event");
    let in_schema: Vec<_> = conditions
        .iter()
        .map(|condition| condition["if"]["properties"]["event"]["const"].as_str().expect("a name"))
        .collect();
    assert_eq!(in_schema, kinds().collect::<Vec<_>>());
    let sections: Vec<_> = PAGE.split("\n### `").skip(1).collect();
    let on_page: Vec<_> = sections.iter().filter_map(|text| text.split('`').next()).collect();
    assert_eq!(on_page, in_schema);
    for (kind, section) in on_page.into_iter().zip(sections) {
        let mut expected = fields(&schema, kind);
        expected.remove("event");
        assert_eq!(fields_on_page(section), expected, "`{kind}`");
    }
    assert_eq!(schema["$defs"]["hello"]["properties"]["protocol"]["const"], PIPE_PROTOCOL);
    assert!(PAGE.contains(&format!("**protocol {PIPE_PROTOCOL}**")));
}

/// The words in backquotes that stand at the beginning of a row of a table, or alone in a line, after
/// the paragraph that says what an event is.
fn fields_on_page(section: &str) -> BTreeSet<String> {
    let section = section.split("\n## ").next().expect("at least one part");
    let (_, section) = section.split_once('\n').expect("more than a title");
    let lines = section.lines().flat_map(|line| match line.strip_prefix("| ") {
        Some(row) => row.split(" | ").next(),
        None => fields_alone(line),
    });
    let words = lines.flat_map(|text| text.split('`').skip(1).step_by(2));
    words
        .filter(|word| word.chars().all(|letter| letter.is_lowercase() || letter == '_'))
        .map(str::to_owned)
        .collect()
}

/// The end of a line that ends in nothing but words in backquotes.
fn fields_alone(line: &str) -> Option<&str> {
    let text = line.rsplit_once(". ").map_or(line, |(_, end)| end);
    let words =
        text.split(' ').all(|word| word.len() > 2 && word.starts_with('`') && word.ends_with('`'));
    words.then_some(text)
}

#[test]
fn the_states_on_the_page_are_those_in_the_schema() {
    let schema = schema();
    let states = &schema["$defs"]["standing"]["properties"]["state"]["examples"];
    let row = PAGE.lines().find(|line| line.starts_with("| `state` |")).expect("a row");
    for state in states.as_array().expect("some") {
        let state = state.as_str().expect("a word");
        assert!(row.contains(&format!("`{state}`")), "{state}");
    }
}
