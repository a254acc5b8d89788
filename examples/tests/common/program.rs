//! A program at the other end of three pipes.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::{AGES, path_with_programs};

/// What a terminal or a supervisor sends.
#[derive(Clone, Copy, Debug)]
pub enum Signal {
    Hup,
    Int,
    Term,
    /// Nothing is done until [`Continue`](Self::Continue).
    Stop,
    Continue,
}

/// A running program. It is killed when this is dropped.
pub struct Program {
    child: Child,
    input: Option<ChildStdin>,
    out: Option<Receiver<String>>,
    err: Option<Receiver<String>>,
}

/// How a program ended, and what it had said that was not read before.
#[derive(Debug)]
pub struct Ended {
    /// The exit status; `None` if a signal killed it.
    pub status: Option<i32>,
    pub out: Vec<String>,
    pub err: Vec<String>,
    /// From the request to end until the end.
    pub took: Duration,
}

impl Program {
    pub fn start<A: AsRef<OsStr>>(
        program: impl AsRef<OsStr>,
        place: &Path,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        Program::start_writing_to(program, place, args, Stdio::piped(), Stdio::piped())
    }

    /// One whose standard output or standard error goes elsewhere, and is not read here.
    pub fn start_writing_to<A: AsRef<OsStr>>(
        program: impl AsRef<OsStr>,
        place: &Path,
        args: impl IntoIterator<Item = A>,
        out: Stdio,
        err: Stdio,
    ) -> Self {
        Program::start_between(program, place, args, [Stdio::piped(), out, err])
    }

    /// One whose standard streams are these.
    pub fn start_between<A: AsRef<OsStr>>(
        program: impl AsRef<OsStr>,
        place: &Path,
        args: impl IntoIterator<Item = A>,
        [input, out, err]: [Stdio; 3],
    ) -> Self {
        let mut child = Command::new(program)
            .args(args)
            .current_dir(place)
            .env("PATH", path_with_programs())
            .env_remove("RUST_LOG")
            // No settings but those of the test.
            .env("XDG_CONFIG_HOME", place)
            .stdin(input)
            .stdout(out)
            .stderr(err)
            .spawn()
            .expect("the program starts");
        let input = child.stdin.take();
        let out = child.stdout.take().map(lines_of);
        let err = child.stderr.take().map(lines_of);
        Program { child, input, out, err }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.try_write(bytes).expect("the program reads its input");
    }

    /// The same to a program that may have ended.
    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let input = self.input.as_mut().expect("input is open");
        input.write_all(bytes).and_then(|()| input.flush())
    }

    /// Writes a line.
    pub fn say(&mut self, line: impl AsRef<str>) {
        self.write(format!("{}\n", line.as_ref()).as_bytes());
    }

    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// The next line of standard output.
    pub fn line(&self) -> String {
        next(&self.out, AGES).unwrap_or_else(|error| self.no_line(error))
    }

    /// The next line of standard output, if it is there already.
    pub fn poll_line(&self) -> Option<String> {
        self.out.as_ref()?.try_recv().ok()
    }

    /// Lines of standard output, up to and with the first that ends like this.
    pub fn until(&self, end: &str) -> Vec<String> {
        let mut lines = Vec::new();
        while !lines.last().is_some_and(|line: &String| line.ends_with(end)) {
            match next(&self.out, AGES) {
                Ok(line) => lines.push(line),
                Err(error) => panic!("{error:?} after {lines:?}, {:?}", self.complaints()),
            }
        }
        lines
    }

    /// The next line of standard error.
    pub fn complaint(&self) -> String {
        next(&self.err, AGES).expect("a line on standard error")
    }

    /// Whether standard output is silent for so long.
    pub fn is_silent_for(&self, time: Duration) -> bool {
        matches!(next(&self.out, time), Err(RecvTimeoutError::Timeout))
    }

    pub fn signal(&self, signal: Signal) {
        let name = match signal {
            Signal::Hup => "HUP",
            Signal::Int => "INT",
            Signal::Term => "TERM",
            Signal::Stop => "STOP",
            Signal::Continue => "CONT",
        };
        let command = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &command]).status().expect("a shell");
        assert!(status.success(), "{command}");
    }

    /// Closes its input and waits for its end.
    pub fn end_of_input(mut self) -> Ended {
        self.close_input();
        self.ended()
    }

    /// Sends a signal and waits for its end.
    pub fn end_by(self, signal: Signal) -> Ended {
        self.signal(signal);
        self.ended()
    }

    /// Waits for its end. The exit status; `None` if a signal killed it.
    pub fn wait(&mut self) -> Option<i32> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return status.code();
            }
            assert!(start.elapsed() < AGES, "it does not end; it said {:?}", self.complaints());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for its end.
    pub fn ended(mut self) -> Ended {
        let start = Instant::now();
        let status = self.wait();
        let took = start.elapsed();
        Ended { status, out: rest(&self.out), err: rest(&self.err), took }
    }

    fn complaints(&self) -> Vec<String> {
        self.err.iter().flat_map(Receiver::try_iter).collect()
    }

    fn no_line(&self, error: RecvTimeoutError) -> String {
        panic!("no line ({error}); on standard error {:?}", self.complaints())
    }
}

/// A pipe that nobody reads any more.
pub fn nobody() -> Stdio {
    let (reader, writer) = io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

/// A device on which there is never room.
pub fn full() -> Stdio {
    File::options().write(true).open("/dev/full").expect("a device of this name").into()
}

impl Drop for Program {
    fn drop(&mut self) {
        // Either may say that it has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads on a thread until nobody wants more, so that the program never waits for the test.
fn lines_of(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            if tell.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    told
}

fn next(lines: &Option<Receiver<String>>, time: Duration) -> Result<String, RecvTimeoutError> {
    lines.as_ref().expect("the stream is read").recv_timeout(time)
}

/// What is left in a stream whose program has ended.
fn rest(lines: &Option<Receiver<String>>) -> Vec<String> {
    lines.iter().flatten().collect()
}
