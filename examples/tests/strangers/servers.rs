//! At the other ports of the program: its tracker and its page.

use super::End::*;
use super::*;

/// A seed with a tracker and a page, and where these are.
fn with_servers(is_poor: bool) -> (Stage, [SocketAddr; 2]) {
    let servers = [unused_port(), unused_port()];
    let [tracker, page] = servers.map(|server| server.to_string());
    let options = ["--tracker-listen", &tracker, "--ui", &page];
    (Stage::with_seed(is_poor, &options), servers)
}

/// Both answer whoever asks as one should.
fn assert_serve([tracker, page]: [SocketAddr; 2]) {
    let answer = get(&format!("http://{tracker}/announce"));
    assert!(answer.starts_with(b"d14:failure reason"), "{}", String::from_utf8_lossy(&answer));
    let answer = get(&format!("http://{page}/"));
    assert!(answer.starts_with(b"<!"), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn peers_shells_and_those_who_would_like_tls_are_no_browsers() {
    let (stage, servers) = with_servers(false);
    let strangers = |target: &Target| {
        let hello = [&[22, 3, 1, 4, 0, 1, 0, 3, 252, 3, 3], &bytes(1_013, 2)[..]].concat();
        let words: [&[u8]; 5] = [
            &target.greeting(1),
            b"SSH-2.0-x\r\n",
            &hello,
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            &bytes(64 << 10, 3),
        ];
        let mut there = Vec::new();
        for server in servers {
            for words in words {
                Stranger::calls(server).says(words).vanishes();
                there.push(Stranger::calls(server).says(words).says_no_more());
                there.push(Stranger::calls(server).urges(b"!").says(words));
            }
        }
        assert_serve(servers);
        there
    };
    stage.check("other protocols at the tracker and the page", strangers, &Gone);
    assert_serve(servers);
}

/// So many at each server, who begin a request and do not go on.
fn who_hang(servers: [SocketAddr; 2], count: usize) -> Vec<Stranger> {
    let hang = |server| (0..count).map(move |_| Stranger::calls(server).says(b"GET /"));
    let there = servers.into_iter().flat_map(hang).collect();
    assert_serve(servers);
    there
}

#[test]
fn hundreds_who_hang_at_the_tracker_and_the_page_keep_nobody_out() {
    let (stage, servers) = with_servers(false);
    let strangers = |_: &Target| who_hang(servers, 300);
    stage.check("300 who hang at each server", strangers, &Any("each has ten seconds"));
}

#[test]
fn who_hangs_at_the_tracker_and_the_page_leaves_descriptors_to_those_who_have_few() {
    let (stage, servers) = with_servers(true);
    let strangers = |_: &Target| who_hang(servers, 100);
    stage.check("100 who hang at each server", strangers, &Any("each has ten seconds"));
}
