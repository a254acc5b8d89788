//! What the view answers to programs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use axon_core::{Component, Graphline, Inbox};
use kamaelia_io::view::{GraphAlone, LiveView, ViewError, WithView};
use serde_json::Value;

use crate::browser::PATIENCE;
use crate::graph::{Pace, Running};

/// Address and token out of what the view tells.
fn parts(url: &str) -> (SocketAddr, &str) {
    let (address, token) = url.split_once("/#").expect("an address and a token");
    (address.strip_prefix("http://").and_then(|it| it.parse().ok()).expect("an address"), token)
}

fn ask(url: &str, request: &str, fields: &str, body: &str) -> TcpStream {
    let (address, token) = parts(url);
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let length = body.len();
    let request = format!(
        "{request} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\nContent-Length: {length}\r\n{fields}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("it takes a request");
    stream
}

fn answer(url: &str, request: &str, fields: &str, body: &str) -> String {
    let mut answer = String::new();
    ask(url, request, fields, body).read_to_string(&mut answer).expect("an answer");
    answer
}

/// The data of events of this name, as they come.
fn events(url: &str, name: &'static str) -> impl Iterator<Item = Value> + use<> {
    let stream = ask(url, "GET /events", "", "");
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    std::iter::from_fn(move || {
        let event = format!("event: {name}");
        lines.find(|line| *line == event)?;
        let data = lines.next()?;
        Some(serde_json::from_str(data.strip_prefix("data: ")?).expect("JSON"))
    })
}

fn state(event: &Value, name: &str) -> String {
    let components = event["graph"]["components"].as_array().expect("a list");
    let one = components.iter().find(|one| one["name"] == name);
    one.map(|one| one["state"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
}

#[test]
fn events_tell_how_the_graph_moves_and_end_with_it() {
    let running = Running::start();
    let url = running.url.clone();
    let mut events = events(&url, "graph");
    let first = events.next().expect("it tells at once how things stand");
    assert_eq!(first["title"], "count_words");
    let sent = |event: &Value| event["graph"]["links"][0]["sent"].as_u64();
    assert_eq!(sent(&first), Some(0));
    running.go(Pace::Busy);
    assert!(events.any(|event| sent(&event) > Some(0)));
    running.graph.pause("letters").expect("there is one");
    assert!(events.any(|event| state(&event, "letters") == "paused"));
    running.graph.resume("letters").expect("there is one");
    let report = running.end();
    assert!(report.outcomes().all(|(_, outcome)| !outcome.is_failure()));
    // What was on its way comes, and then the end.
    events.for_each(drop);
}

#[test]
fn metrics_are_what_a_parser_of_the_format_makes_of_them() {
    let running = Running::start();
    let answer = answer(&running.url, "GET /metrics", "", "");
    let (header, text) = answer.split_once("\r\n\r\n").expect("a header");
    assert!(header.contains("Content-Type: text/plain; version=0.0.4"), "{header}");
    let lines = text.lines().map(|line| Ok(line.to_owned()));
    let scrape = prometheus_parse::Scrape::parse(lines).expect("the format");
    let find = |name: &str, label: &str, value: &str| {
        let mut all = scrape.samples.iter().filter(|sample| sample.metric == name);
        all.find(|one| label.is_empty() || one.labels.get(label) == Some(value))
            .map(|one| one.value.clone())
    };
    use prometheus_parse::Value::{Counter, Gauge};
    assert_eq!(find("axon_components", "state", "failed"), Some(Gauge(0.0)));
    assert_eq!(find("axon_components_stuck", "", ""), Some(Gauge(0.0)));
    assert_eq!(find("axon_link_sent_total", "from", "reader.outbox"), Some(Counter(0.0)));
    assert_eq!(find("axon_component_restarts_total", "component", "view"), Some(Counter(0.0)));
    assert!(matches!(find("axon_graph_seconds", "", ""), Some(Gauge(time)) if time > 0.0));
    for name in scrape.docs.keys() {
        let is_counter = text.contains(&format!("# TYPE {name} counter"));
        assert_eq!(is_counter, name.ends_with("_total"), "{name}");
    }
    running.end();
}

#[test]
fn a_page_of_others_gets_nothing_whatever_it_knows() {
    let running = Running::start();
    for (request, fields) in [
        ("GET /graph.json", "Origin: http://evil.example\r\n"),
        ("POST /command", "Origin: null\r\nContent-Type: text/plain; charset=utf-8\r\n"),
        ("GET /metrics", "Sec-Fetch-Site: cross-site\r\n"),
    ] {
        let answer = answer(&running.url, request, fields, "");
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
        assert!(!answer.contains("Access-Control"), "{answer}");
    }
    // The first `Host` counts: a name that leads here is no way in.
    let (address, token) = parts(&running.url);
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!(
        "GET /graph.json HTTP/1.0\r\nHost: evil.example:{}\r\nAuthorization: Bearer {token}\r\n\r\n",
        address.port()
    );
    stream.write_all(request.as_bytes()).expect("it takes a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    running.end();
}

/// Keeps one command.
#[derive(Component, Default)]
struct Obeys {
    pub inbox: Inbox<String>,
}

impl Obeys {
    async fn main(mut self) {
        assert_eq!(self.inbox.recv().await.as_deref(), Some("pause:1"));
        // The view may go on, since it only looks on.
    }
}

#[test]
fn a_command_leaves_by_the_box_of_commands() {
    let view = LiveView::bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let (url, obeys) = (view.url(), Obeys::default());
    let graph = Graphline::new()
        .link(&view.commands, &obeys.inbox)
        .add("view", view)
        .add("obeys", obeys)
        .build()
        .expect("the wiring is right");
    let thread = std::thread::spawn(move || graph.run());
    let plain = "Content-Type: text/plain; charset=utf-8\r\n";
    let told = answer(&url, "POST /command", plain, "pause:1\n");
    assert!(told.starts_with("HTTP/1.1 202 "), "{told}");
    thread.join().expect("no panic").expect("a good end");
}

#[test]
fn only_this_machine_is_served_unless_somebody_says_otherwise() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let error = LiveView::bind(address.parse().expect("an address")).err().expect("refused");
        assert!(matches!(error, ViewError::NotLoopback { .. }), "{error}");
        assert!(error.to_string().contains("other machines"), "{error}");
    }
    let anywhere = "0.0.0.0:0".parse().expect("an address");
    let open = LiveView::reachable_by_others(anywhere, GraphAlone).expect("a port");
    assert!(open.url().starts_with("http://127.0.0.1:"), "{}", open.url());
    let error = Graphline::new().with_view("0.0.0.0:0").err().expect("refused");
    assert!(matches!(error, ViewError::NotLoopback { .. }), "{error}");
    assert!(Graphline::new().with_view("nonsense").is_err());
}
