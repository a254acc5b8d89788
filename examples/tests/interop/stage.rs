//! Where a test takes place: a directory of its own, and a time by which all must be done.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::program::Program;

/// Far longer than a test takes; one that meets it has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often is looked for what no line of output tells.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Ports below those that the system gives to outgoing connections.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

/// What all programs of a test share. To be made before them, so that it goes after them.
pub(crate) struct Stage {
    home: TempDir,
    until: Instant,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Stage::with_patience(PATIENCE)
    }

    pub(crate) fn with_patience(patience: Duration) -> Self {
        let home = TempDir::with_prefix("interop ").expect("a directory");
        Stage { home, until: Instant::now() + patience }
    }

    /// A directory below the test's, made if it is not there.
    pub(crate) fn directory(&self, name: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::create_dir_all(&path).expect("room for a directory");
        path
    }

    /// A program that sees nothing of the machine's settings: no proxies, no home.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        let kept = ["PATH", "RUST_LOG", "RUST_BACKTRACE"];
        let kept = kept.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        command
            .env_clear()
            .envs(kept)
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", self.directory("home"))
            .current_dir(self.home.path());
        command
    }

    pub(crate) fn start(&self, name: impl Into<String>, command: &mut Command) -> Program {
        Program::start(name.into(), command, self.until)
    }

    /// Runs a short program to its end, and gives what it wrote to standard output.
    #[track_caller]
    pub(crate) fn run(&self, command: &mut Command) -> String {
        let Output { status, stdout, stderr } =
            command.stdin(Stdio::null()).output().expect("it can be started");
        let (out, complaints) = (lossy(stdout), lossy(stderr));
        assert!(status.success(), "{command:?}: {status}\n{out}{complaints}");
        out
    }

    /// Looks again and again until there is something.
    #[track_caller]
    pub(crate) fn wait_for<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(Instant::now() < self.until, "waited in vain: {what}");
            thread::sleep(LOOK_EVERY);
        }
    }
}

pub(crate) fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A port that nobody listens at, for programs that cannot be told to take any. Each is given once.
pub(crate) fn free_port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let count = PORTS.end - PORTS.start;
    // Where test programs that run at the same time begin differs.
    let first = (std::process::id() % u32::from(count)) as u16;
    loop {
        let port = PORTS.start + (first + GIVEN.fetch_add(1, Ordering::Relaxed) % count) % count;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
