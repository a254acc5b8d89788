//! The tracker as those see it who ask by UDP.

use super::*;

/// What stands before the body of every request by UDP.
fn head(connection: u64, action: u32) -> Vec<u8> {
    [&connection.to_be_bytes()[..], &action.to_be_bytes(), &[0, 0, 0, 9]].concat()
}

/// An announce of the peer at this port to torrent `a`, after its header.
fn body(port: u16, left: u64, event: u8, wanted: i32) -> Vec<u8> {
    let mut bytes = [[b'a'; 20], [port as u8; 20]].concat();
    for count in [0, left, 0] {
        bytes.extend(count.to_be_bytes());
    }
    bytes.extend([0, 0, 0, event, 9, 9, 9, 9, 0, 0, 0, 0]);
    bytes.extend(wanted.to_be_bytes());
    bytes.extend(port.to_be_bytes());
    bytes
}

impl Bench {
    fn datagram(&mut self, bytes: &[u8], remote: &str) -> Option<Vec<u8>> {
        let remote = remote.parse().expect("an address");
        self.tracker.handle_datagram(self.now, bytes, remote, self.local)
    }

    fn connect(&mut self, remote: &str) -> u64 {
        let answer = self.datagram(&head(0x0417_2710_1980, 0), remote).expect("an answer");
        assert_eq!(answer[..8], [0, 0, 0, 0, 0, 0, 0, 9]);
        u64::from_be_bytes(answer[8..].try_into().expect("eight bytes"))
    }

    /// Connects and asks; gives the answer.
    fn ask(&mut self, remote: &str, action: u32, body: &[u8]) -> Vec<u8> {
        let connection = self.connect(remote);
        let request = [head(connection, action), body.to_vec()].concat();
        self.datagram(&request, remote).expect("an answer")
    }

    pub(super) fn scrape_by_udp(&mut self, remote: &str) -> Option<Vec<u8>> {
        let connection = self.connect(remote);
        self.datagram(&[head(connection, 2), vec![b'a'; 20]].concat(), remote)
    }

    /// Interval, others, seeds and the bytes of peers.
    fn announce_by_udp(&mut self, remote: &str, body: &[u8]) -> ([u32; 3], Vec<u8>) {
        let answer = self.ask(remote, 1, body);
        assert_eq!(answer[..8], [0, 0, 0, 1, 0, 0, 0, 9]);
        let (numbers, _) = answer[8..20].as_chunks::<4>();
        (std::array::from_fn(|i| u32::from_be_bytes(numbers[i])), answer[20..].to_vec())
    }
}

#[test]
fn an_announce_by_udp_is_answered_as_the_specification_has_it() {
    let mut bench = Bench::new();
    let first = bench.announce_by_udp("1.2.3.4:999", &body(6881, 0, 2, -1));
    assert_eq!(first, ([120, 0, 1], vec![]));
    let second = bench.announce_by_udp("3.3.3.3:999", &body(3, 5, 2, -1));
    assert_eq!(second, ([120, 1, 1], vec![1, 2, 3, 4, 0x1a, 0xe1]));
    // Who is reached by HTTP meets who is reached by UDP.
    assert_eq!(bench.peers("2.2.2.2:2", "&left=1"), set(&["1.2.3.4:6881", "3.3.3.3:3"]));
    let none = bench.announce_by_udp("3.3.3.3:999", &body(3, 5, 0, 0));
    assert_eq!(none, ([120, 2, 1], vec![]));
    assert_eq!(bench.announce_by_udp("1.2.3.4:999", &body(6881, 0, 3, -1)).1, b"");
    assert_eq!(bench.peers("2.2.2.2:2", "&left=1"), set(&["3.3.3.3:3"]));
}

