//! What must hold of requests from strangers, whatever they send, and bytes to begin with.
//!
//! No part of what this crate promises: the feature `strangers-bytes` opens it to the fuzz targets in
//! the repository's `fuzz/`. The tests below give the same check some inputs each time.

use crate::http::wire::{HEADER_LENGTH_MAX, Method, Refusal, Request, RequestBuffer};

/// Bytes of a body that is taken, so that both kinds of bound are reached.
const BODY_MAX: usize = 300;

/// The same bytes are the same requests in whatever parts they come, and no more of them is held than
/// there is room for. The first byte says how they are cut and whether bodies are taken.
///
/// # Panics
///
/// Where that does not hold.
pub fn check_http_request(bytes: &[u8]) {
    let (first, stream) = bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest));
    let body_max = if first & 1 == 0 { 0 } else { BODY_MAX };
    let whole = read(body_max, stream, usize::MAX);
    let in_parts = read(body_max, stream, 1 + usize::from(first >> 1));
    assert_eq!(in_parts, whole);
    for request in &whole.0 {
        check_request(request, body_max);
    }
    if let Err(refusal) = whole.1 {
        assert!([400, 405, 411, 413, 414, 431].contains(&refusal.response().status));
    }
}

fn check_request(request: &Request, body_max: usize) {
    assert!(request.target.starts_with('/'));
    assert!(request.path().len() <= HEADER_LENGTH_MAX);
    assert!(request.body.len() <= body_max);
    assert!(request.method == Method::Post || request.body.is_empty());
    // What goes into an answer or a log is one line.
    assert!(!request.target.chars().any(char::is_control), "{:?}", request.target);
    let host = request.header("HOST").unwrap_or_default();
    assert!(!host.contains(['\r', '\n', '\0']), "{host:?}");
}

/// The requests in these bytes, given in parts of this length, and how they end.
fn read(body_max: usize, mut stream: &[u8], part: usize) -> (Vec<Request>, Result<(), Refusal>) {
    let mut buffer = RequestBuffer::with_bodies(body_max);
    let mut requests = Vec::new();
    loop {
        match buffer.next_request() {
            Ok(Some(request)) => requests.push(request),
            Ok(None) if stream.is_empty() => return (requests, Ok(())),
            Ok(None) => {
                let room = buffer.room();
                assert!((1..=HEADER_LENGTH_MAX).contains(&room), "{room} bytes of room");
                let (now, later) = stream.split_at(stream.len().min(room).min(part));
                buffer.add(now);
                stream = later;
            }
            Err(refusal) => return (requests, Err(refusal)),
        }
    }
}

/// Good inputs, and nearly good ones.
pub fn seeds() -> Vec<Vec<u8>> {
    let get = "GET /announce?port=1&x=%00%ff HTTP/1.1\r\nHost: here\r\n\r\n";
    let post =
        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: TE, close\r\n\r\nhello";
    let texts = [
        get.to_owned(),
        format!("{get}{get}GET /c"),
        format!("{post}{get}"),
        "HEAD / HTTP/1.0\nHost: x\nConnection: keep-alive\n\n".to_owned(),
        "GET http://here:80/scrape?a=b HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
            .to_owned(),
        format!("GET / HTTP/1.1\r\nHost: [::1]:80\r\n{}\r\n", "a: b\r\n".repeat(65)),
        "\r\n\nPUT / HTTP/1.1\r\nHost: x\r\n\r\n\r\n".to_owned(),
        "PUT / HTTP/2.0\r\n\r\n".to_owned(),
        "GET /\u{9b}2J HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
    ];
    let both = |text: &String| [0u8, 9].map(|first| [&[first], text.as_bytes()].concat());
    texts.iter().flat_map(both).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What requests are made of, besides bytes of chance.
    const WORDS: &[&str] = &[
        "GET ",
        "POST ",
        "HEAD ",
        "/",
        "*",
        "http://",
        " HTTP/1.1",
        " HTTP/1.0",
        "\r\n",
        "\n",
        "\r\n\r\n",
        "Content-Length: ",
        "Transfer-Encoding: chunked",
        "Connection: close",
        "5",
        "Host: x",
        "301",
        ":",
        ",",
        "+",
        "\0",
        "\t",
        "\u{9b}",
        "é",
    ];

    #[test]
    fn the_seeds_do_no_harm() {
        seeds().iter().for_each(|seed| check_http_request(seed));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn words_in_any_order_do_no_harm(
            first: u8,
            words in prop::collection::vec(prop::sample::select(WORDS), 0..40),
        ) {
            check_http_request(&[&[first], words.concat().as_bytes()].concat());
        }

        #[test]
        fn damaged_requests_do_no_harm(
            seed in prop::sample::select(seeds()),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            cut in any::<prop::sample::Index>(),
            more in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let mut bytes = seed;
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            let at = cut.index(bytes.len());
            bytes.splice(at..at, more);
            check_http_request(&bytes);
        }
    }
}
