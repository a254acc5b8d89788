//! The page of `--ui`: over HTTP, and in a real browser.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::browser::Browser;
use super::*;

/// A seeder with a page, and where that is.
fn with_page(place: &Path, args: &[&str]) -> (Program, String) {
    let page = ["--ui", "127.0.0.1:0"];
    let seeder = seeder(place, args.iter().copied().chain(page));
    let told = seeder.complaint();
    let (_, url) = told.split_once(" at http://").expect("it tells where the page is");
    let url = format!("http://{url}");
    (seeder, url)
}

fn ask(url: &str, request: &str, body: &str) -> String {
    let (address, token) = url["http://".len()..].split_once("/#").expect("a token");
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(AGES)).expect("a timeout");
    let length = body.len();
    let request = format!(
        "{request} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("it takes a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn commands_of_the_page_are_answered_among_the_others_and_outlive_the_end_of_input() {
    let place = home();
    write(place.path().join("a \"song\""), bytes(300_000, 1));
    let (mut seeder, url) = with_page(place.path(), &ALONE);
    seeder.close_input();
    let order = |line: &str| {
        let answer = ask(&url, "POST /command", line);
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    };
    order("@ui-1 file:a \"song\"");
    let lines = seeder.until(":100");
    assert!(lines.contains(&"0:@ui-1 file:a \"song\" 1:0".to_owned()), "{lines:?}");

    // The page hears of it beside the console, which may be sooner.
    let began = Instant::now();
    let is_left = |line: &str| line.starts_with("seeder_left_bytes{") && line.ends_with(" 0");
    let is_told = |metrics: &String| metrics.lines().any(is_left);
    let metrics = std::iter::repeat_with(|| ask(&url, "GET /metrics", ""))
        .find(|metrics| is_told(metrics) || began.elapsed() > AGES)
        .expect("it is asked again and again");
    let labels = r#",name="a \"song\""} "#;
    for (name, value) in [("seeder_left_bytes", "0\n"), ("seeder_wanted_bytes", "300000\n")] {
        let line = metrics.lines().find(|line| line.starts_with(&format!("{name}{{")));
        let line = format!("{}\n", line.unwrap_or_else(|| panic!("no {name}: {metrics}")));
        assert!(line.ends_with(&format!("{labels}{value}")), "{line}");
    }
    assert!(metrics.contains("# TYPE seeder_sent_bytes_total counter\n"), "{metrics}");
    assert!(metrics.contains("axon_components{state=\"failed\"} 0\n"), "{metrics}");

    order("@ui-2 pause:1");
    assert_eq!(seeder.line(), "0:@ui-2 pause:1:0");
    order("quit");
    let ended = seeder.ended();
    assert_eq!((ended.status, &*ended.out), (Some(0), &["0:quit:0".to_owned()][..]), "{ended:?}");
}

/// What the page is told last, as soon as it has so many notes.
fn notes(url: &str, count: usize) -> Vec<Value> {
    let (address, token) = url["http://".len()..].split_once("/#").expect("a token");
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(AGES)).expect("a timeout");
    let request =
        format!("GET /events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it takes a request");
    let lines = BufReader::new(stream).lines().map(|line| line.expect("a line"));
    let mut told = lines.filter_map(|line| {
        let event: Value = serde_json::from_str(line.strip_prefix("data: ")?).ok()?;
        event["notes"].as_array().cloned()
    });
    told.find(|notes| notes.len() == count).expect("the stream goes on")
}

#[test]
fn every_command_of_the_page_that_fails_is_among_its_notes() {
    let place = home();
    let (seeder, url) = with_page(place.path(), &ALONE);
    let hopeless = [
        ("magnet:?xt=urn:btih:123", "no info-hash"),
        ("file:/nope", "/nope does not exist"),
        ("bogus", "is not understood"),
        ("torrent:nope", "No such file"),
        ("stop:9", "there is no torrent 9"),
    ];
    for (number, (command, _)) in hopeless.iter().enumerate() {
        let answer = ask(&url, "POST /command", &format!("@ui-{number} {command}"));
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    }
    let notes = notes(&url, hopeless.len());
    for (command, reason) in hopeless {
        let note = notes.iter().find(|note| note["command"] == command);
        let said = note.and_then(|note| note["reason"].as_str());
        assert!(said.is_some_and(|said| said.contains(reason)), "{command}: {notes:?}");
    }
    assert_eq!(seeder.end_by(Signal::Int).status, Some(1));
}

