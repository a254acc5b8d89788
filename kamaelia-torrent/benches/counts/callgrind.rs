//! Has works done under callgrind, and reads how many instructions they took.

use std::process::{Command, Stdio};

use crate::work::Work;

/// That valgrind can be run.
pub(crate) struct Callgrind;

impl Callgrind {
    /// If it is installed.
    pub(crate) fn find() -> Option<Self> {
        let mut version = Command::new("valgrind");
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        version.status().is_ok_and(|status| status.success()).then_some(Callgrind)
    }

    /// What one more round takes when a first has been done: so what starting, preparing and ending
    /// take is not in it.
    pub(crate) fn count(&self, work: &Work) -> u64 {
        self.count_rounds(work, 2) - self.count_rounds(work, 1)
    }

    fn count_rounds(&self, work: &Work, rounds: u32) -> u64 {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        command.arg(std::env::current_exe().expect("this program is known"));
        command.args(["--work", work.name, &rounds.to_string()]);
        // What is in the environment lies on the stack and would move it.
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let output = command.output().expect("valgrind can be run");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", work.name);
        collected(&said).unwrap_or_else(|| panic!("{}: no count in {said}", work.name))
    }
}

/// The number in callgrind's line `==123== Collected : 456`.
fn collected(said: &str) -> Option<u64> {
    let line = said.lines().find_map(|line| line.split_once("Collected :"))?;
    line.1.trim().parse().ok()
}
