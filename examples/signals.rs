//! Ctrl-C and its kind.

use std::io;
use std::process;
use std::thread;
use std::time::Duration;

use axon_core::GraphHandle;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How long a graph has to work through what it holds before it is stopped.
const FINISH_WITHIN: Duration = Duration::from_secs(3);

/// How much longer all the rest may take, whoever keeps us waiting.
const STOP_WITHIN: Duration = Duration::from_millis(1500);

/// The first SIGINT or SIGTERM asks the graph to finish, and a little later to stop; within five
/// seconds the program is over, with status 1 if it had to be broken off. The second signal ends it
/// at once, with the status a shell gives to the signal.
pub fn end_on_signals(graph: GraphHandle) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
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
        if let Some(signal) = arrivals.next() {
            process::exit(128 + signal);
        }
    })?;
    Ok(())
}
