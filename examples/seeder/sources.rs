//! What the command line, the environment and the file say, for every option of the seeder.

use std::fs;
use std::path::PathBuf;

use clap::Command;
use examples::settings::{self, Sources, Told};
use tempfile::TempDir;
use toml::{Table, Value};

use crate::options::Options;

/// Three values for each option: what the file says, what the environment, what the command line. And
/// yet another one is its default.
const ROWS: &[(&str, [&str; 3])] = &[
    ("dir", [r#""f""#, r#""e""#, r#""c, with a comma""#]),
    ("state", [r#""f""#, r#""e""#, r#""c""#]),
    ("select", [r#"["*.f", "cd1/"]"#, r#"["skip:e, 1", "*.e"]"#, r#"["*.c"]"#]),
    ("sequential", SWITCH),
    ("listen", [r#"["127.0.0.1:1"]"#, r#"["[::]:2", "127.0.0.1:3"]"#, r#"["127.0.0.1:4"]"#]),
    ("peer", [r#"["127.0.0.1:1"]"#, r#"["127.0.0.1:2", "127.0.0.1:3"]"#, r#"["127.0.0.1:4"]"#]),
    ("no-local-discovery", SWITCH),
    ("map-port", SWITCH),
    ("encryption", [r#""off""#, r#""required""#, r#""off""#]),
    ("tracker", [r#""http://f/""#, r#""http://e/""#, r#""http://c/""#]),
    ("tracker-listen", [r#""127.0.0.1:1""#, r#""127.0.0.1:2""#, r#""127.0.0.1:3""#]),
    ("no-tracker", SWITCH),
    ("max-up", ["500", r#""1K""#, "7"]),
    ("max-down", [r#""2M""#, "8", r#""1G""#]),
    ("max-peers", ["1", "2", "3"]),
    ("max-connections", ["1", "2", "3"]),
    ("until", [r#"["ratio:1"]"#, r#"["time:1h", "idle:1m"]"#, r#"["ratio:2.5"]"#]),
    ("bind", [r#""127.0.0.1""#, r#""lo""#, r#""127.0.0.2""#]),
    ("proxy", [r#""socks5://f:1""#, r#""socks5://e:1""#, r#""socks5://c:1""#]),
    ("keep", SWITCH),
    ("ui", [r#""127.0.0.1:1""#, r#""127.0.0.1:2""#, r#""127.0.0.1:3""#]),
    ("ui-for-others", SWITCH),
    ("json", SWITCH),
    ("verbose", ["1", "2", "3"]),
    ("quiet", SWITCH),
    ("log-file", [r#""f""#, r#""e""#, r#""c""#]),
];

/// A switch has but two values.
const SWITCH: [&str; 3] = ["true", "false", "true"];

/// A place for a file, and what else is said.
struct Said {
    place: TempDir,
    sources: Sources,
}

impl Said {
    fn new() -> Self {
        let place = TempDir::new().unwrap();
        let default_file = Some(place.path().join("config.toml"));
        let arguments = vec!["seeder".into(), "--print-config".into()];
        Said { place, sources: Sources { arguments, environment: Vec::new(), default_file } }
    }

    /// With what this option needs.
    fn needing(name: &str) -> Self {
        match name {
            "ui-for-others" => Said::new().environment("SEEDER_UI", "127.0.0.1:1"),
            _ => Said::new(),
        }
    }

    fn file(self, text: &str) -> Self {
        fs::write(self.place.path().join("config.toml"), text).unwrap();
        self
    }

    fn environment(mut self, variable: &str, value: &str) -> Self {
        self.sources.environment.push((variable.into(), value.into()));
        self
    }

    fn line(mut self, arguments: &[String]) -> Self {
        self.sources.arguments.extend(arguments.iter().map(Into::into));
        self
    }

    fn printed(&self) -> String {
        match self.sources.settle::<Options>() {
            Ok(Told::Print(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    fn table(&self) -> Table {
        self.printed().parse().unwrap()
    }

    fn refusal(&self) -> String {
        let told = self.sources.settle::<Options>();
        let sentence = told.expect_err("this is refused").to_string();
        sentence.replace(self.place.path().to_str().unwrap(), "")
    }
}

fn value(literal: &str) -> Value {
    let table: Table = format!("value = {literal}").parse().unwrap();
    table["value"].clone()
}

/// A value as it is written outside of files.
fn words(literal: &str) -> Vec<String> {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    match value(literal) {
        Value::Array(values) => values.iter().map(word).collect(),
        value => vec![word(&value)],
    }
}

fn variable(name: &str) -> String {
    format!("SEEDER_{}", name.to_uppercase().replace('-', "_"))
}

fn text_of_variable(name: &str, literal: &str) -> String {
    words(literal).join(if name == "select" { "\n" } else { "," })
}

fn arguments(name: &str, literal: &str) -> Vec<String> {
    match (name, value(literal)) {
        ("verbose", count) => {
            vec![format!("--{name}"); count.as_integer().unwrap().try_into().unwrap()]
        }
        (_, Value::Boolean(true)) => vec![format!("--{name}")],
        (_, Value::Boolean(false)) => vec![format!("--{name}=false")],
        _ => words(literal).iter().flat_map(|word| [format!("--{name}"), word.clone()]).collect(),
    }
}

/// The names of all settings, from the command line that people see.
fn names(command: &Command) -> Vec<String> {
    let no_settings = ["config", "print-config", "help", "version"];
    let longs = command.get_arguments().filter_map(|arg| arg.get_long());
    longs.filter(|name| !no_settings.contains(name)).map(ToOwned::to_owned).collect()
}

#[test]
fn the_table_has_a_row_for_every_option() {
    let rows: Vec<_> = ROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&settings::command::<Options>()), rows, "in their order");
}

#[test]
fn the_command_line_comes_before_the_environment_and_that_before_the_file() {
    for (name, [file, environment, line]) in ROWS {
        let in_file = || Said::needing(name).file(&format!("{name} = {file}"));
        let text = text_of_variable(name, environment);
        let in_both = || in_file().environment(&variable(name), &text);
        let in_all = in_both().line(&arguments(name, line));
        for (said, literal) in [(in_file(), file), (in_both(), environment), (in_all, line)] {
            assert_eq!(said.table()[*name], value(literal), "{name} = {literal}");
        }
    }
}

#[test]
fn a_switch_is_turned_off_by_a_stronger_source() {
    for (name, _) in ROWS.iter().filter(|(_, values)| *values == SWITCH) {
        let off =
            Said::needing(name).file(&format!("{name} = true")).line(&arguments(name, "false"));
        assert_eq!(off.table()[*name], value("false"), "{name}");
    }
}

#[test]
fn what_is_printed_says_the_same_when_it_is_read_back() {
    let nothing = Said::new().printed();
    assert_eq!(Said::new().file(&nothing).printed(), nothing);
    let rivals = ["tracker", "no-tracker", "proxy", "quiet"];
    for left_out in [&rivals[..], &["tracker-listen", "no-tracker", "proxy", "verbose"]] {
        let rows = ROWS.iter().filter(|(name, _)| !left_out.contains(name));
        let all: Vec<_> = rows.flat_map(|(name, [_, _, line])| arguments(name, line)).collect();
        let printed = Said::new().line(&all).printed();
        assert_eq!(Said::new().file(&printed).printed(), printed);
    }
}

#[test]
fn a_stronger_source_takes_away_what_it_cannot_be_together_with() {
    let said = Said::new().file("tracker = 'http://f/'\nlisten = ['127.0.0.1:1']");
    let said = said.environment("SEEDER_NO_TRACKER", "1");
    let table = said.table();
    assert_eq!((table.get("tracker"), &table["no-tracker"]), (None, &Value::Boolean(true)));
    let table = said.line(&["--proxy=socks5://c:1".to_owned()]).table();
    assert_eq!(table.get("listen"), None);
}

#[test]
fn an_option_without_its_value_is_true_in_the_file_and_false_takes_it_away() {
    let bare = Said::new().line(&["--state".to_owned()]).table();
    assert_eq!(Said::new().file("state = true").table()["state"], bare["state"]);
    let weaker = Said::new().file("state = false").table();
    assert_eq!(weaker.get("state"), None);
}

#[test]
fn what_an_option_needs_may_come_from_another_source_but_must_come() {
    let others = ["--ui-for-others".to_owned()];
    let said = Said::new().file("ui = '127.0.0.1:1'").line(&others);
    assert_eq!(said.table()["ui-for-others"], Value::Boolean(true));
    assert!(Said::new().line(&others).refusal().contains("--ui <"));
    assert!(Said::new().file("ui-for-others = true").refusal().contains("--ui <"));
}

#[test]
fn an_empty_list_takes_away_what_weaker_sources_have() {
    let said = Said::new().file("peer = ['127.0.0.1:1']").environment("SEEDER_PEER", "");
    assert_eq!(said.table().get("peer"), None);
}

#[test]
fn another_file_is_named_by_the_command_line_or_the_environment() {
    let said = Said::new().file("dir = 'default'");
    let named = |name: &str| {
        let path = said.place.path().join(name);
        fs::write(&path, format!("dir = '{name}'")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (one, two) = (named("one"), named("two"));
    let by_variable = Said::new().environment("SEEDER_CONFIG", &one);
    assert_eq!(by_variable.table()["dir"], value("'one'"));
    let by_line = by_variable.line(&["--config".to_owned(), two]);
    assert_eq!(by_line.table()["dir"], value("'two'"));
    assert_eq!(said.table()["dir"], value("'default'"));
}

#[test]
fn a_file_that_is_wrong_is_refused_with_its_line_and_what_is_allowed() {
    for (text, refusal) in [
        (
            "# mine\nmax-up = '5T'",
            "/config.toml:2: `max-up` is \"5T\": `T` is no unit; write bytes a second, or 500K, or 2M; it takes RATE",
        ),
        (
            "listen = ['here']",
            "/config.toml:1: `listen` is [\"here\"]: write an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080; it takes ADDR:PORT",
        ),
        ("\n\nkeep = 'yes'", "/config.toml:3: `keep` is \"yes\": it takes true or false"),
        ("dir = ['a', 'b']", "/config.toml:1: `dir` is [\"a\", \"b\"]: it takes text in quotes"),
        ("state = 3", "/config.toml:1: `state` is 3: it takes text in quotes"),
        ("max-up = []", "/config.toml:1: `max-up` is []: it takes text or a number"),
        ("dir = ''", "/config.toml:1: `dir` is \"\": it takes DIR"),
        (
            "encryption = 'on'",
            "/config.toml:1: `encryption` is \"on\": it takes off, allowed, required",
        ),
        ("verbose = 300", "/config.toml:1: `verbose` is 300: it takes a number from 0 to 255"),
        (
            "tracker = 1979-05-27",
            "/config.toml:1: `tracker` is 1979-05-27: it takes text in quotes",
        ),
        (
            "max_up = 1",
            "/config.toml:1: there is no setting `max_up`; is it `max-up`? There are dir, state, ",
        ),
        ("\ncolour = 1", "/config.toml:2: there is no setting `colour`; there are dir, state, "),
        ("config = 'x'", "/config.toml:1: there is no setting `config`"),
        (
            "[seeder]\ndir = 'x'",
            "/config.toml:1: there are no sections, such as `[seeder]`; settings stand",
        ),
        ("dir = 'x", "/config.toml:1: this is not TOML: "),
        ("keep = true\nkeep = false", "/config.toml:2: this is not TOML: duplicate key"),
        (
            "tracker = 'http://f/'\nno-tracker = true",
            "/config.toml: `tracker` and `no-tracker` exclude each other",
        ),
    ] {
        let sentence = Said::new().file(text).refusal();
        assert!(sentence.starts_with(&format!("error: {refusal}")), "{text}: {sentence}");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    }
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once_in_its_order() {
    let text = "max-up = 'fast'\ncolour = 1\nno-tracker = true\ntracker = 'http://f/'\ndir = 3";
    let sentence = Said::new().file(text).refusal();
    let starts = [
        "error: /config.toml:1: `max-up` is \"fast\": there is no number; ",
        "/config.toml:2: there is no setting `colour`; ",
        "/config.toml:5: `dir` is 3: it takes text in quotes",
        "/config.toml: `tracker` and `no-tracker` exclude each other",
    ];
    assert_eq!(sentence.lines().count(), starts.len(), "{sentence}");
    for (line, start) in sentence.lines().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn an_environment_that_is_wrong_is_refused_with_its_variable() {
    for (variable, text, refusal) in [
        (
            "SEEDER_MAX_PEERS",
            "0",
            "SEEDER_MAX_PEERS in the environment is \"0\": `0` is no number of at least 1; it takes COUNT",
        ),
        (
            "SEEDER_JSON",
            "perhaps",
            "SEEDER_JSON in the environment is \"perhaps\": it takes true or false",
        ),
        ("SEEDER_BIND", "", "SEEDER_BIND in the environment is \"\": "),
        // Who relies on a proxy must not be without one.
        (
            "SEEDER_PROXI",
            "socks5://p",
            "SEEDER_PROXI in the environment is no setting; is it SEEDER_PROXY? There are SEEDER_DIR, ",
        ),
        (
            "SEEDER_COLOUR",
            "1",
            "SEEDER_COLOUR in the environment is no setting; there are SEEDER_DIR, ",
        ),
        ("SEEDER_CONFIG", "/no/such/file", "cannot read settings from /no/such/file: "),
        (
            "SEEDER_CONFIG",
            "/dev/zero",
            "cannot read settings from /dev/zero: it has more than 1048576 bytes",
        ),
    ] {
        let sentence = Said::new().environment(variable, text).refusal();
        assert!(sentence.starts_with(&format!("error: {refusal}")), "{sentence}");
    }
}

#[test]
fn what_somebody_else_has_in_the_environment_is_left_alone() {
    // The last ones are what Kubernetes makes of a service that is called seeder.
    for variable in ["SEEDERS_PROXI", "SEEDER", "OTHER_PROXI", "SEEDER_SERVICE_HOST"]
        .iter()
        .chain(&["SEEDER_SERVICE_PORT_HTTP", "SEEDER_PORT", "SEEDER_PORT_6969_TCP_ADDR"])
    {
        let said = Said::new().environment(variable, "10.0.0.1");
        assert_eq!(said.printed(), Said::new().printed(), "{variable}");
    }
}

#[test]
fn places_may_be_names_that_are_no_text_but_cannot_be_printed_then() {
    use std::os::unix::ffi::OsStringExt;
    let mut said = Said::new();
    let odd = std::ffi::OsString::from_vec(vec![b'o', 0xff]);
    said.sources.environment.push(("SEEDER_DIR".into(), odd.clone()));
    assert!(said.refusal().contains("which is no text and so nothing for a file"));
    said.sources.arguments.pop();
    let Ok(Told::Options(options)) = said.sources.settle::<Options>() else { panic!("options") };
    assert_eq!(options.dir, PathBuf::from(odd));
}