#[test]
fn the_page_is_for_this_machine_unless_others_are_let_in() {
    let place = home();
    let refused = told(place.path(), &with(&ALONE, "--ui", "0.0.0.0:0"), "");
    assert_eq!(refused.status, Some(2));
    assert!(refused.err[0].contains("could be reached from other machines"), "{refused:?}");
    let lonely = told(place.path(), &["--ui-for-others"], "");
    assert_eq!(lonely.status, Some(2), "{lonely:?}");
    let mut args = with(&ALONE, "--ui", "0.0.0.0:0");
    args.push("--ui-for-others");
    let open = told(place.path(), &args, "quit\n");
    assert_eq!(open.status, Some(0), "{open:?}");
}

/// A torrent on the page that does this.
fn torrent_is(state: &str) -> String {
    format!("document.querySelector('[data-torrent-state=\"{state}\"]')")
}

#[test]
fn torrents_are_seen_and_paused_and_added_by_clicks() {
    let Some(browser) = Browser::open() else { return };
    let (place, copy) = (home(), home());
    write(place.path().join("concert.ogg"), bytes(24 << 20, 1));
    write(place.path().join("poster.png"), bytes(100_000, 2));
    let mut source = seeder(place.path(), PUBLIC.into_iter().chain(["--max-up", "2M"]));
    source.say("file:concert.ogg");
    source.until(":100");

    let (loader, url) = with_page(copy.path(), &ALONE);
    browser.resize(1280, 1000);
    browser.go(&url);
    browser.until("/No torrents yet/.test(document.querySelector('#exhibit').innerText)");
    let torrent = place.path().join("concert.ogg.torrent");
    browser.keys(".add input", shown(&torrent));
    browser.click(".add button");
    browser.until(&torrent_is("downloading"));
    browser.keys(".add input", shown(&place.path().join("poster.png")));
    browser.click(".add button[value='file']");
    browser.until(&torrent_is("seeding"));
    browser.until(
        "/ [1-9]\\d? % of 24.0 MiB · ↓/.test(' ' + document.querySelector('.numbers').innerText)",
    );
    assert!(
        browser.run("return document.querySelectorAll('[data-component]').length;").as_u64()
            > Some(20)
    );
    let conversions = "return document.querySelectorAll('[data-component^=\"via \"]').length;";
    assert_eq!(browser.run(conversions), json!(0), "they are part of their links");
    browser.screenshot("seeder.png");
    browser.resize(360, 740);
    let overhang = "document.documentElement.scrollWidth - innerWidth";
    browser.until(&format!("{overhang} <= 0"));
    browser.resize(1280, 1000);

    browser.click("[data-order='why']");
    browser.until("document.querySelector('.torrents .why').innerText.length > 0");
    browser.click("[data-order='pause']");
    browser.until(&torrent_is("paused"));
    assert_eq!(browser.text("[data-torrent-state='paused'] h3"), "concert.ogg");
    browser
        .until(&format!("{}.querySelector('button').innerText === 'resume'", torrent_is("paused")));
    browser.click("[data-order='resume']");
    browser.until(&torrent_is("downloading"));

    browser.keys(".add input", "/nowhere/at/all.torrent");
    browser.click(".add button");
    browser.until("/nowhere/.test(document.querySelector('.notes').innerText)");
    // What cannot be taken back takes two clicks.
    browser.click("[data-id='1'] [data-order='stop']");
    browser.click("[data-id='1'] [data-order='stop']");
    browser.until("!document.querySelector('[data-id=\"1\"]')");
    assert_eq!(browser.complaints(), [""; 0]);
    assert_eq!(loader.end_by(Signal::Int).status, Some(1), "one torrent was not found");
}
