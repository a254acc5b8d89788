//! Each load in a process of its own, since what is measured is a process.

use std::env;
use std::process::Command;

const CHILD: &str = "KAMAELIA_LOAD_CHILD";

/// Whether all of it is asked for.
pub(crate) fn is_full() -> bool {
    env::var_os("KAMAELIA_LOAD").is_some_and(|load| load == "full")
}

/// Runs this test's load where nothing else runs. `name` is how the test is called from the crate's root.
pub(crate) fn alone(name: &str, load: impl FnOnce()) {
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
