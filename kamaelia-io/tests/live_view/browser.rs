//! A real browser, driven by WebDriver (https://www.w3.org/TR/webdriver2/) through chromedriver.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use serde_json::{Value, json};

/// Far longer than anything takes on a busy machine; a test that meets it has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a key is called in WebDriver.
pub const ENTER: &str = "\u{e007}";
pub const ESCAPE: &str = "\u{e00c}";

/// A window of a browser. It is closed when this is dropped.
pub struct Browser {
    driver: Child,
    session: String,
    web: ureq::Agent,
}

impl Browser {
    /// None where there is no browser, unless the tests are to fail then.
    pub fn open() -> Option<Self> {
        let started = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut driver = match started {
            Ok(driver) => driver,
            Err(error) if env::var("KAMAELIA_FOREIGN_CLIENTS").is_ok_and(|it| it == "required") => {
                panic!("a browser is required, and chromedriver does not start: {error}")
            }
            Err(_) => {
                eprintln!(
                    "skipped: there is no chromedriver (apt install chromium chromium-driver)"
                );
                return None;
            }
        };
        let port = port_told_by(&mut driver);
        let web = ureq::Agent::new_with_config(
            ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(PATIENCE))
                .build(),
        );
        let mut browser = Browser { driver, session: String::new(), web };
        let driver = format!("http://127.0.0.1:{port}/session");
        let options = json!({ "args": [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
            "--hide-scrollbars", "--disable-background-networking", "--window-size=1280,860",
        ]});
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
        }}});
        let opened = browser.send("POST", &driver, &wanted);
        let id = opened["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {opened}"));
        browser.session = format!("{driver}/{id}");
        Some(browser)
    }

    pub fn go(&self, url: &str) {
        self.post("url", &json!({ "url": url }));
    }

    /// The size of the page, in CSS pixels.
    pub fn resize(&self, width: u32, height: u32) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// What the person has told the system to prefer, such as `prefers-color-scheme: dark`.
    pub fn prefer(&self, features: &[(&str, &str)]) {
        let features: Vec<_> =
            features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// What a function's body returns in the page.
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until an expression is true in the page.
    pub fn until(&self, expression: &str) {
        let began = Instant::now();
        while self.run(&format!("return Boolean({expression});")) != json!(true) {
            if began.elapsed() > PATIENCE {
                let text = self.run("return document.body.innerText;");
                panic!("{expression} is not so on a page that says {text}");
            }
            // The page is told twice a second.
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The text of the first element that this selects, as a person sees it.
    pub fn text(&self, selector: &str) -> String {
        let id = self.find(selector);
        let url = format!("{}/element/{id}/text", self.session);
        self.send("GET", &url, &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    pub fn click(&self, selector: &str) {
        let id = self.find(selector);
        self.post(&format!("element/{id}/click"), &json!({}));
    }

    /// Types into an element, which has the focus then.
    pub fn keys(&self, selector: &str, keys: &str) {
        let id = self.find(selector);
        self.post(&format!("element/{id}/value"), &json!({ "text": keys }));
    }

    /// Everything the page has complained of: what failed to load, what was against its policy.
    pub fn complaints(&self) -> Vec<String> {
        let entries = self.post("se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().cloned().unwrap_or_default();
        let told = |entry: &Value| entry["message"].as_str().unwrap_or_default().to_owned();
        entries.iter().filter(|entry| entry["level"] == "SEVERE").map(told).collect()
    }

    /// Keeps a picture of the page in the documents, if pictures are asked for.
    pub fn screenshot(&self, name: &str) {
        if env::var_os("KAMAELIA_SCREENSHOTS").is_none() {
            return;
        }
        let picture =
            self.devtools("Page.captureScreenshot", &json!({ "captureBeyondViewport": false }));
        let bytes = from_base64(picture["data"].as_str().expect("a picture"));
        let place = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/live_view");
        fs::write(place.join(name), bytes).expect("room for a picture");
    }

    fn find(&self, selector: &str) -> String {
        let found = self.post("element", &json!({ "using": "css selector", "value": selector }));
        let id = found.as_object().and_then(|found| found.values().next()?.as_str());
        id.unwrap_or_else(|| panic!("no {selector}: {found}")).to_owned()
    }

    fn devtools(&self, command: &str, params: &Value) -> Value {
        self.post("goog/cdp/execute", &json!({ "cmd": command, "params": params }))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.send("POST", &format!("{}/{path}", self.session), body)
    }

    /// Sends a command; the `value` of its answer.
    fn send(&self, method: &str, url: &str, body: &Value) -> Value {
        let answer = match method {
            "GET" => self.web.get(url).call(),
            "DELETE" => self.web.delete(url).call(),
            _ => {
                self.web.post(url).header("Content-Type", "application/json").send(body.to_string())
            }
        };
        let mut answer = answer.unwrap_or_else(|error| panic!("{method} {url}: {error}"));
        let limit = 64 << 20;
        let text =
            answer.body_mut().with_config().limit(limit).read_to_string().expect("an answer");
        let mut answer: Value = serde_json::from_str(&text).expect("JSON");
        assert!(answer["value"]["error"].is_null(), "{method} {url} {body}: {text}");
        answer["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // The browser ends with its session.
            let _ = self.web.delete(&self.session).call();
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn port_told_by(driver: &mut Child) -> u16 {
    let out = driver.stdout.take().expect("it was piped");
    let mut lines = BufReader::new(out).lines().map_while(Result::ok);
    let told = lines.find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    // Read on, so that the driver can.
    thread::spawn(move || lines.for_each(drop));
    told.expect("chromedriver tells its port")
}

fn from_base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = |letter: u8| LETTERS.iter().position(|known| *known == letter);
    let sextets: Vec<usize> = text.bytes().filter_map(value).collect();
    sextets
        .chunks(4)
        .flat_map(|four| {
            let bits =
                four.iter().enumerate().fold(0, |bits, (at, six)| bits | six << (18 - 6 * at));
            [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8].into_iter().take(four.len() - 1)
        })
        .collect()
}
