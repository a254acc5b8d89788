//! Routers of every kind, with the clock moved by hand.

use super::*;

const OURS: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 5);
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(9, 8, 7, 6);

struct Bench {
    mapping: PortMapping,
    start: Instant,
    now: Instant,
}

impl Bench {
    fn new() -> Self {
        let now = Instant::now();
        Bench { mapping: PortMapping::new(OURS, 6881, 1, now), start: now, now }
    }

    fn sent(&mut self) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| self.mapping.poll_transmit()).collect()
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.mapping.poll_event()).collect()
    }

    /// Waits until something is due, and says after how many milliseconds since the start that was.
    fn wait(&mut self) -> u128 {
        self.now = self.mapping.next_timeout();
        self.mapping.handle_timeout(self.now);
        (self.now - self.start).as_millis()
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.mapping.handle_datagram(self.now, bytes);
    }

    /// A router's answer by PCP: this port, for so long.
    fn pcp(&self, result: u8, lifetime: u32, port: u16) -> Vec<u8> {
        let mut bytes = vec![2, 0x81, 0, result];
        bytes.extend(lifetime.to_be_bytes());
        bytes.extend([0; 16]);
        bytes.extend(self.mapping.wish.nonce);
        bytes.extend([6, 0, 0, 0]);
        bytes.extend(6881u16.to_be_bytes());
        bytes.extend(port.to_be_bytes());
        bytes.extend(OUTSIDE.to_ipv6_mapped().octets());
        bytes
    }

    /// Goes on until NAT-PMP is spoken.
    fn speak_pmp(&mut self) {
        self.hear(&[0, 0x81, 0, 1, 0, 0, 0, 9]);
        self.sent();
    }
}

fn outside(port: u16) -> Event {
    Event::Mapped(SocketAddrV4::new(OUTSIDE, port))
}

fn failed(reason: &str) -> Vec<Event> {
    vec![Event::Failed(reason.to_owned())]
}

#[test]
fn a_request_by_pcp_is_spelled_as_the_specification_has_it() {
    let mut bench = Bench::new();
    let nonce = bench.mapping.wish.nonce;
    let ours = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 168, 1, 5];
    let suggested = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0];
    let expected = [
        &[2, 1, 0, 0, 0, 0, 0x1c, 0x20][..],
        &ours,
        &nonce,
        &[6, 0, 0, 0, 0x1a, 0xe1, 0x1a, 0xe1],
        &suggested,
    ];
    assert_eq!(bench.sent(), [expected.concat()]);
}

#[test]
fn a_mapping_is_told_once_and_renewed_after_half_its_time() {
    let mut bench = Bench::new();
    bench.sent();
    let answer = bench.pcp(0, 3600, 7000);
    bench.hear(&answer);
    assert_eq!(bench.events(), [outside(7000)]);
    assert_eq!(bench.wait(), 1_800_000);
    // What was given is asked for again.
    assert_eq!(bench.sent()[0][42..44], 7000u16.to_be_bytes());
    bench.hear(&answer);
    assert_eq!(bench.events(), []);
    assert_eq!(bench.wait(), 3_600_000);
    let other = bench.pcp(0, 3600, 7001);
    bench.hear(&other);
    assert_eq!(bench.events(), [outside(7001)]);
}

#[test]
fn a_router_that_speaks_only_nat_pmp_is_asked_by_that() {
    let mut bench = Bench::new();
    bench.sent();
    bench.hear(&[0, 0x81, 0, 1, 0, 0, 0, 9]);
    let map = vec![0, 2, 0, 0, 0x1a, 0xe1, 0x1a, 0xe1, 0, 0, 0x1c, 0x20];
    assert_eq!(bench.sent(), [vec![0, 0], map]);
    bench.hear(&[0, 0x82, 0, 0, 0, 0, 0, 9, 0x1a, 0xe1, 0x1b, 0x58, 0, 0, 0x0e, 0x10]);
    assert_eq!(bench.events(), []);
    bench.hear(&[0, 0x80, 0, 0, 0, 0, 0, 9, 9, 8, 7, 6]);
    assert_eq!(bench.events(), [outside(7000)]);
    assert_eq!(bench.wait(), 1_800_000);
    assert_eq!(bench.sent()[0], [0, 0], "it goes on with what worked");
    // Outside, the address may have changed meanwhile.
    bench.hear(&[0, 0x82, 0, 0, 0, 0, 0, 9, 0x1a, 0xe1, 0x1b, 0x58, 0, 0, 0x0e, 0x10]);
    bench.hear(&[0, 0x80, 0, 0, 0, 0, 0, 9, 9, 8, 7, 5]);
    let other = SocketAddrV4::new(Ipv4Addr::new(9, 8, 7, 5), 7000);
    assert_eq!(bench.events(), [Event::Mapped(other)]);
}