#[test]
fn peers_given_by_udp_are_of_the_askers_family() {
    let mut bench = Bench::new();
    bench.announce("1.2.3.4:4", "&left=1");
    bench.announce("[2001:db8::6]:6", "&left=1");
    let four = bench.announce_by_udp("3.3.3.3:999", &body(3, 5, 2, -1)).1;
    assert_eq!(four, [1, 2, 3, 4, 0, 4]);
    let six = bench.announce_by_udp("[2001:db8::7]:999", &body(7, 5, 2, -1)).1;
    assert_eq!(six, b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x06\0\x06");
}

#[test]
fn an_answer_by_udp_arrives_in_one_piece() {
    let mut bench = Bench::new();
    for i in 1..=500u16 {
        bench.announce(&format!("1.1.{}.1:{i}", i % 250), "");
        bench.announce(&format!("[2001:db8:{:x}::1]:{i}", i % 250), "");
    }
    for remote in ["9.9.9.9:1", "[2001:db9::1]:1"] {
        let answer = bench.ask(remote, 1, &body(1, 5, 2, i32::MAX));
        assert!((1200..=1232).contains(&answer.len()), "{}", answer.len());
    }
}

#[test]
fn a_scrape_by_udp_tells_of_each_torrent_in_order() {
    let mut bench = Bench::new();
    bench.announce("1.1.1.1:1", "&left=5");
    bench.announce("1.1.1.1:1", "&left=0&event=completed");
    bench.announce("2.2.2.2:2", "&left=5");
    let answer = bench.ask("3.3.3.3:1", 2, &[[b'z'; 20], [b'a'; 20]].concat());
    let expected = b"\0\0\0\x02\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0\0\
                     \0\0\0\x01\0\0\0\x01\0\0\0\x01";
    assert_eq!(answer, expected);
}

#[test]
fn who_has_not_shown_where_it_is_gets_nothing() {
    let mut bench = Bench::new();
    let connection = bench.connect("1.1.1.1:1");
    let announce = |connection| [head(connection, 1), body(1, 5, 2, -1)].concat();
    for (bytes, remote) in [
        (announce(connection), "2.2.2.2:1"),
        (announce(connection.wrapping_add(1)), "1.1.1.1:1"),
        (announce(0x0417_2710_1980), "1.1.1.1:1"),
        ([head(0, 2), vec![b'a'; 20]].concat(), "1.1.1.1:1"),
    ] {
        assert_eq!(bench.datagram(&bytes, remote), None);
    }
    assert_eq!(bench.tracker.peers(), 0);
    // The port may change on the way, the address may not; and the id does not last.
    assert!(bench.datagram(&announce(connection), "1.1.1.1:2").is_some());
    bench.now += 3 * MINUTE;
    assert_eq!(bench.datagram(&announce(connection), "1.1.1.1:1"), None);
}

#[test]
fn nothing_unasked_for_is_longer_than_what_came() {
    let mut bench = Bench::new();
    let mut random = fastrand::Rng::with_seed(6);
    for _ in 0..20_000 {
        let mut bytes = head(0x0417_2710_1980, 0);
        bytes.extend(body(random.u16(..), 1, 0, -1));
        for _ in 0..random.usize(..4) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        bytes.truncate(random.usize(..=bytes.len()));
        let answer = bench.datagram(&bytes, "1.1.1.1:1").unwrap_or_default();
        assert!(answer.len() <= bytes.len());
    }
    assert_eq!(bench.tracker.peers(), 0);
}

#[test]
fn who_asks_wrongly_by_udp_is_told_in_a_sentence() {
    let mut bench = Bench::new();
    let short = bench.ask("1.1.1.1:1", 1, &[0; 81]);
    assert_eq!(short, b"\0\0\0\x03\0\0\0\x09an announce has 98 bytes");
    let portless = bench.ask("1.1.1.1:1", 1, &body(0, 5, 2, -1));
    assert_eq!(portless[8..], *b"port has to be a number from 1 to 65535");
    let connection = bench.connect("1.1.1.1:1");
    assert_eq!(bench.datagram(&head(connection, 7), "1.1.1.1:1"), None);
}
