//! C71: n requests give n answers in order; bodies are exact; all else is a failure with a reason.

mod common;
mod web;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use axon_core::Pipeline;
use common::*;
use kamaelia_io::{
    HttpAnswer, HttpLimits, HttpProblem, HttpRequest, HttpResponse, SimpleHTTPClient,
};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use web::Web;

fn fetch<R: Into<HttpRequest>>(requests: impl IntoIterator<Item = R>) -> Vec<HttpAnswer> {
    fetch_within(HttpLimits::default(), requests)
}

fn fetch_within<R: Into<HttpRequest>>(
    limits: HttpLimits,
    requests: impl IntoIterator<Item = R>,
) -> Vec<HttpAnswer> {
    let requests: Vec<HttpRequest> = requests.into_iter().map(Into::into).collect();
    through(requests, SimpleHTTPClient::with_limits(limits))
}

fn body_of(web: &Web) -> Vec<u8> {
    fetch([web.url("/")]).remove(0).unwrap().body
}

fn problem_of(web: &Web) -> HttpProblem {
    let url = web.url("/");
    let error = fetch([url.clone()]).remove(0).unwrap_err();
    assert_eq!(error.url, url);
    error.problem
}

/// Every byte, line ends and zeros among them, more than any buffer on the way.
fn binary() -> Vec<u8> {
    (0..=255).cycle().take(300_001).collect()
}

fn with_head(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes(), body].concat()
}

fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 4\r\n\r\ngone").into_bytes()
}

/// C71.
#[test]
fn many_requests_give_as_many_answers_in_order() {
    let web = Web::serve(|seen, stream| {
        let answer = match seen.path.strip_prefix("/missing") {
            Some(_) => b"HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\npage".to_vec(),
            None => {
                let length = seen.path.len();
                with_head(&format!("content-length: {length}\r\n"), seen.path.as_bytes())
            }
        };
        stream.write_all(&answer).unwrap();
    });
    let paths: Vec<String> = (0..40)
        .map(|n| if n % 3 == 0 { format!("/missing/{n}") } else { format!("/{n}") })
        .collect();
    let answers = fetch(paths.iter().map(|path| web.url(path)));
    let short: Vec<String> = answers
        .into_iter()
        .map(|answer| match answer {
            Ok(response) => format!("{} {}", response.url, String::from_utf8_lossy(&response.body)),
            Err(error) => format!("{} {}", error.url, error.problem),
        })
        .collect();
    let expected: Vec<String> = (0..40)
        .map(|n| match (n % 3, web.url(&paths[n])) {
            (0, url) => format!("{url} the server answered 404 Not Found"),
            (_, url) => format!("{url} {}", paths[n]),
        })
        .collect();
    assert_eq!(short, expected);
}

/// C71.
#[test]
fn bodies_are_exact_with_a_length_in_chunks_and_until_the_connection_closes() {
    let body = binary();
    let length = format!("content-length: {}\r\n", body.len());
    assert!(body_of(&Web::saying(with_head(&length, &body))) == body);

    let mut chunked = Vec::new();
    for chunk in body.chunks(7777) {
        chunked.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        chunked.extend(chunk);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    assert!(body_of(&Web::saying(with_head("transfer-encoding: chunked\r\n", &chunked))) == body);

    assert!(body_of(&Web::saying(with_head("connection: close\r\n", &body))) == body);
    assert_eq!(body_of(&Web::saying(with_head("content-length: 0\r\n", b""))), b"");
}

#[test]
fn a_body_compressed_for_the_way_is_unpacked() {
    // What gzip makes of the text below.
    const PACKED: [u8; 41] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0x31, 0xb1, 0xca, 0xcc,
        0x4b, 0xcb, 0x4f, 0x31, 0xb3, 0xca, 0x49, 0xcd, 0x4b, 0x2f, 0xc9, 0xc8, 0x34, 0x4c, 0x4d,
        0x4d, 0x05, 0x00, 0xcf, 0xd6, 0xb8, 0x39, 0x15, 0x00, 0x00, 0x00,
    ];
    let head = format!("content-encoding: gzip\r\ncontent-length: {}\r\n", PACKED.len());
    assert_eq!(body_of(&Web::saying(with_head(&head, &PACKED))), b"d4:infod6:lengthi1eee");
    // A file that happens to be compressed stays as it is.
    let head = format!("content-type: application/gzip\r\ncontent-length: {}\r\n", PACKED.len());
    assert_eq!(body_of(&Web::saying(with_head(&head, &PACKED))), PACKED);
}

