//! Ctrl-C and its kind.

use std::fs;
use std::io;
use std::process;
use std::thread;
use std::time::Duration;

use axon_core::GraphHandle;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How long a graph has to work through what it holds before it is stopped.
const FINISH_WITHIN: Duration = Duration::from_secs(3);

/// How much longer all the rest may take, whoever keeps us waiting.
const STOP_WITHIN: Duration = Duration::from_millis(1500);

/// The first SIGINT or SIGTERM asks the graph to finish, and a little later to stop; within five
/// seconds the program is over, with status 1 if it had to be broken off. The second signal ends it
/// at once, with the status a shell gives to the signal.
///
/// SIGHUP does the same as the first one, and no more: when a terminal goes, its shell and the system
/// may both say so. It is left ignored where it was ignored from the start, as `nohup` has it.
pub fn end_on_signals(graph: GraphHandle) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    if !is_ignored(SIGHUP) {
        signals.handle().add_signal(SIGHUP)?;
    }
    thread::Builder::new().name("signals".into()).spawn(move || {
        let mut arrivals = signals.forever();
        if arrivals.next().is_none() {
            return;
        }
        graph.finish();
        thread::spawn(move || {
            thread::sleep(FINISH_WITHIN);
            graph.stop();
            thread::sleep(STOP_WITHIN);
            process::exit(1);
        });
        if let Some(signal) = arrivals.find(|signal| *signal != SIGHUP) {
            process::exit(128 + signal);
        }
    })?;
    Ok(())
}

/// Whether whoever started us has a signal ignored. Where the system does not tell in a file, it is taken
/// for ignored: so nothing changes there.
fn is_ignored(signal: i32) -> bool {
    let ignored = fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(set.trim(), 16).ok()
    });
    ignored.is_none_or(|set| set & (1 << (signal - 1)) != 0)
}
