//! Hostile peers: each case is one misdeed, played against a whole engine among honest peers.
//!
//! The engine is the one that ships, in an imagined network: its loop, its sockets' bookkeeping, its log.
//! Offenders speak raw bytes, plainly or encrypted. In each case
//!
//! * every honest peer keeps four fifths of its speed, in the time of the imagined network, against a
//!   run with the same seed and without offenders;
//! * the engine's memory stays under a bound that is stated in [`stage`];
//! * what must become of the offender does: it is let go, and a line of the log says who it was and why;
//!   or it stays, where what it does is allowed and the best clients let it be, and the case says so;
//! * what is told at the level of information is not more than a person would read, whatever the flood.
//!
//! `KAMAELIA_CASE=keep-alives cargo test -p kamaelia-torrent --test hostile_peers` plays the cases whose
//! names have that in them, and `KAMAELIA_TELLS=1` tells what came of each.

mod account;
mod case;
mod ledger;
mod offender;
#[path = "../reliability/mod.rs"]
mod reliability;
mod script;
mod seat;
mod stage;

mod bitfields;
mod connecting;
mod floods;
mod framing;
mod greeting;
mod holding_on;
mod metadata;
mod pieces;

use case::Case;

/// Plays all of these, and fails with everything that is wrong.
fn check_all(cases: Vec<Case>) {
    let asked_for = std::env::var("KAMAELIA_CASE").unwrap_or_default();
    let cases = cases.iter().filter(|case| case.name.contains(&asked_for));
    let wrong: Vec<String> = cases.filter_map(|case| stage::check(case).err()).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

macro_rules! ideas {
    ($($idea:ident: $claim:ident),* $(,)?) => {
        $(
            #[test]
            fn $claim() {
                check_all($idea::cases());
            }
        )*

        /// All there are.
        fn all_cases() -> Vec<Case> {
            [$($idea::cases()),*].concat()
        }
    };
}

ideas! {
    greeting: who_greets_wrong_is_not_talked_with,
    floods: who_floods_is_let_go,
    framing: what_is_no_message_ends_that_conversation,
    bitfields: what_a_peer_has_is_told_in_bounds,
    pieces: what_was_not_asked_for_or_is_wrong_is_held_against_its_sender,
    holding_on: places_are_not_held_by_those_who_do_nothing_with_them,
    metadata: metadata_is_believed_when_its_hash_is_right,
    connecting: callers_are_heard_in_bounds,
}

#[test]
fn no_two_cases_have_the_same_name_and_there_are_enough() {
    let mut names: Vec<&str> = all_cases().iter().map(|case| case.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() == count && count >= 60, "{count} cases, {} names", names.len());
}

#[test]
fn the_page_counts_as_many_cases_as_there_are() {
    let Some(row) = reliability::row("hostile peers") else { return };
    let cases = all_cases();
    let runs: usize = cases.iter().map(|case| case.victims.len()).sum();
    assert_eq!(row, [format!("{} cases, {runs} runs", cases.len()), "all".to_owned()]);
}
