//! Pages of others, and names that lead here, at the live view: they see nothing and do nothing, whatever
//! they know. What is sent by a program that means the view, or by its own page, is served.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use axon_core::Graphline;
use kamaelia_io::view::LiveView;

use super::bench::PATIENCE;
use super::common::{Collect, Collected, FeedAndWait, Running, taken};

/// The first line, the fields, and the status they get. `PORT` and `TOKEN` stand for the view's.
struct Case {
    name: &'static str,
    line: &'static str,
    fields: &'static str,
    status: u16,
}

const GET: &str = "GET /graph.json";
const COMMAND: &str = "POST /command";
const HERE: &str = "Host: 127.0.0.1:PORT\r\n";
const KNOWN: &str = "Host: 127.0.0.1:PORT\r\nAuthorization: Bearer TOKEN\r\n";

/// Who gives a right token and calls the view by this name.
fn by_name(name: &'static str, fields: &'static str, status: u16) -> Case {
    Case { name, line: GET, fields, status }
}

/// What comes with the right name and the right token.
fn known(name: &'static str, line: &'static str, fields: &'static str, status: u16) -> Case {
    Case { name, line, fields, status }
}

/// Names that lead here.
fn names() -> Vec<Case> {
    vec![
        by_name("by its address", "Host: 127.0.0.1:PORT\r\n", 200),
        by_name("as localhost", "Host: localhost:PORT\r\n", 200),
        by_name("by an address of IPv6", "Host: [::1]:PORT\r\n", 200),
        by_name(
            "by the address of IPv4 within one of IPv6",
            "Host: [::ffff:127.0.0.1]:PORT\r\n",
            200,
        ),
        by_name("a name that was made to lead here", "Host: evil.example:PORT\r\n", 403),
        by_name(
            "a name that begins with the address",
            "Host: 127.0.0.1.evil.example:PORT\r\n",
            403,
        ),
        by_name("a name that begins with localhost", "Host: localhost.evil.example:PORT\r\n", 403),
        by_name("a name that ends in localhost", "Host: evil.localhost:PORT\r\n", 403),
        by_name("localhost with a dot", "Host: localhost.:PORT\r\n", 403),
        by_name("an address as one number", "Host: 2130706433:PORT\r\n", 403),
        by_name("an address in two parts", "Host: 127.1:PORT\r\n", 403),
        by_name("an address in octal", "Host: 0177.0.0.1:PORT\r\n", 403),
        by_name("another port", "Host: 127.0.0.1:1\r\n", 403),
        by_name("no port", "Host: 127.0.0.1\r\n", 403),
        by_name("a port that is too long", "Host: 127.0.0.1:0PORT\r\n", 403),
        by_name("an address of IPv6 without brackets", "Host: ::1:PORT\r\n", 403),
        by_name("an address of IPv6 with a zone", "Host: [::1%25lo]:PORT\r\n", 403),
        by_name("an address of IPv4 in brackets", "Host: [127.0.0.1]:PORT\r\n", 403),
        by_name("nothing", "Host:\r\n", 403),
        by_name("no host", "", 400),
        by_name("two hosts", "Host: 127.0.0.1:PORT\r\nHost: evil.example:PORT\r\n", 400),
        by_name("another host before ours", "Host: evil.example\r\nHost: 127.0.0.1:PORT\r\n", 400),
        known("the host of a whole URL", "GET http://evil.example:PORT/graph.json", KNOWN, 403),
        known("our host in a whole URL", "GET http://127.0.0.1:PORT/graph.json", KNOWN, 200),
        by_name(
            "a forwarded host",
            "Host: evil.example\r\nX-Forwarded-Host: 127.0.0.1:PORT\r\n",
            403,
        ),
    ]
}

/// What browsers say of the page that asks. `KNOWN` comes before.
fn pages() -> Vec<Case> {
    vec![
        known("our own page", GET, "Origin: http://127.0.0.1:PORT\r\n", 200),
        known("a page of others", GET, "Origin: http://evil.example\r\n", 403),
        known("a page without an origin", GET, "Origin: null\r\n", 403),
        known("an empty origin", GET, "Origin:\r\n", 403),
        known("ours by another name", GET, "Origin: http://localhost:PORT\r\n", 403),
        known("ours by TLS", GET, "Origin: https://127.0.0.1:PORT\r\n", 403),
        known("another port of this machine", GET, "Origin: http://127.0.0.1:1\r\n", 403),
        known("ours and more", GET, "Origin: http://127.0.0.1:PORT.evil.example\r\n", 403),
        known(
            "a list of origins",
            GET,
            "Origin: http://127.0.0.1:PORT http://evil.example\r\n",
            403,
        ),
        known(
            "a picture in a page of others",
            GET,
            "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n",
            403,
        ),
        known(
            "a page of a neighbour",
            GET,
            "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n",
            403,
        ),
        known("a site nobody knows", GET, "Sec-Fetch-Site: elsewhere\r\n", 403),
        known("events for a page of others", "GET /events", "Origin: http://evil.example\r\n", 403),
        known(
            "numbers for a page of others",
            "GET /metrics",
            "Sec-Fetch-Site: cross-site\r\n",
            403,
        ),
        known(
            "what may be asked, by a page of others",
            "OPTIONS /command",
            "Origin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n",
            405,
        ),
        known(
            "a form of others",
            COMMAND,
            "Origin: http://evil.example\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n",
            403,
        ),
        known(
            "a form without an origin",
            COMMAND,
            "Origin: null\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4\r\n",
            403,
        ),
        known(
            "a form in a window of its own",
            COMMAND,
            "Origin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\n",
            403,
        ),
        known(
            "a form of our own",
            COMMAND,
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 4\r\n",
            415,
        ),
        known(
            "a command of ours",
            COMMAND,
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\n",
            202,
        ),
        known("a command by GET", "GET /command", "", 405),
        known(
            "a longer command than is taken",
            COMMAND,
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 16385\r\n",
            413,
        ),
    ]
}