#[test]
fn the_answer_names_its_url_its_status_and_its_type() {
    let head = "content-type: application/x-bittorrent\r\ncontent-length: 2\r\n";
    let web = Web::saying(with_head(head, b"de"));
    let url = web.url("/a.torrent?b=c");
    let expected = HttpResponse {
        url: url.clone(),
        status: 200,
        content_type: Some("application/x-bittorrent".to_owned()),
        body: b"de".to_vec(),
    };
    assert_eq!(fetch([&*url]), [Ok(expected)]);
}

#[test]
fn a_request_can_carry_a_body_headers_and_another_method() {
    let (tell, told) = mpsc::channel();
    let web = Web::serve(move |seen, stream| {
        tell.send(seen).unwrap();
        stream.write_all(&with_head("content-length: 0\r\n", b"")).unwrap();
    });
    let plain = HttpRequest::get(web.url("/plain"));
    let mut post = HttpRequest::post(web.url("/post"), binary());
    post.headers.push(("X-Test".to_owned(), "yes".to_owned()));
    let put = HttpRequest { method: Some("PUT".to_owned()), ..post.clone() };
    assert!(fetch([plain, post, put]).iter().all(Result::is_ok));
    let seen: Vec<_> = told.iter().take(3).collect();
    let short = |n: usize| (&*seen[n].method, &*seen[n].path, seen[n].header("x-test"));
    assert_eq!(short(0), ("GET", "/plain", None));
    assert_eq!(short(1), ("POST", "/post", Some("yes")));
    assert_eq!(short(2), ("PUT", "/post", Some("yes")));
    assert!(seen[0].body.is_empty() && seen[1].body == binary() && seen[2].body == binary());
    assert!(seen[0].header("user-agent").unwrap().starts_with("kamaelia-io/"));
}

#[test]
fn what_cannot_be_sent_is_refused_before_it_is() {
    let url = "http://127.0.0.1:1/".to_owned();
    let mut smuggled = HttpRequest::get(url.clone());
    smuggled.headers.push(("a".to_owned(), "b\r\nc: d".to_owned()));
    let method =
        HttpRequest { method: Some("NO SUCH".to_owned()), ..HttpRequest::get(url.clone()) };
    for request in [smuggled, method] {
        let problem = fetch([request]).remove(0).unwrap_err().problem;
        assert!(matches!(problem, HttpProblem::BadRequest(_)), "{problem}");
    }
    for url in ["", "http://", "ftp://127.0.0.1/", "no url", "http://a\nb/", "http://[::1/"] {
        let error = fetch([url]).remove(0).unwrap_err();
        assert!(matches!(error.problem, HttpProblem::BadUrl(_)), "{error}");
    }
}

/// C71.
#[test]
fn redirects_are_followed_up_to_the_limit() {
    // `/4` leads to `/3`, and so on to `/0`.
    let web = Web::serve(|seen, stream| {
        let left: u32 = seen.path[1..].parse().unwrap();
        let answer = match left {
            0 => with_head("content-length: 7\r\n", b"arrived"),
            _ => redirect(&format!("/{}", left - 1)),
        };
        stream.write_all(&answer).unwrap();
    });
    let answers = fetch([web.url("/1"), web.url("/5"), web.url("/6")]);
    for (answer, path) in answers.iter().zip(["/1", "/5"]) {
        let response = answer.as_ref().unwrap();
        assert_eq!((&*response.url, &*response.body), (&*web.url(path), &b"arrived"[..]));
    }
    let error = answers[2].as_ref().unwrap_err();
    assert_eq!(error.problem, HttpProblem::TooManyRedirects { limit: 5 });
}

