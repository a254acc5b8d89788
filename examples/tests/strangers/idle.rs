//! Those who only are there cost nothing but their place.

use super::*;

/// As many as are let in.
const GREETED: u8 = 50;
const SILENT: u8 = 50;

/// A program that has nothing to do is given less than this many ticks in a second.
const AT_REST: u64 = 5;

#[test]
fn a_hundred_who_hang_idle_cost_no_processor_time() {
    let stage = Stage::new(Role::Seeds, false);
    let greeted: Vec<_> = (0..GREETED).map(|number| stage.target.acquaintance(number)).collect();
    let silent = |last| Stranger::calls_from(1 + last, stage.target.peers);
    let silent: Vec<_> = (0..SILENT).map(silent).collect();
    let process = stage.process();
    // Whoever spins never comes to rest, however long one waits and however little it is given.
    let deadline = Instant::now() + AGES;
    loop {
        let before = process.ticks();
        thread::sleep(Duration::from_secs(1));
        if process.ticks() - before < AT_REST {
            break;
        }
        assert!(Instant::now() < deadline, "it spins");
    }
    assert!(greeted.iter().chain(&silent).all(Stranger::is_there));
}
