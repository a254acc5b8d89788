//! A child process whose lines are listened to, and which never outlives its test.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Lines shown of a program whose test has failed.
const LINES_SHOWN: usize = 100;

/// How often is looked whether a program has ended.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A running program. Dropped, it is killed and waited for.
pub(crate) struct Program {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    until: Instant,
    heard: Arc<Heard>,
    readers: Vec<JoinHandle<()>>,
}

/// Everything it has written, standard error included.
#[derive(Default)]
struct Heard {
    lines: Mutex<Lines>,
    more: Condvar,
}

#[derive(Default)]
struct Lines {
    all: Vec<String>,
    streams_ended: usize,
}

impl Program {
    #[track_caller]
    pub(crate) fn start(name: String, command: &mut Command, until: Instant) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        let heard = Arc::new(Heard::default());
        let out = child.stdout.take().map(|stream| heard.clone().listen(stream));
        let err = child.stderr.take().map(|stream| heard.clone().listen(stream));
        let readers = [out, err].into_iter().flatten().collect();
        let input = child.stdin.take();
        Program { name, child, input, until, heard, readers }
    }

    /// Writes a line to its standard input.
    #[track_caller]
    pub(crate) fn say(&mut self, line: &str) {
        let input = self.input.as_mut().expect("its input is open");
        writeln!(input, "{line}").unwrap_or_else(|error| panic!("{}: {error}", self.name));
    }

    /// It can hear no more.
    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    /// Waits for a line, among those it has written and those it will write.
    #[track_caller]
    pub(crate) fn wait_for<T>(&self, what: &str, mut find: impl FnMut(&str) -> Option<T>) -> T {
        let mut lines = self.heard.lines();
        let mut seen = 0;
        loop {
            if let Some(found) = lines.all[seen..].iter().find_map(|line| find(line)) {
                return found;
            }
            seen = lines.all.len();
            let left = self.until.saturating_duration_since(Instant::now());
            let silent = lines.streams_ended == self.readers.len();
            if left.is_zero() || silent {
                // The lines are shown as it is dropped.
                drop(lines);
                let why = if silent { "ended without a word of" } else { "has not told" };
                panic!("{} {why} {what}", self.name);
            }
            lines = self.heard.wait(lines, left);
        }
    }

    /// How it ended, if it has.
    pub(crate) fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it is our child")
    }

    /// Waits until it ends by itself, which must be with success.
    #[track_caller]
    pub(crate) fn wait_for_success(&mut self) {
        let status = loop {
            if let Some(status) = self.status() {
                break status;
            }
            assert!(Instant::now() < self.until, "{} does not end", self.name);
            thread::sleep(LOOK_EVERY);
        };
        assert!(status.success(), "{}: {status}", self.name);
    }

    fn show(&self) {
        let lines = self.heard.lines();
        let skipped = lines.all.len().saturating_sub(LINES_SHOWN);
        eprintln!("--- {} wrote {} lines, of which the last are:", self.name, lines.all.len());
        for line in &lines.all[skipped..] {
            eprintln!("{line}");
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end_input();
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        if thread::panicking() {
            self.show();
        }
    }
}

impl Heard {
    fn listen(self: Arc<Self>, stream: impl Read + Send + 'static) -> JoinHandle<()> {
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while matches!(stream.read_until(b'\n', &mut line), Ok(1..)) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                line.clear();
                self.lines().all.push(text);
                self.more.notify_all();
            }
            self.lines().streams_ended += 1;
            self.more.notify_all();
        })
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, lines: MutexGuard<'a, Lines>, most: Duration) -> MutexGuard<'a, Lines> {
        self.more.wait_timeout(lines, most).unwrap_or_else(PoisonError::into_inner).0
    }
}
