//! A terminal on which bars stand below everything else that is written.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use console::{Term, is_dumb};

use crate::colours_on_standard_error;

use super::board::Picture;
use super::canvas::Canvas;
use super::rows;

/// Lines of a terminal that are left for what is written above the bars, for the cursor, and below it.
const LINES_LEFT: usize = 3;

/// The screen that all bars share. Clones share it too. The default shows none.
#[derive(Clone, Default)]
pub struct Screen {
    canvas: Option<Arc<Mutex<Canvas>>>,
}

impl Screen {
    /// A screen that shows bars if standard error is a terminal, and not a dumb one.
    pub fn on_standard_error() -> Self {
        console::set_colors_enabled_stderr(colours_on_standard_error());
        let has_bars = io::stderr().is_terminal() && !is_dumb();
        Screen { canvas: has_bars.then(Arc::default) }
    }

    /// Writes without smearing the bars.
    pub fn beside<W: Write + IsTerminal>(&self, writer: W) -> Beside<W> {
        Beside { screen: self.clone(), is_seen: writer.is_terminal(), writer }
    }

    /// Where to draw, if bars are shown.
    pub(super) fn drawing(&self) -> Option<Drawing> {
        self.canvas.clone().map(|canvas| Drawing { canvas })
    }
}

/// A writer that makes the bars step aside.
pub struct Beside<W> {
    screen: Screen,
    /// Whether it leads to the terminal itself. If not, it may lead to a program that writes there.
    is_seen: bool,
    writer: W,
}

impl<W: Write> Beside<W> {
    fn write_beside(&mut self, bytes: &[u8], canvas: &mut Canvas) -> io::Result<()> {
        if !self.is_seen {
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
            show(canvas.make_way(lines));
            return self.write_out(bytes);
        }
        let (before, after) = canvas.around(&String::from_utf8_lossy(bytes), size());
        show(&before);
        let written = self.write_out(bytes);
        show(&after);
        written
    }

    fn write_out(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)?;
        self.writer.flush()
    }
}

impl<W: Write> Write for Beside<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.screen.canvas.clone() {
            Some(canvas) => self.write_beside(bytes, &mut locked(&canvas))?,
            None => self.writer.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The lines that are drawn. They vanish with it.
pub(super) struct Drawing {
    canvas: Arc<Mutex<Canvas>>,
}

impl Drawing {
    /// How many lines there may be now.
    pub(super) fn lines_max(&self) -> usize {
        size().0.saturating_sub(LINES_LEFT).max(1)
    }

    /// Shows this instead of what was there.
    pub(super) fn draw(&mut self, picture: &Picture) {
        let rows = rows::lines(picture, size().1);
        let mut canvas = locked(&self.canvas);
        show(&canvas.draw(rows));
    }
}

impl Drop for Drawing {
    fn drop(&mut self) {
        let mut canvas = locked(&self.canvas);
        show(&canvas.leave());
    }
}

/// Lines and columns.
fn size() -> (usize, usize) {
    let (lines, columns) = Term::stderr().size();
    (lines.into(), columns.into())
}

/// A canvas is a picture at any time, so a panic elsewhere has not broken it.
fn locked(canvas: &Mutex<Canvas>) -> MutexGuard<'_, Canvas> {
    canvas.lock().unwrap_or_else(PoisonError::into_inner)
}

/// At once, so that nothing that is typed comes between. A terminal that is gone needs no bars.
fn show(text: &str) {
    if !text.is_empty() {
        let _ = io::stderr().write_all(text.as_bytes());
    }
}