/// Tokens that are none, and where no token belongs. `HERE` comes before.
fn tokens() -> Vec<Case> {
    vec![
        known("no token", GET, "", 401),
        known("the token in the target", "GET /graph.json?token=TOKEN", "", 401),
        known("the token in a cookie", GET, "Cookie: token=TOKEN\r\n", 401),
        known("the token as a password", GET, "Authorization: Basic TOKEN\r\n", 401),
        known("the token for a proxy", GET, "Proxy-Authorization: Bearer TOKEN\r\n", 401),
        known("the token alone", GET, "Authorization: TOKEN\r\n", 401),
        known("half of the token", GET, "Authorization: Bearer TO\r\n", 401),
        known("the token and more", GET, "Authorization: Bearer TOKEN0\r\n", 401),
        known("an empty token", GET, "Authorization: Bearer \r\n", 401),
        known(
            "a wrong token before the right one",
            GET,
            "Authorization: Bearer 0\r\nAuthorization: Bearer TOKEN\r\n",
            401,
        ),
        known(
            "a command without a token",
            COMMAND,
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\n",
            401,
        ),
        known("events without a token", "GET /events", "", 401),
        known("the page, which knows nothing", "GET /", "", 200),
        known("what lies beside the page", "GET /../../etc/passwd", "", 401),
        known(
            "a link to the page",
            "GET /",
            "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n",
            200,
        ),
    ]
}

pub(crate) fn count() -> usize {
    names().len() + pages().len() + tokens().len()
}

/// A view under way, and the commands it has given.
struct View {
    running: Running,
    address: SocketAddr,
    token: String,
    commands: Collected<String>,
}

impl View {
    fn start() -> Self {
        let view = LiveView::bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        let url = view.url();
        let (address, token) = url.split_once("/#").expect("an address and a token");
        let address = address.strip_prefix("http://").expect("a URL");
        let (address, token) = (address.parse().expect("an address"), token.to_owned());
        let (collect, commands) = Collect::new();
        let running = Running::start(move || {
            // Somebody has to stay for whom it is worth looking.
            let (stays, hears) = (FeedAndWait::<()>::of([]), Collect::new().0);
            let graph = Graphline::new();
            let graph =
                graph.link(&view.commands, &collect.inbox).link(&stays.outbox, &hears.inbox);
            let graph = graph.add("view", view).add("collect", collect);
            graph.add("stays", stays).add("hears", hears).build().expect("the wiring is right")
        });
        View { running, address, token, commands }
    }

    fn filled(&self, text: &str) -> String {
        let half = &self.token[..self.token.len() / 2];
        let text = text.replace("PORT", &self.address.port().to_string());
        text.replace("TOKEN", &self.token).replace("Bearer TO\r\n", &format!("Bearer {half}\r\n"))
    }

    fn answer(&self, line: &str, fields: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let body = if fields.contains("Content-Length") { "list" } else { "" };
        let text = format!("{line} HTTP/1.1\r\nConnection: close\r\n{fields}\r\n{body}");
        stream.write_all(self.filled(&text).as_bytes()).expect("it takes a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Ends when so many commands have come through; gives them.
    fn end(self, commands: usize) -> Vec<String> {
        let until = Instant::now() + PATIENCE;
        while self.commands.lock().expect("nobody panics").len() < commands {
            assert!(Instant::now() < until, "a command was lost");
            std::thread::yield_now();
        }
        self.running.handle.stop();
        self.running.end().expect("a good end");
        taken(&self.commands)
    }
}

/// Asks all of it, after these fields; gives the commands that came through.
fn ask(cases: Vec<Case>, before: &str) -> Vec<String> {
    let view = View::start();
    let commands = cases.iter().filter(|case| case.status == 202).count();
    for Case { name, line, fields, status } in cases {
        let answer = view.answer(line, &format!("{before}{fields}"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {answer}");
        assert!(!answer.contains("Access-Control-"), "{name}: no page of others may read it");
        assert!(!answer.contains(&view.token), "{name}: the token is told to nobody");
        let tells = answer.contains("\"components\":[");
        assert_eq!(tells, status == 200 && line.ends_with("/graph.json"), "{name}: {answer}");
    }
    view.end(commands)
}

#[test]
fn a_name_that_leads_here_is_no_way_in() {
    // Those that bring two hosts of their own have the token alone before them.
    let commands = ask(names_with_token(), "");
    assert_eq!(commands, [""; 0]);
}

/// The first of several fields of a name counts, so the token comes before whatever is tried.
fn names_with_token() -> Vec<Case> {
    let known = |case: &Case| case.fields == KNOWN;
    let with_token = |case: Case| match known(&case) {
        true => case,
        false => {
            let fields = format!("Authorization: Bearer TOKEN\r\n{}", case.fields);
            Case { fields: Box::leak(fields.into_boxed_str()), ..case }
        }
    };
    names().into_iter().map(with_token).collect()
}

#[test]
fn a_page_of_others_has_nothing_to_ask_for() {
    assert_eq!(ask(pages(), KNOWN), ["list"]);
}

#[test]
fn no_other_place_is_one_for_the_token() {
    assert_eq!(ask(tokens(), HERE), [""; 0]);
}