/// C71.
#[test]
fn a_circle_of_redirects_is_left() {
    let web = Web::saying(redirect("/again"));
    assert_eq!(problem_of(&web), HttpProblem::TooManyRedirects { limit: 5 });
}

#[test]
fn a_redirect_out_of_the_web_is_a_failure() {
    for to in ["ftp://example.org/", &format!("ftp://example.org/{}", "a".repeat(20_000))] {
        let problem = problem_of(&Web::saying(redirect(to)));
        assert!(matches!(problem, HttpProblem::BadRedirect(_)), "{problem}");
        assert!(problem.to_string().len() < 400, "{problem}");
    }
}

#[test]
fn a_body_is_not_sent_anywhere_but_where_it_was_to_go() {
    let elsewhere = "HTTP/1.1 307 Temporary Redirect\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n";
    let request = HttpRequest::post(Web::saying(elsewhere).url("/a"), "secret");
    let error = fetch([request]).remove(0).unwrap_err();
    assert_eq!(error.problem, HttpProblem::RedirectedBody);
}

#[test]
fn a_server_without_https_is_a_failure_when_asked_for_it() {
    let url = Web::saying("HTTP/1.1 200 OK\r\n\r\n").url("/").replace("http:", "https:");
    let problem = fetch([url]).remove(0).unwrap_err().problem;
    let refused_by_us = problem == HttpProblem::NoTls;
    assert_eq!(refused_by_us, !cfg!(feature = "tls"), "{problem}");
}

/// C71.
#[test]
fn error_statuses_are_failures_and_their_pages_are_not_bodies() {
    for (line, status, reason) in [
        ("404 Not Found", 404, "Not Found"),
        ("410 Gone", 410, "Gone"),
        ("500 Oops", 500, "Internal Server Error"),
        ("304 Not Modified", 304, "Not Modified"),
        ("799 Odd", 799, "a status without a name"),
    ] {
        let page = format!("HTTP/1.1 {line}\r\ncontent-length: 6\r\n\r\n<html>");
        assert_eq!(problem_of(&Web::saying(page)), HttpProblem::Status { status, reason });
    }
}

/// C71.
#[test]
fn a_refused_connection_is_a_failure_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a", listener.local_addr().unwrap());
    drop(listener);
    let error = fetch([&*url]).remove(0).unwrap_err();
    let text = error.to_string();
    let expected = format!("cannot fetch `{url}`: the server cannot be reached: ");
    assert!(text.starts_with(&expected), "{text}");
}

/// Little patience, so that a test need not have much.
fn impatient() -> HttpLimits {
    HttpLimits { silence: Duration::from_millis(50), ..HttpLimits::default() }
}

/// C71.
#[test]
fn a_server_that_falls_silent_is_a_failure_wherever_it_does() {
    let beginnings: [&[u8]; 3] = [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
    ];
    for beginning in beginnings {
        let web = Web::serve(|_, stream| {
            stream.write_all(beginning).unwrap();
            // Until the client hangs up.
            let _ = stream.read(&mut [0]);
        });
        let problem = fetch_within(impatient(), [web.url("/")]).remove(0).unwrap_err().problem;
        let expected = HttpProblem::TimedOut {
            phase: "waiting for an answer",
            limit: Duration::from_millis(50),
        };
        assert_eq!(problem, expected);
    }
}

/// C71.
#[test]
fn a_server_that_drips_is_a_failure_when_the_whole_takes_too_long() {
    let web = Web::serve(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
        while stream.write_all(b"x").is_ok() {}
    });
    let limits = HttpLimits {
        total: Duration::from_millis(100),
        body_bytes_max: u64::MAX,
        ..HttpLimits::default()
    };
    let error = fetch_within(limits, [web.url("/")]).remove(0).unwrap_err();
    let text = error.to_string();
    assert!(text.ends_with(": the whole of it took longer than 0.1 s"), "{text}");
}

