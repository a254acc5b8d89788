//! Whether works take more than they did.

use std::process::ExitCode;

use crate::ledger::Ledger;

/// What a change somewhere else in the code may add, as the compiler lays things out anew.
const TOLERANCE: f64 = 0.05;

/// What another compiler may add.
const OTHER_COMPILER: f64 = 0.2;

/// Shows what is taken now beside what was accepted; fails if it is more.
pub(crate) fn compare(now: &Ledger, accepted: &Ledger) -> ExitCode {
    if now.compiler.host != accepted.compiler.host {
        println!("the counts are of {}; here is {}", accepted.compiler, now.compiler);
        return ExitCode::SUCCESS;
    }
    let tolerance = match now.compiler == accepted.compiler {
        true => TOLERANCE,
        false => {
            println!(
                "the counts are of {}, and here is {}: {:.0} % more are let pass",
                accepted.compiler,
                now.compiler,
                100.0 * OTHER_COMPILER
            );
            OTHER_COMPILER
        }
    };
    println!("{:<12} {:>14} {:>14} {:>8}", "instructions", "accepted", "now", "change");
    let mut complaints = Vec::new();
    for (name, &count) in &now.counts {
        let before = accepted.counts.get(name).copied();
        complaints.extend(line(name, before, count, tolerance));
    }
    match complaints.is_empty() {
        true => ExitCode::SUCCESS,
        false => fail(&complaints),
    }
}

/// Prints how a work does. What it gives is a complaint.
fn line(name: &str, before: Option<u64>, now: u64, tolerance: f64) -> Option<String> {
    let Some(before) = before else {
        println!("{name:<12} {:>14} {now:>14}", "-");
        return Some(format!("{name} is new"));
    };
    let change = now as f64 / before as f64 - 1.0;
    let percent = 100.0 * change;
    let remark = if change < -tolerance { "  fewer: accept it, so that it stays" } else { "" };
    println!("{name:<12} {before:>14} {now:>14} {percent:>+7.1}%{remark}");
    (change > tolerance).then(|| format!("{name} takes {percent:.1} % more"))
}

fn fail(complaints: &[String]) -> ExitCode {
    eprintln!(
        "{}.\nIf that is meant, keep the new counts, and say in the commit what they buy:\n    \
         cargo bench -p kamaelia-torrent --bench counts -- --accept",
        complaints.join("; ")
    );
    ExitCode::FAILURE
}