#[test]
fn a_router_that_is_silent_is_asked_by_both_and_then_left_alone_for_a_while() {
    let mut bench = Bench::new();
    let mut asked = Vec::new();
    for _ in 0..6 {
        asked.extend(bench.sent().iter().map(|bytes| bytes[0]));
        bench.wait();
    }
    asked.extend(bench.sent().iter().map(|bytes| bytes[0]));
    assert_eq!(asked, [&[2, 2][..], &[0; 10]].concat());
    assert_eq!(bench.wait(), 16_750);
    assert_eq!((bench.sent(), bench.events()), (vec![], failed("the router does not answer")));
    assert_eq!(bench.wait(), 16_750 + 15 * 60_000);
    assert_eq!(bench.sent().len(), 1);
}

#[test]
fn a_refusal_is_told_in_a_sentence_and_tried_again_later() {
    let mut bench = Bench::new();
    let refused = bench.pcp(2, 30, 0);
    bench.hear(&refused);
    assert_eq!(bench.events(), failed("the router does not allow it"));
    assert_eq!(bench.wait(), 15 * 60_000);
    bench.speak_pmp();
    bench.hear(&[0, 0x82, 0, 4, 0, 0, 0, 9]);
    assert_eq!(bench.events(), failed("the router has no room for a mapping"));
}

#[test]
fn a_mapping_outlives_a_router_that_is_silent_for_a_while() {
    let mut bench = Bench::new();
    let answer = bench.pcp(0, 3600, 7000);
    bench.hear(&answer);
    bench.events();
    while bench.wait() < 3_500_000 {
        assert_eq!(bench.events(), []);
    }
    while bench.wait() < 3_700_000 {}
    assert_eq!(bench.events(), failed("the router does not answer"));
}

#[test]
fn a_mapping_is_given_back_at_the_end() {
    let mut bench = Bench::new();
    let answer = bench.pcp(0, 3600, 7000);
    bench.hear(&answer);
    bench.sent();
    bench.mapping.handle_stop();
    let sent = bench.sent();
    assert_eq!((sent.len(), &sent[0][4..8], &sent[0][42..44]), (1, &[0; 4][..], &[0; 2][..]));
    bench.mapping.handle_stop();
    assert_eq!(bench.sent().len(), 0);
}

#[test]
fn what_is_about_another_wish_changes_nothing() {
    let mut bench = Bench::new();
    let sound = bench.pcp(0, 3600, 7000);
    for at in [24, 35, 36, 40, 41] {
        let mut other = sound.clone();
        other[at] ^= 1;
        bench.hear(&other);
    }
    for length in 4..sound.len() {
        bench.hear(&sound[..length]);
    }
    let over_at_once = bench.pcp(0, 3600, 0);
    bench.hear(&over_at_once);
    assert_eq!(bench.events(), []);
}

#[test]
fn however_short_a_mapping_lives_it_is_not_asked_for_more_than_once_a_minute() {
    let mut bench = Bench::new();
    let answer = bench.pcp(0, 1, 7000);
    bench.hear(&answer);
    assert_eq!(bench.wait(), 60_000);
}

#[test]
fn no_bytes_make_the_reader_fall_over() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut bench = Bench::new();
    for turn in 0..20_000 {
        let mut bytes = bench.pcp(0, 3600, 7000);
        if turn % 2 == 0 {
            bytes = vec![0, 0x82, 0, 0, 0, 0, 0, 9, 0x1a, 0xe1, 0x1b, 0x58, 0, 0, 0x0e, 0x10];
        }
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        bytes.truncate(random.usize(..=bytes.len()));
        bench.hear(&bytes);
        if random.u8(..) < 32 {
            bench.wait();
        }
        bench.sent();
        bench.events();
    }
}
