//! A thousand small swarms by chance, in bad company and worse weather.
//!
//! Each seed draws a scenario: who is there, how they are joined to the network, how their disks are,
//! who lies, snubs, takes without giving, talks nonsense, comes late, leaves or flaps, and what
//! happens meanwhile. Then things calm down, and everyone honest who stays must get all that is held
//! by somebody honest it can meet. See [`claims`] for all that is asked.
//!
//! A seed that fails says how it is played again, by itself and with its report:
//! `KAMAELIA_SEED=417 cargo test -p kamaelia-torrent --test simulation hostile`.
//! `KAMAELIA_SWARMS` asks for more than a thousand.

mod babbler;
mod claims;
mod drawing;

use std::panic::{AssertUnwindSafe, catch_unwind};

use drawing::Drawn;

/// Swarms that are played if nobody asks for more.
const SWARMS: u64 = 1_000;

/// Every so many-th swarm is played twice.
const AGAIN: u64 = 16;

/// Failures that are told of; what makes more of them is one mistake.
const TOLD_MAX: usize = 10;

/// Plays the swarm of a seed, and says what is wrong with it. Tells all of it if asked to.
fn play(seed: u64, tells: bool) -> Result<(), String> {
    let drawn = Drawn::new(seed);
    let report = claims::play(&drawn)?;
    if tells {
        println!("{:#?}\n{}{report}", drawn.swarm, report.log.text().unwrap_or_default());
    }
    claims::check(&drawn, &report)?;
    if seed.is_multiple_of(AGAIN)
        && let Some(difference) = report.log.first_difference(&claims::play(&drawn)?.log)
    {
        return Err(format!("it went otherwise the second time: {difference}"));
    }
    Ok(())
}

/// The same, with the engine's own assertions.
fn play_safely(seed: u64, tells: bool) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| play(seed, tells))).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("it panicked: {}", words.unwrap_or("nobody knows why")))
    })
}

fn number(variable: &str) -> Option<u64> {
    let asked = std::env::var(variable).ok()?;
    Some(asked.parse().unwrap_or_else(|_| panic!("{variable} should be a number, not {asked}")))
}

/// A part of the thousand, so that several threads can share them; or the one that is asked for.
fn play_part(part: u64, parts: u64) {
    let seeds = match number("KAMAELIA_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("KAMAELIA_SWARMS").unwrap_or(SWARMS),
    };
    let is_alone = seeds.end - seeds.start == 1;
    let mut failures = Vec::new();
    for seed in seeds.filter(|seed| seed % parts == part) {
        if let Err(wrong) = play_safely(seed, is_alone) {
            failures.push(failure(seed, &wrong));
        }
        if failures.len() == TOLD_MAX {
            break;
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// What is wrong, and the line that shows it again.
fn failure(seed: u64, wrong: &str) -> String {
    format!(
        "swarm {seed}: {wrong}\n  \
         KAMAELIA_SEED={seed} cargo test -p kamaelia-torrent --test simulation hostile"
    )
}

#[test]
fn honest_peers_get_what_there_is_in_a_thousand_hostile_swarms_1() {
    play_part(0, 4);
}

#[test]
fn honest_peers_get_what_there_is_in_a_thousand_hostile_swarms_2() {
    play_part(1, 4);
}

#[test]
fn honest_peers_get_what_there_is_in_a_thousand_hostile_swarms_3() {
    play_part(2, 4);
}

#[test]
fn honest_peers_get_what_there_is_in_a_thousand_hostile_swarms_4() {
    play_part(3, 4);
}
