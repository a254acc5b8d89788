//! The page in Chromium. With `KAMAELIA_SCREENSHOTS=1` pictures of it are written to `docs/live_view`.

use serde_json::json;

use crate::browser::{Browser, ENTER, ESCAPE};
use crate::graph::{Pace, Running};

const LINK: &str = "splitter.letters → letters.inbox";

fn link_is(state: &str) -> String {
    format!(r#"document.querySelector('[data-link="{LINK}"]')?.dataset.state === "{state}""#)
}

fn component_is(name: &str, state: &str) -> String {
    format!(r#"document.querySelector('[data-component="{name}"]')?.dataset.state === "{state}""#)
}

#[test]
fn idle_busy_and_blocked_are_seen_as_they_happen() {
    let Some(browser) = Browser::open() else { return };
    let running = Running::start();
    browser.resize(1280, 800);
    browser.go(&running.url);

    browser.until(&component_is("reader", "waiting"));
    browser.until(&link_is("idle"));
    assert_eq!(browser.text("#title"), "count_words");
    assert_eq!(browser.text("#connection"), "live");
    assert_eq!(
        browser.run("return document.querySelectorAll('[data-component]').length;"),
        json!(7),
        "the view is part of what it shows"
    );
    browser.screenshot("idle.png");

    running.go(Pace::Busy);
    browser.until(&link_is("flowing"));
    browser.until("/\\d\\/s/.test(document.querySelector('.label .rate').textContent)");
    browser.until("Number(document.querySelectorAll('#totals dd')[2].textContent[0]) > 0");
    assert!(browser.text("#links tbody").contains("flowing"));
    browser.screenshot("busy.png");

    running.graph.pause("letters").expect("there is one");
    browser.until(&link_is("blocked"));
    browser.until(&component_is("letters", "paused"));
    browser.until(&component_is("splitter", "waiting"));
    // Those in trouble come first.
    browser.until("/blocked/.test(document.querySelector('#links tbody tr').innerText)");
    assert!(browser.text("#totals").contains('2'), "it, and the one before it, are blocked");
    let moving = r#"return getComputedStyle(document.querySelector(
        '.link[data-state="blocked"] .flow')).animationName;"#;
    assert_eq!(browser.run(moving), json!("blocked"));
    browser.screenshot("blocked.png");
    browser.prefer(&[("prefers-color-scheme", "dark")]);
    browser.screenshot("blocked_dark.png");
    browser.prefer(&[("prefers-reduced-motion", "reduce")]);
    assert_eq!(browser.run(moving), json!("none"), "nothing moves for who wants it so");
    browser.prefer(&[]);

    running.graph.resume("letters").expect("there is one");
    browser.until(&link_is("flowing"));
    assert_eq!(browser.complaints(), [""; 0]);

    running.end();
    browser.until("document.body.dataset.connection === 'lost'");
}

#[test]
fn a_component_is_looked_into_by_keyboard_and_on_a_narrow_screen() {
    let Some(browser) = Browser::open() else { return };
    let running = Running::start();
    browser.go(&running.url);
    browser.until(&component_is("splitter", "waiting"));
    browser.keys("[data-component='splitter']", ENTER);
    browser.until("!document.querySelector('#details').hidden");
    let details = browser.text("#details");
    for told in ["splitter", "waits for a message in inbox", "Lines.", "words", "holds 0 of"] {
        assert!(details.contains(told), "{told}: {details}");
    }
    browser.keys("[data-component='splitter']", ESCAPE);
    browser.until("document.querySelector('#details').hidden");
    browser.until("document.activeElement.dataset.component === 'splitter'");

    browser.resize(390, 844);
    browser.until("document.querySelector('#drawing').dataset.way === 'down'");
    let width = "return document.documentElement.scrollWidth;";
    assert_eq!(browser.run(width), json!(390), "the page does not scroll sideways");
    running.go(Pace::Busy);
    browser.until(&link_is("flowing"));
    browser.screenshot("narrow.png");
    assert_eq!(browser.complaints(), [""; 0]);
    running.end();
}

#[test]
fn without_the_token_the_page_shows_nothing_and_says_why() {
    let Some(browser) = Browser::open() else { return };
    let running = Running::start();
    let (address, _token) = running.url.split_once('#').expect("a token");
    browser.go(address);
    browser.until("document.body.dataset.connection === 'stranger'");
    assert!(browser.text("#connection").contains("with all that follows the #"));
    assert_eq!(
        browser.run("return document.querySelectorAll('[data-component]').length;"),
        json!(0)
    );
    // The right address in the same tab, where only what follows the # is new.
    browser.run(&format!("location.href = '{}';", running.url));
    browser.until(&component_is("reader", "waiting"));
    assert_eq!(browser.run("return location.hash;"), json!(""), "it is put out of sight");
    running.end();
}
