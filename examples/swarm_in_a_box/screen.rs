//! The picture of a swarm on a terminal, drawn over itself a few times a second.

use std::time::{Duration, Instant};

use console::Term;
use kamaelia_torrent::simulation::report::Snapshot;

use crate::picture::picture;

/// Between two pictures.
const EVERY: Duration = Duration::from_millis(150);

/// Standard error, if that is a terminal; otherwise nothing is drawn.
pub(crate) struct Screen {
    terminal: Option<Term>,
    drawn: usize,
    due: Instant,
}

impl Screen {
    pub(crate) fn new() -> Self {
        // A picture that is written at once does not flicker.
        let terminal = Some(Term::buffered_stderr()).filter(Term::is_term);
        Screen { terminal, drawn: 0, due: Instant::now() }
    }

    /// Whether somebody is watching.
    pub(crate) fn is_watched(&self) -> bool {
        self.terminal.is_some()
    }

    /// Shows how the swarm stands, unless it was shown just before.
    pub(crate) fn show(&mut self, snapshot: &Snapshot) {
        let now = Instant::now();
        if now < self.due {
            return;
        }
        self.due = now + EVERY;
        let Some(terminal) = &self.terminal else { return };
        let (rows, columns) = terminal.size();
        // A full last row or column would scroll.
        let room = |cells: u16| usize::from(cells.saturating_sub(1));
        let lines = picture(snapshot, room(columns), room(rows));
        let lines: Vec<_> = lines.iter().map(|line| clipped(line, room(columns))).collect();
        // A terminal that takes no more has nobody in front of it.
        let _ = terminal.clear_last_lines(self.drawn);
        let _ = terminal.write_line(&lines.join("\n"));
        let _ = terminal.flush();
        self.drawn = lines.len();
    }

    /// Wipes the picture.
    pub(crate) fn clear(&mut self) {
        if let Some(terminal) = &self.terminal {
            let _ = terminal.clear_last_lines(self.drawn);
            let _ = terminal.flush();
        }
        self.drawn = 0;
    }
}

fn clipped(line: &str, columns: usize) -> String {
    line.chars().take(columns).collect()
}
