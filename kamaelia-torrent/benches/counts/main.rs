//! How many instructions small fixed works take, compared with what they took before.
//!
//! `cargo bench -p kamaelia-torrent --bench counts` has each work done under callgrind and fails
//! where one takes more than `accepted.txt` says. Time varies with the machine and its other users;
//! these counts do not, so a change that costs something shows the day it is made. Where more is
//! taken on purpose, `-- --accept` writes the new counts.
//!
//! `-- --work NAME ROUNDS` does a work and counts nothing: for `valgrind --tool=callgrind` by hand.

mod callgrind;
mod compiler;
#[path = "../decisions/crowd.rs"]
mod crowd;
mod ledger;
mod verdict;
mod work;

use std::process::ExitCode;

use callgrind::Callgrind;
use compiler::Compiler;
use ledger::Ledger;
use work::Work;

/// When set to `required`, counting must be possible.
const VARIABLE: &str = "KAMAELIA_FOREIGN_CLIENTS";

fn main() -> ExitCode {
    // Cargo itself passes `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["--work", name, rounds] => {
            let rounds = rounds.parse().expect("a number of rounds");
            Work::named(name).expect("a work of this name").run(rounds);
            ExitCode::SUCCESS
        }
        [] | ["counts"] => count(verdict::compare),
        ["--accept"] => count(|now, _| {
            now.write();
            ExitCode::SUCCESS
        }),
        // Words for another bench.
        _ => ExitCode::SUCCESS,
    }
}

/// Counts everything, and has the counts and those of before judged.
fn count(judge: fn(&Ledger, &Ledger) -> ExitCode) -> ExitCode {
    let Some(callgrind) = Callgrind::find() else {
        eprintln!("instructions are not counted: valgrind cannot be run (apt install valgrind)");
        return match std::env::var(VARIABLE).is_ok_and(|value| value == "required") {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        };
    };
    let counts = Work::ALL.iter().map(|work| (work.name.to_owned(), callgrind.count(work)));
    let now = Ledger { compiler: Compiler::this(), counts: counts.collect() };
    judge(&now, &Ledger::accepted())
}
