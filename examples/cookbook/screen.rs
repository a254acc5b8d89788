//! A terminal on which bars stand below everything else that is written.

use std::io::{self, IsTerminal, Write};

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::colours_on_standard_error;

use super::board::{Picture, Row};

/// Lines of a terminal that are left for what is written above the bars, and for the cursor.
const LINES_LEFT: usize = 2;

/// Columns below which names are short and numbers are left out.
const NARROW: u16 = 72;

/// Steps of a bar.
const STEPS: u64 = 1000;

/// The screen that all bars share. Clones share it too. The default shows none.
#[derive(Clone, Default)]
pub struct Screen {
    bars: Option<MultiProgress>,
}

impl Screen {
    /// A screen that shows bars if standard error is a terminal, and not a dumb one.
    pub fn on_standard_error() -> Self {
        console::set_colors_enabled_stderr(colours_on_standard_error());
        let bars = io::stderr().is_terminal().then(MultiProgress::new);
        Screen { bars: bars.filter(|bars| !bars.is_hidden()) }
    }

    /// Writes without smearing the bars.
    pub fn beside<W: Write>(&self, writer: W) -> Beside<W> {
        Beside { screen: self.clone(), writer }
    }

    /// Where to draw, if bars are shown.
    pub(super) fn drawing(&self) -> Option<Drawing> {
        let bars = self.bars.clone()?;
        Some(Drawing { bars, rows: Vec::new(), summary: None, size: (0, 0) })
    }
}

/// A writer that makes the bars step aside.
pub struct Beside<W> {
    screen: Screen,
    writer: W,
}

impl<W: Write> Write for Beside<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let writer = &mut self.writer;
        match &self.screen.bars {
            Some(bars) => bars.suspend(|| writer.write_all(bytes).and_then(|()| writer.flush()))?,
            None => writer.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The lines that are drawn. They vanish with it.
pub(super) struct Drawing {
    bars: MultiProgress,
    rows: Vec<ProgressBar>,
    summary: Option<ProgressBar>,
    /// Lines and columns, when it was drawn last.
    size: (u16, u16),
}

impl Drawing {
    /// How many lines there may be now.
    pub(super) fn lines_max(&self) -> usize {
        usize::from(Term::stderr().size().0).saturating_sub(LINES_LEFT).max(1)
    }

    /// Shows this instead of what was there.
    pub(super) fn draw(&mut self, picture: &Picture) {
        self.adapt();
        while self.rows.len() > picture.rows.len() {
            self.rows.pop().into_iter().for_each(|bar| self.bars.remove(&bar));
        }
        while self.rows.len() < picture.rows.len() {
            let bar = ProgressBar::new(STEPS).with_style(self.row_style());
            self.rows.push(self.bars.insert(self.rows.len(), bar));
        }
        for (bar, row) in self.rows.iter().zip(&picture.rows) {
            show(bar, row);
        }
        self.summarise(picture.summary.as_ref());
        // What was set may have been held back, for there was a drawing just before.
        match self.summary.as_ref().or(self.rows.last()) {
            Some(bar) => bar.force_draw(),
            // A terminal that is gone needs no clearing.
            None => self.bars.clear().unwrap_or_default(),
        }
    }

    fn summarise(&mut self, summary: Option<&String>) {
        match (summary, &self.summary) {
            (None, _) => self.summary.take().into_iter().for_each(|bar| self.bars.remove(&bar)),
            (Some(text), Some(bar)) => bar.set_message(text.clone()),
            (Some(text), None) => {
                let bar =
                    self.bars.add(ProgressBar::new(STEPS).with_style(style("{wide_msg:.bold}")));
                bar.set_message(text.clone());
                self.summary = Some(bar);
            }
        }
    }

    /// A terminal of another size has lines of another kind.
    fn adapt(&mut self) {
        let size = Term::stderr().size();
        if size != self.size {
            self.size = size;
            for bar in &self.rows {
                bar.set_style(self.row_style());
            }
        }
    }

    fn row_style(&self) -> ProgressStyle {
        style(if self.size.1 < NARROW {
            "{prefix:12!} {wide_bar:.cyan/dim} {percent:>3}%"
        } else {
            "{prefix:30!} {wide_bar:.cyan/dim} {percent:>3}% {msg:.dim}"
        })
    }
}

impl Drop for Drawing {
    fn drop(&mut self) {
        self.draw(&Picture::default());
    }
}

fn show(bar: &ProgressBar, row: &Row) {
    bar.set_prefix(row.name.clone());
    bar.set_message(row.says.clone());
    bar.set_position((row.fraction * STEPS as f64) as u64);
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    style.expect("the templates are constants that parse").progress_chars("━╸─")
}
