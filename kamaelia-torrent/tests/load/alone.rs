//! Each load in a process of its own, since what is measured is a process.

use std::env;
use std::process::Command;

const CHILD: &str = "KAMAELIA_LOAD_CHILD";

/// Whether all of it is asked for.
pub(crate) fn is_full() -> bool {
    env::var_os("KAMAELIA_LOAD").is_some_and(|load| load == "full")
}

/// How the tests are called from the crate's root.
pub(crate) const LOADS: [&str; 5] = [
    "churn::an_hour_of_coming_and_going_leaves_nothing_behind",
    "connections::two_thousand_peers_are_served_and_come_and_go",
    "real_time::engines_come_fetch_and_go_for_ten_minutes_and_leave_nothing_behind",
    "torrents::ten_thousand_torrents_are_known_and_come_and_go",
    "tracker::a_tracker_of_a_million_peers_in_ten_thousand_swarms_grows_no_more",
];

/// Runs the load of the test in this module where nothing else runs.
pub(crate) fn alone(module: &str, load: impl FnOnce()) {
    let is_of = |name: &&str| name.split("::").next() == module.rsplit("::").next();
    let name = LOADS.into_iter().find(is_of).expect("it is listed");
    if env::var_os(CHILD).is_some() {
        return load();
    }
    let mut child = Command::new(env::current_exe().expect("this is a program"));
    let child = child.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(CHILD, "1");
    let output = child.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for told in said.lines().filter_map(|line| line.split_once("load: ")) {
        println!("load: {}", told.1);
    }
}