/// C71.
#[test]
fn an_answer_that_breaks_off_or_makes_no_sense_is_a_failure() {
    let broken = |answer: &[u8]| problem_of(&Web::saying(answer));
    for answer in [&with_head("content-length: 9\r\n", b"half")[..], b"", b"HTTP/1.1 200 OK\r\nhal"]
    {
        let problem = broken(answer);
        assert!(matches!(problem, HttpProblem::BrokenOff(_)), "{problem}");
    }
    let chunk = with_head("transfer-encoding: chunked\r\n", b"zz\r\nhalf\r\n");
    for answer in [&chunk[..], b"SSH-2.0-server\r\n\r\n"] {
        let problem = broken(answer);
        assert!(matches!(problem, HttpProblem::Nonsense(_)), "{problem}");
    }
}

#[test]
fn a_body_beyond_the_limit_is_refused_whether_or_not_its_length_is_told() {
    let limits = HttpLimits { body_bytes_max: 100, ..HttpLimits::default() };
    let answer = |head: &str, body: &[u8]| {
        fetch_within(limits, [Web::saying(with_head(head, body)).url("/")]).remove(0)
    };
    for head in ["connection: close\r\n", "content-length: 100\r\n"] {
        assert_eq!(answer(head, &[b'x'; 100]).unwrap().body, [b'x'; 100]);
    }
    for head in ["connection: close\r\n", "content-length: 101\r\n"] {
        let error = answer(head, &[b'x'; 101]).unwrap_err();
        assert_eq!(error.problem, HttpProblem::TooLarge { limit: 100 });
    }
}

/// C65.
#[test]
fn a_silent_server_is_left_at_once_when_the_graph_is_stopped() {
    let (tell, told) = mpsc::channel();
    let web = Web::serve(move |_, stream| {
        tell.send("asked").unwrap();
        // Returns when the client hangs up.
        let _ = stream.read(&mut [0]);
        tell.send("left").unwrap();
    });
    let forever = HttpLimits {
        silence: Duration::from_secs(3600),
        total: Duration::from_secs(3600),
        ..HttpLimits::default()
    };
    let url = web.url("/");
    let (collect, into) = Collect::new();
    let running = Running::start(move || {
        let feed = FeedAndWait::of([HttpRequest::get(url)]);
        let client = SimpleHTTPClient::with_limits(forever);
        Pipeline::new(feed).then(client).then(collect).build().unwrap()
    });
    assert_eq!(told.recv_timeout(AGES), Ok("asked"));
    running.handle.stop();
    running.end().unwrap();
    assert_eq!(told.recv_timeout(AGES), Ok("left"));
    assert_eq!(taken(&into), Vec::<HttpAnswer>::new());
}

/// Says that every name is this machine.
#[derive(Debug)]
struct AllHere;

impl Resolver for AllHere {
    fn resolve(
        &self,
        uri: &ureq::http::Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        addresses.push(([127, 0, 0, 1], uri.port_u16().unwrap_or(80)).into());
        Ok(addresses)
    }
}

#[test]
fn an_agent_of_ones_own_goes_its_own_way_within_the_limits() {
    let body = [7; 100];
    let web = Web::serve(move |_, stream| {
        stream.write_all(&with_head("content-length: 100\r\n", &body)).unwrap();
    });
    let url = web.url("/").replace("127.0.0.1", "nowhere.example");
    let agent = || {
        let config = ureq::config::Config::builder().proxy(None).max_idle_connections(0).build();
        ureq::Agent::with_parts(config, DefaultConnector::default(), AllHere)
    };
    let ask = |limits| {
        let client = SimpleHTTPClient::with_limits(limits).with_agent(agent());
        let answer: HttpAnswer = through(vec![HttpRequest::get(url.clone())], client).remove(0);
        answer
    };
    assert_eq!(ask(HttpLimits::default()).unwrap().body, body);
    let strict = HttpLimits { body_bytes_max: 99, ..HttpLimits::default() };
    assert_eq!(ask(strict).unwrap_err().problem, HttpProblem::TooLarge { limit: 99 });
}
