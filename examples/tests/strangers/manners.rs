//! What few do alone: how they speak, how they leave, and what they never take.

use super::End::*;
use super::Role::*;
use super::*;

const INTERESTED: &[u8] = &[0, 0, 0, 1, 2];

const BOTH: &[Role] = &[Seeds, Downloads];

/// Asks for a block of 16 KiB.
fn request(piece: u32, offset: u32) -> Vec<u8> {
    let fields = [piece, offset, 16 << 10].map(u32::to_be_bytes);
    [&[0, 0, 0, 13, 6], fields.as_flattened()].concat()
}

/// Asks for each block there is in the first pieces.
fn requests(pieces: u32) -> Vec<u8> {
    let blocks = (0..pieces).flat_map(|piece| (0..16).map(move |block| (piece, block << 14)));
    blocks.flat_map(|(piece, offset)| request(piece, offset)).collect()
}

fn one_who_begins(target: &Target, words: &[u8]) -> Stranger {
    Stranger::calls(target.peers).says(words)
}

/// What somebody has said so far when something happens: nothing, a part of a greeting, a greeting, a
/// part of a message, a message, requests, and a part and all of the key of an encrypted beginning.
fn phases(target: &Target) -> Vec<Vec<u8>> {
    let after_greeting = |number, more: &[u8]| [&target.greeting(number), more].concat();
    vec![
        vec![],
        target.greeting(0)[..1].to_vec(),
        target.greeting(0)[..47].to_vec(),
        after_greeting(1, b""),
        after_greeting(2, &INTERESTED[..3]),
        after_greeting(3, INTERESTED),
        after_greeting(4, &[INTERESTED, &requests(8)].concat()),
        bytes(50, 1),
        bytes(96, 2),
    ]
}

#[test]
fn six_who_ask_for_everything_and_never_read_hold_nobody_up() {
    stage::check(&Case {
        name: "never reading, with many requests open",
        roles: &[Seeds],
        is_poor: false,
        strangers: |target| {
            let all = [INTERESTED, &requests(12).repeat(10)].concat();
            (0..6).map(|number| target.acquaintance(number).says(&all)).collect()
        },
        end: Kept("a slot is theirs for their turn, and who reads slowly looks the same"),
    });
}

#[test]
fn six_whose_windows_stay_shut_hold_nobody_up() {
    stage::check(&Case {
        name: "a window that is shut after the first bytes",
        roles: BOTH,
        is_poor: false,
        strangers: |target| {
            let come = |number| {
                let stranger = Stranger::calls_with_little_room(target.peers);
                let all = [&target.greeting(number), INTERESTED, &requests(12)].concat();
                let stranger = stranger.says(&all).hears_all(68);
                // It is there, and says so.
                stranger.says(&[0; 4 * 100])
            };
            (0..6).map(come).collect()
        },
        end: Kept("as above"),
    });
}

#[test]
fn who_speaks_a_byte_at_a_time_is_understood() {
    stage::check(&Case {
        name: "one byte in each packet",
        roles: &[Seeds],
        is_poor: false,
        strangers: |target| {
            let words = [&target.greeting(1), INTERESTED, &request(0, 0)].concat();
            let stranger = Stranger::calls(target.peers).says_slowly(&words);
            vec![stranger.hears_all(68 + (16 << 10))]
        },
        end: Kept("BEP 3 says what is said, and not in how many packets"),
    });
}

#[test]
fn who_says_no_more_is_let_go_wherever_it_stopped() {
    stage::check(&Case {
        name: "a half close in each phase",
        roles: BOTH,
        is_poor: false,
        strangers: |target| {
            let words = phases(target);
            words.iter().map(|words| one_who_begins(target, words).says_no_more()).collect()
        },
        end: Gone,
    });
}

#[test]
fn resets_in_each_phase_and_amid_a_block_end_their_own_connection() {
    stage::check(&Case {
        name: "a reset in each phase",
        roles: BOTH,
        is_poor: false,
        strangers: |target| {
            for round in 0..20 {
                for words in phases(target) {
                    one_who_begins(target, &words).vanishes();
                }
                // Amid the blocks that it is sent: one that asks and hears a part.
                let asks = [&target.greeting(9), INTERESTED, &requests(12)].concat();
                one_who_begins(target, &asks).hears(68 + round * 997).vanishes();
            }
            Vec::new()
        },
        end: Gone,
    });
}

#[test]
fn urgent_data_is_no_part_of_what_is_said() {
    stage::check(&Case {
        name: "urgent data before, amid and after messages",
        roles: BOTH,
        is_poor: false,
        strangers: |target| {
            // One each: of several the system leaves some in the stream.
            let come = |number| {
                let words = [&target.greeting(number), INTERESTED].concat();
                let (before, after) = words.split_at([0, 30, 68, 70, 73][usize::from(number)]);
                let stranger = Stranger::calls(target.peers).says(before).urges(b"!").says(after);
                stranger.hears_all(68)
            };
            (0..5).map(come).collect()
        },
        end: Kept("TCP has it, and nobody needs it"),
    });
}

#[test]
fn browsers_shells_and_those_who_would_like_tls_are_no_peers() {
    stage::check(&Case {
        name: "long greetings of other protocols",
        roles: BOTH,
        is_poor: false,
        strangers: |target| {
            let cookie =
                format!("GET / HTTP/1.1\r\nHost: x\r\nCookie: {}\r\n\r\n", "c".repeat(900));
            let keys = [b"SSH-2.0-OpenSSH_9.6\r\n", &bytes(1_500, 1)[..]].concat();
            let hello = [&[22, 3, 1, 4, 0, 1, 0, 3, 252, 3, 3], &bytes(1_013, 2)[..]].concat();
            let words: [&[u8]; 3] = [cookie.as_bytes(), &keys, &hello];
            words.map(|words| one_who_begins(target, words)).into()
        },
        end: LetGo("info", "is no peer of ours"),
    });
}

#[test]
fn short_greetings_of_other_protocols_are_heard_out() {
    stage::check(&Case {
        name: "short greetings of other protocols",
        roles: &[Seeds],
        is_poor: false,
        strangers: |target| {
            let words: [&[u8]; 4] =
                [b"GET /\r\n", b"SSH-2.0-x\r\n", &[22, 3, 1], b"\x13BitTorrent p"];
            words.map(|words| one_who_begins(target, words)).into()
        },
        end: Kept("each may be the beginning of an encrypted greeting, for half a minute"),
    });
}

#[test]
fn a_gibibyte_of_garbage_is_not_heard_to_its_end() {
    stage::check(&Case {
        name: "a gibibyte of garbage",
        roles: &[Seeds],
        is_poor: false,
        strangers: |target| {
            let garbage = bytes(1 << 20, 3);
            let (mut left, mut first) = (1_024, Vec::new());
            while left > 0 {
                let stranger = Stranger::calls(target.peers);
                let taken = (0..left).take_while(|_| stranger.offers(&garbage)).count();
                // What is not taken whole is not offered again.
                left -= (taken + 1).min(left);
                if first.len() < 9 {
                    first.push(stranger);
                }
            }
            first
        },
        end: LetGo("info", "is no peer of ours"),
    });
}
