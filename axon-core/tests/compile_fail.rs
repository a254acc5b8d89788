//! Mistakes that the compiler finds, and what it says about them.

use std::process::Command;

/// Words of the compiler itself change from release to release; these are from this one.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn the_macros_say_what_a_component_must_be() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/derive/*.rs");
}

#[test]
fn boxes_that_do_not_fit_do_not_compile() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("there is a compiler");
    let version = String::from_utf8_lossy(&version.stdout);
    if !version.starts_with(COMPILER) {
        println!("left out: {} may say it in other words than {COMPILER}*", version.trim());
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/wiring/*.rs");
}
