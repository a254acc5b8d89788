//! A terminal that a program writes to, and what is to be seen on it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::AGES;
use super::picture::picture;

/// A pseudo-terminal with a screen.
pub struct Terminal {
    controller: OwnedFd,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

impl Terminal {
    pub fn new(lines: u16, columns: u16) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&controller).and_then(|()| unlockpt(&controller)).expect("it is ours");
        let terminal = Terminal { controller, seen: Arc::default() };
        terminal.resize(lines, columns);
        let seen = Arc::clone(&terminal.seen);
        let output = File::from(terminal.controller.try_clone().expect("a descriptor"));
        thread::spawn(move || seen.read(output));
        terminal
    }

    /// What a program writes to, and reads from.
    pub fn to_write_to(&self) -> Stdio {
        self.open().into()
    }

    /// The same for a test that writes there itself.
    pub fn open(&self) -> File {
        let name = ptsname(&self.controller, Vec::new()).expect("it has a name");
        let path = OsStr::from_bytes(name.as_bytes());
        File::options().read(true).write(true).open(path).expect("it is there")
    }

    /// As if somebody typed this.
    pub fn type_in(&self, keys: &str) {
        let mut keyboard = File::from(self.controller.try_clone().expect("a descriptor"));
        keyboard.write_all(keys.as_bytes()).expect("a terminal takes what is typed");
    }

    /// As if somebody drew at its corner.
    pub fn resize(&self, lines: u16, columns: u16) {
        let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.controller, size).expect("a terminal has a size");
        let [lines, columns] = [lines, columns].map(|size| NonZero::new(size).expect("not 0"));
        self.seen.state.lock().unwrap().parser.set_size(lines, columns);
    }

    /// Waits until the lines that are not empty are like this.
    pub fn until(&self, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        self.when(is_so, State::lines)
    }

    /// Waits until the line of the cursor and the next one are empty.
    pub fn until_there_is_room(&self) {
        let state = self.seen.state.lock().unwrap();
        let has_none = |state: &mut State| !state.has_room();
        let (state, waited) = self.seen.changed.wait_timeout_while(state, AGES, has_none).unwrap();
        assert!(!waited.timed_out(), "there is no room: {:#?}", state.lines());
    }

    /// What is to be seen when they are, as an SVG.
    pub fn picture_when(&self, is_so: impl Fn(&[String]) -> bool) -> String {
        self.when(is_so, |state| picture(state.parser.screen()))
    }

    /// Looks at that moment, before anything else is written.
    fn when<T>(&self, is_so: impl Fn(&[String]) -> bool, look: impl Fn(&State) -> T) -> T {
        let state = self.seen.state.lock().unwrap();
        let is_not_yet = |state: &mut State| !is_so(&state.lines());
        let (state, waited) =
            self.seen.changed.wait_timeout_while(state, AGES, is_not_yet).unwrap();
        assert!(!waited.timed_out(), "this stays on the screen: {:#?}", state.lines());
        look(&state)
    }

    /// How many lines have left the screen at its top.
    pub fn lines_scrolled_away(&self) -> usize {
        self.seen.state.lock().unwrap().parser.screen().scrollback_len()
    }

    /// Everything that was written so far.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.seen.state.lock().unwrap().bytes).into_owned()
    }
}

impl Seen {
    fn read(&self, mut output: File) {
        let mut chunk = [0; 4096];
        // An error is how a terminal says that nobody has it open.
        while let Ok(length @ 1..) = output.read(&mut chunk) {
            let mut state = self.state.lock().unwrap();
            state.parser.process(&chunk[..length]);
            state.bytes.extend(&chunk[..length]);
            self.changed.notify_all();
        }
    }
}

impl State {
    fn has_room(&self) -> bool {
        let screen = self.parser.screen();
        let at = usize::from(screen.cursor_position().0);
        screen.rows(0, screen.size().1.get()).skip(at).take(2).all(|row| row.trim().is_empty())
    }

    fn lines(&self) -> Vec<String> {
        let screen = self.parser.screen();
        let rows = screen.rows(0, screen.size().1.get()).map(|row| row.trim_end().to_owned());
        rows.filter(|row| !row.is_empty()).collect()
    }
}
